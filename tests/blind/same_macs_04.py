"""Written by someone who saw only the statement of same_macs_04."""

import math


def right_division(size, times):
    return size // times


def right_search(size, times):
    channels = 3
    target = size * size * channels * channels
    for side in range(1, size + 1):
        if side * side * (times * channels) ** 2 == target:
            return side
    return None


def right_root(size, times):
    return math.isqrt(size**2 // times**2)


def wrong_divided_twice(size, times):
    return size // (times * times)


def wrong_multiplied(size, times):
    return size * times


def wrong_only_outputs_grow(size, times):
    return round(size / math.sqrt(times))


def wrong_area(size, times):
    return (size // times) ** 2


def wrong_float(size, times):
    return size / times


RIGHT = [right_division, right_search, right_root]
WRONG = [wrong_divided_twice, wrong_multiplied, wrong_only_outputs_grow, wrong_area, wrong_float]
FIRST_TRY = (3, 5)
