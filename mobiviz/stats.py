"""What samples can tell: medians and their intervals, ranks, verdicts, noise. Pure functions, numpy only.

Times are compared by the logs of their ratios within a round: what slows a whole round cancels, and because the order
in a round is drawn anew each time, the sign of what is left is a fair coin when two entrants are equally fast. That
holds under drift and load too, so a count of signs needs no assumption about the noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

ENOUGH = 8  # fewer rounds than this give no verdict; see `rounds` for many pairs
SAME = 0.01  # where a copy's weights happen to lie in memory moves its time by as much
MAX_SPREAD, MAX_DRIFT, MAX_LOAD = 1.5, 1.1, 0.2
_RESAMPLES, _NUMBERS = 1000, 4_000_000


def interval(samples: np.ndarray, level: float = 0.95, ordered: bool = True) -> tuple[float, float, float]:
    """The median and its bootstrap interval; the same samples always give the same one.

    `ordered` samples, each like its neighbours, are drawn in blocks. Fewer than eight give their range.
    """
    samples = np.asarray(samples, float)
    count = len(samples)
    if not count:
        raise ValueError("samples must not be empty")
    middle = float(np.median(samples))
    if count < ENOUGH:
        return middle, float(samples.min()), float(samples.max())
    rng = np.random.default_rng(0)
    if ordered:
        block, resamples = math.isqrt(count), max(200, min(_RESAMPLES, _NUMBERS // count))
        starts = rng.integers(0, count, (resamples, math.ceil(count / block), 1))
        drawn = ((starts + np.arange(block)) % count).reshape(resamples, -1)[:, :count]
        medians = np.median(samples[drawn], axis=1)
    else:  # the median of a resample is the sample at a Beta-distributed rank: no need to draw the rest
        ranks = rng.beta((count + 1) / 2, (count + 1) / 2, 4 * _RESAMPLES) * count
        medians = np.sort(samples)[ranks.astype(int)]
    low, high = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])
    return middle, float(low), float(high)


def ratio(first: np.ndarray, second: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """How many times as long `first` takes as `second`, and the interval, from paired samples."""
    middle, low, high = interval(np.log(first) - np.log(second), level, ordered=False)
    return math.exp(middle), math.exp(low), math.exp(high)


def sign_p(logs: np.ndarray, same: float = SAME) -> float:
    """Probability of signs at least as one-sided as these if the median ratio were within `same` of 1; two-sided."""
    edge = math.log1p(same)
    larger = max(int((logs > edge).sum()), int((logs < -edge).sum()))
    return min(1.0, 2 * _coins(len(logs), larger))


def holm(p: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """Which of several tests hold when the chance of any false one is to stay below alpha.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    order = np.argsort(p)
    passed = np.asarray(p)[order] <= alpha / np.arange(len(p), 0, -1)
    held = np.zeros(len(p), bool)
    held[order] = np.logical_and.accumulate(passed)
    return held


def rounds(pairs: int, alpha: float = 0.01) -> int:
    """How many rounds a verdict on each of so many pairs needs at least, when one is faster in every round."""
    return math.ceil(math.log2(2 * max(pairs, 1) / alpha))


def verdicts(samples: Mapping[str, np.ndarray], alpha: float = 0.01) -> dict[tuple[str, str], str]:
    """For each pair, whether the first is `faster` or `slower` than the second, or one `cannot tell`.

    A verdict needs the exact 99% interval of the median ratio, Holm-corrected over the pairs, to leave out every ratio
    within 1% of 1. That interval is the bootstrap's, without its resampling error far out in the tails.
    """
    names = list(samples)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    logs = [np.log(samples[a]) - np.log(samples[b]) for a, b in pairs]
    held = holm(np.array([sign_p(each) for each in logs]), alpha)
    return {
        pair: ("slower" if np.median(each) > 0 else "faster") if sure and len(each) >= ENOUGH else "cannot tell"
        for pair, each, sure in zip(pairs, logs, held, strict=True)
    }


def wilson(right: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share, from how many of `count` were right.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    if not 0 <= right <= count or not count:
        raise ValueError(f"right must lie in 0..count, and count be at least 1 (got {right} of {count})")
    z, share = NormalDist().inv_cdf((1 + level) / 2), right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    scale = 1 + z * z / count
    return max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)


