"""The table on trial: whole networks timed beside each other, and how alike the orders are."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch

from mobiviz import assets, stats
from mobiviz.search.archs import Arch
from mobiviz.search.latencies import Key, build, from_rows


def whole(
    archs: Iterable[Arch], seconds: float = 6.0, clock: Callable[[], float] = time.perf_counter
) -> dict[Arch, float]:
    """Milliseconds of whole networks on one thread: medians over rounds, each of which runs all in another order."""
    seconds *= 0.1 if os.environ.get("MOBIVIZ_QUICK") == "1" else 1
    wanted, order, before = list(archs), random.Random(0), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ready = {arch: build(arch) for arch in wanted}
        took: dict[Arch, list[float]] = {arch: [] for arch in wanted}
        with torch.inference_mode():
            for net, x in ready.values():
                net(x)
            started = clock()
            while clock() - started < seconds or len(took[wanted[0]]) < 5:
                order.shuffle(wanted)
                for arch in wanted:
                    net, x = ready[arch]
                    begun = clock()
                    net(x)
                    took[arch].append(clock() - begun)
    finally:
        torch.set_num_threads(before)
    return {arch: round(1000 * float(np.median(each)), 4) for arch, each in took.items()}


def spearman_of(predicted: Mapping[Arch, float], took: Mapping[Arch, float]) -> tuple[float, float, float]:
    """Spearman's rho of two numbers a network, with the ends of its bootstrap interval over networks."""
    first, second = (np.array([each[arch] for arch in took], float) for each in (predicted, took))
    draw = np.random.default_rng(0)
    picks = [draw.integers(0, len(first), len(first)) for _ in range(1000)]
    low, high = np.percentile([stats.spearman(first[pick], second[pick]) for pick in picks], [2.5, 97.5])
    return stats.spearman(first, second), float(low), float(high)


def recorded() -> tuple[dict[Key, float], dict[Arch, float], str]:
    """A latency table, times of whole networks, and the machine of both, as benchmarks/search.py recorded them."""
    kept = json.loads(assets.data("search", "latency.json").read_text(encoding="utf-8"))
    return from_rows(kept["table"]), {Arch(**job): ms for job, ms in kept["whole"]}, kept["machine"]
