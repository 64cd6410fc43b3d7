"""Written from the statement of upsample_03 alone, by someone who had seen nothing of its check."""

import torch
import torch.nn.functional as F


def right_ones(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2, groups=x.shape[1])


def right_torchs_own(x):
    return torch.conv_transpose2d(x, x.new_ones(x.size(1), 1, 2, 2), None, 2, 0, 0, x.size(1))


def right_wide_and_cut(x):
    return F.conv_transpose2d(x, F.pad(torch.ones(x.size(1), 1, 2, 2), [1] * 4), None, 2, 1, 0, x.size(1))


def wrong_no_stride(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), groups=x.shape[1])


def wrong_shared_out(x):
    return F.conv_transpose2d(x, torch.full((x.size(1), 1, 2, 2), 0.25), stride=2, groups=x.size(1))


def wrong_three(x):
    return F.conv_transpose2d(x, torch.ones(x.size(1), 1, 3, 3), None, 2, 1, 1, x.size(1))


def wrong_no_groups(x):
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2)


def wrong_holes(x):
    return F.conv_transpose2d(x, torch.ones(x.size(1), 1, 1, 1), None, 2, 0, 1, x.size(1))


def wrong_interpolate(x):
    return F.interpolate(x, scale_factor=2)


def wrong_no_convolution(x):
    return (x[..., None, :, None] * torch.ones(2, 1, 2)).flatten(-2).flatten(2, 3)


RIGHT = [right_ones, right_torchs_own, right_wide_and_cut]
WRONG = [
    wrong_no_stride,
    wrong_shared_out,
    wrong_three,
    wrong_no_groups,
    wrong_holes,
    wrong_interpolate,
    wrong_no_convolution,
]
FIRST_TRY = (3, 6)
