"""Written from the statement of equal_macs_05 alone, though by one who knew the exercise."""

from itertools import combinations


def right_combinations(timed):
    for a, b in combinations(timed, 2):
        if abs(timed[a][0] - timed[b][0]) <= 0.05 * max(timed[a][0], timed[b][0]):
            if timed[a][2] < timed[b][1]:
                return a, b
            if timed[b][2] < timed[a][1]:
                return b, a
    return ()


def right_comprehension(timed):
    found = [
        (p, q)
        for p, (m, _, high) in timed.items()
        for q, (n, low, _) in timed.items()
        if abs(m - n) <= 0.05 * max(m, n) and high < low
    ]
    return found[-1] if found else ()


def right_widest_gap(timed):
    found = [
        (timed[q][1] - timed[p][2], p, q)
        for p in timed
        for q in timed
        if abs(timed[p][0] - timed[q][0]) <= 0.05 * max(timed[p][0], timed[q][0]) and timed[p][2] < timed[q][1]
    ]
    return max(found)[1:] if found else ()


def wrong_no_order(timed):
    return next(((a, b) for a, b in combinations(timed, 2) if abs(timed[a][0] - timed[b][0]) <= 5), ())


def wrong_fastest_two(timed):
    return tuple(sorted(timed, key=lambda name: timed[name][1])[:2])


def wrong_none(timed):
    found = right_combinations(timed)
    return found or None


def wrong_three(timed):
    return tuple(timed)


def wrong_ignores_macs(timed):
    for a, b in combinations(timed, 2):
        if timed[a][2] < timed[b][1]:
            return a, b
    return ()


RIGHT = [right_combinations, right_comprehension, right_widest_gap]
WRONG = [wrong_no_order, wrong_fastest_two, wrong_none, wrong_three, wrong_ignores_macs]
FIRST_TRY = (3, 5)
