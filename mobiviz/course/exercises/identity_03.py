"""A kernel that changes nothing.

`k` is an odd number. Return a kernel of shape (k, k), an array, a tensor or a list of lists, that leaves every image as
it is: the image is padded with zeros, the kernel is laid over each position, and the k x k products are summed.
"""

from mobiviz.course import kernels
from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "Of the k x k products one alone should count: that of the pixel under the kernel's middle.",
    "torch.eye(k) has ones on its diagonal. One of its rows, as a column, times the same row has a single one.",
    "F.pad(torch.ones(1, 1), [k // 2] * 4) puts k // 2 zeros around a one.",
)
TOLERANCE = 1e-6
RULES = Rules()


def reference(k):
    import torch
    from torch.nn import functional as F

    return F.pad(torch.ones(1, 1), [k // 2] * 4)


def cases():
    import torch

    yield 3, torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    draw = torch.Generator().manual_seed(3)
    for k, h, w in ((3, 3, 4), (1, 2, 3), (5, 4, 4), (7, 5, 3)):
        yield k, torch.randint(10, (1, 1, h, w), generator=draw).float()


def observe(answer, k, image):
    return kernels.depthwise(answer(k), image, k)


@mutant("All ones add up the neighbourhood: the image is blurred, and brighter. One product alone should count.")
def ones(k):
    import torch

    return torch.ones(k, k)


@mutant("Ones on the diagonal add up a whole diagonal of pixels. An identity matrix is not an identity kernel.")
def diagonal(k):
    import torch

    return torch.eye(k)


@mutant("Your one sits in the kernel's corner: the image comes out shifted. It belongs in the middle.")
def corner(k):
    import torch
    from torch.nn import functional as F

    return F.pad(torch.ones(1, 1), [0, k - 1, 0, k - 1])


@mutant("An average keeps the brightness and blurs. Here each pixel should stay exactly as it was.")
def average(k):
    import torch

    return torch.full((k, k), 1 / k**2)


@mutant("The kernel is all zeros, and so is the image under it.")
def zeros(k):
    import torch

    return torch.zeros(k, k)


@other
def by_rows(k):
    import torch

    return torch.eye(k)[:, [k // 2]] @ torch.eye(k)[[k // 2]]


@other
def in_numpy(k):
    import numpy as np

    return (np.arange(k * k) == k * k // 2).reshape(k, k).astype(float)
