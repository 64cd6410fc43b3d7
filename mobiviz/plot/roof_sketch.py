"""A roof with a few layers under it: what the bandwidth lets through, up to what the machine can multiply."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mobiviz import units
from mobiviz.plot.palette import IDEAS
from mobiviz.plot.style import BODY, PAD, SMALL, WIDTH, Canvas, Picture, text_width

_HEIGHT, _LEFT, _RIGHT, _TOP, _GROUND = 330, PAD + 62, WIDTH - PAD - 150, 24, 270
_TICKS = [m * 10.0**e for e in range(-4, 7) for m in (1, 2, 5)]


def under_roof(
    layers: Mapping[str, tuple[float, float]],
    peak: float,
    bandwidth: float,
    title: str | None = None,
    alt: str | None = None,
) -> Picture:
    """Each layer, a name with (MACs per byte, GMAC/s that it reached), and how far it is below the roof.

    The roof rises with `bandwidth` GB/s up to `peak` GMAC/s. A name that holds an idea (depthwise, pointwise ...) has
    its colour.

    Raises: ValueError for no layer, or a number that is not above 0.
    """
    numbers = [peak, bandwidth, *(value for layer in layers.values() for value in layer)]
    if not layers or not all(0 < value < math.inf for value in numbers):
        raise ValueError(f"under_roof needs layers and numbers > 0 (got {dict(layers)}, {peak}, {bandwidth})")
    shares = {name: rate / min(peak, bandwidth * intensity) for name, (intensity, rate) in layers.items()}
    told = [
        f"{name} reaches {units.number(rate)} of {units.number(min(peak, bandwidth * at))} GMAC/s at"
        f" {units.number(at)} MACs for each byte, under the {'sloping' if bandwidth * at < peak else 'flat'} part"
        for name, (at, rate) in layers.items()
    ]
    best = max(shares, key=shares.__getitem__)
    share = units.percent(shares[best], 0)
    finding = f"{best[0].upper()}{best[1:]} comes nearest to its roof: {share} of what is possible"
    note = f"roof: {units.number(bandwidth)} GB/s times MACs for each byte, at most {units.number(peak)} GMAC/s"
    said = alt or f"A roof that rises and then is flat, on logarithmic axes; {note}. {'; '.join(told)}."
    return Picture(title or finding, said, note, _HEIGHT, lambda canvas: _paint(canvas, layers, peak, bandwidth))


def _paint(canvas: Canvas, layers: Mapping[str, tuple[float, float]], peak: float, bandwidth: float) -> None:
    ridge = peak / bandwidth
    across = [at for at, _ in layers.values()]
    rates = [peak, *(rate for _, rate in layers.values()), *(bandwidth * at for at in across)]
    x = _scale(min(ridge, *across) / 2.5, max(ridge, *across) * 2.5, _LEFT, _RIGHT)
    y = _scale(min(rates) / 2, max(peak, *(rate for _, rate in layers.values())) * 1.5, _GROUND, _TOP)
    low, high = min(ridge, *across) / 2.5, max(ridge, *across) * 2.5
    for tick in (each for each in _TICKS if low <= each <= high):
        canvas.line([x(tick)] * 2, [_GROUND, _GROUND + 5])
        canvas.text(x(tick), _GROUND + 21, f"{tick:g}", "muted", anchor="center")
    for tick in (each for each in _TICKS if _TOP <= y(each) <= _GROUND):
        canvas.line([_LEFT, _RIGHT], [y(tick)] * 2, "panel")
        canvas.text(_LEFT - 8, y(tick) + 5, f"{tick:g}", "muted", anchor="right")
    canvas.text((_LEFT + _RIGHT) / 2, _GROUND + 44, "MACs for each byte", "muted", anchor="center")
    canvas.text(PAD, _TOP - 10, "GMAC/s", "muted")
    start = max(low, min(rates) / 2 / bandwidth)
    canvas.line([x(start), x(ridge), _RIGHT], [y(start * bandwidth), y(peak), y(peak)], "text", 2)
    canvas.line([_LEFT, _LEFT, _RIGHT], [_TOP, _GROUND, _GROUND])
    canvas.text(_RIGHT + 8, y(peak) + 5, f"{units.number(peak)} GMAC/s", "text")
    for name, (at, rate) in layers.items():
        kind = next((each for each in IDEAS if each in name.lower().split()), "other")
        roof = min(peak, bandwidth * at)
        canvas.line([x(at)] * 2, [y(roof), y(rate)], f"{kind}-ink", 1.5)
        canvas.bars([(x(at) - 5, y(rate) - 5, 10, 10)], kind)
        words = f"{name}: {units.number(rate)}"
        beside = x(at) + 12 + text_width(words, BODY, "bold") < WIDTH - PAD
        place, anchor = (x(at) + 12, "left") if beside else (x(at) - 12, "right")
        line = max(y(rate) + 5, y(peak) + 20)  # words beside a mark right under the roof stand lower than it
        canvas.text(place, line, words, f"{kind}-ink", BODY, anchor, "bold")
        canvas.text(place, line + 17, f"{units.percent(rate / roof, 0)} of its roof", "muted", SMALL, anchor)


def _scale(low: float, high: float, start: float, end: float):
    """From a value to its place on a logarithmic axis."""
    return lambda value: start + (end - start) * math.log(value / low) / math.log(high / low)
