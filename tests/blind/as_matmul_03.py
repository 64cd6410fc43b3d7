"""Written from the statement of as_matmul_03 alone, by someone who had seen nothing of its check."""

import torch
import torch.nn.functional as F


def right_einsum(x, w):
    return torch.einsum("nc,bchw->bnhw", w, x)


def right_flat(x, w):
    return (w @ x.flatten(2)).unflatten(2, x.shape[2:])


def right_channels_last(x, w):
    return (x.movedim(1, -1) @ w.T).movedim(-1, 1)


def wrong_transposed(x, w):
    return torch.einsum("cn,bchw->bnhw", w, x)


def wrong_rows(x, w):
    return w @ x


def wrong_left_last(x, w):
    return x.movedim(1, -1) @ w.T


def wrong_turned(x, w):
    return (x.transpose(1, -1) @ w.T).movedim(-1, 1)


def wrong_summed_up(x, w):
    return torch.einsum("nc,bchw->bn", w, x)


def wrong_a_convolution(x, w):
    return F.conv2d(x, w[:, :, None, None])


def wrong_neither(x, w):
    return (w[None, :, :, None, None] * x[:, None]).sum(2)


RIGHT = [right_einsum, right_flat, right_channels_last]
WRONG = [
    wrong_transposed,
    wrong_rows,
    wrong_left_last,
    wrong_turned,
    wrong_summed_up,
    wrong_a_convolution,
    wrong_neither,
]
FIRST_TRY = (3, 6)
