"""Written from the statement of shift_03 alone, by someone who had seen nothing of its check."""

import numpy as np
import torch
import torch.nn.functional as F


def right_pad(down, right):
    return F.pad(torch.ones(1, 1), (1 - right, 1 + right, 1 - down, 1 + down))


def right_outer(down, right):
    return torch.outer(torch.eye(3)[1 - down], torch.eye(3)[1 - right])


def right_roll(down, right):
    return np.roll([[0, 0, 0], [0, 1, 0], [0, 0, 0]], (-down, -right), (0, 1))


def wrong_as_if_flipped(down, right):
    return np.roll([[0, 0, 0], [0, 1, 0], [0, 0, 0]], (down, right), (0, 1))


def wrong_right_first(down, right):
    return F.pad(torch.ones(1, 1), (1 - down, 1 + down, 1 - right, 1 + right))


def wrong_one_sign(down, right):
    return torch.outer(torch.eye(3)[1 - down], torch.eye(3)[1 + right])


def wrong_two_kernels(down, right):
    return F.pad(torch.ones(1, 1), (1, 1, 1 - down, 1 + down)) + torch.eye(3)[1 - right] * torch.eye(3)


def wrong_down_alone(down, right):
    return np.roll([[0, 0, 0], [0, 1, 0], [0, 0, 0]], -down, 0)


RIGHT = [right_pad, right_outer, right_roll]
WRONG = [wrong_as_if_flipped, wrong_right_first, wrong_one_sign, wrong_two_kernels, wrong_down_alone]
FIRST_TRY = (3, 5)
