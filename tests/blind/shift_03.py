"""Written from the statement of shift_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_outer(down, right):
    return torch.outer(torch.eye(3)[1 - down], torch.eye(3)[1 - right])


def right_place(down, right):
    return torch.eye(9)[4 - 3 * down - right].view(3, 3)


def right_roll(down, right):
    return F.pad(torch.ones(1, 1), (1 - right, 1 + right, 1 - down, 1 + down))


def wrong_sign(down, right):
    return torch.outer(torch.eye(3)[1 + down], torch.eye(3)[1 + right])


def wrong_swapped(down, right):
    return torch.outer(torch.eye(3)[1 - right], torch.eye(3)[1 - down])


def wrong_down_sign(down, right):
    return torch.outer(torch.eye(3)[1 + down], torch.eye(3)[1 - right])


def wrong_no_zero(down, right):
    return torch.eye(9)[3 * down + right].view(3, 3)


def wrong_rolls_a_line(down, right):
    return torch.eye(3).roll((down, right), (0, 1))


RIGHT = [right_outer, right_place, right_roll]
WRONG = [wrong_sign, wrong_swapped, wrong_down_sign, wrong_no_zero, wrong_rolls_a_line]
FIRST_TRY = (3, 5)
