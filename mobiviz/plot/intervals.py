"""Changes and what they did to a time: one ratio with its interval a row, and a line where nothing changes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mobiviz import units
from mobiviz.plot.style import BODY, PAD, SMALL, WIDTH, Canvas, Picture, text_width
from mobiviz.record.timing import Ratio

_ROW, _AXIS = 34, 44
_SAID = {
    "slower": "faster now",
    "faster": "slower now",
    "cannot tell": "cannot tell",
}  # a Ratio speaks of the time before
_TICKS = [m * 10.0**e for e in range(-4, 5) for m in (1, 2, 5)]


def changes(found: Mapping[str, Ratio], title: str | None = None, alt: str | None = None) -> Picture:
    """One row for each change: the time before it over the time after it, so that 2x is twice as fast.

    Where the race cannot tell, the bar is grey and the row says so.

    Raises: ValueError for no rows, or a label that leaves no room; TypeError for a value that is no Ratio.
    """
    if not found:
        raise ValueError(
            "changes needs labels and ratios, such as {'folded': race.ratios['eager', 'folded']} (got none)"
        )
    for label, ratio in found.items():
        if not isinstance(ratio, Ratio):
            raise TypeError(f"the value of {label!r} must be a Ratio of a race (got {type(ratio).__name__})")
    widest = max(text_width(label, BODY, "bold") for label in found)
    if widest > WIDTH / 3:
        raise ValueError(
            f"a label must fit into a third of the picture, about 30 letters (got {max(found, key=len)!r})"
        )
    finding = _finding(list(found.values()))
    rows = "; ".join(f"{label}: {_words(ratio)}" for label, ratio in found.items())
    note = "time before / time after, with the 95% interval; each step of the scale is the same factor"
    said = alt or f"Rows of ratios, {note}. {finding}. {rows}."
    height = _ROW * len(found) + _AXIS
    return Picture(title or finding, said, note, height, lambda canvas: _paint(canvas, found, PAD + widest + 16))


def _finding(ratios: list[Ratio]) -> str:
    verdicts = [ratio.verdict for ratio in ratios]
    faster, slower = verdicts.count("slower"), verdicts.count("faster")
    if len(verdicts) == 1:
        return {"slower": "It was faster here", "faster": "It was slower here"}.get(
            verdicts[0], "No telling from no change"
        )
    left = len(verdicts) - faster - slower
    told = f"Of {len(verdicts)} changes {faster} made it faster here, {slower} slower"
    return told + (f"; {left} cannot be told from no change" if left else "")


def _words(ratio: Ratio) -> str:
    ends = f"[{units.ratio(ratio.low)}, {units.ratio(ratio.high)}]"
    return f"{units.ratio(ratio.ratio)} {ends} {_SAID[ratio.verdict]}"


def _paint(canvas: Canvas, found: Mapping[str, Ratio], left: float) -> None:
    right = WIDTH - PAD - max(text_width(_words(ratio), SMALL) for ratio in found.values()) - 18
    low = min(0.8, *(ratio.low for ratio in found.values())) / 1.1
    high = max(1.25, *(ratio.high for ratio in found.values())) * 1.1

    def x(value: float) -> float:
        return left + (right - left) * math.log(value / low) / math.log(high / low)

    ground = _ROW * len(found) + 6
    for tick in _ticks(low, high, right - left):
        canvas.line([x(tick)] * 2, [0, ground + 5], "panel" if tick != 1 else "text", 1 if tick != 1 else 1.5)
        canvas.text(x(tick), ground + 21, f"{tick:g}x", "muted", anchor="center")
    canvas.line([left, right], [ground, ground])
    for row, (label, ratio) in enumerate(found.items()):
        y, told = _ROW * row + _ROW / 2 + 3, ratio.verdict != "cannot tell"
        role = "yours-ink" if told else "other-ink"
        canvas.text(left - 16, y + 5, label, size=BODY, anchor="right", weight="bold")
        canvas.line([x(ratio.low), x(ratio.high)], [y, y], role, 2)
        for end in (ratio.low, ratio.high):
            canvas.line([x(end)] * 2, [y - 6, y + 6], role, 2)
        canvas.bars([(x(ratio.ratio) - 4, y - 4, 8, 8)], "yours" if told else "other")
        canvas.text(right + 14, y + 5, _words(ratio), "text" if told else "muted")


def _ticks(low: float, high: float, width: float) -> list[float]:
    """Round numbers that are far enough apart to be read; 1 is among them."""
    inside = [tick for tick in _TICKS if low <= tick <= high]
    room = width * math.log(2) / math.log(high / low)
    return inside if room > 40 else [tick for tick in inside if math.log10(tick).is_integer()]
