"""Equal MACs, another time.

`timed` maps the names of settings to (macs, low, high): the MACs, and the ends of the interval of its time in ms.
Return two names, a tuple, whose MACs differ by at most 5% of the larger and of which the first is faster beyond doubt:
its interval ends below the other's beginning. Where there are several such pairs any of them is right. Where there is
none, return an empty tuple.
"""

from itertools import permutations

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Go through all ordered pairs of names: itertools.permutations(timed, 2).",
    "abs(a - b) <= 0.05 * max(a, b) says whether two counts are equal to 5%.",
    "The first is faster beyond doubt where its high is below the other's low. Overlap proves nothing.",
)


def pairs(timed, alike=0.05, told=lambda a, b: a[2] < b[1]):
    for p, q in permutations(timed, 2):
        a, b = timed[p], timed[q]
        if abs(a[0] - b[0]) <= alike * max(a[0], b[0]) and told(a, b):
            yield p, q


def reference(timed):
    return next(pairs(timed), ())


def cases():
    yield ({"half as wide": (97, 5.0, 5.3), "128 pixels": (99, 6.0, 6.4), "whole": (300, 16.0, 16.5)},)
    yield ({"a": (100, 5.0, 6.1), "b": (100, 6.0, 6.4)},)
    yield ({"a": (100, 9.0, 9.1), "b": (102, 6.0, 6.4), "c": (150, 3.0, 3.1)},)
    yield ({"a": (100, 5.0, 5.1), "b": (106, 6.0, 6.4)},)
    yield ({"a": (100, 5.0, 7.0), "b": (101, 5.5, 5.6), "c": (103, 7.1, 7.9), "d": (300, 1.0, 1.1)},)
    yield ({"a": (95, 2.0, 2.1), "b": (100, 1.0, 1.1)},)
    yield ({"a": (100, 2.0, 2.1), "b": (100, 1.0, 1.1)},)


def observe(answer, timed):
    found = answer(timed)
    if not isinstance(found, tuple | list):
        return found
    found = tuple(found)
    right = set(pairs(timed))
    return {"a pair that the numbers prove": found in right if right else not found, "names": len(found)}


@mutant("Their intervals overlap: from one run to the next they may change places. Compare the ends, not the middles.")
def by_middles(timed):
    return next(pairs(timed, told=lambda a, b: a[1] + a[2] < b[1] + b[2]), ())


@mutant("You return them the wrong way round: the faster one comes first.")
def slower_first(timed):
    return tuple(reversed(reference(timed)))


@mutant("Their MACs are not equal: you compare any two settings whose times differ.")
def any_macs(timed):
    return next(pairs(timed, alike=10), ())


@mutant("You want exactly equal MACs. Widths come in eights, so look for counts within 5%.")
def exactly_equal(timed):
    return next(pairs(timed, alike=0), ())


@mutant("You compare only their beginnings: one interval may begin earlier and still reach into the other.")
def by_lows(timed):
    return next(pairs(timed, told=lambda a, b: a[1] < b[1]), ())


@mutant("It finds nothing, ever. In the first case two settings prove it.")
def never(timed):
    return ()


@other
def the_last_one(timed):
    return ((), *pairs(timed))[-1]


@other
def sorted_by_time(timed):
    order = sorted(timed, key=lambda name: timed[name][2])
    for i, fast in enumerate(order):
        for slow in order[i + 1 :]:
            (a, _, high), (b, low, _) = timed[fast], timed[slow]
            if abs(a - b) <= 0.05 * max(a, b) and high < low:
                return fast, slow
    return ()
