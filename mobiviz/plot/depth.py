"""The skyline of a network: what each layer costs, along the depth.

MACs stand above the ground and parameters hang below it, in bars of one width. A width of its own for the parameters
would mislead: the area would be MACs times parameters, which is nothing, and layers of few parameters would vanish.
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from mobiviz import units
from mobiviz.plot.palette import idea
from mobiviz.plot.style import PAD, SMALL, WIDTH, Canvas, Picture, spread, text_width
from mobiviz.pricing import Cost
from mobiviz.record import Record

NAMES = {  # of kinds, where the plain word is not enough
    "pointwise": "1x1 (pointwise)",
    "se": "squeeze-and-excite",
}
_LEFT, _RIGHT = 78, WIDTH - PAD
_LABELS, _LEAD, _UP, _BAND, _DOWN = 54, 26, 190, 26, 130  # heights, from the top down
_ROOF = _LABELS + _LEAD
_GROUND, _CELLAR = _ROOF + _UP, _ROOF + _UP + _BAND


@dataclass(frozen=True)
class Bar:
    """One layer of the skyline; `size` is the height and width of the map that it puts out."""

    path: str
    kind: str
    macs: int | None
    params: int
    size: tuple[int, ...]


@dataclass(frozen=True)
class Share:
    """What one kind of layer has of all MACs and all parameters."""

    kind: str
    macs: float
    params: float

    @property
    def name(self) -> str:
        """The kind in the words of a title."""
        return f"{NAMES.get(self.kind, self.kind)} layers"


def skyline(network: Cost | Record, title: str | None = None, alt: str | None = None) -> Picture:
    """One bar a layer along the depth: its MACs above the ground, its parameters below.

    As in `mv.cost`, the parameters of a batch norm stand with the convolution before it.

    Raises: TypeError for neither a Cost nor a Record; ValueError for one without layers.
    """
    bars = _bars(network)
    shares = _shares(bars)
    macs, params = sum(bar.macs or 0 for bar in bars), sum(bar.params for bar in bars)
    bound = "" if all(bar.macs is not None for bar in bars) else "at least "
    name = f"{network.net} on {units.shape(network.in_shape)}: " if isinstance(network, Record) else ""
    note = f"{name}{len(bars)} layers, {bound}{units.macs(macs)}, {units.params(params)}"
    title = title or _finding(shares, bound)
    if alt is None:
        rest = "; ".join(
            f"{one.name} {_percent(one.macs)} of the MACs and {_percent(one.params)} of the parameters"
            for one in shares
        )
        most = max(bars, key=lambda bar: bar.macs or 0)
        alt = (
            f"Skyline of {note}. {_finding(shares, bound)}. By kind: {rest}. "
            f"Most MACs: {most.path} with {units.exact(most.macs)}."
        )
    return Picture(title, alt, note, _CELLAR + _DOWN + 44, lambda canvas: _paint(canvas, bars, shares))


def _bars(network: Cost | Record) -> list[Bar]:
    if isinstance(network, Record):
        rows = [
            Bar(call.path or network.net, call.kind, call.macs, call.params, (call.out_shape or ())[2:])
            for call in network
        ]
    elif isinstance(network, Cost):
        rows = [Bar(row.path, row.kind, row.macs, row.params, row.out_shape[1:]) for row in network.layers]
    else:
        raise TypeError(f"skyline needs mv.cost(mv.V2) or the Record of mv.watch (got {type(network).__name__})")
    bars: list[Bar] = []
    for row in rows:
        if row.macs == 0 and row.params and bars:
            last = bars.pop()
            row = Bar(last.path, last.kind, last.macs, last.params + row.params, last.size)
        if row.macs != 0 or row.params:
            bars.append(row)
    if not bars:
        raise ValueError("skyline needs layers with MACs or parameters (got none); mv.cost(mv.V2) has them")
    return bars


def _shares(bars: list[Bar]) -> list[Share]:
    """Every kind's share, in the order of their MACs."""
    macs, params = sum(bar.macs or 0 for bar in bars) or 1, sum(bar.params for bar in bars) or 1
    kinds = dict.fromkeys(bar.kind for bar in bars)
    found = [
        Share(
            kind,
            sum(bar.macs or 0 for bar in bars if bar.kind == kind) / macs,
            sum(bar.params for bar in bars if bar.kind == kind) / params,
        )
        for kind in kinds
    ]
    return sorted(found, key=lambda one: -one.macs)


def _percent(share: float) -> str:
    return "under 0.1%" if 0 < share < 0.0005 else units.percent(share)


def _finding(shares: list[Share], bound: str) -> str:
    work, hold = shares[0], max(shares, key=lambda one: one.params)
    priced = "priced " if bound else ""
    first = f"{work.name[0].upper()}{work.name[1:]} do {units.percent(work.macs)} of the {priced}MACs"
    joint = " and hold" if work is hold else f"; {hold.name} hold"
    return f"{first}{joint} {units.percent(hold.params)} of the parameters"


