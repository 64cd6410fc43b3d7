"""What timing is tested with: clocks that only their entrants move, and recorded traces dealt out to entrants."""

from functools import cache
from pathlib import Path

import numpy as np

import mobiviz as mv
from mobiviz.record import Timing

TRACES = Path(__file__).parent / "data" / "traces"
NAMES = ("quiet", "two-speed", "throttled", "drifting", "loaded")


@cache
def trace(name):
    return Timing.from_json((TRACES / f"{name}.json").read_text(encoding="utf-8"))


class Clock:
    """A clock that only its entrants move."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def entrant(self, ms):
        """A call that takes `ms(calls so far, seconds so far)`."""
        calls = iter(range(10**9))

        def call():
            self.now += ms(next(calls), self.now) / 1e3

        return call


def replay(name, factors, seed, budget_s=1.6):
    """A race in which each call takes the next time of a trace, times the factor of whoever made it."""
    samples, clock = trace(name).samples_ms, Clock()
    place = np.random.default_rng(seed).integers(len(samples))
    slots = iter(np.tile(np.roll(samples, -place), 20))
    entrants = {f"net {i}": clock.entrant(lambda n, s, f=f: f * next(slots)) for i, f in enumerate(factors)}
    return mv.race(entrants, budget_s=budget_s, clock=clock, seed=seed)
