"""Written from the statement of reward_11 alone, by someone who had seen nothing of its check."""

import math


def right_as_written(accuracy, ms, target, w):
    return accuracy * (ms / target) ** w


def right_logarithms(accuracy, ms, target, w):
    return accuracy * math.exp(w * (math.log(ms) - math.log(target)))


def right_upside_down(accuracy, ms, target, w):
    return accuracy / math.pow(target / ms, w)


def wrong_times_w(accuracy, ms, target, w):
    return accuracy * (ms / target) * w


def wrong_no_brackets(accuracy, ms, target, w):
    return accuracy * ms / target**w


def wrong_all_to_the_power(accuracy, ms, target, w):
    return (accuracy * ms / target) ** w


def wrong_target_above(accuracy, ms, target, w):
    return accuracy * (target / ms) ** w


def wrong_only_slow_ones_pay(accuracy, ms, target, w):
    return accuracy if ms <= target else accuracy * (ms / target) ** w


def wrong_papers_exponent(accuracy, ms, target, w):
    return accuracy * (ms / target) ** -0.07


def wrong_sum(accuracy, ms, target, w):
    return accuracy + (ms / target) ** w


RIGHT = [right_as_written, right_logarithms, right_upside_down]
WRONG = [
    wrong_times_w,
    wrong_no_brackets,
    wrong_all_to_the_power,
    wrong_target_above,
    wrong_only_slow_ones_pay,
    wrong_papers_exponent,
    wrong_sum,
]
FIRST_TRY = (3, 7)
