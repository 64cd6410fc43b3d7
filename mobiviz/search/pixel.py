"""The Pixel 1, modelled: milliseconds from MACs and activation bytes, fitted to what was published for MobileNetV2.

Each network that it was fitted to is larger than any of the space, so its order of networks may be looked at and its
milliseconds may not. `held_out` says how far it is off on MobileNetV3, whose 5x5, squeeze-and-excite and h-swish it has
not seen.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from mobiviz.literature import published
from mobiviz.pricing import Cost, cost
from mobiviz.tables import V2, V3_LARGE, V3_SMALL


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


def held_out() -> dict[str, tuple[float, float]]:
    """Published and modelled milliseconds of the networks that it was not fitted to."""
    found = {}
    for table, model in ((V3_LARGE, "mobilenet_v3_large"), (V3_SMALL, "mobilenet_v3_small")):
        for row in published(model=model, source="slim"):
            if row.pixel1_ms:
                price = cost(table, row.alpha, row.resolution)
                found[f"{table.name} {row.alpha:g}"] = (row.pixel1_ms, ms(price))
    return found


def _features(price: Cost) -> tuple[float, float]:
    return price.macs / 1e6, price.out_bytes / 1e6
