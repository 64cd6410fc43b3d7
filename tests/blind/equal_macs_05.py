"""Written from the statement of equal_macs_05 alone, by someone who had seen nothing of its check.

The races are made of fixed milliseconds or a clock that is wound by hand, so that a busy machine changes no answer.
"""

import numpy as np

import mobiviz as mv
from mobiviz.record import Race, Timing

NEAR = "0.5 224", "1.0 128"  # 97.1 and 99.1 M MACs


def raced(**middles):
    """A race of forty rounds, each entrant near its milliseconds."""
    noise = np.random.default_rng(0).normal(1, 0.01, (40, len(middles)))
    each = zip(middles, middles.values(), noise.T, strict=True)
    return Race.of({name: Timing.of(name, ms * factors) for name, ms, factors in each})


def right_two():
    return raced(**{NEAR[0]: 14.0, NEAR[1]: 9.0}), NEAR[1], NEAR[0]


def right_among_four():
    race = raced(**{"1.0 224": 30.0, "1.0 160": 15.0, "0.75 192": 22.0, "0.5 128": 4.0})
    return Race.from_json(race.to_json()), "1.0 160", "0.75 192"


def right_wound_clock():
    now = [0.0]
    rounds = np.random.default_rng(1)

    def work(seconds):
        def run():
            now[0] += seconds * rounds.normal(1, 0.01)

        return run

    entrants = {NEAR[0]: work(0.02), NEAR[1]: work(0.015)}
    return [mv.race(entrants, budget_s=1, clock=lambda: now[0], seed=0), NEAR[1], NEAR[0]]


def wrong_way_round():
    return raced(**{NEAR[0]: 14.0, NEAR[1]: 9.0}), NEAR[0], NEAR[1]


def wrong_fewer_macs():
    return raced(**{"1.0 224": 30.0, "0.5 224": 12.0}), "0.5 224", "1.0 224"


def wrong_nearly_equal():
    return raced(**{"0.5 224": 12.0, "0.75 160": 17.0}), "0.5 224", "0.75 160"  # 9.5% apart


def wrong_cannot_tell():
    return raced(**{NEAR[0]: 10.01, NEAR[1]: 10.0}), NEAR[1], NEAR[0]


def wrong_bars_overlap():
    """Told apart round by round, though both wander together by far more than they differ."""
    drift = np.linspace(10, 14, 40)
    noise = np.random.default_rng(0).normal(1, 0.002, 40)
    race = Race.of({NEAR[0]: Timing.of(NEAR[0], drift * 1.02 * noise), NEAR[1]: Timing.of(NEAR[1], drift)})
    return race, NEAR[1], NEAR[0]


def wrong_other_names():
    return raced(thin=14.0, small=9.0), "small", "thin"


def wrong_no_names():
    return raced(**{NEAR[0]: 14.0, NEAR[1]: 9.0})


def wrong_not_raced():
    return raced(**{NEAR[0]: 14.0, NEAR[1]: 9.0}), "1.0 160", "0.75 192"


RIGHT = [right_two, right_among_four, right_wound_clock]
WRONG = [
    wrong_way_round,
    wrong_fewer_macs,
    wrong_nearly_equal,
    wrong_cannot_tell,
    wrong_bars_overlap,
    wrong_other_names,
    wrong_no_names,
    wrong_not_raced,
]
FIRST_TRY = (3, 8)
