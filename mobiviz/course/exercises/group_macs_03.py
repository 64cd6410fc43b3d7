"""What groups save.

A convolution has `m` channels in, `n` channels out, a k x k kernel and an output map of h x w positions. With `g`
groups the channels are cut into g equal parts, and each output sees only the inputs of its own part. Return its MACs, a
whole number: how many multiplications all outputs take together. g divides m and n.
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "How many numbers does one output number see? k x k positions of m / g channels.",
    "How many output numbers are there? n maps of h x w.",
    "With g = m the convolution is depthwise: k x k MACs for each output number.",
)
RULES = Rules()


def reference(m, n, k, h, w, g):
    return m // g * n * k * k * h * w


def cases():
    yield 4, 4, 1, 1, 1, 2
    yield 4, 4, 1, 1, 1, 1
    yield 4, 8, 3, 5, 7, 2
    yield 6, 6, 3, 2, 2, 6
    yield 32, 64, 5, 14, 14, 4
    yield 8, 4, 3, 3, 2, 4


@mutant("The groups are missing: each output sees m / g inputs, not all of them.")
def no_groups(m, n, k, h, w, g):
    return m * n * k * k * h * w


@mutant("You divide by g twice. Each output sees m / g inputs, and there are still n outputs, in all groups together.")
def divided_twice(m, n, k, h, w, g):
    return (m // g) * (n // g) * k * k * h * w


@mutant("You multiply by g. More groups mean that each output sees *fewer* inputs.")
def times_groups(m, n, k, h, w, g):
    return m * n * k * k * h * w * g


@mutant("These are the parameters. Each of them is used at all h x w positions.")
def parameters(m, n, k, h, w, g):
    return m // g * n * k * k


@mutant("The kernel is k x k: both of its sides count.")
def one_side(m, n, k, h, w, g):
    return m // g * n * k * h * w


@mutant("That is the price where every channel is its own group, whatever g is.")
def always_depthwise(m, n, k, h, w, g):
    return n * k * k * h * w


@other
def multiplied_first(m, n, k, h, w, g):
    return h * w * k**2 * m * n // g


@other
def by_the_library(m, n, k, h, w, g):
    from mobiviz import pricing

    return pricing.conv(m, n, k, (h + k - 1, w + k - 1), groups=g).macs
