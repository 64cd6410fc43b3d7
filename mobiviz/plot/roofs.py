"""The roofline picture: every layer by its MACs per byte and its GMAC/s, under the ceilings of its machine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from plotly import graph_objects as go

from mobiviz import units
from mobiviz.plot.charts import MARKERS, styled
from mobiviz.plot.depth import NAMES
from mobiviz.plot.palette import FILL_EDGE_PX, idea, ink
from mobiviz.plot.style import SMALL, TITLE, colours, wrapped
from mobiviz.record.roofline import LayerPoint, Roofline

# What the hatches of the palette say in areas, these symbols say in marks.
_INNER = {"standard": "-x", "depthwise": "", "pointwise": "-dot", "se": "-cross"}
_SHOWN = ("standard", "depthwise", "pointwise", "se", "linear", "other")
_NARROW = 390  # pixels of a line of the title, for narrow windows


class _Spot(NamedTuple):
    """A layer where it is drawn: on its bound where it has no time."""

    name: str
    point: LayerPoint
    x: float
    y: float


def roofline(
    result: Roofline | Mapping[str, Roofline], title: str | None = None, alt: str | None = None, theme: str = "light"
) -> go.Figure:
    """Layers on a log-log plane, each with a thin line up to its own bound; diagonals are constant GB/s.

    Several results come as `{name: result}`, of one machine; a name that begins with V1, V2 or V3 picks the marker.
    Layers without a time stand on their bounds.

    Raises: TypeError for anything else; ValueError for no result, or results under different ceilings.
    """
    results = _results(result)
    first = next(iter(results.values()))
    spots = [_spot(name, point) for name, one in results.items() for point in one if point.macs and point.roof]
    finding = _finding(spots)
    figure = go.Figure()
    span = _span(spots, first)
    _stems(figure, spots, theme)
    for kind in _SHOWN:
        for marker in ("circle", "square", "diamond", "triangle-up"):
            own = [spot for spot in spots if _kind(spot.point) == kind and _marker(spot.name) == marker]
            if own:
                figure.add_trace(_marks(own, kind, marker, theme))
    _roof(figure, first, span, theme)
    _names(figure, spots, theme)
    (left, right), (low, high) = span
    x = {"title": {"text": "MACs per byte read or written"}, "range": [math.log10(left), math.log10(right)]}
    y = {"title": {"text": "GMAC/s"}, "range": [math.log10(low), math.log10(high)]}
    ticks = {"type": "log", "dtick": 1, "minor": {"dtick": "D2", "ticks": "outside", "ticklen": 3}}
    figure.update_layout(xaxis=x | ticks, yaxis=y | ticks, height=460, hovermode="closest")
    lines = wrapped(title or finding, TITLE, _NARROW, "bold")
    figure = styled(figure, "<br>".join(lines), alt or _alt(results, finding), theme)
    return figure.update_layout(margin_t=34 + 23 * len(lines))


def _results(result: Roofline | Mapping[str, Roofline]) -> dict[str, Roofline]:
    results = {result.net: result} if isinstance(result, Roofline) else result
    if not isinstance(results, Mapping) or not all(isinstance(one, Roofline) for one in results.values()):
        raise TypeError(f"roofline draws the result of mv.roofline, or several by name (got {type(result).__name__})")
    if not results:
        raise ValueError("roofline needs at least one result (got none)")
    under = {(one.dtype, one.threads) for one in results.values()}
    if len(under) > 1:
        raise ValueError(f"results must be of one dtype and one number of threads (got {sorted(under)})")
    return dict(results)


def _spot(name: str, point: LayerPoint) -> _Spot:
    return _Spot(name, point, point.intensity, point.gmacs or point.roof)


def _kind(point: LayerPoint) -> str:
    return point.kind if point.kind in _SHOWN else "other"


def _marker(name: str) -> str:
    return MARKERS.get(name[:2].upper(), "triangle-up" if name else "circle")


def _span(spots: list[_Spot], one: Roofline) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of both axes: all layers and their bounds, and the ridge of the largest working set."""
    curve, peak = one.ceilings.curve(one.threads), one.ceilings.gmacs(one.dtype, one.threads, "pointwise")
    ridge = one.ceilings.ridge(curve.sizes[-1], one.dtype, one.threads)
    xs, ys = [spot.x for spot in spots], [spot.y for spot in spots]
    return (min(xs) / 1.5, max(*xs, ridge) * 1.8), (min(ys) / 3.5, max(peak, *(s.point.roof for s in spots)) * 1.7)


def _stems(figure: go.Figure, spots: list[_Spot], theme: str) -> None:
    """From each layer up to its bound."""
    xs = [x for spot in spots for x in (spot.x, spot.x, None)]
    ys = [y for spot in spots for y in (spot.y, spot.point.roof, None)]
    line = {"color": colours(theme)["line"], "width": 0.8}
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, opacity=0.6, hoverinfo="skip"))


def _marks(own: list[_Spot], kind: str, marker: str, theme: str) -> go.Scatter:
    inner = _INNER.get(kind, "")
    inner = inner if marker in MARKERS.values() or inner == "-dot" else ""  # the triangle has no other
    look = {"symbol": marker + inner, "size": 11, "color": idea(kind).fill}
    look["line"] = {"color": ink(kind, theme), "width": FILL_EDGE_PX}
    return go.Scatter(
        x=[spot.x for spot in own],
        y=[spot.y for spot in own],
        mode="markers",
        marker=look,
        name=kind,
        text=[_hover(spot) for spot in own],
        hoverinfo="text",
    )


