"""Eight-bit weights: how many steps each channel keeps where one scale serves its whole layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mobiviz.plot.palette import idea
from mobiviz.plot.style import PAD, WIDTH, Canvas, Picture

_LEFT, _TOP, _HEIGHT, _GAP = 60, 34, 260, 18


class Layer(Protocol):
    """One convolution: its path, its kind, and `steps()`, one number a channel."""

    path: str
    kind: str

    def steps(self) -> np.ndarray: ...


def channel_steps(layers: Sequence[Layer], title: str | None = None, alt: str | None = None) -> Picture:
    """One bar a layer, from the channel with the fewest steps to the one with all of them; a line at the median.

    Raises: ValueError for no layers.
    """
    if not layers:
        raise ValueError("channel_steps needs layers, as mv.rounding.ranges(net) gives them (got none)")
    kinds = list(dict.fromkeys(layer.kind for layer in sorted(layers, key=lambda layer: layer.kind)))
    groups = {kind: [layer for layer in layers if layer.kind == kind] for kind in kinds}
    kept = {kind: float(np.median(np.concatenate([each.steps() for each in own]))) for kind, own in groups.items()}
    top = round(max(layer.steps().max() for layer in layers))
    medians = [f"{kept[kind]:.0f} where {kind}" for kind in sorted(kinds, key=kept.get)]
    finding = f"Of {top} steps the median channel has {', '.join(medians)}"
    least = min(layers, key=lambda layer: layer.steps().min())
    note = "steps up to a channel's largest weight; one bar a layer, from its smallest channel up, a line at its median"
    said = alt or (
        f"Bars of {len(layers)} layers: {note}. {finding}. The fewest: a channel of {least.path} "
        f"with {least.steps().min():.2g}."
    )
    return Picture(title or finding, said, note, _TOP + _HEIGHT + 30, lambda canvas: _paint(canvas, groups, top))


def _paint(canvas: Canvas, groups: dict[str, list[Layer]], top: int) -> None:
    count = sum(map(len, groups.values()))
    pitch = (WIDTH - PAD - _LEFT - _GAP * (len(groups) - 1)) / count
    low = max(min(layer.steps().min() for own in groups.values() for layer in own) / 1.2, 0.25)

    def y(steps: float) -> float:
        return _TOP + _HEIGHT * math.log(top / max(steps, low)) / math.log(top / low)

    for tick in (top, 64, 32, 16, 8, 4, 2, 1, 0.5, 0.25):
        if low <= tick <= top:
            canvas.line([_LEFT - 4, WIDTH - PAD], [y(tick)] * 2, "line", 1.0)
            canvas.text(_LEFT - 8, y(tick) + 4.5, f"{tick:g}", "muted", anchor="right")
    canvas.text(PAD, _TOP - 18, "steps", weight="bold")
    x = _LEFT
    for kind, own in groups.items():
        ink = f"{idea(kind).name}-ink"
        boxes = []
        for at, layer in enumerate(own):
            steps = layer.steps()
            boxes.append((x + at * pitch + 0.1 * pitch, y(top), 0.8 * pitch, max(y(steps.min()) - y(top), 2)))
        canvas.bars(boxes, kind, edge=pitch > 5)
        for (left, _, width, _), layer in zip(boxes, own, strict=True):
            middle = y(float(np.median(layer.steps())))
            canvas.line([left - 1, left + width + 1], [middle] * 2, "text", 3)
        canvas.text(x, _TOP + _HEIGHT + 22, kind, ink, weight="bold")
        x += len(own) * pitch + _GAP
