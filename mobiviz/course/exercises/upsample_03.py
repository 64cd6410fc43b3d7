"""Twice as large, by a transposed convolution.

`x` is a batch of maps, shape (B, C, H, W). Return maps of shape (B, C, 2 H, 2 W) in which each number stands in a 2x2
square, by one depthwise transposed convolution: F.conv_transpose2d(x, kernels, stride=..., groups=...). It lays a
kernel down at each input position, `stride` apart, times the number there. Its kernels have the shape (C, 1, k, k).
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "Each input number should leave a 2x2 square of itself: what kernel is that, laid down once?",
    "The squares stand side by side where the stride equals the kernel's size.",
    "torch.ones(x.shape[1], 1, 2, 2) holds the kernels; groups keeps the channels apart.",
)
TOLERANCE = 1e-5
RULES = Rules(
    characters=120,
    uses=("conv_transpose2d",),
    without=("interpolate", "repeat_interleave", "repeat", "kron", "Upsample", "upsample", "expand", "tile"),
)


def transposed(x, size, value, stride, groups=None, width=1):
    import torch
    from torch.nn import functional as F

    return F.conv_transpose2d(
        x, torch.full((x.shape[1], width, size, size), value), stride=stride, groups=groups or x.shape[1]
    )


def reference(x):
    import torch
    from torch.nn import functional as F

    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2, groups=x.shape[1])


def cases():
    import torch

    yield (torch.tensor([[[[1.0, 2.0]]]]),)
    draw = torch.Generator().manual_seed(3)
    for b, c, h, w in ((1, 2, 1, 2), (1, 3, 2, 2), (2, 2, 3, 2)):
        yield (torch.randint(1, 10, (b, c, h, w), generator=draw).float(),)


@mutant("With a stride of 1 the squares lie over each other and add up. They stand side by side at the kernel's size.")
def stride_one(x):
    return transposed(x, 2, 1.0, 1)


@mutant("Each number is spread thin: a square of quarters. That keeps the sum; asked for is the number in each place.")
def quarters(x):
    return transposed(x, 2, 0.25, 2)


@mutant("A kernel of 1x1 leaves holes: a number, a zero, a number. Fill the whole square.")
def holes(x):
    from torch.nn import functional as F

    return F.pad(transposed(x, 1, 1.0, 2), [0, 1, 0, 1])


@mutant("Without groups all channels are added together. Each should grow on its own.")
def mixes_channels(x):
    return transposed(x, 2, 1.0, 2, groups=1, width=x.shape[1])


@mutant("A kernel of 3x3 at stride 2 overlaps by one: where squares meet the numbers add up. That is a checkerboard.")
def checkerboard(x):
    return transposed(x, 3, 1.0, 2)[:, :, : 2 * x.shape[2], : 2 * x.shape[3]]


@other
def a_rim_of_zeros(x):
    import torch
    from torch.nn import functional as F

    return F.conv_transpose2d(x, F.pad(torch.ones(len(x[0]), 1, 2, 2), [1] * 4), None, 2, 1, 0, len(x[0]))


@other
def channels_as_batch(x):
    import torch
    from torch.nn import functional as F

    return F.conv_transpose2d(x.flatten(0, 1)[:, None], torch.ones(1, 1, 2, 2), stride=2).view(
        *x.shape[:2], -1, 2 * x.shape[3]
    )
