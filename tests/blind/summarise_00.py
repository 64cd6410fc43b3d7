"""Written from the statement of summarise_00 alone."""

import heapq
import statistics


def right_statistics(times):
    return min(times), statistics.median(times), statistics.quantiles(times, n=10, method="inclusive")[8]


def right_sorted_in_place(times):
    times.sort()
    n = len(times)
    return [times[0], times[(n - 1) // 2], times[round(0.9 * (n - 1))]]


def right_heap(times):
    n = len(times)
    slow_tenth = heapq.nlargest(n - round(0.9 * (n - 1)), times)
    return heapq.nsmallest(1, times)[0], heapq.nsmallest(n // 2 + 1, times)[-1], slow_tenth[-1]


def right_torch(times):
    import torch

    ordered = torch.tensor(times, dtype=torch.float64).sort().values
    return ordered[[0, len(times) // 2, (len(times) - 1) * 9 // 10]]


def wrong_exclusive_quantile(times):
    return min(times), statistics.median(times), statistics.quantiles(times, n=10)[8]


def wrong_one_place_off(times):
    ordered = sorted(times)
    return ordered[0], ordered[len(times) // 2 + 1], ordered[int(0.9 * len(times)) - 1]


def wrong_mean(times):
    ordered = sorted(times)
    return ordered[0], statistics.mean(times), ordered[round(0.9 * (len(times) - 1))]


def wrong_rounded(times):
    ordered = sorted(times)
    return round(ordered[0]), round(ordered[len(times) // 2]), round(ordered[round(0.9 * (len(times) - 1))])


def wrong_without_doubles(times):
    ordered = sorted(set(times))
    return ordered[0], ordered[len(ordered) // 2], ordered[(len(ordered) - 1) * 9 // 10]


def wrong_a_slice(times):
    ordered = sorted(times)
    return ordered[0], ordered[len(times) // 2], ordered[len(times) * 9 // 10 :]


def wrong_prints(times):
    ordered = sorted(times)
    print(ordered[0], ordered[len(times) // 2], ordered[(len(times) - 1) * 9 // 10])


RIGHT = [right_statistics, right_sorted_in_place, right_heap, right_torch]
WRONG = [
    wrong_exclusive_quantile,
    wrong_one_place_off,
    wrong_mean,
    wrong_rounded,
    wrong_without_doubles,
    wrong_a_slice,
    wrong_prints,
]
FIRST_TRY = (4, 7)
