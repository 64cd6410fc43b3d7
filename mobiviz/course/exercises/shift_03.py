"""A kernel that moves the image.

`down` and `right` are -1, 0 or 1. Return a 3x3 kernel, an array, a tensor or a list of lists, that moves the image by
so many pixels down and to the right; what comes in from outside is 0. The image is padded with zeros, the kernel is
laid over each position as it is, not flipped, and the nine products are summed. Negative numbers move up and to the
left.
"""

from mobiviz.course import kernels
from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "To move the image to the right, each output pixel takes the value of its left neighbour.",
    "So the one stands at row 1 - down and column 1 - right of the kernel.",
    "torch.eye(9)[i].reshape(3, 3) has its one at place i, counted row by row.",
)
TOLERANCE = 1e-6
RULES = Rules()


def one_at(row, column):
    import torch

    return torch.eye(9)[3 * row + column].reshape(3, 3)


def reference(down, right):
    return one_at(1 - down, 1 - right)


def cases():
    import torch

    image = torch.tensor([[[[1.0, 2.0, 0.0], [3.0, 4.0, 0.0], [0.0, 0.0, 0.0]]]])
    yield 0, 1, image
    yield 1, 0, image
    draw = torch.Generator().manual_seed(3)
    for down, right in ((1, 1), (-1, 0), (0, 0), (1, -1), (-1, 1)):
        yield down, right, torch.randint(10, (1, 1, 4, 5), generator=draw).float()


def observe(answer, down, right, image):
    return kernels.depthwise(answer(down, right), image, 3)


@mutant("It moves the other way. A kernel's one says where an output pixel looks: to move right it looks to its left.")
def the_other_way(down, right):
    return one_at(1 + down, 1 + right)


@mutant("You swapped the two axes: the first index of a kernel goes down, the second to the right.")
def axes_swapped(down, right):
    return one_at(1 - right, 1 - down)


@mutant("It always moves to the right by one, whatever it is asked.")
def always_right(down, right):
    return one_at(1, 0)


@mutant("It moves down and never sideways: `right` is not used.")
def down_alone(down, right):
    return one_at(1 - down, 1)


@mutant("It does not move at all: the one stands in the middle whatever is asked.")
def stays(down, right):
    return one_at(1, 1)


@other
def rolled(down, right):
    import torch

    return torch.roll(one_at(1, 1), (-down, -right), (0, 1))


@other
def in_numpy(down, right):
    import numpy as np

    return np.outer(np.eye(3)[1 - down], np.eye(3)[1 - right])
