"""Written from the statement of reach_03 alone, by someone who had seen nothing of its check."""

import math
from functools import reduce
from itertools import pairwise


def right_sum(layers):
    return 1 + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))


def right_from_the_top(layers):
    return reduce(lambda seen, layer: (seen - 1) * layer[1] + layer[0], reversed(layers), 1)


def right_recursion(layers):
    return (right_recursion(layers[1:]) - 1) * layers[0][1] + layers[0][0] if layers else 1


def wrong_no_strides(layers):
    return 1 + sum(k - 1 for k, _ in layers)


def wrong_own_stride(layers):
    return 1 + sum((k - 1) * math.prod(s for _, s in layers[: i + 1]) for i, (k, _) in enumerate(layers))


def wrong_from_the_bottom(layers):
    return reduce(lambda seen, layer: (seen - 1) * layer[1] + layer[0], layers, 1)


def wrong_one_stride_back(layers):
    return layers[0][0] + sum((k - 1) * s for (_, s), (k, _) in pairwise(layers))


def wrong_product(layers):
    return math.prod(k for k, _ in layers)


def wrong_without_itself(layers):
    return sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))


RIGHT = [right_sum, right_from_the_top, right_recursion]
WRONG = [
    wrong_no_strides,
    wrong_own_stride,
    wrong_from_the_bottom,
    wrong_one_stride_back,
    wrong_product,
    wrong_without_itself,
]
FIRST_TRY = (3, 6)
