"""The ReLU crusher: a spiral is lifted to n channels, cut by ReLU and projected back; what is lost is counted."""

from functools import cache

import numpy as np

from mobiviz import units
from mobiviz.widgets.stage import Stage, one_of
from mobiviz.widgets.svg import el, picture, text

CHANNELS = (2, 3, 5, 10, 15, 30)
POINTS, SEED = 48, 15
LEVELS = 127  # a channel's value as one byte
KINDS = ("none", "one", "more")  # how many channels are left at a point
WORDS = {
    "none": "no channel left: one point",
    "one": "one channel left: a line",
    "more": "two or more: can be found again",
}


def spiral() -> np.ndarray:
    """The points of the plane that are sent through, from the middle outwards.

    Shapes: (point, 2), in a disc of radius 1.
    """
    u = np.arange(1, POINTS + 1) / POINTS
    radius, angle = np.sqrt(u), 3.5 * np.pi * np.sqrt(u)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def matrix(n: int) -> np.ndarray:
    """The fixed random matrix that lifts to n channels: the first n rows of the largest, so channels only come on top.

    Shapes: (n, 2).
    """
    return np.random.default_rng(SEED).normal(size=(max(CHANNELS), 2))[:n]


def crush(n: int) -> tuple[np.ndarray, np.ndarray]:
    """What ReLU leaves of each point in n channels, and where the pseudo-inverse puts it.

    Shapes: (point, n) and (point, 2).
    """
    lift = matrix(n)
    left = np.maximum(spiral() @ lift.T, 0)
    return left, left @ np.linalg.pinv(lift).T


def bent(back: np.ndarray) -> float:
    """How far off the points are, as a share of the spiral's size, after the scaling that fits best."""
    points = spiral()
    scale = (points * back).sum() / (back * back).sum()
    return float(np.sqrt(((points - scale * back) ** 2).sum() / (points**2).sum()))


class Crusher(Stage):
    """Sends a spiral through ReLU in n channels and back; Right walks along its points, a slider sets n.

    Raises: ValueError for a number of channels that was not computed.
    Source: the idea of MobileNetV2, arXiv:1801.04381, Figure 1; points and matrix are our own.
    """

    script = "relu_crusher.js"

    def __init__(self, n: int = 2) -> None:
        cases, grids = _cases()
        start = {"n": one_of("n", n, CHANNELS)}
        head = ("channels n", "crushed to one point", "flattened to a line", "lost", "bent by")
        data = {
            "title": cases[str(n)]["title"],
            "alt": _alt(n, cases[str(n)]),
            "points": np.round(spiral(), 3).tolist(),
            "kinds": [(kind, WORDS[kind]) for kind in KINDS],
            "cases": cases,
            "most": max(CHANNELS),
            "controls": [{"name": "n", "label": "channels n", "values": CHANNELS}],
            "table": [head, *(_row(case) for case in cases.values())],
        }
        super().__init__(data, grids, start)

    def poster(self) -> str:
        """All numbers of channels side by side: the plane with its dead sectors above, what comes back below."""
        few, many = (self.data["cases"][str(n)] for n in (min(CHANNELS), max(CHANNELS)))
        title = f"ReLU in {few['n']} channels loses {few['share']} of a spiral for good, in {many['n']} {many['none']}"
        body = [
            text(10, 30, title, 16, weight="600"),
            text(10, 62, "the plane, sectors shaded by what ReLU leaves", 13),
        ]
        body.append(text(10, 226, "projected back to the plane, in the same scale", 13))
        for at, case in enumerate(self.data["cases"].values()):
            x = 70 + 132 * at
            body += [text(x, 88, f"{case['n']} channels", 13, anchor="middle", weight="600"), *_plane(case, x, 152, 54)]
            body += [*_dots(case, case["back"], (x, 292), 54), *_under(case, x)]
        for at, kind in enumerate(KINDS):
            x = 16 + 262 * at
            body += [*_mark(kind, x, 414), text(x + 14, 418, WORDS[kind], 13, fill="@muted")]
        alt = f"Six pairs of discs. {' '.join(_alt(case['n'], case) for case in self.data['cases'].values())}"
        return picture("crusher", (800, 432), title, alt, *body)


@cache
def _cases() -> tuple[dict[str, dict], bytes]:
    """Every n with its numbers, and what ReLU leaves in all channels, a byte each, point after point."""
    left, _ = crush(max(CHANNELS))
    grids = np.round(left / left.max() * LEVELS).astype(np.int8)
    grids[(left > 0) & (grids == 0)] = 1  # what is left is not drawn as lost
    return {str(n): _case(n) for n in CHANNELS}, grids.tobytes()


