"""Written from the statement of pool_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_full(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), stride=2, groups=x.shape[1])


def right_ones(x):
    return F.conv2d(x, torch.ones(x.size(1), 1, 2, 2), stride=(2, 2), groups=x.size(1)) / 4


def right_diagonal(x):
    return F.conv2d(x, torch.eye(x.shape[1])[:, :, None, None].expand(-1, -1, 2, 2) / 4, stride=2)


def wrong_library(x):
    return F.avg_pool2d(x, 2)


def wrong_no_groups(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), stride=2)


def wrong_no_stride(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), groups=x.shape[1])


def wrong_half(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.5), stride=2, groups=x.shape[1])


def wrong_padding(x):
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), stride=2, groups=x.shape[1], padding=1)


RIGHT = [right_full, right_ones, right_diagonal]
WRONG = [wrong_library, wrong_no_groups, wrong_no_stride, wrong_half, wrong_padding]
FIRST_TRY = (3, 5)
