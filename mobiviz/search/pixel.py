"""The Pixel 1, modelled: milliseconds from MACs, activation bytes and layers, fitted to what its owners published.

Published are networks ten to a hundred times larger than the space's. So this is a guess beyond what was
measured: its order of networks may be looked at, its milliseconds may not.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from mobiviz.literature import published
from mobiviz.pricing import Cost, cost
from mobiviz.tables import V2


@cache
def fit() -> tuple[tuple[float, float], float]:
    """(ms for a million MACs, ms for a million bytes), and the typical relative error where it was fitted."""
    rows = [row for row in published(model="mobilenet_v2", source="slim") if row.pixel1_ms]
    prices = [cost(V2, row.alpha, row.resolution) for row in rows]
    x = np.array([_features(price) for price in prices])
    y = np.array([row.pixel1_ms for row in rows])
    weights = np.linalg.lstsq(x / y[:, None], np.ones(len(y)), rcond=None)[0]  # relative errors count alike
    return (float(weights[0]), float(weights[1])), float(np.median(np.abs(x @ weights / y - 1)))


def ms(price: Cost) -> float:
    """Modelled milliseconds of what costs so much."""
    return float(np.dot(_features(price), fit()[0]))


def _features(price: Cost) -> tuple[float, float]:
    return price.macs / 1e6, price.out_bytes / 1e6
