"""Written from the statement of spearman_10 alone, though by one who knew the exercise."""

import math

import numpy as np


def right_by_hand(a, b):
    ra = [sum(other < each for other in a) for each in a]
    rb = [sum(other < each for other in b) for each in b]
    mean = (len(a) - 1) / 2
    top = sum((x - mean) * (y - mean) for x, y in zip(ra, rb, strict=True))
    return top / math.sqrt(sum((x - mean) ** 2 for x in ra) * sum((y - mean) ** 2 for y in rb))


def right_numpy(a, b):
    ra, rb = np.array(a).argsort().argsort(), np.array(b).argsort().argsort()
    return np.corrcoef(ra, rb)[0][1]


def right_pandas(a, b):
    import pandas as pd

    return pd.Series(a).rank().corr(pd.Series(b).rank())


def wrong_no_ranks(a, b):
    return np.corrcoef(a, b)[0, 1]


def wrong_argsort(a, b):
    return np.corrcoef(np.argsort(a), np.argsort(b))[0, 1]


def wrong_one_side_ranked(a, b):
    return np.corrcoef(np.argsort(np.argsort(a)), b)[0, 1]


def wrong_absolute_value(a, b):
    return abs(right_numpy(a, b))


def wrong_formula_without_six(a, b):
    n = len(a)
    ra, rb = np.array(a).argsort().argsort(), np.array(b).argsort().argsort()
    return 1 - ((ra - rb) ** 2).sum() / (n * (n**2 - 1))


RIGHT = [right_by_hand, right_numpy, right_pandas]
WRONG = [wrong_no_ranks, wrong_argsort, wrong_one_side_ranked, wrong_absolute_value, wrong_formula_without_six]
FIRST_TRY = (3, 5)
