"""How alike are two orders?

`a` and `b` are lists of times of the same networks, at least two, all different within a list: a[i] and b[i] are of
network i on two devices. Replace each time by its rank in its own list, 0 for the smallest. Return the correlation of
the two lists of ranks, a float: 1.0 where both devices put the networks in the same order, -1.0 where one reverses the
other. That is Spearman's rho. How much longer one network takes than the next must not matter.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Sort the list; the rank of a time is where it stands then. sorted(a).index(t) says so for one t.",
    "np.corrcoef(first, second)[0, 1] is the correlation of two lists. Give it ranks.",
    "By hand: take from each rank the mean of all ranks; then sum(x * y) / sqrt(sum(x * x) * sum(y * y)).",
)
TOLERANCE = 1e-9


def ranks(values):
    order = sorted(values)
    return [order.index(each) for each in values]


def correlation(a, b):
    import numpy as np

    return float(np.corrcoef(a, b)[0, 1])


def reference(a, b):
    return correlation(ranks(a), ranks(b))


def cases():
    import numpy as np

    yield [10.0, 20.0, 30.0], [1.0, 3.0, 2.0]
    yield [10.0, 20.0, 30.0], [1.0, 2.0, 900.0]
    yield [30.0, 10.0, 20.0], [20.0, 30.0, 10.0]
    yield [5.0, 4.0], [1.0, 2.0]
    random = np.random.default_rng(10)
    for count in (4, 8, 30):
        yield random.exponential(size=count).tolist(), random.exponential(size=count).tolist()


@mutant(
    "That is Pearson's correlation, of the times themselves: one slow network outweighs all others. Use their ranks."
)
def pearson(a, b):
    return correlation(a, b)


@mutant("argsort says which network stands at each place, not at which place each network stands. Turn it round.")
def argsort_once(a, b):
    import numpy as np

    return correlation(np.argsort(a), np.argsort(b))


@mutant(
    "You correlate the logs of the times. That weighs slow networks less, and the distances still count. Use ranks."
)
def of_logs(a, b):
    import numpy as np

    return correlation(np.log(a), np.log(b))


@mutant("You count the share of networks that keep their rank. One that moves by one place is not as bad as by ten.")
def share_of_equal_ranks(a, b):
    return sum(x == y for x, y in zip(ranks(a), ranks(b), strict=True)) / len(a)


@mutant("That is rho squared: it forgets whether the second order is like the first or like its reverse.")
def squared(a, b):
    return reference(a, b) ** 2


@mutant("You count pairs that keep their order, less those that do not. That is Kendall's tau, a cousin of rho.")
def kendall(a, b):
    import numpy as np

    pairs = [(i, j) for i in range(len(a)) for j in range(i)]
    return float(np.mean([np.sign((a[i] - a[j]) * (b[i] - b[j])) for i, j in pairs]))


@other
def by_differences(a, b):
    n = len(a)
    return 1 - 6 * sum((x - y) ** 2 for x, y in zip(ranks(a), ranks(b), strict=True)) / (n * (n * n - 1))


@other
def by_the_library(a, b):
    import numpy as np

    from mobiviz import stats

    return stats.spearman(np.array(a), np.array(b))


@other
def argsort_twice(a, b):
    import numpy as np

    return correlation(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))
