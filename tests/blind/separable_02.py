"""Written by someone who saw only the statement of separable_02."""

import torch
import torch.nn.functional as F


def right_two_calls(x, dw, pw):
    return F.conv2d(F.conv2d(x, dw, groups=x.shape[1]), pw)


def right_one_kernel(x, dw, pw):
    return F.conv2d(x, pw * dw[:, 0][None])


def right_loops(x, dw, pw):
    k = dw.shape[-1]
    h, w = x.shape[2] - k + 1, x.shape[3] - k + 1
    maps = torch.zeros(x.shape[0], x.shape[1], h, w, dtype=x.dtype)
    for c in range(x.shape[1]):
        for a in range(k):
            for b in range(k):
                maps[:, c] += x[:, c, a : a + h, b : b + w] * dw[c, 0, a, b]
    return torch.einsum("bchw,nc->bnhw", maps, pw[:, :, 0, 0])


def wrong_no_groups(x, dw, pw):
    return F.conv2d(F.conv2d(x, dw), pw)


def wrong_padded(x, dw, pw):
    return F.conv2d(F.conv2d(x, dw, padding=dw.shape[-1] // 2, groups=x.shape[1]), pw)


def wrong_one_kernel_for_all(x, dw, pw):
    return F.conv2d(F.conv2d(x, dw[:1].expand_as(dw), groups=x.shape[1]), pw)


def wrong_relu_between(x, dw, pw):
    return F.conv2d(F.relu(F.conv2d(x, dw, groups=x.shape[1])), pw)


def wrong_kernels_see_all_channels(x, dw, pw):
    maps = F.conv2d(x, dw.expand(-1, x.shape[1], -1, -1))
    return F.conv2d(maps, pw)


RIGHT = [right_two_calls, right_one_kernel, right_loops]
WRONG = [
    wrong_no_groups,
    wrong_padded,
    wrong_one_kernel_for_all,
    wrong_relu_between,
    wrong_kernels_see_all_channels,
]
FIRST_TRY = (3, 5)
