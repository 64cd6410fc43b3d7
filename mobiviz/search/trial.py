"""The table on trial: whole networks timed beside each other, and how alike the orders are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from mobiviz import assets, stats
from mobiviz.search.archs import Arch
from mobiviz.search.latencies import Key, build, from_rows, medians


def whole(
    archs: Iterable[Arch], seconds: float = 6.0, clock: Callable[[], float] = time.perf_counter
) -> dict[Arch, float]:
    """Milliseconds of whole networks on one thread, timed as the blocks are."""
    return {arch: round(ms, 4) for arch, ms in medians(list(archs), build, seconds, clock).items()}


def spearman_of(predicted: Mapping[Arch, float], took: Mapping[Arch, float]) -> tuple[float, float, float]:
    """Spearman's rho of two numbers a network, with the ends of its bootstrap interval over networks."""
    return stats.spearman_interval(*(np.array([each[arch] for arch in took], float) for each in (predicted, took)))


def recorded() -> tuple[dict[Key, float], dict[Arch, float], str]:
    """A latency table, times of whole networks, and the machine of both, as benchmarks/search.py recorded them."""
    kept = json.loads(assets.data("search", "latency.json").read_text(encoding="utf-8"))
    return from_rows(kept["table"]), {Arch(**job): ms for job, ms in kept["whole"]}, kept["machine"]