def _paint(canvas: Canvas, bars: list[Bar], shares: list[Share]) -> None:
    pitch = (_RIGHT - _LEFT) / len(bars)
    macs = _axis(canvas, max(bar.macs or 0 for bar in bars), _GROUND, -_UP)
    params = _axis(canvas, max(bar.params for bar in bars), _CELLAR, _DOWN)
    canvas.text(PAD, _ROOF - 10, "MACs", weight="bold")
    canvas.text(PAD, _CELLAR + _DOWN + 22, "parameters", weight="bold")
    _bands(canvas, bars, pitch)
    gap = min(0.16 * pitch, 3) if pitch > 4 else 0
    for kind in dict.fromkeys(bar.kind for bar in bars):
        own = [(_LEFT + i * pitch + gap / 2, bar) for i, bar in enumerate(bars) if bar.kind == kind]
        up = [(x, _GROUND, pitch - gap, -macs * bar.macs) for x, bar in own if bar.macs is not None]
        down = [(x, _CELLAR, pitch - gap, params * bar.params) for x, bar in own]
        canvas.bars(up + down, kind, edge=pitch > 4)
        for x, bar in own:
            if bar.macs is None:
                canvas.text(x + (pitch - gap) / 2, _GROUND - 4, "?", anchor="center", weight="bold")
    _kind_labels(canvas, bars, shares, pitch)
    most = max(range(len(bars)), key=lambda i: bars[i].params)
    words = f"{bars[most].path}: {units.short(bars[most].params, digits=3)}"
    right = _LEFT + (most + 1) * pitch
    anchor = "right" if right - text_width(words, SMALL) > _LEFT else "left"
    x = right if anchor == "right" else _LEFT + most * pitch
    canvas.text(x, _CELLAR + _DOWN + 22, words, f"{idea(bars[most].kind).name}-ink", anchor=anchor)


def _axis(canvas: Canvas, most: int, ground: float, height: float) -> float:
    """Grid lines with their numbers, away from the ground; gives the pixels of one unit."""
    scale = abs(height) / max(most, 1)
    ticks = [t for t in MaxNLocator(4, steps=[1, 2, 5, 10], integer=True).tick_values(0, max(most, 1)) if t <= most]
    for tick in ticks:
        y = ground + (scale if height > 0 else -scale) * tick
        canvas.line([_LEFT - 4, _RIGHT], [y, y], width=1.0 if tick == 0 else 0.5)
        canvas.text(_LEFT - 8, y + 4.5, units.short(int(tick), digits=2).replace(".0 ", " "), "muted", anchor="right")
    return scale


def _bands(canvas: Canvas, bars: list[Bar], pitch: float) -> None:
    """Between MACs and parameters: how large the maps are, which falls along the depth."""
    sizes: list[tuple[int, ...]] = []
    for bar in bars:
        sizes.append(sizes[-1] if bar.kind == "se" and sizes else bar.size or (1, 1))
    starts = [i for i in range(len(sizes)) if i == 0 or sizes[i] != sizes[i - 1]]
    canvas.text(_LEFT - 8, _GROUND + _BAND - 8, "map size", "muted", anchor="right")
    for start, end in zip(starts, [*starts[1:], len(sizes)], strict=True):
        size = sizes[start]
        words = f"{size[0]}²" if len(set(size)) == 1 and len(size) == 2 else "x".join(map(str, size))
        if start:
            x = _LEFT + start * pitch
            canvas.line([x, x], [_GROUND, _CELLAR], width=0.5)
        if text_width(words, SMALL) <= (end - start) * pitch + 4:
            canvas.text(_LEFT + (start + end) / 2 * pitch, _GROUND + _BAND - 8, words, "muted", anchor="center")


def _kind_labels(canvas: Canvas, bars: list[Bar], shares: list[Share], pitch: float) -> None:
    """Each kind's name and shares, with a line down to its tallest bar."""
    top = max(bar.macs or 0 for bar in bars) or 1
    labels = []
    for one in shares:
        at = max((i for i, bar in enumerate(bars) if bar.kind == one.kind), key=lambda i: bars[i].macs or 0)
        lines = [
            NAMES.get(one.kind, one.kind),
            f"{_percent(one.macs)} of MACs",
            f"{_percent(one.params)} of parameters",
        ]
        width = max(text_width(lines[0], SMALL, "bold"), *(text_width(line, SMALL) for line in lines[1:]))
        labels.append((_LEFT + (at + 0.5) * pitch, _GROUND - _UP * (bars[at].macs or 0) / top, width, lines, one))
    while sum(label[2] + 14 for label in labels) > WIDTH - 2 * PAD:
        labels.remove(min(labels, key=lambda label: max(label[4].macs, label[4].params)))
    labels.sort(key=lambda label: label[0])
    edges = spread([(label[0], label[2] + 14) for label in labels])
    for edge, (x, y, width, lines, one) in zip(edges, labels, strict=True):
        ink = f"{idea(one.kind).name}-ink"
        middle = min(max(x, edge + 8), edge + width - 8)
        for row, line in enumerate(lines):
            canvas.text(edge, 13 + 18 * row, line, ink, weight="normal" if row else "bold")
        canvas.line([middle, x, x], [_LABELS + 2, _LABELS + 16, y - 2], ink)
