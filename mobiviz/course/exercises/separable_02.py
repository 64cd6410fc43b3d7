"""The pair, in torch.

`x` is a batch of maps, a float tensor of shape (B, C, H, W). `dw` holds the depthwise kernels, shape (C, 1, k, k): one
flat kernel for each channel. Channel c of x is convolved with kernel c and with nothing else, without padding and with
stride 1; that gives C maps, one for each channel. `pw` holds the pointwise kernels, shape (N, C, 1, 1): output n is, at
each position, the sum of the C maps, each times its own weight in pw[n].
Return the output, shape (B, N, H - k + 1, W - k + 1). The loops are torch's: two calls of
torch.nn.functional.conv2d are enough.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "conv2d(maps, kernels) wants kernels as deep as the maps. Those of pw are. Those of dw are one channel deep.",
    "conv2d takes groups: with groups=2 the first half of the channels goes to the first half of the kernels only.",
    "In a depthwise convolution each channel is a group of its own: there are x.shape[1] of them.",
)
TOLERANCE = 1e-4


def conv2d(*args, **options):
    from torch.nn import functional

    return functional.conv2d(*args, **options)


def reference(x, dw, pw):
    return conv2d(conv2d(x, dw, groups=x.shape[1]), pw)


def cases():
    import torch

    one_hot = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]]])
    dw = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]], [[[0.0, 0.0], [0.0, 10.0]]]])
    yield one_hot, dw, torch.tensor([[1.0, 100.0]])[:, :, None, None]
    yield one_hot, dw, torch.tensor([[1.0, 100.0], [2.0, 0.0], [0.0, 3.0]])[:, :, None, None]
    yield one_hot.flip(1), dw, torch.tensor([[1.0, 100.0]])[:, :, None, None]
    random = torch.Generator().manual_seed(2)
    for batch, c, size, n, k in ((1, 1, 3, 2, 2), (1, 3, 4, 3, 3), (2, 4, 6, 7, 3), (1, 5, 5, 2, 1)):
        shapes = (batch, c, size, size + 1), (c, 1, k, k), (n, c, 1, 1)
        yield tuple(torch.randn(shape, generator=random) for shape in shapes)


@mutant("torch refuses: you did not tell the depthwise half that its channels stay apart. Each is a group of its own.")
def forgets_groups(x, dw, pw):
    return conv2d(conv2d(x, dw), pw)


@mutant("Your depthwise half mixes: the one channel of this x that is not 0 answers through the other's kernel too.")
def depthwise_mixes(x, dw, pw):
    return conv2d(conv2d(x, dw.expand(-1, x.shape[1], -1, -1)), pw)


@mutant("You stop after the depthwise half: it gives one map for each input channel, and nothing has been mixed yet.")
def stops_halfway(x, dw, pw):
    return conv2d(x, dw, groups=x.shape[1])


@mutant("All your channels get the first depthwise kernel. Channel c has a kernel of its own, dw[c].")
def one_kernel_for_all(x, dw, pw):
    return reference(x, dw[:1].expand_as(dw), pw)


@mutant("You mix first and look around afterwards. dw has a kernel for each input channel, so it comes first.")
def pointwise_first(x, dw, pw):
    return conv2d(conv2d(x, pw), dw, groups=dw.shape[0])


@mutant("You add the depthwise maps up as they are. Each output weighs them in its own way: that is what pw holds.")
def adds_without_weights(x, dw, pw):
    return reference(x, dw, pw * 0 + 1)


@mutant("You pad, and the map is too large. Without padding its height and width shrink by k - 1.")
def pads(x, dw, pw):
    return conv2d(conv2d(x, dw, groups=x.shape[1], padding=dw.shape[-1] // 2), pw)


@other
def channel_by_channel(x, dw, pw):
    import torch

    maps = torch.cat([conv2d(x[:, c : c + 1], dw[c : c + 1]) for c in range(x.shape[1])], dim=1)
    return torch.einsum("bchw,nc->bnhw", maps, pw[:, :, 0, 0])


@other
def as_one_standard_convolution(x, dw, pw):
    return conv2d(x, pw * dw[:, 0])


@other
def in_numpy(x, dw, pw):
    import numpy as np

    windows = np.lib.stride_tricks.sliding_window_view(x.numpy(), dw.shape[2:], axis=(2, 3))
    maps = (windows * dw.numpy()[:, 0, None, None]).sum(axis=(-2, -1))
    return np.moveaxis(np.tensordot(pw.numpy()[:, :, 0, 0], maps, axes=(1, 1)), 0, 1)
