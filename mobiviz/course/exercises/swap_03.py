"""Channels in another order.

`order` is a list of C numbers, each of 0 to C - 1 once. Return the weights of a 1x1 convolution, shape (C, C), whose
output channel i is the input channel order[i]. `weights[i][j]` is what input j counts in output i.
"""

from mobiviz.course import kernels
from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "Row i of the weights makes output i. It should be 0 but for a single one.",
    "The one of row i stands in column order[i].",
    "An identity matrix has its ones at i, i. Take its rows in the right order.",
)
TOLERANCE = 1e-6
RULES = Rules()


def reference(order):
    import torch

    return torch.eye(len(order))[order]


def cases():
    import torch

    yield [1, 0], torch.tensor([[[[1.0, 2.0]], [[30.0, 40.0]]]])
    draw = torch.Generator().manual_seed(3)
    for order in ([1, 2, 0], [0, 1, 2], [2, 0, 3, 1], [3, 4, 2, 0, 1]):
        yield order, torch.randint(10, (1, len(order), 2, 3), generator=draw).float()


def observe(answer, order, image):
    return kernels.pointwise(answer(order), image)


@mutant("That sends channel i *to* place order[i]. Asked for is the channel that comes *from* there: transpose it.")
def transposed(order):
    return reference(order).T


@mutant("The channels stay where they are: these are the weights of an identity.")
def identity(order):
    import torch

    return torch.eye(len(order))


@mutant("The channels come out in reverse, whatever the order asks for.")
def reverse(order):
    import torch

    return torch.eye(len(order)).flip(0)


@mutant("All ones add all channels up: each output is their sum.")
def ones(order):
    import torch

    return torch.ones(len(order), len(order))


@mutant("The channels come sorted by their number in `order`, and turned round: read the list from the front.")
def from_the_back(order):
    return reference(order[::-1])


@other
def compared(order):
    import torch

    return (torch.tensor(order)[:, None] == torch.arange(len(order))).float()


@other
def by_the_library(order):
    import torch

    return torch.nn.functional.one_hot(torch.tensor(order), len(order))
