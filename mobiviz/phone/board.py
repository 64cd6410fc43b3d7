"""The board: every phone that reported, one dot for each network, MACs against ms, on a log scale each way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

from mobiviz import units
from mobiviz.phone.reports import Report
from mobiviz.record.timing import Timing
from mobiviz.widgets.svg import el, picture, text

WIDTH, LEFT, RIGHT, TOP, BASE = 800, 74, 776, 84, 372
ROW, MOST_ROWS = 22, 40


def swaps(times: Mapping[str, float], against: Mapping[str, float]) -> tuple[int, int]:
    """How many pairs stand in another order in `times` than in `against`, and of how many."""
    pairs = [(a, b) for a, b in combinations(times, 2) if a in against and b in against and against[a] != against[b]]
    return sum((times[a] - times[b]) * (against[a] - against[b]) < 0 for a, b in pairs), len(pairs)


def words(reports: Sequence[Report], busy: int = 0) -> str:
    """The board in a sentence."""
    phones = f"{len(reports)} phone{'s have' if len(reports) != 1 else ' has'} reported"
    return f"{phones}, {busy} {'are' if busy != 1 else 'is'} measuring." if busy else f"{phones}."


def draw(reports: Sequence[Report], macs: Mapping[str, int], laptop: Mapping[str, Timing] | None = None) -> str:
    """The board as a standalone SVG, whatever was reported."""
    mine = {name: timing.median_ms for name, timing in (laptop or {}).items()}
    shown = [report for report in reports if report.timings]
    times = [timing.median_ms for report in shown for timing in report.timings.values()] + list(mine.values())
    title = _title(shown, macs, mine)
    if not times or not macs:
        body = [text(20, 30, title, 16, weight="600")]
        return picture("board", (WIDTH, 60), title, "An empty board: no phone has reported a time yet.", *body)
    x, y = _scale(list(macs.values()), LEFT + 40, RIGHT - 40), _scale(times, BASE - 14, TOP + 14)
    body = [text(20, 30, title, 16, weight="600"), *_axes(macs, times, x, y)]
    for number, report in enumerate(shown):
        shift = 0.0 if len(shown) == 1 else 18 * (number / (len(shown) - 1) - 0.5)
        for name, timing in report.timings.items():
            dot = {"cx": x(macs[name]) + shift, "cy": y(timing.median_ms), "r": 5, "fill": "@yours"}
            hover = el("title", None, _plain(f"{report.model}: {name}, {units.ms(timing.median_ms)}"))
            body.append(el("circle", dot | {"stroke": "@yours-ink", "stroke-width": 1.5}, hover))
    for name, ms in mine.items():
        place = f"M{x(macs[name]):.1f} {y(ms) - 8:.1f}l8 8l-8 8l-8 -8z"
        body.append(el("path", {"d": place, "fill": "@standard", "stroke": "@standard-ink", "stroke-width": 1.5}))
    rows, height = _rows(shown, macs, mine)
    return picture("board", (WIDTH, height), title, _alt(shown, macs, mine), *body, *rows)


def _title(shown: Sequence[Report], macs: Mapping[str, int], mine: Mapping[str, float]) -> str:
    if not shown:
        return "No phone has reported yet"
    against, of = (mine, "the laptop") if mine else (macs, "the MACs")
    changed = sum(swaps(_medians(report), against)[0] > 0 for report in shown)
    phones = f"{len(shown)} phone{'s' if len(shown) != 1 else ''}"
    if changed:
        return f"{changed} of {phones} put the networks in another order than {of}"
    same = f"{phones} put{'s' if len(shown) == 1 else ''} the networks in the order of {of}"
    return same if len(macs) > 1 else f"{phones} ran {next(iter(macs))}"


def _axes(macs: Mapping[str, int], times: Sequence[float], x, y) -> list[str]:
    body = [text(20, 62, "ms, log scale", 12, fill="@muted")]
    body.append(text(RIGHT, BASE + 50, "MACs, log scale", 12, anchor="end", fill="@muted"))
    for ms in _ticks(min(times), max(times)):
        line = {"d": f"M{LEFT} {y(ms):.1f}H{RIGHT}", "stroke": "@line", "stroke-width": 0.5}
        body += [el("path", line), text(LEFT - 8, y(ms) + 4, f"{ms:g}", 12, anchor="end", fill="@muted")]
    last = -math.inf
    for name, count in sorted(macs.items(), key=lambda item: item[1]):
        where = x(count)
        if where - last > 84:  # names of neighbours would cover each other; the rows below name all
            body.append(text(where, BASE + 18, _short(name, 12), 12, anchor="middle"))
            body.append(text(where, BASE + 33, units.short(count, 3), 12, anchor="middle", fill="@muted"))
            last = where
        body.append(el("path", {"d": f"M{where:.1f} {BASE}v5", "stroke": "@line", "stroke-width": 1}))
    return body


def _rows(shown: Sequence[Report], macs: Mapping[str, int], mine: Mapping[str, float]) -> tuple[list[str], int]:
    """A line for each phone: its name, its quickest and slowest network, and how many pairs changed places."""
    against = mine or macs
    y, body = BASE + 76, []
    key = "● a phone" + ("   ◆ the laptop" if mine else "")
    body.append(text(LEFT, y, key, 12, fill="@muted"))
    for report in shown[-MOST_ROWS:]:
        y += ROW
        times = _medians(report)
        order = " < ".join(f"{_short(name, 12)} {units.ms(times[name])}" for name in sorted(times, key=times.get)[:4])
        changed, pairs = swaps(times, against)
        body.append(text(LEFT, y, _short(report.model, 22), 13, weight="600"))
        body.append(text(LEFT + 190, y, _short(order + (" ..." if len(times) > 4 else ""), 62), 12))
        if pairs:
            body.append(text(RIGHT, y, f"{changed} of {pairs} swapped", 12, anchor="end", fill="@muted"))
    return body, y + 20


def _alt(shown: Sequence[Report], macs: Mapping[str, int], mine: Mapping[str, float]) -> str:
    spans = []
    for name in macs:
        times = [_medians(report)[name] for report in shown if name in report.timings]
        if times:
            spans.append(f"{name} {units.ms(min(times))} to {units.ms(max(times))}")
    also = "; the laptop's are diamonds" if mine else ""
    return f"Dots of {len(shown)} phones, MACs from left to right, milliseconds upwards{also}. {'; '.join(spans)}."


def _medians(report: Report) -> dict[str, float]:
    return {name: timing.median_ms for name, timing in report.timings.items()}


def _scale(values: Sequence[float], start: float, end: float):
    low, high = (math.log10(max(edge, 1e-6)) for edge in (min(values), max(values)))
    if high - low < 1e-9:
        return lambda value: (start + end) / 2
    return lambda value: start + (end - start) * (math.log10(max(value, 1e-6)) - low) / (high - low)


def _ticks(low: float, high: float) -> list[float]:
    steps = [m * 10.0**e for e in range(-4, 7) for m in (1, 2, 5)]
    inside = [step for step in steps if low <= step <= high]
    return inside if 2 <= len(inside) <= 9 else (inside[:: max(len(inside) // 6, 1)] or [low])


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _plain(words: str) -> str:
    from xml.sax.saxutils import escape

    return escape(words)
