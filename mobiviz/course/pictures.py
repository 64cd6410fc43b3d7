"""The target beside yours: one picture for whatever an exercise returns, also for a wrong shape."""

import io
from textwrap import fill
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from mobiviz.course.compare import array, short
from mobiviz.plot.palette import IDEAS, THEMES

_STYLE = {"svg.hashsalt": "mobiviz", "svg.fonttype": "path", "font.size": 10}


def beside(got: Any, want: Any) -> Figure:
    """The target and the learner's answer in one scale: numbers as two bars, arrays as two grids, else as words."""
    if _number(want) and _number(got):
        return _bars(float(array(got)), float(array(want)))
    target, yours = _image(want), _image(got)
    height = 1.2 if target is None and yours is None else 2.4
    figure = Figure(figsize=(5.6, height), layout="constrained", facecolor=THEMES["light"].paper)
    left, right = figure.subplots(1, 2)
    seen = [image[np.isfinite(image)] for image in (target, yours) if image is not None]
    values = np.concatenate(seen) if seen else np.zeros(0)
    span = (values.min(), values.max()) if values.size else (0, 1)
    _panel(left, "target", (want, target), span)
    _panel(right, "yours", (got, yours), span)
    return figure


def svg(figure: Figure) -> str:
    """A figure as SVG text, the same bytes each time."""
    buffer = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _bars(got: float, want: float) -> Figure:
    figure = Figure(figsize=(5.6, 0.9), layout="constrained", facecolor=THEMES["light"].paper)
    axes = figure.subplots()
    for row, word, value in ((0, "target", want), (1, "yours", got)):
        look = IDEAS["other" if word == "target" else "yours"]
        axes.barh(row, value, 0.7, color=look.fill, edgecolor=look.ink, linewidth=1.5)
        axes.text(max(value, 0), row, f" {value:,.6g}", va="center", color=look.ink)
    axes.set_yticks([0, 1], ["target", "yours"])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.axvline(0, color=THEMES["light"].line, linewidth=1)
    axes.set_xlim(min(got, want, 0), 1.25 * max(got, want, 1e-9))
    axes.set_frame_on(False)
    return figure


def _number(value: Any) -> bool:
    found = None if value is None or isinstance(value, (str, bool, list, tuple)) else array(value)
    return found is not None and found.ndim == 0 and found.dtype.kind in "iuf" and bool(abs(found) < 1e300)


def _panel(axes, title: str, content: tuple, span: tuple) -> None:
    value, image = content
    ink = IDEAS["other" if title == "target" else "yours"].ink
    axes.set_title(title, color=ink)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(color=ink, linewidth=1.5)
    if image is None:
        text = "nothing yet" if value is None else getattr(value, "words", None) or short(value, 160)
        axes.text(0.5, 0.5, fill(text, 30), ha="center", va="center", color=THEMES["light"].text, parse_math=False)
        return
    axes.imshow(image, cmap="Greys", vmin=span[0], vmax=span[1] + (span[0] == span[1]), interpolation="nearest")
    axes.set_xlabel(f"shape {tuple(array(value).shape)}", color=ink)
    if image.size <= 64:
        middle = (span[0] + span[1]) / 2
        for (row, column), number in np.ndenumerate(image):
            if np.isnan(number):
                continue
            colour = "white" if middle < number < np.inf else "black"
            axes.text(column, row, short(float(number), 8), ha="center", va="center", color=colour, fontsize=8)


def _image(value: Any) -> np.ndarray | None:
    """A value with at least one axis as a 2-D picture: channels side by side; None for all else."""
    found = None if isinstance(value, (str, dict, set)) or value is None else array(value)
    if found is None or found.ndim == 0 or found.size == 0 or found.dtype.kind == "c":
        return None
    found = found.astype(float)
    while found.ndim > 2:  # an empty column between two channels
        gap = np.full((*found.shape[1:-1], 1), np.nan)
        found = np.concatenate([part for channel in found for part in (gap, channel)][1:], axis=-1)
    return np.atleast_2d(found)