def _case(n: int) -> dict:
    left, back = crush(n)
    live = (left > 0).sum(axis=1)
    none, one = int((live == 0).sum()), int((live == 1).sum())
    share, off = units.percent((none + one) / POINTS, 0), units.percent(bent(back), 0)
    lost = f"loses {share} of the points for good" if none + one else "loses no point for good"
    return {
        "n": n,
        "live": live.tolist(),
        "kinds": [KINDS[min(count, 2)] for count in live],
        "back": np.round(back, 3).tolist(),
        "sectors": _sectors(n),
        "lost": [none, one],
        "share": share,
        "none": "none of it" if none + one == 0 else share,
        "bent": off,
        "title": f"In {n} channels ReLU {lost}; the spiral comes back {off} off",
        "formula": f"lost = {none} crushed to one point + {one} flattened to a line = {none + one} of {POINTS} points",
    }


def _sectors(n: int) -> list[tuple[float, float, int]]:
    """Where fewer than two channels are left: from one angle to the next, and how many are."""
    across = np.arctan2(matrix(n)[:, 1], matrix(n)[:, 0])
    edges = np.unique(np.concatenate([across + np.pi / 2, across - np.pi / 2]) % (2 * np.pi))
    ends = np.append(edges[1:], edges[0] + 2 * np.pi)
    middles = (edges + ends) / 2
    live = (matrix(n) @ np.stack([np.cos(middles), np.sin(middles)]) > 0).sum(axis=0)
    found = zip(edges, ends, live, strict=True)
    return [(round(float(a), 4), round(float(b), 4), int(left)) for a, b, left in found if left < 2]


def _row(case: dict) -> tuple:
    return case["n"], *case["lost"], case["share"], case["bent"]


def _alt(n: int, case: dict) -> str:
    none, one = case["lost"]
    return (
        f"A spiral of {POINTS} points in a disc, lifted to {n} channels and cut by ReLU. {none} points keep no channel "
        f"and come back as one point in the middle, {one} keep one channel and come back on a line; {case['share']} "
        f"are lost. What comes back is {case['bent']} off after the best scaling."
    )


def _plane(case: dict, x: float, y: float, radius: float) -> list[str]:
    """The disc with its dead sectors, and the spiral in it."""
    body = []
    for start, end, live in case["sectors"]:
        a, b = (f"{x + radius * np.cos(t):.1f} {y - radius * np.sin(t):.1f}" for t in (start, end))
        path = f"M{x} {y}L{a}A{radius} {radius} 0 {int(end - start > np.pi)} 0 {b}Z"
        body.append(el("path", {"d": path, "fill": "@other", "fill-opacity": 0.3 if live else 0.75}))
    return [*body, *_dots(case, spiral(), (x, y), radius)]


def _dots(case: dict, points: list, middle: tuple[float, float], radius: float) -> list[str]:
    x, y = middle
    ring = f"M{x - radius} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0"
    body = [el("path", {"d": ring, "fill": "none", "stroke": "@line", "stroke-width": 1})]
    for kind, (across, up) in zip(case["kinds"], points, strict=True):
        body += _mark(kind, x + 0.92 * radius * across, y - 0.92 * radius * up, 2.6)
    return body


def _mark(kind: str, x: float, y: float, size: float = 4) -> list[str]:
    """A disc, a ring or a cross: two channels left or more, one, none."""
    if kind == "none":
        d = f"M{x - size:.1f} {y - size:.1f}l{2 * size} {2 * size}m0 {-2 * size}l{-2 * size} {2 * size}"
        return [el("path", {"d": d, "fill": "none", "stroke": "@text", "stroke-width": 1.5})]
    d = f"M{x - size:.1f} {y:.1f}a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 {-2 * size} 0"
    fill = {"fill": "@paper", "stroke": "@text"} if kind == "one" else {"fill": "@map-ink", "stroke": "@map-ink"}
    return [el("path", {"d": d, "stroke-width": 1.3} | fill)]


def _under(case: dict, x: float) -> list[str]:
    lines = (f"{sum(case['lost'])} of {POINTS} lost", f"{case['bent']} off")
    return [text(x, 366 + 18 * at, line, 13, anchor="middle") for at, line in enumerate(lines)]
