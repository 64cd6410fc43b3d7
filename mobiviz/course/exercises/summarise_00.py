"""Three numbers for many times.

`times` is a list of times in ms, in the order in which they were measured. Return three numbers: the minimum, the
median and p90. The median is the one in the middle when the times are sorted. p90 is the time that nine of ten stay
within: number the sorted times from 0, and it is the one at 0.9 * (n - 1), where n is how many there are. Every list
here has 11, 21, 101 or 201 times, so both places are whole numbers and both answers are times of the list.
"""

import random

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Sort first: `ordered = sorted(times)`. The minimum is `ordered[0]`.",
    "Of 11 sorted times the median is at place 5 and p90 at place 9. Where do 5 and 9 come from?",
    "A place must be a whole number: `n // 2` and `(n - 1) * 9 // 10`. Or let numpy do it: np.median, np.quantile.",
)
TOLERANCE = 1e-9


def reference(times):
    ordered = sorted(times)
    n = len(ordered)
    return ordered[0], ordered[n // 2], ordered[(n - 1) * 9 // 10]


def cases():
    rng = random.Random(0)
    yield ([3, 1, 2, 5, 4, 6, 8, 7, 9, 11, 50],)
    yield ([2.0] * 10 + [9.0],)
    for n in (11, 21, 101, 201):
        yield ([round(rng.lognormvariate(0, 0.2), 4) for _ in range(n)],)
        tailed = [round(rng.paretovariate(1.1), 4) for _ in range(n)]
        for _ in range(2):  # the same times in another order are the same three numbers
            yield (tailed[:],)
            rng.shuffle(tailed)
    yield ([float(n) for n in range(21, 0, -1)],)


@mutant(
    "Your middle number is the mean. One very slow run pulls it up, and then no run takes as long; the median stays."
)
def mean_for_median(times):
    ordered = sorted(times)
    return ordered[0], sum(times) / len(times), ordered[(len(times) - 1) * 9 // 10]


@mutant("You read the places from the list as it was measured. Sort it first: then the middle is the median.")
def not_sorted(times):
    return min(times), times[len(times) // 2], times[(len(times) - 1) * 9 // 10]


@mutant("Your last number is the slowest run. p90 leaves one run in ten above it.")
def slowest_for_p90(times):
    ordered = sorted(times)
    return ordered[0], ordered[len(times) // 2], ordered[-1]


@mutant(
    "Your last number is 90% of the slowest time. p90 counts runs: it is the time at nine tenths of the sorted list."
)
def share_of_the_slowest(times):
    ordered = sorted(times)
    return ordered[0], ordered[len(times) // 2], 0.9 * ordered[-1]


@mutant(
    "Your middle number lies halfway between the fastest and the slowest. The median has as many runs below as above."
)
def halfway(times):
    ordered = sorted(times)
    return ordered[0], (ordered[0] + ordered[-1]) / 2, ordered[(len(times) - 1) * 9 // 10]


@mutant("You take p10: the sorted list runs from slow to fast, or the place is a tenth and not nine.")
def p10_for_p90(times):
    ordered = sorted(times)
    return ordered[0], ordered[len(times) // 2], ordered[(len(times) - 1) // 10]


@mutant("These are the right three numbers in another order. Asked for are the minimum, the median, p90.")
def another_order(times):
    least, middle, high = reference(times)
    return middle, least, high


@other
def by_numpy(times):
    import numpy as np

    return tuple(np.quantile(times, [0, 0.5, 0.9]))


@other
def by_counting(times):
    def smallest_with(share):
        return min(t for t in times if sum(other <= t for other in times) >= share * len(times))

    return [min(times), smallest_with(0.5), smallest_with(0.9)]


@other
def by_the_library(times):
    from mobiviz import stats

    return stats.summary(times)
