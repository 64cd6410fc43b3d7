"""Written from the statement of identity_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_loop_free(k):
    return torch.zeros(k, k).index_put((torch.tensor(k // 2), torch.tensor(k // 2)), torch.tensor(1.0))


def right_lists(k):
    return torch.eye(k * k)[k * k // 2].reshape(k, k)


def right_pad(k):
    return F.pad(torch.tensor([[1.0]]), (k // 2, k // 2, k // 2, k // 2))


def wrong_eye(k):
    return torch.eye(k)


def wrong_flat(k):
    return torch.eye(k * k)[k * k // 2]


def wrong_three_only(k):
    return [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def wrong_first(k):
    return torch.eye(k * k)[0].reshape(k, k)


def wrong_many_lines(k):
    kernel = torch.zeros(k, k)
    kernel[k // 2, k // 2] = 1
    return kernel


RIGHT = [right_loop_free, right_lists, right_pad]
WRONG = [wrong_eye, wrong_flat, wrong_three_only, wrong_first, wrong_many_lines]
FIRST_TRY = (3, 5)
