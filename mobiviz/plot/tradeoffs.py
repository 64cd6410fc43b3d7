"""The trade-off grid: a square for each width and resolution, with a bar as high as its network is often right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

from mobiviz import units
from mobiviz.plot.style import BODY, PAD, SMALL, Canvas, Picture

_LEFT, _TOP, _W, _H, _BETWEEN = 64, 62, 82, 62, 40
_NETS = ("V2", "V1")
_SIGNS = {"within": "≈", "falls": "▼"}
Row = Mapping[str, Any]
Setting = tuple[float, int]


class Step(Protocol):
    """Two cells beside each other, as `mobiviz.tradeoff.steps` finds them; verdict: rises, within or falls."""

    net: str
    smaller: Setting
    larger: Setting
    verdict: str


def tradeoff(rows: Sequence[Row], steps: Sequence[Step], alphas: Sequence[float], sizes: Sequence[int]) -> Picture:
    """A table for each network: the share of held-out photos that a cell gets right, and its MACs below.

    On the way from a cell to the next larger one stands a sign where that gains no more than noise, or loses. A cell
    that is not among the rows is an empty frame.

    Raises: ValueError for no rows, or a picture that would be too wide.
    """
    if not rows:
        raise ValueError("tradeoff needs at least one trained cell (got none)")
    if len(sizes) > 4:
        raise ValueError(f"sizes must be at most 4, to be drawn for two networks (got {len(sizes)})")
    settings = [(float(alpha), int(size)) for alpha in alphas for size in sizes]
    cells = {(row["net"], float(row["alpha"]), int(row["size"])): row for row in rows if row["seed"] == 0}
    note = "share of held-out photos right, and MACs; ≈ no more than noise, ▼ a loss beyond it; empty: not trained yet"
    spoken = ". ".join(_spoken(net, cells, settings) for net in _NETS)
    finding = _finding([step.verdict for step in steps])
    shape = "Two tables of squares, alpha from top to bottom, resolution from left to right"
    seeds = _seeds(rows)
    axes = [float(alpha) for alpha in alphas], [int(size) for size in sizes]

    def paint(canvas: Canvas) -> None:
        for at, net in enumerate(_NETS):
            left = PAD + at * (_LEFT + _W * len(sizes) + _BETWEEN)
            _table(canvas, (net, cells), axes, left)
            for step in steps:
                if step.net == net and step.verdict in _SIGNS:
                    _mark(canvas, step, axes, left)
        canvas.text(PAD, _TOP + _H * len(alphas) + 30, seeds, "muted", size=SMALL)

    alt = f"{shape}. {finding}. {spoken}. {seeds[0].upper()}{seeds[1:]}."
    return Picture(finding, alt, note, _TOP + _H * len(alphas) + 46, paint)


def _finding(verdicts: Sequence[str]) -> str:
    if not verdicts:
        return "No two cells beside each other are trained yet"
    told = f"Of {len(verdicts)} steps to wider or larger, {verdicts.count('rises')} gain beyond noise"
    return f"{told}, {verdicts.count('falls') or 'none'} lose"


def _spoken(net: str, cells: Mapping[tuple, Row], settings: Sequence[Setting]) -> str:
    there = [(each, cells[net, *each]) for each in settings if (net, *each) in cells]
    told = ", ".join(f"alpha {alpha:g} at {size}: {units.percent(row['top1'])}" for (alpha, size), row in there)
    left = len(settings) - len(there)
    missing = f"{left} of {len(settings)} cells are not trained yet" if left else "all cells are trained"
    return f"{net}: {told + '; ' if told else ''}{missing}"


def _seeds(rows: Sequence[Row]) -> str:
    """What trainings from a second seed say, in words."""
    keyed = sorted(((row["net"], row["alpha"], row["size"]), row["top1"]) for row in rows)
    shares = [[share for _, share in group] for _, group in groupby(keyed, key=lambda one: one[0])]
    apart = [max(each) - min(each) for each in shares if len(each) > 1]
    if not apart:
        return "no cell is trained from a second seed yet"
    cells = "1 cell was" if len(apart) == 1 else f"{len(apart)} cells were"
    return f"{cells} trained from a second seed, which changed a share by up to {100 * max(apart):.1f} points"


def _table(canvas: Canvas, of: tuple[str, Mapping[tuple, Row]], axes: tuple[list, list], left: float) -> None:
    (net, cells), (alphas, sizes) = of, axes
    canvas.text(left, 16, f"MobileNet{net}", size=BODY, weight="bold")
    canvas.text(left, _TOP - 12, "alpha", "muted")
    for column, size in enumerate(sizes):
        canvas.text(left + _LEFT + _W * (column + 0.5), _TOP - 12, f"{size} px", "muted", anchor="center")
    for row, alpha in enumerate(alphas):
        y = _TOP + _H * row
        canvas.text(left + _LEFT - 12, y + _H / 2 + 5, f"{alpha:g}", anchor="right")
        for column, size in enumerate(sizes):
            _cell(canvas, cells.get((net, alpha, size)), (left + _LEFT + _W * column, y))


def _cell(canvas: Canvas, one: Row | None, corner: tuple[float, float]) -> None:
    """A cell with a bar at its left, as high as the share; an empty frame where it is missing."""
    x, y = corner
    box = [x + 9, x + _W - 9, x + _W - 9, x + 9, x + 9], [y + 7, y + 7, y + _H - 7, y + _H - 7, y + 7]
    canvas.line(*box, "line", 1 if one else 0.5)
    if one:
        high = (_H - 14) * one["top1"]
        canvas.bars([(x + 9, y + _H - 7 - high, 7, high)], "map", edge=False)
        canvas.text(x + _W / 2 + 4, y + 28, units.percent(one["top1"]), anchor="center", weight="bold")
        canvas.text(x + _W / 2 + 4, y + 46, units.short(int(one["macs"]), 3), "muted", anchor="center")


def _mark(canvas: Canvas, step: Step, axes: tuple[list, list], left: float) -> None:
    """The sign half-way from the smaller cell to the larger one."""
    (alphas, sizes), ends = axes, (step.smaller, step.larger)
    column = sum(sizes.index(size) for _, size in ends) / 2
    row = sum(alphas.index(alpha) for alpha, _ in ends) / 2
    x, y = left + _LEFT + _W * (column + 0.5), _TOP + _H * (row + 0.5)
    canvas.text(x, y + 5, _SIGNS[step.verdict], "yours-ink", size=BODY, anchor="center", weight="bold")
