"""What a network is worth.

The searches of MnasNet and MobileNetV3 rate a network by its accuracy times (ms / target) to the power of w. Given
`accuracy`, a share from 0 to 1, its `ms`, the `target` in ms and the exponent `w`, return that number.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Python's power is **.",
    "With w = 0 the time does not matter: anything to the power of 0 is 1.",
    "With a negative w a network that is slower than the target loses.",
)
TOLERANCE = 1e-9


def reference(accuracy, ms, target, w):
    return accuracy * (ms / target) ** w


def cases():
    yield 0.5, 4.0, 2.0, -1.0
    yield 0.7, 3.0, 3.0, -0.07
    yield 0.6, 1.0, 4.0, -0.5
    yield 0.6, 8.0, 4.0, 0.0
    yield 0.75, 51.0, 40.0, -0.07


@mutant("The fraction is upside down: with a negative w the slow network would win.")
def upside_down(accuracy, ms, target, w):
    return accuracy * (target / ms) ** w


@mutant("You forgot the accuracy: all networks with the same time would be worth the same.")
def without_accuracy(accuracy, ms, target, w):
    return (ms / target) ** w


@mutant("The power takes in the accuracy too. Only the fraction of the times is raised to w.")
def all_of_it(accuracy, ms, target, w):
    return (accuracy * ms / target) ** w


@mutant("You multiply by w. It is an exponent.")
def times_w(accuracy, ms, target, w):
    return accuracy * (ms / target) * w


@mutant("You add the penalty. In the papers it is a factor, so that halving the time always earns the same share.")
def added(accuracy, ms, target, w):
    return accuracy + w * (ms / target - 1)


@mutant("You cut at the target: what is faster earns nothing. In the papers it earns a little.")
def cut(accuracy, ms, target, w):
    return accuracy * max(1.0, ms / target) ** w


@other
def by_logs(accuracy, ms, target, w):
    import math

    return accuracy * math.exp(w * math.log(ms / target))


@other
def two_powers(accuracy, ms, target, w):
    return accuracy * ms**w / target**w
