"""Written from the statement of bench_09, but by the author of the exercise."""

import random
import statistics


def right_plain(fns, clock):
    for f in fns:
        for _ in range(15):
            f()
    samples = [[] for _ in fns]
    places = list(range(len(fns)))
    for _ in range(25):
        random.shuffle(places)
        for i in places:
            start = clock()
            fns[i]()
            samples[i].append(clock() - start)
    return [statistics.median(s) for s in samples]


def right_one_shuffled_list(fns, clock):
    for _ in range(15):
        for f in fns:
            f()
    visits = [i for i in range(len(fns)) for _ in range(25)]
    rng = random.Random(4)
    blocks = [rng.sample(range(len(fns)), len(fns)) for _ in range(len(visits) // len(fns))]
    samples = {i: [] for i in range(len(fns))}
    for i in (i for block in blocks for i in block):
        start = clock()
        fns[i]()
        end = clock()
        samples[i].append(end - start)
    return [sorted(samples[i])[12] for i in range(len(fns))]


def right_trimmed_mean(fns, clock):
    for f in fns:
        for _ in range(20):
            f()
    samples = [[] for _ in fns]
    for _ in range(25):
        for i in random.sample(range(len(fns)), len(fns)):
            start = clock()
            fns[i]()
            samples[i].append(clock() - start)
    return [statistics.mean(sorted(s)[9:16]) for s in samples]


def wrong_timeit_style(fns, clock):
    found = []
    for f in fns:
        for _ in range(15):
            f()
        start = clock()
        for _ in range(25):
            f()
        found.append((clock() - start) / 25)
    return found


def wrong_warm_up_is_timed_too(fns, clock):
    samples = [[] for _ in fns]
    for _ in range(25):
        for i in random.sample(range(len(fns)), len(fns)):
            start = clock()
            fns[i]()
            samples[i].append(clock() - start)
    return [statistics.median(s) for s in samples]


def wrong_mean(fns, clock):
    for f in fns * 15:
        f()
    total = [0.0] * len(fns)
    for _ in range(25):
        for i in random.sample(range(len(fns)), len(fns)):
            start = clock()
            fns[i]()
            total[i] += clock() - start
    return [t / 25 for t in total]


def wrong_clock_not_called(fns, clock):
    for f in fns * 15:
        f()
    return [0.0 for _ in fns]


def wrong_same_order_each_round(fns, clock):
    for f in fns * 15:
        f()
    samples = [[] for _ in fns]
    for _ in range(25):
        for i, f in enumerate(fns):
            start = clock()
            f()
            samples[i].append(clock() - start)
    return [statistics.median(s) for s in samples]


RIGHT = [right_plain, right_one_shuffled_list, right_trimmed_mean]
WRONG = [
    wrong_timeit_style,
    wrong_warm_up_is_timed_too,
    wrong_mean,
    wrong_clock_not_called,
    wrong_same_order_each_round,
]
FIRST_TRY = (3, 5)
