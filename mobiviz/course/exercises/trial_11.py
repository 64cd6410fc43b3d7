"""The table on trial.

`predicted`, `macs` and `took` are lists of numbers of the same networks: the table's milliseconds, the MACs, and the
milliseconds that whole networks took. Return two numbers, a tuple: Spearman's rho of `predicted` and `took`, and that
of `macs` and `took`. Spearman's rho is the correlation of ranks; equal numbers share the mean of their places.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "You wrote spearman in notebook 10. mobiviz.stats.spearman(a, b) takes numpy arrays.",
    "scipy is not installed everywhere; pandas ranks as well: pd.Series(a).rank().",
    "First the table against the clock, then MACs against the clock.",
)
TOLERANCE = 1e-6


def rho(a, b):
    import numpy as np

    from mobiviz.stats import spearman

    return float(spearman(np.array(a, float), np.array(b, float)))


def reference(predicted, macs, took):
    return rho(predicted, took), rho(macs, took)


def cases():
    yield [1.0, 2.0, 3.0], [30, 10, 20], [5.0, 6.0, 7.0]
    yield [1.0, 2.0, 3.0, 10.0], [10, 20, 40, 30], [1.0, 3.0, 2.0, 4.0]
    from mobiviz import search

    table, took, _ = search.recorded()
    archs = list(took)
    yield (
        [search.predict_ms(arch, table) for arch in archs],
        [arch.cost().macs for arch in archs],
        list(took.values()),
    )


@mutant("That is Pearson's correlation, of the numbers themselves. One slow network outweighs all others: use ranks.")
def pearson(predicted, macs, took):
    import numpy as np

    return tuple(float(np.corrcoef(each, took)[0, 1]) for each in (predicted, macs))


@mutant("The other way round: first the table's, then that of the MACs.")
def swapped(predicted, macs, took):
    return rho(macs, took), rho(predicted, took)


@mutant("You compare the table with the MACs. Both are to be compared with the clock.")
def with_each_other(predicted, macs, took):
    return rho(predicted, macs), rho(macs, took)


@mutant("argsort says which network stands at each place, not at which place each stands: take it twice, or rank.")
def argsort_once(predicted, macs, took):
    import numpy as np

    return tuple(float(np.corrcoef(np.argsort(each), np.argsort(took))[0, 1]) for each in (predicted, macs))


@mutant("You lost the sign: an order in reverse is as bad as it gets, and not as good.")
def absolute(predicted, macs, took):
    return abs(rho(predicted, took)), abs(rho(macs, took))


@other
def in_pandas(predicted, macs, took):
    import pandas as pd

    ranks = pd.DataFrame({"table": predicted, "macs": macs, "took": took}).rank().corr()
    return ranks.loc["table", "took"], ranks.loc["macs", "took"]


@other
def by_hand(predicted, macs, took):
    def ranks(values):
        return [sum(v < x for v in values) + (sum(v == x for v in values) - 1) / 2 for x in values]

    def correlation(a, b):
        ma, mb = sum(a) / len(a), sum(b) / len(b)
        top = sum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True))
        return top / (sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b)) ** 0.5

    return tuple(correlation(ranks(each), ranks(took)) for each in (predicted, macs))
