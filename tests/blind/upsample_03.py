"""Written from the statement of upsample_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_ones(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2, groups=x.shape[1])


def right_diagonal(x):
    return F.conv_transpose2d(x, torch.eye(x.shape[1])[:, :, None, None] * torch.ones(2, 2), stride=2)


def right_index(x):
    return x[:, :, torch.arange(2 * x.shape[2]) // 2][..., torch.arange(2 * x.shape[3]) // 2]


def wrong_library(x):
    return F.interpolate(x, scale_factor=2)


def wrong_no_groups(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2)


def wrong_stride(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), groups=x.shape[1])


def wrong_tiles(x):
    return torch.cat([torch.cat([x, x], 3), torch.cat([x, x], 3)], 2)


def wrong_kernel_three(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 3, 3), stride=2, groups=x.shape[1])


RIGHT = [right_ones, right_diagonal, right_index]
WRONG = [wrong_library, wrong_no_groups, wrong_stride, wrong_tiles, wrong_kernel_three]
FIRST_TRY = (3, 5)
