"""Written from the statement of as_matmul_03 alone, though by one who knew the exercise."""

import torch
from torch.nn import functional as F


def right_einsum(x, w):
    return torch.einsum("bchw,nc->bnhw", x, w)


def right_reshape(x, w):
    return (w @ x.reshape(x.shape[0], x.shape[1], -1)).reshape(x.shape[0], -1, *x.shape[2:])


def right_permute(x, w):
    return (x.permute(0, 2, 3, 1) @ w.t()).permute(0, 3, 1, 2)


def wrong_conv(x, w):
    return F.conv2d(x, w[:, :, None, None])


def wrong_no_permute_back(x, w):
    return x.permute(0, 2, 3, 1) @ w.t()


def wrong_flat(x, w):
    return w @ x.flatten(2)


def wrong_matmul_on_width(x, w):
    return x @ w.t()


def wrong_loop(x, w):
    return torch.stack([(w[n][None, :, None, None] * x).sum(1) for n in range(len(w))], 1)


RIGHT = [right_einsum, right_reshape, right_permute]
WRONG = [wrong_conv, wrong_no_permute_back, wrong_flat, wrong_matmul_on_width, wrong_loop]
FIRST_TRY = (3, 5)
