"""As wide as the budget allows.

A convolution with a k x k kernel has as many channels out as in, and an output map of h x w positions. Return the
largest number of channels, a whole number, with which it takes at most `budget` MACs. One channel always fits.
"""

import math

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "With C channels it takes k x k x C x C x h x w MACs. C stands there twice.",
    "So C squared is at most budget / (k k h w), rounded down.",
    "math.isqrt(n) is the largest whole number whose square is at most n.",
)
RULES = Rules()


def reference(budget, k, h, w):
    return math.isqrt(budget // (k * k * h * w))


def cases():
    yield 36, 3, 1, 1
    yield 35, 3, 1, 1
    yield 1000, 1, 2, 3
    yield 11_289_600, 3, 14, 14
    yield 115_605_504, 3, 14, 28


@mutant("C stands in the cost twice, once for the inputs and once for the outputs: take the square root.")
def no_root(budget, k, h, w):
    return budget // (k * k * h * w)


@mutant("You round up, and the convolution no longer fits the budget.")
def rounds_up(budget, k, h, w):
    n = budget // (k * k * h * w)
    return math.isqrt(n) + (math.isqrt(n) ** 2 < n)


@mutant("The kernel's side counts once in your cost. It is k x k.")
def one_side(budget, k, h, w):
    return math.isqrt(budget // (k * h * w))


@mutant("You left the map out: the kernel is laid down at h x w positions.")
def no_map(budget, k, h, w):
    return math.isqrt(budget // (k * k))


@mutant("That is one less than fits.")
def one_less(budget, k, h, w):
    return reference(budget, k, h, w) - 1


@other
def a_float_will_do(budget, k, h, w):
    return int((budget / (k * k * h * w)) ** 0.5)


@other
def divided_twice(budget, k, h, w):
    return math.isqrt(budget // k**2 // (h * w))


@other
def in_decimals(budget, k, h, w):
    from decimal import Decimal

    return int(Decimal(budget // (k * k * h * w)).sqrt())
