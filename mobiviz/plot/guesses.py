"""The calibration plot: every guess of the course beside its answer, as the factor between them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mobiviz import units
from mobiviz.plot.style import PAD, SMALL, WIDTH, Canvas, Picture, text_width

_ROW, _MOST = 22, 40
_REACH = 16.0  # the largest factor that is drawn; beyond it a guess stands at the edge


def calibration(
    guesses: Mapping[str, tuple[float, float]], title: str | None = None, alt: str | None = None
) -> Picture:
    """One row a guess, (guessed, answer), both above 0: on the line where they agree, right of it where too high.

    At most the last forty are drawn.

    Raises: ValueError for none, or a number that is not above 0.
    """
    if not guesses:
        raise ValueError("calibration needs guesses with their answers (got none); reveal() answers one")
    for name, pair in guesses.items():
        if min(pair) <= 0:
            raise ValueError(f"guess and answer must be > 0 to compare them by a factor (got {name}: {pair})")
    shown = dict(list(guesses.items())[-_MOST:])
    factors = {name: guess / answer for name, (guess, answer) in shown.items()}
    off = np.array([max(each, 1 / each) for each in factors.values()])
    low, high = (sum(each < 1 / 1.05 for each in factors.values()), sum(each > 1.05 for each in factors.values()))
    lean = "too low as a rule" if low > 2 * high else "too high as a rule" if high > 2 * low else "on both sides"
    typical = units.ratio(float(np.median(off))).removesuffix("x")
    finding = f"Your typical guess is off by a factor of {typical}, {lean}"
    if not low and not high:
        finding = "What you guessed is right, each time" if len(shown) > 1 else "What you guessed is right"
    count = f"{len(shown)} guesses, each" if len(shown) > 1 else "1 guess,"
    note = f"{count} as guess / answer; each step of the scale is the same factor"
    rows = "; ".join(f"{name}: {units.ratio(value)}" for name, value in factors.items())
    said = alt or f"A row for each guess: {note}. {finding}. {rows}."
    return Picture(title or finding, said, note, _ROW * len(shown) + 44, lambda canvas: _paint(canvas, factors))


def _paint(canvas: Canvas, factors: Mapping[str, float]) -> None:
    left = PAD + max(text_width(name, SMALL) for name in factors) + 16
    right, ground = WIDTH - PAD - 70, _ROW * len(factors) + 6

    def x(value: float) -> float:
        return left + (right - left) * (math.log(min(max(value, 1 / _REACH), _REACH)) / math.log(_REACH) + 1) / 2

    for tick, words in (
        (1 / 16, "1/16"),
        (1 / 4, "1/4"),
        (1 / 2, "1/2"),
        (1, "right"),
        (2, "2x"),
        (4, "4x"),
        (16, "16x"),
    ):
        canvas.line([x(tick)] * 2, [0, ground + 5], "text" if tick == 1 else "panel", 1.5 if tick == 1 else 1)
        canvas.text(x(tick), ground + 22, words, "muted", anchor="center")
    for row, (name, value) in enumerate(factors.items()):
        y = _ROW * row + 14
        canvas.text(left - 12, y + 4, name, anchor="right")
        canvas.line([x(1), x(value)], [y, y], "yours-ink", 2)
        canvas.bars([(x(value) - 4, y - 4, 8, 8)], "yours")
        canvas.text(right + 12, y + 4, units.ratio(value), "muted")
