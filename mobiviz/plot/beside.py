"""Where words go in a chart so that they cover no mark: the chart is tried as narrow and as wide as it may become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mobiviz.plot.style import SMALL, text_width

PLANES = ((300, 330), (560, 330), (800, 330))  # pixels between the axes: on a phone, in a notebook, on a page
GAP, LINE, MARK = 9, 17, 14  # from a point to words beside it, the height of a line of words, a mark with its edge
# How words hang on a point, as plotly says it: the anchors, and the way from the point in GAPs, upwards above 0.
SIDES = {
    "below": ("center", "top", 0, -1),
    "above": ("center", "bottom", 0, 1),
    "left": ("right", "middle", -1, 0),
    "right": ("left", "middle", 1, 0),
    "below, to the right": ("left", "top", -1, -1),
    "below, to the left": ("right", "top", 1, -1),
    "above, to the right": ("left", "bottom", -1, 1),
    "above, to the left": ("right", "bottom", 1, 1),
    "well below": ("center", "top", 0, -3),
    "well above": ("center", "bottom", 0, 3),
}
_BACK = {"left": 0.0, "center": 0.5, "right": 1.0, "bottom": 0.0, "middle": 0.5, "top": 1.0}
_OUTSIDE, _WORDS, _MARKS, _LINES, _STEMS = 90.0, 20.0, 12.0, 5.0, 0.25  # how bad it is to be there, for each pixel
_MATTERS = (0.1, 1.0, 1.0)  # how much each plane does
_LATER = 6.0  # and to be a later one of the candidates


class Spot(NamedTuple):
    """A candidate: shares of both axes from left and below, and the side on which words hang there."""

    x: float
    y: float
    side: str


@dataclass
class Plane:
    """What is drawn between the axes, each as n rows of shares of both; words that were placed are added."""

    marks: np.ndarray
    lines: np.ndarray  # points along them, a hundredth of the axis apart
    stems: np.ndarray  # the same of lines so thin and pale that words on them can be read
    _words: list[list[np.ndarray]] = field(default_factory=lambda: [[] for _ in PLANES])

    def place(self, words: str, spots: Sequence[Spot], weight: str = "normal") -> Spot:
        """The candidate at which the words cover least; the earlier one where they cover as little."""
        width = text_width(words, SMALL, weight) + 4
        costs = [self._cost(box(spot, width, size), at) for spot in spots for at, size in enumerate(PLANES)]
        total = np.reshape(costs, (len(spots), len(PLANES))) @ _MATTERS + _LATER * np.arange(len(spots))
        best = spots[int(total.argmin())]
        for at, size in enumerate(PLANES):
            self._words[at].append(box(best, width, size))
        return best

    def _cost(self, own: np.ndarray, at: int) -> float:
        size = np.array(PLANES[at], float)
        covered = _covered(own, around(self.marks * size, MARK)) * _MARKS
        covered += _covered(own, around(self.lines * size, 4)) * _LINES
        covered += _covered(own, around(self.stems * size, 4)) * _STEMS
        if self._words[at]:
            covered += _covered(own, np.array(self._words[at])) * _WORDS
        inside = np.clip(np.minimum(own[1], size) - np.maximum(own[0], 0), 0, None).prod()
        return covered + _OUTSIDE * ((own[1] - own[0]).prod() - inside)


def box(spot: Spot, width: float, size: tuple[float, float]) -> np.ndarray:
    """The corners of words at a spot, left and below first, in pixels of a plane."""
    across, upright, right, up = SIDES[spot.side]
    extent = np.array([width, LINE])
    corner = np.array([spot.x * size[0] + GAP * right, spot.y * size[1] + GAP * up])
    corner = corner - extent * [_BACK[across], _BACK[upright]]
    return np.array([corner, corner + extent])


def around(centres: np.ndarray, side: float) -> np.ndarray:
    """A square around each point: n x 2 corners x 2."""
    return np.stack([centres - side / 2, centres + side / 2], axis=1)


def _covered(own: np.ndarray, others: np.ndarray) -> float:
    """The pixels of one box that lie under others, each counted by itself."""
    if not len(others):
        return 0.0
    common = np.minimum(own[1], others[:, 1]) - np.maximum(own[0], others[:, 0])
    return float(np.clip(common, 0, None).prod(1).sum())
