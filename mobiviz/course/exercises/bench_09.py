"""A fair timing of several functions.

`fns` is a list of functions without parameters. `clock`, without parameters too, returns the seconds on a stopwatch, as
time.perf_counter does; use no other clock. Return a list of floats in the order of `fns`: the typical seconds of one
call of each. Whoever is faster must come out faster, though on the machine the first fifteen calls of a function may be
slow (make them before you time), all calls become slower and slower, a call may last a hundred times as long or look a
hundred times as short, and other work at regular intervals makes the call of that moment longer. Time 25 single calls.
"""

import random
from statistics import mean, median

import numpy as np

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Write one loop of 25 rounds. In each round time every function once: then a slow minute hits all of them alike.",
    "One call is timed so: begin = clock(), then the call, then clock() - begin.",
    "A fixed order within the round can fall in step with other work of the machine: random.shuffle a list of places.",
    "Of the 25 times of a function take the one in the middle: no single call, however slow or quick, moves it.",
)
START, HEAT, SPIKES, GLITCH, OTHER = "a slow start", "growing heat", "spikes", "a glitch of the clock", "other work"


class Machine:
    """Five functions that move a clock, each by its ms; `trouble` says what else the machine does."""

    def __init__(self, trouble, *ms):
        self.trouble, self.ms, self.now, self.calls = trouble, ms, 0.0, [0] * len(ms)

    def __repr__(self):
        return f"five functions, {', '.join(map(str, self.ms))} ms, on a machine with {self.trouble}"

    def run(self, at):
        nth, (turn, place) = self.calls[at], divmod(sum(self.calls), len(self.ms))
        best, worst = self.ms.index(min(self.ms)), self.ms.index(max(self.ms))
        unlucky = {START: at == best and nth < 15, SPIKES: at == best and nth in (20, 30)}
        unlucky |= {GLITCH: at == worst and nth == 27, OTHER: place == best and turn % 3, HEAT: True}
        factor = {START: 3, SPIKES: 100, GLITCH: 0.01, OTHER: 1.6, HEAT: 1 + 0.01 * sum(self.calls)}
        self.calls[at] += 1
        self.now += (factor[self.trouble] if unlucky.get(self.trouble) else 1) * self.ms[at] / 1e3


def timed(f, clock):
    begin = clock()
    f()
    return clock() - begin


def rounds(fns, clock, warm_up=15, shuffled=True, typical=median):
    for f in fns * warm_up:
        f()
    times, order = [[] for _ in fns], range(len(fns))
    for _ in range(25):
        for at in random.sample(order, len(order)) if shuffled else order:
            times[at].append(timed(fns[at], clock))
    return [typical(each) for each in times]


def reference(fns, clock):
    return rounds(fns, clock)


def cases():
    yield (Machine("nothing else to do", 1.0, 1.1, 1.2, 1.3, 1.4),)
    for trouble in (START, HEAT, SPIKES, GLITCH, OTHER):
        yield (Machine(trouble, 1.4, 1.3, 1.2, 1.1, 1.0),)
        yield (Machine(trouble, 1.2, 1.0, 1.4, 1.1, 1.3),)


def observe(answer, machine):
    """The functions from the fastest to the slowest, as the answer's times have them."""
    random.seed(9)
    np.random.seed(9)  # the same orders in every check, for those who do not bring their own
    got = answer([lambda at=at: machine.run(at) for at in range(5)], lambda: machine.now)
    if not isinstance(got, (list, tuple, np.ndarray)) or ... in list(got) or np.shape(got) != (5,):
        return got
    order = np.argsort(np.asarray(got, float), kind="stable")
    return {"from the fastest to the slowest": "".join("ABCDE"[at] for at in order)}


@mutant("You time one function after the other. Where the machine slows down meanwhile, the last one pays for it.")
def one_after_the_other(fns, clock):
    return [rounds([f], clock)[0] for f in fns]


@mutant("You take the mean, and one call that was interrupted moves it. Take what no single call can move.")
def takes_the_mean(fns, clock):
    return rounds(fns, clock, typical=mean)


@mutant("You take the smallest time. One call that looked too quick decides then, and there is no second opinion.")
def takes_the_smallest(fns, clock):
    return rounds(fns, clock, typical=min)


@mutant("You do not warm up: the first calls of a function are slow, and here they are more than half of yours.")
def no_warm_up(fns, clock):
    return rounds(fns, clock, warm_up=0)


@mutant("Your order is the same in every round, and other work falls in step with it: the same function always pays.")
def a_fixed_order(fns, clock):
    return rounds(fns, clock, shuffled=False)


@other
def with_numpy(fns, clock):
    order, times = np.random.default_rng(1), np.zeros((40, len(fns)))
    for row in times:
        for at in order.permutation(len(fns)):
            row[at] = timed(fns[at], clock)
    return np.median(times[15:], axis=0).tolist()


@other
def by_sorting_more_of_them(fns, clock):
    times = [(f, timed(f, clock), turn) for turn in range(20 + 31) for f in random.sample(fns, len(fns))]
    return [sorted(took for one, took, turn in times if one is f and turn >= 20)[15] for f in fns]
