"""Written from the statement of swap_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_rows(order):
    return torch.eye(len(order))[torch.tensor(order)]


def right_scatter(order):
    return torch.zeros(len(order), len(order)).scatter(1, torch.tensor(order)[:, None], 1.0)


def right_one_hot(order):
    return F.one_hot(torch.tensor(order)).float()


def wrong_columns(order):
    return torch.eye(len(order))[:, order]


def wrong_sorted(order):
    return torch.eye(len(order))[sorted(order)]


def wrong_vector(order):
    return torch.tensor(order, dtype=torch.float32)


def wrong_flip(order):
    return torch.fliplr(torch.eye(len(order)))


def wrong_loop(order):
    return torch.stack([torch.eye(len(order))[i] for i in order])


RIGHT = [right_rows, right_scatter, right_one_hot]
WRONG = [wrong_columns, wrong_sorted, wrong_vector, wrong_flip, wrong_loop]
FIRST_TRY = (3, 5)
