"""The roofline picture: every layer by its MACs per byte and its GMAC/s, under the ceilings of its machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from plotly import graph_objects as go

from mobiviz import units
from mobiviz.plot.beside import GAP, SIDES, Plane, Spot
from mobiviz.plot.charts import MARKERS, styled
from mobiviz.plot.depth import NAMES
from mobiviz.plot.palette import FILL_EDGE_PX, idea, ink
from mobiviz.plot.style import SMALL, TITLE, colours, wrapped
from mobiviz.record.roofline import LayerPoint, Roofline

# What the hatches of the palette say in areas, these symbols say in marks.
_INNER = {"standard": "-x", "depthwise": "", "pointwise": "-dot", "se": "-cross"}
_SHOWN = ("standard", "depthwise", "pointwise", "se", "linear", "other")
_FEW = 3  # marks of a kind, whose name finds its place before those of the lines
_NARROW = 390  # pixels of a line of the title, for narrow windows


_Ends = tuple[tuple[float, float], tuple[float, float]]
_Span = tuple[tuple[float, float], tuple[float, float]]  # where both axes begin and end


class _Line(NamedTuple):
    """A limit that all layers share: its name, its ends as xs and ys, and whether it is one of the bandwidth's."""

    words: str
    ends: _Ends
    dotted: bool


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
    lines = _lines(first, span)
    _roof(figure, lines, theme)
    _names(figure, (spots, lines), span, theme)
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


def _span(spots: list[_Spot], one: Roofline) -> _Span:
    """The ends of both axes: all layers and their bounds, and the ridge of the largest working set."""
    curve, peak = one.ceilings.curve(one.threads), one.ceilings.gmacs(one.dtype, one.threads, "pointwise")
    ridge = one.ceilings.ridge(curve.sizes[-1], one.dtype, one.threads)
    xs, ys = [spot.x for spot in spots], [spot.y for spot in spots]
    low, high = min(ys) / 3.5, max(peak, *(s.point.roof for s in spots)) * 1.7
    high = max(high, peak * (peak / low) ** 0.13)  # a line of words finds room above the flat roof
    return (min(xs) / 1.5, max(*xs, ridge) * 1.8), (low, high)


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


def _roof(figure: go.Figure, lines: list[_Line], theme: str) -> None:
    """The flat roof of the peak, and the diagonals of the smallest and largest working set."""
    look = {"color": colours(theme)["muted"], "width": 1.5}
    for _, (xs, ys), dotted in lines:
        style = look | ({"dash": "dot"} if dotted else {})
        figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=style, hoverinfo="skip"))


def _lines(one: Roofline, span: _Span) -> list[_Line]:
    (left, right), (low, _) = span
    peak, curve = one.ceilings.gmacs(one.dtype, one.threads, "pointwise"), one.ceilings.curve(one.threads)
    sizes, found = tuple(dict.fromkeys((curve.sizes[0], curve.sizes[-1]))), []
    for size in sizes:
        speed = curve.at(size)
        start, end = max(left, low / speed), peak / speed
        if end > start:
            words = f"{units.bytes(size)}: {units.short(round(speed * 1e9), 3)}B/s"
            found.append(_Line(words, ((start, end), (start * speed, peak)), True))
    words = f"peak: {units.rate(peak)}, {one.dtype}"
    return [*found, _Line(words, ((peak / curve.at(sizes[0]), right), (peak, peak)), False)]


def _names(figure: go.Figure, drawn: tuple[list[_Spot], list[_Line]], span: _Span, theme: str) -> None:
    """Each line and each kind named beside itself, where the words cover neither a mark nor each other."""
    spots, lines = drawn
    strokes = np.concatenate([_points(*line.ends, span) for line in lines])
    stems = np.concatenate([_points((spot.x, spot.x), (spot.y, spot.point.roof), span) for spot in spots])
    plane = Plane(_shares([spot.x for spot in spots], [spot.y for spot in spots], span), strokes, stems)
    wanted = [(_FEW, line.words, "normal", colours(theme)["muted"], _beside_line(line, span)) for line in lines]
    for kind in _SHOWN:
        own = sorted((spot for spot in spots if _kind(spot.point) == kind), key=lambda spot: spot.y)
        if own:
            places = _shares([spot.x for spot in own], [spot.y for spot in own], span)
            tried = [Spot(*at, side) for at in places for side in SIDES]
            wanted.append((len(own), NAMES.get(kind, kind), "bold", ink(kind, theme), tried))
    for _, words, weight, colour, tried in sorted(wanted, key=lambda each: each[0]):  # few marks leave little choice
        text = f"<b>{words}</b>" if weight == "bold" else words
        _label(figure, plane.place(words, tried, weight), (text, colour), span)


def _beside_line(line: _Line, span: _Span) -> list[Spot]:
    along = _points(*line.ends, span)
    sides = ("below, to the right", "above, to the left", "right", "left")
    if not line.dotted:
        along, sides = along[::-1], ("above, to the left", "above", "below")
    else:
        along = along[: 1 + 3 * len(along) // 4]  # beside its end would be beside the flat roof
    return [Spot(*at, side) for at in along[::2] for side in sides]


def _shares(xs: Sequence[float], ys: Sequence[float], span: _Span) -> np.ndarray:
    """Points as shares of both logarithmic axes."""
    (left, right), (low, high) = np.log10(span)
    return np.column_stack([(np.log10(xs) - left) / (right - left), (np.log10(ys) - low) / (high - low)])


def _points(xs: tuple[float, float], ys: tuple[float, float], span: _Span) -> np.ndarray:
    """Points along a straight line between two, as shares of both axes, a hundredth apart."""
    first, last = _shares(xs, ys, span)
    return np.linspace(first, last, 2 + int(100 * np.abs(last - first).max()))


def _label(figure: go.Figure, spot: Spot, said: tuple[str, str], span: _Span) -> None:
    """Words in a colour at a spot; a thin line leads to those that hang well below a mark, as its stem does above."""
    words, colour = said
    across, upright, right, up = SIDES[spot.side]
    (left, end), (low, high) = np.log10(span)
    at = {"x": left + spot.x * (end - left), "y": low + spot.y * (high - low), "xanchor": across, "yanchor": upright}
    away = {"showarrow": False, "xshift": GAP * right, "yshift": GAP * up}
    if up < -1:
        away = {"showarrow": True, "arrowhead": 0, "arrowwidth": 0.8, "standoff": 6, "ax": 0, "ay": -GAP * up}
        away["arrowcolor"] = colour
    figure.add_annotation(text=words, font={"color": colour, "size": SMALL}, borderpad=0, **at, **away)


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
