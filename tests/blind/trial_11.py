"""Written from the statement of trial_11 alone, by someone who had seen nothing of its check."""

import numpy as np
import pandas as pd


def places(values):
    """Counted: how many are smaller, and half of those that are equal."""
    values = np.asarray(values, float)
    return (values[:, None] > values).sum(1) + ((values[:, None] == values).sum(1) + 1) / 2


def right_counted(predicted, macs, took):
    return tuple(float(np.corrcoef(places(each), places(took))[0, 1]) for each in (predicted, macs))


def right_pandas(predicted, macs, took):
    ranks = pd.DataFrame({"predicted": predicted, "macs": macs, "took": took}).rank()
    return ranks["predicted"].corr(ranks["took"]), ranks["macs"].corr(ranks["took"])


def right_by_hand(predicted, macs, took):
    def ranks(values):
        ordered = sorted(values)
        return [ordered.index(v) + (ordered.count(v) - 1) / 2 for v in values]

    def rho(a, b):
        a, b = ranks(a), ranks(b)
        middle = (len(a) - 1) / 2
        up = sum((p - middle) * (q - middle) for p, q in zip(a, b, strict=True))
        down = sum((p - middle) ** 2 for p in a) * sum((q - middle) ** 2 for q in b)
        return up / down**0.5

    return rho(predicted, took), rho(macs, took)


def wrong_pearson(predicted, macs, took):
    return tuple(float(np.corrcoef(each, took)[0, 1]) for each in (predicted, macs))


def wrong_equals_in_order(predicted, macs, took):
    p, m, t = (np.argsort(np.argsort(each, kind="stable")) for each in (predicted, macs, took))
    return float(np.corrcoef(p, t)[0, 1]), float(np.corrcoef(m, t)[0, 1])


def wrong_short_formula(predicted, macs, took):
    n = len(took)
    d = [places(each) - places(took) for each in (predicted, macs)]
    return tuple(float(1 - 6 * (each**2).sum() / (n * (n**2 - 1))) for each in d)


def wrong_argsort_once(predicted, macs, took):
    p, m, t = (np.argsort(each) for each in (predicted, macs, took))
    return float(np.corrcoef(p, t)[0, 1]), float(np.corrcoef(m, t)[0, 1])


def wrong_way_round(predicted, macs, took):
    return right_pandas(predicted, macs, took)[::-1]


def wrong_least_place(predicted, macs, took):
    ranks = pd.DataFrame({"predicted": predicted, "macs": macs, "took": took}).rank(method="min")
    return ranks["predicted"].corr(ranks["took"]), ranks["macs"].corr(ranks["took"])


def wrong_table_against_macs(predicted, macs, took):
    ranks = pd.DataFrame({"predicted": predicted, "macs": macs, "took": took}).rank()
    return ranks["predicted"].corr(ranks["took"]), ranks["predicted"].corr(ranks["macs"])


RIGHT = [right_counted, right_pandas, right_by_hand]
WRONG = [
    wrong_pearson,
    wrong_equals_in_order,
    wrong_short_formula,
    wrong_argsort_once,
    wrong_way_round,
    wrong_least_place,
    wrong_table_against_macs,
]
FIRST_TRY = (3, 7)
