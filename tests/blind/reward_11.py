"""Written from the statement of reward_11 alone, though by one who knew the exercise."""

import math


def right_plain(accuracy, ms, target, w):
    return accuracy * (ms / target) ** w


def right_pow(accuracy, ms, target, w):
    return accuracy * math.pow(ms / target, w)


def right_divided(accuracy, ms, target, w):
    return accuracy / (ms / target) ** -w


def wrong_inverse(accuracy, ms, target, w):
    return accuracy * (target / ms) ** w


def wrong_product(accuracy, ms, target, w):
    return accuracy * ms / target * w


def wrong_no_target(accuracy, ms, target, w):
    return accuracy * ms**w


def wrong_precedence(accuracy, ms, target, w):
    return accuracy * ms / target**w


def wrong_absolute(accuracy, ms, target, w):
    return accuracy * (ms / target) ** abs(w)


RIGHT = [right_plain, right_pow, right_divided]
WRONG = [wrong_inverse, wrong_product, wrong_no_target, wrong_precedence, wrong_absolute]
FIRST_TRY = (3, 5)