def difference(right: int, count: int, other_right: int, other_count: int) -> tuple[float, float]:
    """The 95% interval of the first share minus the second, of photos drawn apart.

    Source: Newcombe 1998, Interval estimation for the difference between independent proportions, his tenth method.
    """
    a, b = right / count, other_right / other_count
    (a_low, a_high), (b_low, b_high) = wilson(right, count), wilson(other_right, other_count)
    return a - b - math.hypot(a - a_low, b_high - b), a - b + math.hypot(a_high - a, b - b_low)


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Rank correlation; ties share their mean rank; nan where one side is constant."""
    a, b = _ranks(first), _ranks(second)
    if len(a) != len(b):
        raise ValueError(f"both sides need as many values (got {len(a)} and {len(b)})")
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size else math.nan


def spearman_interval(first: np.ndarray, second: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Spearman's rho, and the ends of its bootstrap interval: the pairs drawn a thousand times with replacement."""
    draw = np.random.default_rng(seed)
    picks = [draw.integers(0, len(first), len(first)) for _ in range(1000)]
    low, high = np.percentile([spearman(first[pick], second[pick]) for pick in picks], [2.5, 97.5])
    return spearman(first, second), float(low), float(high)


def summary(samples: np.ndarray) -> tuple[float, float, float]:
    """The fastest, the median and p90, the time within which nine of ten samples stay."""
    return float(np.min(samples)), float(np.median(samples)), float(np.quantile(samples, 0.9))


def spread(samples: np.ndarray) -> float:
    """p90 / p10."""
    low, high = np.quantile(samples, [0.1, 0.9])
    return float(high / low)


def drift(samples: np.ndarray) -> float:
    """Median of the last third over the median of the first."""
    third = max(len(samples) // 3, 1)
    return float(np.median(samples[-third:]) / np.median(samples[:third]))


def speeds(samples: np.ndarray) -> tuple[tuple[float, float], ...]:
    """The speeds that the samples cluster at, as (median, share): one, or two with an empty valley between them."""
    logs = np.sort(np.log(samples))
    one = ((float(np.median(samples)), 1.0),)
    edge = len(logs) // 50
    logs = logs[edge : len(logs) - edge]  # spikes are no speed
    count = len(logs)
    if count < 20:
        return one
    below = np.arange(1, count)
    sums = np.cumsum(logs)[:-1]
    between = (sums / below - (logs.sum() - sums) / (count - below)) ** 2 * below * (count - below)
    cut = int(np.argmax(between)) + 1  # Otsu's threshold: the split with the least variance within
    low, high, share = np.median(logs[:cut]), np.median(logs[cut:]), cut / count
    third = (high - low) / 3
    valley = np.mean((logs > low + third) & (logs < high - third))
    if third * 3 < math.log(1.1) or not 0.15 <= share <= 0.85 or valley > 0.1:
        return one
    return (math.exp(low), share), (math.exp(high), 1 - share)


def noise(samples: np.ndarray, foreign_load: float = 0.0) -> tuple[str, ...]:
    """What disturbed the samples, in words; empty where the machine was quiet."""
    found = []
    if foreign_load > MAX_LOAD:
        found.append(f"other programs took {foreign_load:.0%} of the cores")
    if spread(samples) > MAX_SPREAD:
        found.append(f"the slowest tenth took {spread(samples):.1f} times as long as the fastest")
    if len(samples) >= 3 * ENOUGH and max(drift(samples), 1 / drift(samples)) > MAX_DRIFT:
        found.append(f"the last third took {drift(samples):.2f} times as long as the first")
    return tuple(found)


def _coins(count: int, heads: int) -> float:
    """Chance of at least `heads` heads in `count` tosses."""
    k = np.arange(heads, count + 1)
    if not len(k):
        return 0.0
    logs = [math.lgamma(count + 1) - math.lgamma(i + 1) - math.lgamma(count - i + 1) for i in k]
    return float(np.exp(np.array(logs) - count * math.log(2)).sum())


def _ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(np.asarray(values, float), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
