"""What each block of the space takes on this machine, and networks as sums of their blocks."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from functools import cache
from typing import TypeVar

import numpy as np
import torch

from mobiviz.nets import MobileNet, block
from mobiviz.pricing import out_size
from mobiviz.search.archs import Arch, space
from mobiviz.tables import Unit

Key = tuple  # a unit without its path, and the size of its input
Thing = TypeVar("Thing", bound=Hashable)
SECONDS, LEAST_ROUNDS = 12.0, 5


@cache
def blocks(arch: Arch) -> tuple[Key, ...]:
    """The blocks of a network, each with the size of its input; two networks share the entry of equal blocks."""
    size, found = arch.size, []
    for unit in arch.table.units(arch.alpha, 10):
        if unit.op in ("conv", "bottleneck"):
            found.append((*astuple(replace(unit, path="")), size))
            size = out_size(size, unit.k, unit.s, unit.k // 2)
    return tuple(found)


def entries(archs: Iterable[Arch] | None = None) -> list[Key]:
    """Every block that some network of the space has, once."""
    return sorted({key for arch in (archs or space()) for key in blocks(arch)}, key=str)


def measure(
    keys: Iterable[Key] | None = None, seconds: float = SECONDS, clock: Callable[[], float] = time.perf_counter
) -> dict[Key, float]:
    """Milliseconds of each block on one thread, in `medians` of two runs each."""
    wanted = list(keys) if keys is not None else entries()
    return medians(wanted, _runnable, seconds, clock, runs=2)


def medians(
    wanted: Sequence[Thing],
    build: Callable[[Thing], tuple[Callable[[torch.Tensor], object], torch.Tensor]],
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
    runs: int = 1,
) -> dict[Thing, float]:
    """Milliseconds of hundreds of things on one thread: medians over rounds, each of which runs all in another order.

    It ends after `seconds` (a tenth of them where MOBIVIZ_QUICK=1), and not before all have run in five rounds. Nothing
    is compared with anything, so there are no intervals: `mv.race` is for that.
    """
    seconds *= 0.1 if os.environ.get("MOBIVIZ_QUICK") == "1" else 1
    turns, order, before = list(wanted), random.Random(0), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ready = {each: build(each) for each in turns}
        took: dict[Thing, list[float]] = {each: [] for each in turns}
        with torch.inference_mode():
            for run, x in ready.values():
                run(x)
            started = clock()
            while clock() - started < seconds or len(took[turns[0]]) < LEAST_ROUNDS:
                order.shuffle(turns)
                for each in turns:
                    run, x = ready[each]
                    begun = clock()
                    for _ in range(runs):
                        run(x)
                    took[each].append((clock() - begun) / runs)
    finally:
        torch.set_num_threads(before)
    return {each: 1000 * float(np.median(samples)) for each, samples in took.items()}


def predict_ms(arch: Arch, table: Mapping[Key, float]) -> float:
    """The sum of what a network's blocks take.

    Raises: KeyError naming the block that was not measured.
    """
    lacking = next((key for key in blocks(arch) if key not in table), None)
    if lacking is not None:
        raise KeyError(f"the table has no block {lacking}; measure(entries([arch])) measures it")
    return sum(table[key] for key in blocks(arch))


def build(arch: Arch, num_classes: int = 10) -> tuple[MobileNet, torch.Tensor]:
    """A network of the space in eval mode, with random weights, and an input for it."""
    return MobileNet(arch.table, arch.alpha, num_classes).eval(), torch.rand(1, 3, arch.size, arch.size)


def to_rows(table: Mapping[Key, float]) -> list[list]:
    """A table as plain rows, for a file."""
    return [[*key, round(ms, 5)] for key, ms in sorted(table.items(), key=lambda item: str(item[0]))]


def from_rows(rows: Iterable[list]) -> dict[Key, float]:
    """What `to_rows` made."""
    return {tuple(row[:-1]): row[-1] for row in rows}


def _runnable(key: Key) -> tuple[torch.nn.Module, torch.Tensor]:
    *fields, size = key
    unit = Unit(*fields)
    return block(unit, "symmetric").eval(), torch.rand(1, unit.in_ch, size, size)
