"""One channel blurred.

`still` is a k x k tensor that leaves an image as it is: zeros around a one. Return three depthwise kernels, shape
(3, k, k), one for each channel of a photo: red, which is channel 0, becomes at each pixel the mean of its k x k
neighbourhood; green and blue stay as they are.
"""

from mobiviz.course import kernels
from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "A depthwise kernel sees its own channel alone, so three kernels are three separate answers.",
    "A mean of n numbers is their sum, each times 1 / n. still.numel() is how many there are.",
    "torch.stack([a, b, b]) puts three k x k kernels into one tensor of shape (3, k, k).",
)
TOLERANCE = 1e-5
RULES = Rules()


def stack(*kernels):
    import torch

    return torch.stack(kernels)


def mean(still):
    import torch

    return torch.ones_like(still) / still.numel()


def reference(still):
    return stack(mean(still), still, still)


def cases():
    import torch
    from torch.nn import functional as F

    draw = torch.Generator().manual_seed(3)
    for k, h, w in ((3, 2, 2), (3, 4, 5), (5, 4, 4)):
        still = F.pad(torch.ones(1, 1), [k // 2] * 4)
        yield still, torch.randint(10, (1, 3, h, w), generator=draw).float()


def observe(answer, still, image):
    return kernels.depthwise(answer(still), image, len(still))


@mutant("All three channels are blurred. Green and blue should stay as they are.")
def all_three(still):
    return stack(mean(still), mean(still), mean(still))


@mutant("It is blue that you blur. Channels are counted from red.")
def blue(still):
    return stack(still, still, mean(still))


@mutant("Red is a sum and not a mean: it comes out k x k times too bright. Divide by how many pixels there are.")
def a_sum(still):
    return stack(still * 0 + 1, still, still)


@mutant("Red is divided by k, and there are k x k pixels in the neighbourhood.")
def divided_by_k(still):
    return stack((still * 0 + 1) / len(still), still, still)


@mutant("Green and blue are gone: a kernel of zeros makes zeros. One that leaves an image alone is `still`.")
def others_black(still):
    return stack(mean(still), still * 0, still * 0)


@mutant("Red is half blurred: the pixel itself counts twice. A mean weighs all of them alike.")
def half_blurred(still):
    return stack((mean(still) + still) / 2, still, still)


@other
def in_numbers(still):
    return stack(still * 0 + 1 / still.numel(), still, still)


@other
def expanded(still):
    import torch

    return torch.stack([torch.full(still.shape, 1 / len(still) ** 2), *still.expand(2, -1, -1)])
