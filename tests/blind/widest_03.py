"""Written from the statement of widest_03 alone, by someone who had seen nothing of its check."""

import math
from bisect import bisect


def right_isqrt(budget, k, h, w):
    return math.isqrt(budget // (k * k * h * w))


def right_floor(budget, k, h, w):
    return math.floor(math.sqrt(budget // (h * w)) / k)


def right_bisect(budget, k, h, w):
    return bisect(range(1, budget + 1), budget, key=lambda c: c * c * k * k * h * w)


def wrong_rounded(budget, k, h, w):
    return round(math.sqrt(budget / (k * k * h * w)))


def wrong_up(budget, k, h, w):
    return math.ceil(math.sqrt(budget / (k * k * h * w)))


def wrong_depthwise(budget, k, h, w):
    return budget // (k * k * h * w)


def wrong_one_k(budget, k, h, w):
    return math.isqrt(budget // (k * h * w))


def wrong_no_map(budget, k, h, w):
    return math.isqrt(budget // (k * k))


def wrong_not_whole(budget, k, h, w):
    return math.sqrt(budget / (k * k * h * w))


RIGHT = [right_isqrt, right_floor, right_bisect]
WRONG = [wrong_rounded, wrong_up, wrong_depthwise, wrong_one_k, wrong_no_map, wrong_not_whole]
FIRST_TRY = (2, 6)