def _hover(spot: _Spot) -> str:
    point = spot.point
    skipped = (point.macs or 0) - (point.multiplies or 0)
    lines = [
        f"<b>{spot.name}: {point.path}</b>",
        f"{units.exact(point.macs)} MACs" + (f", {units.exact(skipped)} of them padding's zeros" if skipped else ""),
        f"{units.exact(point.read_bytes)} bytes read, {units.exact(point.write_bytes)} written",
        f"{units.number(point.intensity)} MACs a byte",
        f"bound: {units.rate(point.roof)}, {units.ms(point.bound_ms)}, by {point.limit}",
    ]
    if point.ms:
        lines.append(f"here: {units.rate(point.gmacs)}, {units.ms(point.ms)}, {units.percent(point.of_bound)} of it")
    return "<br>".join(lines)


def _roof(figure: go.Figure, one: Roofline, span: tuple[tuple[float, float], tuple[float, float]], theme: str) -> None:
    """The flat roof of the peak, and the diagonals of the smallest and largest working set, named at their lines."""
    look, (left, right), (low, _) = colours(theme), *span
    peak, curve = one.ceilings.gmacs(one.dtype, one.threads, "pointwise"), one.ceilings.curve(one.threads)
    sizes = tuple(dict.fromkeys((curve.sizes[0], curve.sizes[-1])))
    line = {"color": look["muted"], "width": 1.5}
    for size in sizes:
        speed = curve.at(size)
        start = max(left, low / speed)
        ends = [start, peak / speed]
        if ends[1] <= start:
            continue
        dash = line | {"dash": "dot"}
        ys = [end * speed for end in ends]
        figure.add_trace(go.Scatter(x=ends, y=ys, mode="lines", line=dash, hoverinfo="skip"))
        at = start * 1.15
        words = f"{units.bytes(size)}: {units.short(round(speed * 1e9), 3)}B/s"
        _label(figure, (at, at * speed), (words, look["muted"]), {"xanchor": "left", "yanchor": "top"})
    ends = [peak / curve.at(sizes[0]), right]
    figure.add_trace(go.Scatter(x=ends, y=[peak, peak], mode="lines", line=line, hoverinfo="skip"))
    words = f"{units.rate(peak)}: all that multiplying allows, {one.dtype}"
    _label(figure, (right, peak), (words, look["muted"]), {"xanchor": "right", "yanchor": "bottom"})


def _names(figure: go.Figure, spots: list[_Spot], theme: str) -> None:
    """Each kind named at its lowest mark, where the ceilings leave room; the few standard ones left, linear above."""
    low, high = min(math.log(spot.x) for spot in spots), max(math.log(spot.x) for spot in spots)
    for kind in _SHOWN:
        own = [spot for spot in spots if _kind(spot.point) == kind]
        if not own:
            continue
        least = min(own, key=lambda spot: spot.y)
        left = math.log(least.x) < low + 0.25 * (high - low)
        place = {"xanchor": "left" if left else "center", "yanchor": "top", "yshift": -8, "xshift": -8 if left else 0}
        if kind == "standard" and not left:
            place = {"xanchor": "right", "yanchor": "middle", "xshift": -10}
        elif kind == "linear" and left:
            least = max(own, key=lambda spot: spot.y)
            place |= {"yanchor": "bottom", "yshift": 8}
        _label(figure, (least.x, least.y), (f"<b>{NAMES.get(kind, kind)}</b>", ink(kind, theme)), place)


def _label(figure: go.Figure, at: tuple[float, float], said: tuple[str, str], place: dict) -> None:
    """Words and their colour at a point of both axes."""
    x, y = (math.log10(value) for value in at)
    words, colour = said
    font = {"color": colour, "size": SMALL}
    figure.add_annotation(x=x, y=y, text=words, font=font, showarrow=False, **place)


def _finding(spots: list[_Spot]) -> str:
    """The kinds whose median layer is nearest to and farthest from its bound; without times, how many memory bounds."""
    timed = [spot.point for spot in spots if spot.point.ms]
    if not timed:
        count = sum(spot.point.limit == "memory" for spot in spots)
        return f"{count} of {len(spots)} layers are bound by memory, the others by multiplying"
    shares = {}
    for kind in dict.fromkeys(_kind(point) for point in timed):
        shares[kind] = float(np.median([point.of_bound for point in timed if _kind(point) == kind]))
    best, worst = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
    first = f"{NAMES.get(best, best)} layers reach {units.percent(shares[best])} of their bound"
    rest = f", {NAMES.get(worst, worst)} {units.percent(shares[worst])}" if worst != best else ""
    return f"{first[0].upper()}{first[1:]}{rest}"


def _alt(results: dict[str, Roofline], finding: str) -> str:
    one = next(iter(results.values()))
    peak = units.rate(one.ceilings.gmacs(one.dtype, one.threads, "pointwise"))
    told = [
        f"{name}: {len(result)} layers, estimates "
        + ", ".join(f"{kind} {units.ms(ms)}" for kind, ms in result.estimates.items())
        for name, result in results.items()
    ]
    rest = f"The flat roof is {peak}; diagonals are constant bytes a second."
    return f"Roofline of {'; '.join(told)}. {finding} (medians). {rest}"
