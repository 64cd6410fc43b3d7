"""The noise lamp: the same work timed again and again; runs fall into a histogram, and a lamp says quiet or noisy."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise, product
from math import ceil, cos, floor, log, log10, pi, sin
from textwrap import wrap

import numpy as np

from mobiviz import assets, stats, units
from mobiviz.record import Timing
from mobiviz.widgets.stage import Stage, one_of
from mobiviz.widgets.svg import el, picture, text

MOST = 200  # runs that the picture holds
BINS, HEIGHT, DOT = 32, 200, 12  # columns of the histogram, how high a pile may grow, and the widest dot, in px
LEFT, RIGHT, TOP = 24, 776, 170  # of the poster's histogram
MARKS = {"min": "1 3", "median": "", "p90": "7 4", "slowest": "2 2"}  # each with its dashes
TALL = 3  # of these are lines through the whole picture
LAMPS = ("too few runs", "quiet", "noisy")
HEAD = ("measured on", "runs", "min, ms", "median, ms", "p90, ms", "slowest, ms", "lamp")
RECORDED = {"busy": "a busy machine, recorded", "quiet": "a quiet machine, recorded"}


class NoiseLamp(Stage):
    """Runs of the same work, one dot each: Right lets one fall, Shift+Right ten; min, median and p90 follow.

    Takes a Timing, or times in the order in which they were measured, of which it holds the first `MOST`. Two
    recordings stand beside them, or alone where it is given nothing. The lamp is `stats.noise` of the runs so far.
    Units: ms.
    Raises: ValueError for fewer than eight times, or any that is not above 0.
    """

    script = "noise_lamp.js"

    def __init__(self, samples: Timing | Sequence[float] | None = None, name: str = "your machine") -> None:
        own = [] if samples is None else [_given(samples, name)]
        traces = [*own, *map(_recorded, RECORDED)]
        labels = [trace["name"] for trace in traces]
        control = {"name": "trace", "label": "measured on", "values": list(range(len(traces))), "labels": labels}
        rows = [row for trace in traces for row in _rows(trace)]
        data = {"title": traces[0]["title"], "alt": traces[0]["alt"], "traces": traces, "lamps": _glyphs()}
        data |= {"bins": BINS, "height": HEIGHT, "dot": DOT, "marks": list(MARKS.items()), "tall": TALL}
        super().__init__(data | {"controls": [control], "table": [HEAD, *rows]}, start={"trace": 0})

    def poster(self) -> str:
        """The last step: all runs piled up, the three lines with their values, the lamp and its reason."""
        trace = self.data["traces"][0]
        fill, ink = f"@{trace['idea']}", f"@{trace['idea']}-ink"
        lamp, base, last = trace["lamp"][-1], TOP + HEIGHT, trace["count"] - 1
        body = [text(20, 30, trace["title"], 16, weight="600"), *_lamp(lamp)]
        body.append(text(80, 77, LAMPS[lamp], 20, weight="600"))
        body.append(el("path", {"d": _dots(trace), "fill": fill, "stroke": ink, "stroke-width": 1}))
        for at, (mark, dashes) in enumerate(MARKS.items()):
            x, y = LEFT + (RIGHT - LEFT) * trace["share"][mark][last], 116 + 20 * at if at < TALL else base - 30
            line = {"d": f"M{x:.1f} {y - 10}V{base}", "stroke": "@text", "stroke-width": 2, "stroke-dasharray": dashes}
            words = f"{mark} {trace['said'][mark][last]} ms"
            side = -1 if x + 8 + 7.4 * len(words) > RIGHT else 1
            body += [el("path", line), text(x + 6 * side, y, words, 13, anchor="end" if side < 0 else "start")]
        body.append(el("path", {"d": f"M{LEFT} {base + 0.5}H{RIGHT}", "stroke": "@line", "stroke-width": 1}))
        for share, label in trace["ticks"]:
            x = LEFT + (RIGHT - LEFT) * share
            body.append(el("path", {"d": f"M{x:.1f} {base}v6", "stroke": "@line", "stroke-width": 1}))
            body.append(text(x, base + 21, label, 12, anchor="middle", fill="@muted"))
        axis = "ms a run, one dot each; equal steps along the axis are equal factors"
        body += [text(400, base + 42, axis, 12, anchor="middle", fill="@muted")]
        body += [text(20, base + 72, f"slowest ÷ fastest = {trace['factor'][last]}", 14, weight="600")]
        why = wrap(trace["why"][last], 100)
        body += [text(20, base + 96 + 20 * at, line, 14) for at, line in enumerate(why)]
        return picture("noise-lamp", (800, base + 92 + 20 * len(why)), trace["title"], trace["alt"], *body)


def _given(samples: Timing | Sequence[float], name: str) -> dict:
    if isinstance(samples, Timing):
        return _trace(samples.samples_ms, samples.name, samples.foreign_load, samples.first_ms)
    return _trace(samples, name)


def recorded(key: str) -> Timing:
    """What the lamp shows where it is given nothing, `busy` or `quiet`: one convolution on another machine."""
    key = one_of("key", key, tuple(RECORDED))
    return Timing.from_json(assets.data("timings", f"{key}.json").read_text(encoding="utf-8"))


@cache
def _recorded(key: str) -> dict:
    found = recorded(key)
    trace = _trace(found.samples_ms, RECORDED[key], first_ms=found.first_ms)
    return trace | {"idea": "other"}  # the learner's colour is for the learner's own


def _trace(samples: Sequence[float], name: str, load: float = 0.0, first_ms: float | None = None) -> dict:
    """Everything that is drawn or said after each run."""
    ms = np.asarray(samples, float)
    if ms.ndim != 1 or len(ms) < stats.ENOUGH or not (np.isfinite(ms) & (ms > 0)).all():
        raise ValueError(
            f"samples must be a list of at least {stats.ENOUGH} times above 0, in ms (got shape {ms.shape})"
        )
    of, ms = len(ms), ms[:MOST]
    low, high = ms.min(), max(ms.max(), 2 * ms.min())  # a quiet machine looks narrow
    share = lambda value: round(log(value / low) / log(high / low), 4)  # noqa: E731
    steps = [ms[:n] for n in range(1, len(ms) + 1)]
    found = [(*stats.summary(step), float(step.max())) for step in steps]
    lamps = [_verdict(step, load) for step in steps]
    columns = dict(zip(MARKS, zip(*found, strict=True), strict=True))
    factor = [f"{_said(top)} ms ÷ {_said(least)} ms = {units.ratio(top / least)}" for least, _, _, top in found]
    runs = f"the first {len(ms)} of {of:,} runs" if of > len(ms) else f"{of} runs of the same work"
    return {
        "name": name,
        "idea": "yours",
        "count": len(ms),
        "first": "" if first_ms is None else _said(first_ms),
        "runs": [_said(value) for value in ms],
        "said": {key: [_said(value) for value in values] for key, values in columns.items()},
        "share": {key: [share(value) for value in values] for key, values in columns.items()},
        "factor": factor,
        "lamp": [lamp for lamp, _ in lamps],
        "why": [why for _, why in lamps],
        "bins": [min(int(share(value) * BINS), BINS - 1) for value in ms],
        "ticks": [(share(value), label) for value, label in _ticks(low, high)],
        "title": f"The slowest of {runs} took {units.ratio(found[-1][3] / found[-1][0])} as long as the fastest",
        "alt": _alt(found[-1], len(ms), lamps[-1]),
    }


def _verdict(samples: np.ndarray, load: float) -> tuple[int, str]:
    """The lamp after these runs, and why."""
    if len(samples) < stats.ENOUGH:
        return 0, f"The lamp waits for {stats.ENOUGH} runs."
    why = stats.noise(samples, load)
    if why:
        return 2, f"Noisy: {'; '.join(why)}."
    spread = f"the slowest tenth took {stats.spread(samples):.2f} times as long as the fastest"
    return 1, f"Quiet: {spread}; up to {stats.MAX_SPREAD} times is quiet."


def _rows(trace: dict) -> list[tuple]:
    """The table's rows: after eight runs, and then after each tenth of them."""
    count, said = trace["count"], trace["said"]
    after = sorted({stats.ENOUGH, *(max(count * tenth // 10, stats.ENOUGH) for tenth in range(1, 11))})
    return [(trace["name"], n, *(said[key][n - 1] for key in MARKS), LAMPS[trace["lamp"][n - 1]]) for n in after]


def _alt(last: tuple[float, ...], count: int, lamp: tuple[int, str]) -> str:
    low, middle, high, top = map(_said, last)
    return (
        f"A histogram of {count} dots, one for each run, from {low} ms, the fastest, to {top} ms, the slowest. "
        f"Three lines mark the minimum, the median at {middle} ms and p90 at {high} ms: nine of ten runs took no "
        f"longer. The lamp is {('off', 'a plain ring', 'a filled star')[lamp[0]]}. {lamp[1]}"
    )


def _dots(trace: dict) -> str:
    """The dots as one path; they pile up in as many columns as make the highest pile fit."""
    wide, piles = (RIGHT - LEFT) / BINS, np.bincount(trace["bins"])
    columns = next(n for n in range(1, MOST) if ceil(piles.max() / n) * min(wide / n, DOT) <= HEIGHT)
    side, height, points = min(wide / columns, DOT), [0] * BINS, []
    r = side / 2 - 0.5
    ring = f"a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 -{2 * r:.2f} 0z"
    for at in trace["bins"]:
        row, column = divmod(height[at], columns)
        height[at] += 1
        x = LEFT + wide * (at + 0.5) + side * (column + 0.5 - columns / 2)
        points.append(f"M{x - r:.1f} {TOP + HEIGHT - side * (row + 0.5):.1f}{ring}")
    return "".join(points)


def _lamp(lamp: int) -> list[str]:
    glyph = _glyphs()[lamp]
    place = {"transform": "translate(48 70)", "stroke": "@text", "stroke-width": 2}
    outer = {"d": glyph["shape"], "fill": "@text" if glyph["lit"] else "@paper", "stroke-dasharray": glyph["dashes"]}
    inner = {"d": glyph["line"], "fill": "none", "stroke": "@paper" if glyph["lit"] else "@text"}
    return [el("path", place | outer), el("path", place | inner)]


@cache
def _glyphs() -> list[dict]:
    """The lamp's three looks around 0, 0: a dashed ring, a ring with a level line, a lit star with a jagged one."""
    ring = "M-18 0a18 18 0 1 1 36 0a18 18 0 1 1 -36 0z"
    radii = [24 if at % 2 else 17 for at in range(24)]
    points = [f"{r * cos(at * pi / 12):.1f} {r * sin(at * pi / 12):.1f}" for at, r in enumerate(radii)]
    looks = [(ring, "3 4", "", False), (ring, "", "M-10 0H10", False)]
    looks.append((f"M{'L'.join(points)}z", "", "M-12 2l5 -8l6 14l6 -14l5 8", True))
    names = ("shape", "dashes", "line", "lit")
    return [{"word": word} | dict(zip(names, look, strict=True)) for word, look in zip(LAMPS, looks, strict=True)]


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers, as fine as leaves room for each label, also where the picture is narrow."""
    powers, room = range(floor(log10(low)) - 1, ceil(log10(high)) + 1), 0.11
    for steps in (range(10, 100, 5), range(10, 100, 10), (10, 20, 50), (10,)):
        values = [step * 10.0 ** (power - 1) for power, step in product(powers, steps)]
        values = [value for value in values if low <= value <= high]
        gap = min((log(b / a) / log(high / low) for a, b in pairwise(values)), default=1)
        if gap > room:
            break
    return [(value, f"{value:.4g}") for value in values[:: ceil(room / gap)]]


def _said(ms: float) -> str:
    """Three digits, so that what is divided here can be divided again by hand."""
    return units.ratio(ms).removesuffix("x")
