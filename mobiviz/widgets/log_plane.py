"""A plane with two logarithmic axes: MACs to the right, ms upwards, diagonals of constant GMAC/s, names above."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from mobiviz import units
from mobiviz.widgets.svg import el, text

RATES = tuple(m * 10.0**e for e in range(-2, 5) for m in (1, 3))  # GMAC/s of the diagonals
LETTER, PAD = 7.8, 12  # px of a letter of a name, and between two names


@dataclass(frozen=True)
class Frame:
    """Where the plane lies in a picture of a width: names from `top`, leaders down to `above`, axes up from `base`."""

    width: int
    left: int
    right: int
    top: int
    above: int
    base: int

    def plain(self) -> dict[str, int]:
        return asdict(self)


WIDE, NARROW = Frame(800, 62, 712, 0, 64, 404), Frame(350, 54, 294, 0, 104, 404)
POSTER = Frame(800, 62, 712, 44, 108, 448)  # the wide one, below a title


@dataclass(frozen=True)
class Plane:
    """Ends of both axes, their ticks, and the diagonals that cross."""

    macs: tuple[float, float]
    ms: tuple[float, float]
    macs_ticks: list[tuple[float, str]]
    ms_ticks: list[tuple[float, str]]
    rates: list[tuple[float, str]]

    @classmethod
    def around(cls, macs: list[int], ms: list[float], rates: tuple[float, float]) -> Plane:
        """The plane that holds all of them, with some room; its diagonals reach a little beyond the rates."""
        x, y = (min(macs) / 1.5, max(macs) * 1.5), (min(ms) / 1.4, max(ms) * 1.4)
        decades = [10.0**e for e in range(-3, 13)]
        across = [(each, units.short(int(each))) for each in decades if x[0] <= each <= x[1]]
        up = [(each, _time(each)) for each in decades if y[0] <= each <= y[1]]
        near = [rate for rate in RATES if rates[0] / 3 <= rate <= rates[1] * 3]
        cross = [rate for rate in near if x[0] / rate / 1e6 < y[1] / 1.3 and x[1] / rate / 1e6 > y[0] * 1.3]
        names = [(rate, f"{rate:g} GMAC/s" if rate < 1000 else f"{rate / 1000:g} TMAC/s") for rate in cross]
        return cls(x, y, [(value, _plain(words)) for value, words in across], up, names)

    def plain(self) -> dict:
        return asdict(self)

    def x(self, macs: float, frame: Frame) -> float:
        return frame.left + (frame.right - frame.left) * _share(macs, self.macs)

    def y(self, ms: float, frame: Frame) -> float:
        return frame.base - (frame.base - frame.above) * _share(ms, self.ms)

    def drawn(self, frame: Frame) -> list[str]:
        """Axes with ticks and units, and the diagonals with their rates."""
        body = []
        for value, words in self.ms_ticks:
            y = self.y(value, frame)
            body.append(el("path", {"d": f"M{frame.left} {y:.1f}H{frame.right}", "stroke": "@panel"}))
            body.append(text(frame.left - 6, y + 4, words, 12, anchor="end", fill="@muted"))
        for value, words in self.macs_ticks:
            x = self.x(value, frame)
            body.append(el("path", {"d": f"M{x:.1f} {frame.base}v5", "stroke": "@line"}))
            body.append(text(x, frame.base + 19, words, 12, anchor="middle", fill="@muted"))
        for rate, words in self.rates:
            (x0, y0), (x1, y1) = self.ends(rate, frame)
            line = {"d": f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}", "stroke": "@line", "stroke-width": 0.75}
            body.append(el("path", line))
            beside = x1 > frame.right - 1
            x, y, anchor = (x1 + 5, y1 + 4, "start") if beside else (x1, y1 - 5, "middle")
            body.append(text(x, y, words, 12, anchor=anchor, fill="@muted"))
        axes = {"d": f"M{frame.left} {frame.above}V{frame.base}H{frame.right}", "fill": "none", "stroke": "@line"}
        middle = (frame.left + frame.right) / 2
        words = "MACs of one image; upwards: ms for one image; both in steps of the same factor"
        return [*body, el("path", axes), text(middle, frame.base + 40, words, 12, anchor="middle", fill="@muted")]

    def ends(self, rate: float, frame: Frame) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the diagonal of a rate enters and leaves the plane."""
        first = max(self.macs[0], self.ms[0] * rate * 1e6)
        last = min(self.macs[1], self.ms[1] * rate * 1e6)
        return tuple((self.x(macs, frame), self.y(macs / rate / 1e6, frame)) for macs in (first, last))


def names_above(names: list[str], wanted: list[float], frame: Frame) -> list[tuple[float, int]]:
    """(middle, row) of each name: near its column, none on another; in two rows where the picture is narrow.

    Raises: ValueError where they need more room than there is.
    """
    widths = [LETTER * max(len(name), 3) + PAD for name in names]
    rows = 1 if frame.width > NARROW.width else 2
    if max(sum(widths[row::rows]) for row in range(rows)) > frame.width:
        raise ValueError(f"fewer networks or shorter names fit above the plane (got {', '.join(names)})")
    places: list[tuple[float, int]] = [(0.0, 0)] * len(names)
    for row in range(rows):
        mine = range(row, len(names), rows)
        middles = _apart([wanted[i] for i in mine], [widths[i] for i in mine], frame.width)
        for i, middle in zip(mine, middles, strict=True):
            places[i] = (round(middle, 1), row)
    return places


def _apart(wanted: list[float], widths: list[float], room: float) -> list[float]:
    """Middles as near to where they are wanted as their widths allow, from left to right."""
    edges, free = [], 0.0
    for middle, width in zip(wanted, widths, strict=True):
        edges.append(max(free, middle - width / 2))
        free = edges[-1] + width
    limit = room
    for i in reversed(range(len(edges))):
        edges[i] = min(edges[i], limit - widths[i])
        limit = edges[i]
    return [edge + width / 2 for edge, width in zip(edges, widths, strict=True)]


def _share(value: float, ends: tuple[float, float]) -> float:
    return (math.log(value) - math.log(ends[0])) / (math.log(ends[1]) - math.log(ends[0]))


def _time(ms: float) -> str:
    return f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"


def _plain(words: str) -> str:
    """`100.0 M` as `100 M`."""
    number, _, prefix = words.partition(" ")
    return f"{float(number):g} {prefix}".strip()
