"""Pictures of a class: how far each exercise is, how guesses spread, and MACs against ms of every laptop."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

from mobiviz import units
from mobiviz.plot.style import PAD, SMALL, WIDTH, Canvas, Picture, spread, text_width

_ROW, _REACH, _RIGHT = 22, 16.0, 96
_TICKS = ((1 / 16, "1/16"), (1 / 4, "1/4"), (1 / 2, "1/2"), (1, "right"), (2, "2x"), (4, "4x"), (16, "16x"))
Point = tuple[float, float]


def standing(counts: Mapping[str, Sequence[int]]) -> Picture:
    """One row an exercise: how many passed, tried, and have not begun; `counts` holds these three numbers.

    Raises: ValueError for no exercises, or rows of nobody.
    """
    if not counts or any(sum(row) < 1 for row in counts.values()):
        raise ValueError(f"standing needs (passed, tried, not begun) of at least one learner a row (got {counts})")
    hard = max(counts, key=lambda name: counts[name][1])
    finding = f"Hardest is {hard}: {counts[hard][1]} tried it and have not passed" if counts[hard][1] else ""
    finding = finding or "Nobody is stuck: who began an exercise passed it"
    rows = "; ".join(f"{name}: {p} passed, {t} tried, {n} not begun" for name, (p, t, n) in counts.items())
    note = "filled and hatched: passed; grey: tried, not yet passed; empty: not begun"
    said = f"A bar for each exercise. {finding}. {rows}."
    return Picture(finding, said, note, _ROW * len(counts) + 12, lambda canvas: _paint_standing(canvas, counts))


def predictions(guesses: Mapping[str, Sequence[tuple[float, float]]]) -> Picture:
    """One row a prediction: each learner's guess over the answer, and a longer mark at the middle one.

    Pairs (guess, answer) are above 0. A guess further off than the scale stands at its end.

    Raises: ValueError for no guesses, or a number that is not above 0.
    """
    if not guesses or not all(guesses.values()) or min(min(pair) for row in guesses.values() for pair in row) <= 0:
        raise ValueError(f"predictions needs rows of (guess, answer), all above 0 (got {guesses})")
    factors = {name: sorted(guess / answer for guess, answer in row) for name, row in guesses.items()}
    off = {name: max(median(row), 1 / median(row)) for name, row in factors.items()}
    worst = max(off, key=off.get)
    finding = f"Furthest off is {worst}: the middle guess by a factor of {units.ratio(off[worst]).removesuffix('x')}"
    spans = "; ".join(
        f"{name}: {len(row)}, from {units.ratio(row[0])} to {units.ratio(row[-1])}, middle {units.ratio(median(row))}"
        for name, row in factors.items()
    )
    note = "each mark is one guess / answer, the long one the middle; each step of the scale is the same factor"
    said = f"A row for each prediction: {note}. {finding}. {spans}."
    return Picture(finding, said, note, _ROW * len(factors) + 44, lambda canvas: _paint_guesses(canvas, factors))


def laptops(timed: Mapping[str, Mapping[str, Point]]) -> Picture:
    """MACs against ms of all laptops: `timed` is {laptop: {network: (MACs, ms)}}; a line joins the dots of a laptop.

    Raises: ValueError for no laptop, or a number that is not above 0.
    """
    points = [point for nets in timed.values() for point in nets.values()]
    if not points or not all(timed.values()) or min(map(min, points)) <= 0:
        raise ValueError(f"laptops needs (MACs, ms) above 0 of at least one network a laptop (got {timed})")
    every: dict[str, list[float]] = {}
    for nets in timed.values():
        for net, (_, ms) in nets.items():
            every.setdefault(net, []).append(ms)
    apart = {net: max(row) / min(row) for net, row in every.items()}
    widest = max(apart, key=apart.get)
    finding = f"{widest} takes {units.ratio(apart[widest])} as long on the slowest laptop as on the fastest"
    if max(map(len, every.values())) < 2:
        finding = "No network was timed on two laptops yet"
    spans = "; ".join(f"{net}: {units.ms(min(row))} to {units.ms(max(row))}" for net, row in every.items())
    note = "each line is one laptop, each dot a network; scales grow by factors; along a grey line a MAC costs the same"
    said = f"MACs to the right, ms upwards, {len(timed)} laptops. {finding}. {spans}."
    return Picture(finding, said, note, 420, lambda canvas: _paint_laptops(canvas, timed))


def _paint_standing(canvas: Canvas, counts: Mapping[str, Sequence[int]]) -> None:
    left = PAD + max(text_width(name, SMALL) for name in counts) + 12
    most = max(map(sum, counts.values()))
    wide = (WIDTH - PAD - _RIGHT - left) / most
    for at, (name, row) in enumerate(counts.items()):
        y, x = _ROW * at, left
        canvas.text(left - 10, y + 15, name, anchor="right")
        for count, kind in zip(row, ("yours", "other", None), strict=True):
            if count and kind:
                canvas.bars([(x, y + 3, wide * count, _ROW - 8)], kind)
            x += wide * count
        canvas.line([left, x], [y + _ROW - 5] * 2)
        canvas.text(x + 10, y + 15, f"{row[0]} of {sum(row)}", "muted")


def _paint_guesses(canvas: Canvas, factors: Mapping[str, Sequence[float]]) -> None:
    left = PAD + max(text_width(name, SMALL) for name in factors) + 20
    right, ground = WIDTH - PAD - _RIGHT, _ROW * len(factors) + 6

    def x(value: float) -> float:
        return left + (right - left) * (math.log(min(max(value, 1 / _REACH), _REACH)) / math.log(_REACH) + 1) / 2

    for tick, words in _TICKS:
        canvas.line([x(tick)] * 2, [0, ground + 5], "text" if tick == 1 else "panel", 1.5 if tick == 1 else 1)
        canvas.text(x(tick), ground + 22, words, "muted", anchor="center")
    for at, (name, row) in enumerate(factors.items()):
        y = _ROW * at + 12
        canvas.text(left - 14, y + 4, name, anchor="right")
        canvas.line([x(row[0]), x(row[-1])], [y, y], "yours-ink", 1)
        for value in row:
            canvas.line([x(value)] * 2, [y - 4, y + 4], "yours-ink", 1.5)
        canvas.bars([(x(median(row)) - 3, y - 8, 6, 16)], "yours")
        canvas.text(right + 14, y + 4, f"{units.ratio(median(row))}, {len(row)}", "muted")


def _paint_laptops(canvas: Canvas, timed: Mapping[str, Mapping[str, Point]]) -> None:
    points = [point for nets in timed.values() for point in nets.values()]
    left, right, top, ground = PAD + 70, WIDTH - PAD - 20, 40, 360
    (low, high), (quick, slow) = (_span([point[axis] for point in points]) for axis in (0, 1))

    def x(macs: float) -> float:
        return left + (right - left) * math.log(macs / low) / math.log(high / low)

    def y(ms: float) -> float:
        return ground - (ground - top) * math.log(ms / quick) / math.log(slow / quick)

    canvas.line([left, right], [ground, ground])
    canvas.line([left, left], [top, ground])
    for tick in _ticks(quick, slow):
        canvas.text(left - 8, y(tick) + 4, f"{tick:g} ms", "muted", anchor="right")
    for tick in _ticks(low, high):
        words = f"{tick / 1e9:g} G" if tick >= 1e9 else f"{tick / 1e6:g} M"
        canvas.text(x(tick), ground + 22, f"{words} MACs", "muted", anchor="center")
    for rate in (1, 10, 100):  # GMAC/s
        ends = [(m, m / rate / 1e6) for m in (max(low, quick * rate * 1e6), min(high, slow * rate * 1e6))]
        if ends[0][0] < ends[1][0]:
            canvas.line([x(m) for m, _ in ends], [y(ms) for _, ms in ends], "line", 0.75)
            canvas.text(x(ends[1][0]), y(ends[1][1]) - 5, f"{rate} GMAC/s", "muted", anchor="right")
    for nets in timed.values():
        row = sorted(nets.values())
        canvas.line([x(macs) for macs, _ in row], [y(ms) for _, ms in row], "yours-ink", 1)
        canvas.bars([(x(macs) - 3, y(ms) - 3, 6, 6) for macs, ms in row], "yours")
    where = {net: macs for nets in timed.values() for net, (macs, _) in nets.items()}
    named = sorted(where, key=where.get)
    widths = [text_width(net, SMALL) + 12 for net in named]
    edges = spread([(x(where[net]), width) for net, width in zip(named, widths, strict=True)])
    for edge, net in zip(edges, named, strict=True):
        canvas.text(edge + 6, 16, net)
        canvas.line([edge + 6 + text_width(net, SMALL) / 2, x(where[net])], [22, top], "line")


def _span(values: Sequence[float]) -> tuple[float, float]:
    return min(values) / 1.4, max(values) * 1.4


def _ticks(low: float, high: float) -> list[float]:
    """At most six round numbers between two, in steps of 1, 2 and 5, or of tens where those are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [m * 10.0**power for power in powers for m in (1, 2, 5) if low <= m * 10.0**power <= high]
    tens = [tick for tick in found if math.isclose(math.log10(tick) % 1, 0, abs_tol=1e-9)]
    return found if len(found) <= 6 else tens or found[:6]
