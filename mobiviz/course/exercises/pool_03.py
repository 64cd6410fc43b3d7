"""Average pooling as a convolution.

`x` is a batch of maps, shape (B, C, H, W), H and W even. Return its 2x2 average pooling with stride 2, shape
(B, C, H / 2, W / 2), by one depthwise convolution: F.conv2d with the right kernels, stride and groups.
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "A mean of four numbers is a sum of four products with 1/4.",
    "A depthwise convolution has one kernel for each channel: shape (C, 1, 2, 2), groups=C.",
    "torch.full((x.shape[1], 1, 2, 2), 0.25) holds them. The stride makes the windows stand side by side.",
)
TOLERANCE = 1e-5
RULES = Rules(
    characters=120,
    uses=("conv2d",),
    without=("avg_pool2d", "AvgPool2d", "adaptive_avg_pool2d", "AdaptiveAvgPool2d", "mean", "interpolate"),
)


def conv2d(x, size, value, channels=None, **options):
    import torch
    from torch.nn import functional as F

    groups = options.pop("groups", x.shape[1])
    return F.conv2d(x, torch.full((x.shape[1], channels or 1, size, size), value), groups=groups, **options)


def reference(x):
    import torch
    from torch.nn import functional as F

    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), stride=2, groups=x.shape[1])


def cases():
    import torch

    yield (torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]),)
    draw = torch.Generator().manual_seed(3)
    for b, c, h, w in ((1, 2, 2, 2), (1, 2, 4, 4), (2, 3, 4, 6), (1, 5, 6, 2)):
        yield (torch.randn(b, c, h, w, generator=draw),)


@mutant("Each window is added up and not averaged: four times too much. The weights should add up to 1.")
def a_sum(x):
    return conv2d(x, 2, 1.0, stride=2)


@mutant("Without a stride the windows overlap. Pooling halves the height and the width.")
def no_stride(x):
    return conv2d(x, 2, 0.25)


@mutant("Without groups each output averages all channels together. Pooling keeps channels apart.")
def mixes_channels(x):
    return conv2d(x, 2, 0.25 / x.shape[1], x.shape[1], stride=2, groups=1)


@mutant("The kernel is 1x1: it takes one pixel of each four. That is subsampling, and not an average.")
def subsamples(x):
    return x[:, :, ::2, ::2]


@mutant("It takes the largest of each window. That is max pooling, which no convolution can do.")
def max_pool(x):
    from torch.nn import functional as F

    return F.max_pool2d(x, 2)


@other
def with_tensor_kernels(x):
    import torch
    from torch.nn import functional as F

    return F.conv2d(x, torch.ones(2, 2).expand(x.shape[1], 1, 2, 2) / 4, stride=2, groups=x.shape[1])


@other
def channels_as_batch(x):
    import torch
    from torch.nn import functional as F

    return F.conv2d(x.flatten(0, 1)[:, None], torch.ones(1, 1, 2, 2) / 4, stride=2)[:, 0].unflatten(0, x.shape[:2])
