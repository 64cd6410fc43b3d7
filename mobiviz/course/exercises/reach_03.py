"""How far a stack sees.

`layers` lists convolutions from first to last, each a pair (k, s): its kernel size and its stride. Return the receptive
field: how many input positions, in one direction, reach one output. A kernel of size k sees k positions of the map
below it, and two neighbours on that map are as far apart in the input as all strides below it multiply to.
"""

import math

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "Start with 1. Each layer adds k - 1 steps.",
    "A step is as long as the product of the strides of the layers *below*: 1 for the first layer.",
    "math.prod(s for _, s in layers[:i]) is the step of layer i.",
)
RULES = Rules(loops=True, characters=130)


def added(layers, step):
    return 1 + sum((k - 1) * step(i) for i, (k, _) in enumerate(layers))


def reference(layers):
    return added(layers, lambda i: math.prod(s for _, s in layers[:i]))


def cases():
    yield ([(3, 1), (3, 1)],)
    yield ([(3, 2), (3, 1)],)
    yield ([(3, 1), (3, 2)],)
    yield ([(7, 1)],)
    yield ([(3, 2), (3, 2), (5, 1), (1, 2), (3, 1)],)
    yield ([(5, 2), (3, 2), (3, 2), (3, 1)],)
    yield ([],)


@mutant("The strides are missing: after a stride of 2 one step on the map is two in the input.")
def no_strides(layers):
    return added(layers, lambda i: 1)


@mutant("You count a layer's own stride for its own kernel. It stretches only the layers above it.")
def own_stride_too(layers):
    return added(layers, lambda i: math.prod(s for _, s in layers[: i + 1]))


@mutant(
    "Two 3x3 see 5 positions and not 6: neighbouring windows overlap. A layer adds k - 1, and the first begins at 1."
)
def sums_kernels(layers):
    return added(layers, lambda i: math.prod(s for _, s in layers[:i])) + max(len(layers) - 1, 0)


@mutant("Strides multiply: two strides of 2 make steps of 4.")
def strides_added(layers):
    return added(layers, lambda i: sum(s for _, s in layers[:i]) or 1)


@mutant("Only the stride of the layer directly below is in it. All strides below multiply.")
def one_stride_below(layers):
    return added(layers, lambda i: layers[i - 1][1] if i else 1)


@mutant("The kernels are multiplied. Each further layer *adds* what its edges see.")
def kernels_multiplied(layers):
    return math.prod(k for k, _ in layers)


@other
def from_the_top(layers):
    from functools import reduce

    return reduce(lambda seen, layer: (seen - 1) * layer[1] + layer[0], reversed(layers), 1)


@other
def accumulated(layers):
    from itertools import accumulate
    from operator import mul

    return 1 + sum(
        (k - 1) * step for (k, _), step in zip(layers, accumulate((s for _, s in layers), mul, initial=1), strict=False)
    )
