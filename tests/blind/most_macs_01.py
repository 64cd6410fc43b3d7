"""Written by someone who saw only the statement of most_macs_01."""

import numpy as np


def right_max(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[3] ** 2 * layer[4] ** 2)[0]


def right_loop(layers):
    best, name = -1, None
    for label, c_in, c_out, k, side in layers:
        macs = side * side * c_out * c_in * k * k
        if macs > best:
            best, name = macs, label
    return name


def right_numpy(layers):
    numbers = np.array([layer[1:] for layer in layers], dtype=np.int64)
    macs = numbers.prod(axis=1) * numbers[:, 2] * numbers[:, 3]
    return layers[int(macs.argmax())][0]


def wrong_last_of_the_tied(layers):
    best, name = -1, None
    for label, c_in, c_out, k, side in layers:
        macs = side * side * c_out * c_in * k * k
        if macs >= best:
            best, name = macs, label
    return name


def wrong_counts_weights(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[3] ** 2)[0]


def wrong_not_squared(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[3] * layer[4])[0]


def wrong_whole_tuple(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[3] ** 2 * layer[4] ** 2)


def wrong_sorted_by_name(layers):
    return max((c_in * c_out * k * k * side * side, name) for name, c_in, c_out, k, side in layers)[1]


RIGHT = [right_max, right_loop, right_numpy]
WRONG = [
    wrong_last_of_the_tied,
    wrong_counts_weights,
    wrong_not_squared,
    wrong_whole_tuple,
    wrong_sorted_by_name,
]
FIRST_TRY = (3, 5)
