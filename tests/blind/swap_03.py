"""Written from the statement of swap_03 alone, by someone who had seen nothing of its check."""

import numpy as np
import torch
import torch.nn.functional as F


def right_rows_of_eye(order):
    return torch.eye(len(order))[order]


def right_one_hot(order):
    return F.one_hot(torch.tensor(order), len(order)).float()


def right_sorted(order):
    return np.eye(len(order))[:, np.argsort(order)].tolist()


def wrong_columns(order):
    return torch.eye(len(order))[:, order]


def wrong_not_swapped(order):
    return torch.eye(len(order))


def wrong_diagonal(order):
    return torch.diag(torch.tensor(order, dtype=torch.float))


def wrong_reversed(order):
    return torch.eye(len(order)).flip(0)


def wrong_weights_of_conv2d(order):
    return torch.eye(len(order))[order][:, :, None, None]


def wrong_the_order(order):
    return torch.tensor(order)


RIGHT = [right_rows_of_eye, right_one_hot, right_sorted]
WRONG = [wrong_columns, wrong_not_swapped, wrong_diagonal, wrong_reversed, wrong_weights_of_conv2d, wrong_the_order]
FIRST_TRY = (3, 6)
