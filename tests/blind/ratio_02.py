"""Written by someone who saw only the statement of ratio_02."""

from fractions import Fraction


def right_formula(N, k):
    return N * k * k / (k * k + N)


def right_reciprocals(N, k):
    return 1 / (1 / N + 1 / k**2)


def right_counted(N, k):
    channels, positions = 5, 49
    standard = pair = 0
    for _channel in range(channels):
        standard += N * k * k * positions
        pair += k * k * positions
        pair += N * positions
    return float(Fraction(standard, pair))


def wrong_upside_down(N, k):
    return 1 / N + 1 / k**2


def wrong_depthwise_forgotten(N, k):
    return float(k * k)


def wrong_floor_division(N, k):
    return float(N * k * k // (k * k + N))


def wrong_k_not_squared(N, k):
    return N * k / (k + N)


def wrong_depthwise_for_each_kernel(N, k):
    return N * k * k / (N * k * k + N)


RIGHT = [right_formula, right_reciprocals, right_counted]
WRONG = [
    wrong_upside_down,
    wrong_depthwise_forgotten,
    wrong_floor_division,
    wrong_k_not_squared,
    wrong_depthwise_for_each_kernel,
]
FIRST_TRY = (3, 5)
