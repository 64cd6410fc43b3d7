"""How often a race is wrong, and how often it finds what is there: copies of V3-Small, and one that spins 5% longer.

    python benchmarks/race.py [--races 200] [--planted 100] [--eights 40] [--budget 2.0]
    python benchmarks/race.py --record trace.json [--calls 2500] [--resolution 64]     another trace for the tests

Limits: at most 5% of races of two copies, and of eight copies, call a difference; a planted 5% is called in 95% of
races where neighbouring calls differ by at most 5%, and elsewhere is called rightly or answered "too noisy to tell".
Where no race was that quiet, the 95% is not shown, and that counts as a failure.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch import Tensor

import mobiviz as mv
from mobiviz import machine
from mobiviz.record import Race, Timing

PLANTED, QUIET, FALSE, FOUND = 0.05, 0.05, 0.05, 0.95


def copies(count: int, side: int = 224) -> tuple[list[torch.nn.Module], Tensor]:
    net = mv.MobileNet(mv.V3_SMALL).eval()
    return [copy.deepcopy(net) for _ in range(count)], torch.randn(1, 3, side, side)


def slowed(net: torch.nn.Module, x: Tensor) -> Callable[[], None]:
    """The network, and then a spin of 5% of what it takes."""
    spin_s = PLANTED * mv.latency(net, x).median_ms / 1e3

    def call() -> None:
        net(x)
        end = time.perf_counter() + spin_s
        while time.perf_counter() < end:
            pass

    return call


def variation(timing: Timing) -> float:
    """How much neighbouring calls differ: the robust standard deviation of the log, from its steps."""
    steps = np.diff(np.log(timing.samples_ms))
    return float(np.subtract(*np.quantile(steps, [0.75, 0.25])) / 1.349 / 2**0.5)


def called(race: Race) -> bool:
    return any(ratio.verdict != "cannot tell" for ratio in race.ratios.values())


def false_calls(races: int, count: int, budget_s: float) -> bool:
    """Races of copies, made anew each time; False where too many were told apart."""
    wrong = noisy = 0
    for _ in range(races):
        nets, x = copies(count)
        race = mv.race({f"copy {i}": net for i, net in enumerate(nets)}, x, budget_s=budget_s)
        wrong, noisy = wrong + called(race), noisy + race.noisy
    good = wrong <= FALSE * races
    print(f"{count} copies: a difference called in {wrong} of {races} races, too noisy in {noisy}: {_word(good)}")
    return good


def power(races: int, budget_s: float) -> bool:
    """Races against the slowed copy; False where one was called the wrong way round, or too few were found."""
    quiet, found, wrong, silent = 0, 0, 0, 0
    for _ in range(races):
        (plain, other), x = copies(2)
        race = mv.race({"plain": lambda net=plain, x=x: net(x), "slowed": slowed(other, x)}, budget_s=budget_s)
        verdict = race.ratios["slowed", "plain"].verdict
        wrong += verdict == "faster"
        silent += verdict == "cannot tell" and not race.noisy
        if variation(race["plain"]) <= QUIET:
            quiet, found = quiet + 1, found + (verdict == "slower")
    good = not wrong and not silent and quiet and found >= FOUND * quiet
    print(
        f"planted {PLANTED:.0%}: called in {found} of the {quiet} quiet races of {races}; "
        f"{wrong} called the wrong way round, {silent} neither called nor too noisy: {_word(good)}"
    )
    return bool(good)


def record(path: Path, calls: int, side: int) -> None:
    """Times of consecutive calls, as they come."""
    (net,), x = copies(1, side)
    net = torch.jit.freeze(torch.jit.trace(net, x))
    took = []
    with torch.inference_mode():
        for call in range(calls + 60):
            begin = time.perf_counter()
            net(x)
            if call >= 60:
                took.append((time.perf_counter() - begin) * 1e3)
    facts = {key: value for key, value in asdict(machine.facts()).items() if key in ("cpu", "usable_cores", "os")}
    shared = {"engine": "TorchScript", "version": torch.__version__, "dtype": "float32", "machine": facts}
    timing = Timing.of(f"V3-Small at {side}", np.round(took, 3), **shared)
    path.write_text(timing.to_json() + "\n", encoding="utf-8")
    print(f"{path}: {timing.words()}, neighbouring calls differ by {variation(timing):.1%}")


def _word(good: object) -> str:
    return "within the limit" if good else "PAST THE LIMIT"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("races", 200), ("planted", 100), ("eights", 40), ("calls", 2500), ("resolution", 64)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.record:
        record(options.record, options.calls, options.resolution)
        return 0
    good = [
        false_calls(options.races, 2, options.budget),
        power(options.planted, options.budget),
        false_calls(options.eights, 8, options.budget),
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
