"""Written from the statement of pool_03 alone, by someone who had seen nothing of its check."""

import torch
import torch.nn.functional as F


def right_full(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), stride=2, groups=x.shape[1])


def right_torchs_own(x):
    return torch.conv2d(x, x.new_ones(x.size(1), 1, 2, 2) / 4, None, 2, 0, 1, x.size(1))


def right_expand(x):
    return F.conv2d(x, torch.full((1, 1, 2, 2), 1 / 4).expand(x.size(1), 1, 2, 2), stride=2, groups=x.size(1))


def wrong_a_sum(x):
    return F.conv2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2, groups=x.shape[1])


def wrong_no_stride(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), groups=x.shape[1])


def wrong_all_channels(x):
    return F.conv2d(x, torch.full((x.shape[1], x.shape[1], 2, 2), 0.25), stride=2)


def wrong_three(x):
    return F.conv2d(x, torch.full((x.size(1), 1, 3, 3), 1 / 9), stride=2, padding=1, groups=x.size(1))


def wrong_avg_pool(x):
    return F.avg_pool2d(x, 2)


def wrong_max(x):
    return F.max_pool2d(x, 2)


def wrong_no_convolution(x):
    return (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) / 4


RIGHT = [right_full, right_torchs_own, right_expand]
WRONG = [wrong_a_sum, wrong_no_stride, wrong_all_channels, wrong_three, wrong_avg_pool, wrong_max, wrong_no_convolution]
FIRST_TRY = (3, 6)
