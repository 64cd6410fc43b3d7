"""Written from the statement of reach_03 alone, though by one who knew the exercise."""

import math


def right_prod(layers):
    return 1 + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, s) in enumerate(layers))


def right_zip(layers):
    return sum((layers[i][0] - 1) * math.prod(s for k, s in layers[:i]) for i in range(len(layers))) + 1


def right_recursive(layers):
    return 1 if not layers else (right_recursive(layers[1:]) - 1) * layers[0][1] + layers[0][0]


def wrong_sum_of_kernels(layers):
    return sum(k for k, _ in layers)


def wrong_without_stride(layers):
    return 1 + sum(k - 1 for k, _ in layers)


def wrong_including_own(layers):
    return 1 + sum((k - 1) * math.prod(s for _, s in layers[: i + 1]) for i, (k, s) in enumerate(layers))


def wrong_kernel_not_less_one(layers):
    return 1 + sum(k * math.prod(s for _, s in layers[:i]) for i, (k, s) in enumerate(layers))


def wrong_forgets_the_one(layers):
    return sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, s) in enumerate(layers))


RIGHT = [right_prod, right_zip, right_recursive]
WRONG = [
    wrong_sum_of_kernels,
    wrong_without_stride,
    wrong_including_own,
    wrong_kernel_not_less_one,
    wrong_forgets_the_one,
]
FIRST_TRY = (3, 5)
