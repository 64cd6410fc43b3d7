"""Written from the statement of five_of_threes_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_transposed(a, b):
    return F.conv_transpose2d(b[None, None], a[None, None]).squeeze()


def right_flip(a, b):
    return F.conv2d(F.pad(b, (2, 2, 2, 2))[None, None], a.flip((0, 1))[None, None])[0, 0]


def right_polynomial(a, b):
    return torch.fft.ifft2(torch.fft.fft2(a, s=(5, 5)) * torch.fft.fft2(b, s=(5, 5))).real


def wrong_no_flip(a, b):
    return F.conv2d(F.pad(b, (2, 2, 2, 2))[None, None], a[None, None])[0, 0]


def wrong_four_axes(a, b):
    return F.conv_transpose2d(b[None, None], a[None, None])


def wrong_three_by_three(a, b):
    return F.conv2d(a[None, None], b[None, None], padding=1)[0, 0]


def wrong_kron(a, b):
    return torch.kron(a, b)[2:7, 2:7]


def wrong_sum(a, b):
    return F.pad(a, (1, 1, 1, 1)) + F.pad(b, (1, 1, 1, 1))


RIGHT = [right_transposed, right_flip, right_polynomial]
WRONG = [wrong_no_flip, wrong_four_axes, wrong_three_by_three, wrong_kron, wrong_sum]
FIRST_TRY = (3, 5)
