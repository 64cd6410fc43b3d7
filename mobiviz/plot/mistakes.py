"""Which class a network takes for which: a table of squares, each as large as its share of the class's photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mobiviz import units
from mobiviz.plot.style import BODY, PAD, SMALL, WIDTH, Canvas, Picture, text_width

MOST = 12  # classes in one picture
_ROW, _HEAD = 40, 66


def confusion(counts: np.ndarray, classes: Sequence[str], title: str | None = None, alt: str | None = None) -> Picture:
    """A row for each true class: how many of its photos were taken for each other class, and how many were right.

    A square's area is the share of the row's photos; right answers are numbers alone, or nothing else would be seen.
    Of many classes, those with the most mistakes are drawn.

    Shapes: (classes, classes), the true class first.
    Raises: ValueError for another shape, counts below 0, or no photo at all.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(classes),) * 2 or counts.dtype.kind not in "iu":
        raise ValueError(
            f"counts must be whole numbers, {len(classes)} x {len(classes)} (got {counts.dtype} {counts.shape})"
        )
    if not counts.size or counts.min() < 0 or not counts.sum():
        raise ValueError("counts must be 0 or more, and not all 0 (got none)")
    wrong = counts - np.diag(np.diag(counts))
    names = [str(name) for name in classes]
    worst = np.sort(np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")[:MOST])
    right, photos = int(np.trace(counts)), int(counts.sum())
    share = f"{units.percent(right / photos)} of {units.exact(photos)} photos are right"
    finding = f"{share}; {_commonest(counts, wrong, names)}"
    note = "rows: the true class; columns: what it was taken for; squares: shares of a row's photos"
    if len(worst) < len(names):
        note += f"; the {len(worst)} of {len(names)} classes with the most mistakes"
    if alt is None:
        rows = "; ".join(_spoken(i, counts, wrong, names) for i in worst if counts[i].sum())
        alt = f"Table of mistakes. {finding}. By true class: {rows}."
    part = counts[np.ix_(worst, worst)]
    totals = counts.sum(1)[worst]
    height = _HEAD + _ROW * len(worst) + PAD
    shown = [names[i] for i in worst]
    return Picture(title or finding, alt, note, height, lambda canvas: _paint(canvas, part, totals, shown))


def _commonest(counts: np.ndarray, wrong: np.ndarray, names: list[str]) -> str:
    if not wrong.any():
        return "there is no mistake"
    true, taken = np.unravel_index(int(wrong.argmax()), wrong.shape)
    of = f"{wrong[true, taken]:,} of {counts[true].sum():,}"
    return f"commonest mistake: {names[true]} for {names[taken]}, {of}"


def _spoken(row: int, counts: np.ndarray, wrong: np.ndarray, names: list[str]) -> str:
    said = f"{names[row]}: {counts[row, row]:,} of {counts[row].sum():,} right"
    if not wrong[row].any():
        return said
    most = int(wrong[row].argmax())
    return f"{said}, most often taken for {names[most]} ({wrong[row, most]:,})"


def _paint(canvas: Canvas, counts: np.ndarray, totals: np.ndarray, names: list[str]) -> None:
    rows = _cut(names, 150)
    left = PAD + max(text_width(name, BODY) for name in rows) + 14
    pitch = min((WIDTH - PAD - left) / len(names), 110)
    right = left + pitch * len(names)
    _heads(canvas, names, left, pitch)
    for i, name in enumerate(rows):
        y = _HEAD + _ROW * i
        canvas.text(left - 12, y + _ROW / 2 + 5, name, size=BODY, anchor="right")
        canvas.line([left, right], [y + _ROW] * 2)
    off = counts - np.diag(np.diag(counts))
    shares = off / np.maximum(totals, 1)[:, None]
    widest = max(text_width(f"{count:,}", SMALL) for count in {*off.flat})
    largest = max(min(_ROW - 8, pitch - 10 - widest), 8) / max(float(np.sqrt(shares.max())), 1e-9)
    squares = []
    for row, column in np.argwhere(counts):
        x, y, count = left + pitch * (column + 0.5), _HEAD + _ROW * (row + 0.5), f"{counts[row, column]:,}"
        if row == column:
            canvas.text(x, y + 5, count, size=BODY, anchor="center", weight="bold")
            continue
        side = max(largest * float(np.sqrt(shares[row, column])), 3.0)
        start = x - (side + 4 + text_width(count, SMALL)) / 2
        squares.append((start, y - side / 2, side, side))
        canvas.text(start + side + 4, y + 4.5, count)
    if squares:
        canvas.bars(squares, "yours")


def _heads(canvas: Canvas, names: list[str], left: float, pitch: float) -> None:
    """The names of the columns: in two rows, where one has no room for them."""
    two = max(text_width(name, SMALL) for name in names) > pitch - 6
    canvas.line([left, left + pitch * len(names)], [_HEAD, _HEAD])
    for i, name in enumerate(_cut(names, (1.5 if two else 1) * pitch - 8)):
        middle, up = left + pitch * (i + 0.5), two and i % 2 == 0
        edge = min(middle + text_width(name, SMALL) / 2, WIDTH - PAD)
        canvas.text(edge, _HEAD - (34 if up else 10), name, "muted", anchor="right")
        if up:
            canvas.line([middle] * 2, [_HEAD - 28, _HEAD - 4])


def _cut(names: list[str], width: float) -> list[str]:
    """Names that fit into a width: their beginnings, or their ends where those tell more of them apart."""

    def cut(name: str, step: slice) -> str:
        kept = name
        while kept and text_width(f"{kept}…", BODY) > width:
            kept = kept[step]
        return f"{kept}…" if step == slice(-1) else f"…{kept}"

    fits = [text_width(name, BODY) <= width for name in names]
    ways = [
        [name if fit else cut(name, step) for name, fit in zip(names, fits, strict=True)]
        for step in (slice(-1), slice(1, None))
    ]
    return max(ways, key=lambda way: len(set(way)))
