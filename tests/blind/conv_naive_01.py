"""Written by someone who saw only the statement of conv_naive_01."""

import numpy as np
import torch


def right_three_loops(x, w):
    n_out, _, k, _ = w.shape
    _, h, wd = x.shape
    y = np.zeros((n_out, h - k + 1, wd - k + 1))
    for n in range(n_out):
        for i in range(h - k + 1):
            for j in range(wd - k + 1):
                y[n, i, j] = (x[:, i : i + k, j : j + k] * w[n]).sum()
    return y


def right_windows(x, w):
    k = w.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))
    return np.einsum("cijab,ncab->nij", windows, w)


def right_torch(x, w):
    a = torch.tensor(np.ascontiguousarray(x), dtype=torch.float64)
    b = torch.tensor(np.ascontiguousarray(w), dtype=torch.float64)
    return torch.nn.functional.conv2d(a[None], b)[0].numpy()


def wrong_turned_round(x, w):
    return right_three_loops(x, w[:, :, ::-1, ::-1])


def wrong_one_row_short(x, w):
    n_out, _, k, _ = w.shape
    y = np.zeros((n_out, x.shape[1] - k, x.shape[2] - k))
    for n in range(n_out):
        for i in range(x.shape[1] - k):
            for j in range(x.shape[2] - k):
                y[n, i, j] = np.sum(x[:, i : i + k, j : j + k] * w[n])
    return y


def wrong_flat_kernel(x, w):
    n_out, _, k, _ = w.shape
    y = np.zeros((n_out, x.shape[1] - k + 1, x.shape[2] - k + 1))
    for n in range(n_out):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                y[n, i, j] = np.sum(x[0, i : i + k, j : j + k] * w[n, 0])
    return y


def wrong_rows_and_columns_mixed(x, w):
    n_out, _, k, _ = w.shape
    _, wd, h = x.shape
    y = np.zeros((n_out, h - k + 1, wd - k + 1))
    for n in range(n_out):
        for i in range(h - k + 1):
            for j in range(wd - k + 1):
                y[n, i, j] = np.sum(x[:, j : j + k, i : i + k] * w[n])
    return y


def wrong_padded_to_same(x, w):
    p = w.shape[-1] // 2
    return right_three_loops(np.pad(x, ((0, 0), (p, p), (p, p))), w)


RIGHT = [right_three_loops, right_windows, right_torch]
WRONG = [
    wrong_turned_round,
    wrong_one_row_short,
    wrong_flat_kernel,
    wrong_rows_and_columns_mixed,
    wrong_padded_to_same,
]
FIRST_TRY = (3, 5)
