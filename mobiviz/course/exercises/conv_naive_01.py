"""A convolution in three loops.

`x` is a picture, an array of shape (C, H, W). `w` holds the kernels, an array of shape (N, C, k, k): one kernel
for each of N output channels, and each kernel is as deep as the picture. There is no padding and the stride is 1.
Lay kernel n on the picture with its upper left corner at row i, column j. Multiply each of its C * k * k numbers by
the number under it, and add all the products up: that is y[n, i, j]. The kernel is not turned round.
Return y, an array of shape (N, H - k + 1, W - k + 1). Three loops are enough: over n, i and j.
"""

import numpy as np

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Start with y = np.zeros((N, H - k + 1, W - k + 1)), with the sizes taken from x.shape and w.shape.",
    "The part of the picture under the kernel at row i, column j is x[:, i:i + k, j:j + k].",
    "That part and w[n] have the same shape: multiply them and sum everything.",
)
TOLERANCE = 1e-5


def reference(x, w):
    n_out, _, k, _ = w.shape
    y = np.zeros((n_out, x.shape[1] - k + 1, x.shape[2] - k + 1))
    for n in range(n_out):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                y[n, i, j] = (x[:, i : i + k, j : j + k] * w[n]).sum()
    return y


def cases():
    yield np.array([[[1, 2], [3, 4]]]), np.array([[[[1, 0], [0, 10]]]])
    yield np.array([[[1, 2], [3, 4]]]), np.array([[[[2]]]])
    yield np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]), np.array([[[[1]], [[100]]]])
    yield np.array([[[1, 2], [3, 4]]]), np.array([[[[1]]], [[[10]]]])
    random = np.random.default_rng(1)
    for channels, height, width, filters, k in ((1, 3, 4, 1, 2), (2, 5, 4, 3, 3), (3, 6, 7, 2, 3), (4, 5, 5, 4, 1)):
        yield random.normal(size=(channels, height, width)), random.normal(size=(filters, channels, k, k))


@mutant("You turn the kernel round first. Mathematicians do; convolution layers do not.")
def turns_the_kernel(x, w):
    return reference(x, w[:, :, ::-1, ::-1])


@mutant("You look at one channel of the picture only. A kernel is as deep as its input: sum over the channels too.")
def first_channel_only(x, w):
    return reference(x[:1], w[:, :1])


@mutant("You stop one position early: range(H - k) leaves out the last place, where the kernel still fits.")
def stops_early(x, w):
    return reference(x, w)[:, :-1, :-1]


@mutant("Rows and columns are swapped in your output: i counts rows and comes first.")
def swaps_axes(x, w):
    return reference(x, w).transpose(0, 2, 1)


@mutant("You take the mean of the products. A convolution adds them up and does not divide.")
def takes_the_mean(x, w):
    return reference(x, w) / w[0].size


@mutant("All your output channels are the same: each n has its own kernel, w[n].")
def one_kernel_for_all(x, w):
    return np.repeat(reference(x, w[:1]), len(w), axis=0)


@mutant("You keep the size of the input, so the kernel hangs over the edge. Without padding the output is smaller.")
def keeps_the_size(x, w):
    k = w.shape[-1]
    return reference(np.pad(x, ((0, 0), (0, k - 1), (0, k - 1))), w)


@other
def in_six_loops(x, w):
    n_out, channels, k, _ = w.shape
    height, width = x.shape[1] - k + 1, x.shape[2] - k + 1
    y = [[[0.0] * width for _ in range(height)] for _ in range(n_out)]
    for n, i, j, c, u, v in np.ndindex(n_out, height, width, channels, k, k):
        y[n][i][j] += float(x[c, i + u, j + v] * w[n, c, u, v])
    return y


@other
def by_windows(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(1, 2))
    return np.einsum("chwuv,ncuv->nhw", windows, w)


@other
def by_torch(x, w):
    import torch

    return torch.conv2d(torch.tensor(x).float()[None], torch.tensor(w).float())[0]
