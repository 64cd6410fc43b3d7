"""Written from the statement of identity_03 alone, by someone who had seen nothing of its check."""

import numpy as np
import torch
import torch.nn.functional as F


def right_one_hot(k):
    return F.one_hot(torch.tensor(k * k // 2), k * k).view(k, k)


def right_lists(k):
    return [[0] * k] * (k // 2) + [[0] * (k // 2) + [1] + [0] * (k // 2)] + [[0] * k] * (k // 2)


def right_pad(k):
    return np.pad([[1.0]], k // 2)


def wrong_identity_matrix(k):
    return torch.eye(k)


def wrong_mean(k):
    return torch.ones(k, k) / k**2


def wrong_corner(k):
    return F.pad(torch.ones(1, 1), (0, k - 1, 0, k - 1))


def wrong_three_always(k):
    return [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def wrong_one_row(k):
    return F.pad(torch.ones(1), (k // 2, k // 2))


def wrong_a_comprehension(k):
    return [[float(i == j == k // 2) for j in range(k)] for i in range(k)]


RIGHT = [right_one_hot, right_lists, right_pad]
WRONG = [wrong_identity_matrix, wrong_mean, wrong_corner, wrong_three_always, wrong_one_row, wrong_a_comprehension]
FIRST_TRY = (3, 6)
