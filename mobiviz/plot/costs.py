"""Cost bars: a few networks, layers or measurements side by side, each with its exact number."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

from mobiviz import units
from mobiviz.names import unknown
from mobiviz.plot.depth import NAMES
from mobiviz.plot.palette import IDEAS, idea
from mobiviz.plot.style import BODY, PAD, SMALL, WIDTH, Canvas, Picture, spread, text_width
from mobiviz.pricing import Cost

UNITS = {"macs": "MACs", "params": "parameters", "out_bytes": "bytes of activations"}
_STEP, _THICK, _NAMES = 42, 26, 14


def bars(
    costs: Mapping[str, Cost | Real],
    of: str = "macs",
    unit: str | None = None,
    title: str | None = None,
    alt: str | None = None,
) -> Picture:
    """One bar for each cost or number, from 0, with its exact value; a table's cost is split by kind of layer.

    `of` is macs, params or out_bytes; numbers are taken to be in `unit`. A label that names one idea
    (depthwise, pointwise, yours ...) has its colour.

    Raises: TypeError for a value that is neither a Cost nor a number; ValueError for one below 0, or none at all.
    """
    if of not in UNITS:
        raise ValueError(unknown("of", of, UNITS))
    if not isinstance(costs, Mapping) or not costs:
        raise ValueError(f'bars needs labels and costs, such as {{"V1": mv.cost(mv.V1)}} (got {costs!r})')
    unit = unit or UNITS[of]
    values = {label: _value(label, cost, of) for label, cost in costs.items()}
    finding = _finding(values, unit)
    listed = "; ".join(f"{label}: {_exact(value)}" for label, value in values.items())
    said = alt or f"Bars of {unit}. {finding}. {listed}."
    parts = {label: _parts(label, cost, of) for label, cost in costs.items()}
    longest = max(values, key=lambda label: text_width(label, BODY, "bold"))
    if text_width(longest, BODY, "bold") > WIDTH / 2:
        raise ValueError(f"a label must fit into half the picture, about 45 letters (got {longest!r})")
    height = _STEP * len(values) + _NAMES * len(set(_named_in(parts).values())) + 2
    return Picture(title or finding, said, unit, height, lambda canvas: _paint(canvas, values, parts))


def _value(label: str, cost: Cost | Real, of: str) -> Real:
    value = getattr(cost, of) if isinstance(cost, Cost) else cost
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"the value of {label!r} must be a Cost or a number (got {value!r})")
    if not 0 <= value < float("inf"):
        raise ValueError(f"the value of {label!r} must be a finite number of at least 0 (got {value})")
    return value


def _parts(label: str, cost: Cost | Real, of: str) -> list[tuple[str, Real]]:
    """The pieces of a bar, as kind and value: by kind of layer where the layers are known."""
    named = [name for name in IDEAS if name in label.lower().replace("squeeze-and-excite", "se").split()]
    if not (isinstance(cost, Cost) and cost.layers):
        return [(named[0] if len(named) == 1 else "other", _value(label, cost, of))]
    kinds = dict.fromkeys(layer.kind for layer in cost.layers)
    sums = [(kind, sum(getattr(layer, of) for layer in cost.layers if layer.kind == kind)) for kind in kinds]
    return sorted(((kind, value) for kind, value in sums if value), key=lambda part: -part[1])


def _finding(values: dict[str, Real], unit: str) -> str:
    most, least = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
    if len(values) == 1:
        return f"{most}: {_exact(values[most])} {unit}"
    if values[most] == values[least]:
        return f"All {len(values)} are equal: {_exact(values[most])} {unit}"
    if not values[least]:
        return f"{most} has the most {unit}, {_exact(values[most])}; {least} has none"
    numbers = f"{_exact(values[most])} against {_exact(values[least])}"
    return f"{most} has {units.ratio(values[most] / values[least])} the {unit} of {least}: {numbers}"


def _exact(value: Real) -> str:
    return units.exact(int(value)) if value == int(value) else f"{float(value):,.4g}"


def _paint(canvas: Canvas, values: dict[str, Real], parts: dict[str, list[tuple[str, Real]]]) -> None:
    left = PAD + max(text_width(label, BODY, "bold") for label in values) + 12
    right = WIDTH - PAD - max(text_width(_exact(value), BODY, "bold") for value in values.values()) - 10
    scale = (right - left) / (max(values.values()) or 1)
    named, y = _named_in(parts), 6.0
    for label, value in values.items():
        x, names = left, []
        canvas.text(left - 10, y + _THICK / 2 + 5, label, size=BODY, anchor="right", weight="bold")
        for kind, part in parts[label]:
            canvas.bars([(x, y, part * scale, _THICK)], kind)
            if named.get(kind) == label:
                names.append((x + part * scale / 2, kind))
            x += part * scale
        canvas.text(x + 8, y + _THICK / 2 + 5, _exact(value), size=BODY, weight="bold")
        edges = spread([(middle, text_width(NAMES.get(kind, kind), SMALL) + 10) for middle, kind in names])
        for edge, (_, kind) in zip(edges, names, strict=True):
            canvas.text(edge + 5, y + _THICK + 16, NAMES.get(kind, kind), f"{idea(kind).name}-ink")
        y += _STEP + (_NAMES if names else 0)


def _named_in(parts: dict[str, list[tuple[str, Real]]]) -> dict[str, str]:
    """The bar under which each kind is named: the longest where its piece can be seen, of those that are split."""
    split = {label: pieces for label, pieces in parts.items() if len(pieces) > 1}
    totals = {label: sum(value for _, value in pieces) for label, pieces in split.items()}
    found: dict[str, tuple[Real, str]] = {}
    for label in sorted(totals, key=lambda label: -totals[label]):
        for kind, value in split[label]:
            seen = found.get(kind, (0, ""))[0]
            if value > seen and seen < 0.005 * max(totals.values()):
                found[kind] = (value, label)
    return {kind: label for kind, (_, label) in found.items()}
