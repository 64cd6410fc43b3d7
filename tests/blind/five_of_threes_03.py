"""Written from the statement of five_of_threes_03 alone, by someone who had seen nothing of its check."""

import torch
import torch.nn.functional as F


def right_transposed(a, b):
    return F.conv_transpose2d(a[None, None], b[None, None])[0, 0]


def right_flipped(a, b):
    return F.conv2d(a[None, None], b.flip(0, 1)[None, None], padding=2)[0, 0]


def right_fourier(a, b):
    return torch.fft.irfft2(torch.fft.rfft2(a, (5, 5)) * torch.fft.rfft2(b, (5, 5)), (5, 5))


def wrong_not_flipped(a, b):
    return F.conv2d(a[None, None], b[None, None], padding=2)[0, 0]


def wrong_turned(a, b):
    return F.conv_transpose2d(a[None, None], b[None, None])[0, 0].flip(0, 1)


def wrong_product(a, b):
    return F.pad(a @ b, (1, 1, 1, 1))


def wrong_sum(a, b):
    return F.pad(a + b, (1, 1, 1, 1))


def wrong_still_three(a, b):
    return F.conv2d(a[None, None], b.flip(0, 1)[None, None], padding=1)[0, 0]


def wrong_four_dimensions(a, b):
    return F.conv_transpose2d(a[None, None], b[None, None])


RIGHT = [right_transposed, right_flipped, right_fourier]
WRONG = [wrong_not_flipped, wrong_turned, wrong_product, wrong_sum, wrong_still_three, wrong_four_dimensions]
FIRST_TRY = (3, 6)
