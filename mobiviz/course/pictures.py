"""The target beside yours: one picture, in the style of all others, where a picture says more than words."""

from typing import Any

import numpy as np

from mobiviz.course.compare import array, drawable, short
from mobiviz.plot.costs import bars
from mobiviz.plot.sheets import sheet
from mobiviz.plot.style import Picture


def beside(got: Any, want: Any) -> Picture:
    """The target and the learner's answer in one scale: numbers as bars, arrays as two tiles, all else as words."""
    alt = f"Target: {short(want, 100)}. Yours: {getattr(got, 'words', None) or short(got, 100)}."
    if not drawable(got, want):
        return Picture(alt, alt, "", 0, lambda canvas: None)
    target, yours = array(want), array(got)
    if target.ndim == 0:
        return bars({"target": target.item(), "yours": yours.item()}, unit=" ", title="Target and yours", alt=alt)
    target, yours, place = _slices(np.atleast_2d(target.astype(float)), np.atleast_2d(yours.astype(float)))
    tiles = np.stack([target, yours])
    finite = np.abs(tiles[np.isfinite(tiles)])
    top = float(finite.max(initial=0)) or 1.0
    note = f"shape {short(np.shape(want))}" + (f"; drawn here: {place}, the first that differs" if place else "")
    return sheet(("Target and yours", alt, note), tiles, ["target", "yours"], [top, top], "value", values=True)


def svg(picture: Picture) -> str:
    """A picture as an SVG file, the same bytes each time, which follows the reader's theme."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{picture.svg()}'


def _slices(target: np.ndarray, yours: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Of arrays with more axes than a picture, the first two-dimensional slice in which they differ, and its index."""
    if target.ndim == 2:
        return target, yours, ""
    apart = ~np.isclose(target, yours, equal_nan=True)
    first = np.argwhere(apart)[0] if apart.any() else np.zeros(target.ndim, int)
    place = tuple(int(i) for i in first[:-2])
    return target[place], yours[place], f"[{', '.join(map(str, place))}]"
