"""Written from the statement of widest_03 alone, though by one who knew the exercise."""

import math


def right_isqrt(budget, k, h, w):
    return math.isqrt(budget // (k**2 * h * w))


def right_next(budget, k, h, w):
    return math.isqrt(budget // (h * w)) // k


def right_floor(budget, k, h, w):
    return math.isqrt(budget // h // w // k // k)


def wrong_float(budget, k, h, w):
    return int(math.sqrt(budget / (k * k * h * w)))


def wrong_round(budget, k, h, w):
    return round(math.sqrt(budget / (k * k * h * w)))


def wrong_no_root(budget, k, h, w):
    return budget // (k * k * h * w)


def wrong_depthwise(budget, k, h, w):
    return budget // (k * k * h * w) // 2


def wrong_returns_float(budget, k, h, w):
    return math.sqrt(budget // (k * k * h * w))


RIGHT = [right_isqrt, right_next, right_floor]
WRONG = [wrong_float, wrong_round, wrong_no_root, wrong_depthwise, wrong_returns_float]
FIRST_TRY = (3, 5)
