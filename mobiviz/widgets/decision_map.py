"""A linear head seen on a flat map: where vectors lie, and where the head's answer changes."""

from __future__ import annotations

from typing import Any

import numpy as np


class Plane:
    """The plane in which the answers of a trained head differ most, as a map of so many units across and down.

    The way back from the map leads to the middle of the vectors that lie there: least squares on all, without labels.
    A head has `weight` (D, K), `bias`, and the `mean` and `scale` by which it standardises.
    """

    def __init__(self, head: Any, x: np.ndarray, size: tuple[int, int]) -> None:
        z = (x - head.mean) / head.scale
        apart = head.weight - head.weight.mean(1, keepdims=True)
        axes = np.linalg.svd(apart, full_matrices=False)[0][:, :2]
        if (
            head.weight.shape[1] == 2
        ):  # one direction tells two classes apart; the other is where the photos differ most
            rest = z - np.outer(z @ axes[:, 0], axes[:, 0])
            axes[:, 1] = np.linalg.svd(rest - rest.mean(0), full_matrices=False)[2][0]
        axes *= np.sign(axes[np.abs(axes).argmax(0), [0, 1]])
        self.places, self.size = z @ axes, np.array(size)
        ones = np.column_stack([np.ones(len(z)), self.places])
        self.back = np.linalg.lstsq(ones, z, rcond=None)[0] * head.scale
        self.back[0] += head.mean
        low, high = np.quantile(self.places, 0.01, axis=0), np.quantile(self.places, 0.99, axis=0)
        room = 0.08 * (high - low) + 1e-9
        self.low, self.high = low - room, high + room

    def units(self, places: np.ndarray) -> np.ndarray:
        """Places in units of the map."""
        return (places - self.low) / (self.high - self.low) * self.size

    def dots(self, rows: np.ndarray) -> list[list[float]]:
        """Where these vectors lie on the map; those far outside stand at its edge."""
        share = self.units(self.places[rows]) / self.size
        return np.round(np.clip(share, 0.015, 0.985) * self.size, 1).tolist()

    def flat(self, head: Any) -> np.ndarray:
        """The logits of a head on the plane: for each class a constant and two slopes.

        Shapes: (3, K).
        """
        coefficients = self.back / head.scale @ head.weight
        coefficients[0] += head.bias - head.mean / head.scale @ head.weight
        return coefficients

    def answers(self, head: Any) -> np.ndarray:
        """What the map says of each vector."""
        flat = self.flat(head)
        return (flat[0] + self.places @ flat[1:]).argmax(1)

    def regions(self, head: Any) -> list[list[list[float]]]:
        """For each class the corners of where its logit is the largest: a convex polygon, cut out line by line."""
        (left, low), (right, high), flat, found = self.low, self.high, self.flat(head), []
        for kind in range(flat.shape[1]):
            corners = np.array([(left, low), (right, low), (right, high), (left, high)])
            for rival in range(flat.shape[1]):
                constant, *slopes = flat[:, kind] - flat[:, rival]
                ahead = constant + corners @ slopes
                if not np.any(slopes) and not constant and rival < kind:  # a tie goes to the first, as argmax has it
                    ahead -= 1.0
                corners = _cut(corners, ahead)
            found.append(np.round(self.units(corners), 1).tolist())
        return found


def _cut(corners: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """The part of a convex polygon whose corners have `ahead` of 0 or more."""
    kept = []
    for at, value in enumerate(ahead):
        after = (at + 1) % len(ahead)
        if value >= 0:
            kept.append(corners[at])
        if (value < 0) != (ahead[after] < 0):
            kept.append(corners[at] + value / (value - ahead[after]) * (corners[after] - corners[at]))
    return np.reshape(kept, (-1, 2))


def middle(corners: list[list[float]]) -> tuple[float, float, float]:
    """The centre of a polygon, and its area."""
    x, y = np.array(corners, float).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    if abs(area) < 1e-6:
        return float(x.mean()), float(y.mean()), 0.0
    return (
        float(((x + np.roll(x, -1)) * cross).sum() / 6 / area),
        float(((y + np.roll(y, -1)) * cross).sum() / 6 / area),
        abs(area),
    )
