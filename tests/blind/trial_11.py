"""Written from the statement of trial_11 alone, though by one who knew the exercise."""

import numpy as np
import pandas as pd


def ranked(a, b):
    return pd.Series(a).rank().corr(pd.Series(b).rank())


def right_pandas(predicted, macs, took):
    return ranked(predicted, took), ranked(macs, took)


def right_method(predicted, macs, took):
    frame = pd.DataFrame({"p": predicted, "m": macs, "t": took})
    ranks = frame.rank()
    return ranks["p"].corr(ranks["t"]), ranks["m"].corr(ranks["t"])


def right_library(predicted, macs, took):
    from mobiviz import stats

    took = np.asarray(took, float)
    return stats.spearman(np.asarray(predicted, float), took), stats.spearman(np.asarray(macs, float), took)


def wrong_one_number(predicted, macs, took):
    return ranked(predicted, took)


def wrong_pearson(predicted, macs, took):
    return np.corrcoef(predicted, took)[0, 1], np.corrcoef(macs, took)[0, 1]


def wrong_order(predicted, macs, took):
    return ranked(macs, took), ranked(predicted, took)


def wrong_squared(predicted, macs, took):
    return ranked(predicted, took) ** 2, ranked(macs, took) ** 2


def wrong_rank_of_one_side(predicted, macs, took):
    return pd.Series(predicted).rank().corr(pd.Series(took)), pd.Series(macs).rank().corr(pd.Series(took))


RIGHT = [right_pandas, right_method, right_library]
WRONG = [wrong_one_number, wrong_pearson, wrong_order, wrong_squared, wrong_rank_of_one_side]
FIRST_TRY = (3, 5)
