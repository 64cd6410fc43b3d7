"""The path down on paper: all four steps at once, for one number of one map."""

from __future__ import annotations

from typing import Any

import numpy as np

from mobiviz import units
from mobiviz.explaining import Explanation
from mobiviz.plot.palette import map_colour
from mobiviz.widgets.map_sheet import _frame, _image, _ink, _mapped, _smaller
from mobiviz.widgets.svg import el, picture, text

_CELL = 40
_BASE, _TALL = 150, 84  # of the bars


def poster(data: dict[str, Any], bar: int, maps: np.ndarray, found: Explanation) -> str:
    """The bars, the maps of one of them, and the products behind one of their numbers."""
    net = data["net"]
    title = (
        f"One number of {units.macs(net['macs'])}: why channel {found.channel} of {found.path} says {found.kept:.3g}"
    )
    title = title.replace("-", "−")
    body = [text(20, 28, title, 16, weight="600"), *_bars(net, bar), *_maps(maps, found)]
    body.append(text(20, 302, f"the products behind row {found.at[0]}, column {found.at[1]} of that map", 13))
    body += _products(found)
    return picture("path_down", (800, 474), title, _alt(data, found), *body)


def _bars(net: dict[str, Any], bar: int) -> list[str]:
    body, top = (
        [text(20, 52, f"{net['name']}: a bar for each layer, as high as its MACs", 13, fill="@muted")],
        max(net["heights"]),
    )
    for at, (one, (x, width)) in enumerate(zip(net["bars"], net["wide"]["places"], strict=True)):
        tall = max(_TALL * one["macs"] / top, 1)
        box = {"x": x - 38, "y": _BASE - tall, "width": width, "height": tall, "fill": f"@{one['idea']}"}
        body.append(el("rect", box | {"stroke": f"@{one['idea']}-ink", "stroke-width": 1}))
        if at == bar:
            middle = x - 38 + width / 2
            body.append(el("path", {"d": f"M{middle:.1f} {_BASE + 4}l-6 10h12z", "fill": "@text"}))
            anchor = "start" if middle < 300 else "end" if middle > 500 else "middle"
            body.append(
                text(middle, _BASE + 28, f"{one['path']}, {one['out_shape']}".replace("x", "×"), 12, anchor=anchor)
            )
    return body


def _maps(maps: np.ndarray, found: Explanation) -> list[str]:
    first = found.channel // 8 * 8
    top, body = float(np.abs(maps).max()) or 1.0, []
    for slot, one in enumerate(maps[first : first + 8]):
        x, box = 20 + 96 * slot, (20 + 96 * slot, 206, 70, 70)
        body += [_image(_mapped(_smaller(one) if one.ndim == 2 else one, top), box)]
        body.append(text(x, 202, first + slot, 12, fill="@muted"))
        if first + slot == found.channel:
            body.append(_frame(box))
    return body


def _products(found: Explanation) -> list[str]:
    """Three grids of the input channel that matters most, and what follows the sum."""
    sums = found.products.sum(axis=(1, 2))
    at = int(np.abs(sums).argmax())
    high, wide = found.kernel.shape[1:]
    body, x = [], 20
    for label, grid, sign in (
        (f"channel {found.channels[at]}, as read", found.inputs[at], "×"),
        ("its kernel", found.kernel[at], "="),
        ("products", found.products[at], ""),
    ):
        body.append(text(x, 324, label, 12, fill="@muted"))
        body += _grid(grid, (x, 332), min(_CELL, 128 // high))
        x += wide * min(_CELL, 128 // high) + 28
        body.append(text(x - 14, 332 + high * min(_CELL, 128 // high) / 2 + 5, sign, 15, anchor="middle"))
    lines = [f"{units.exact(found.products.size)} products sum to {found.sum:.4g}"]
    lines += [f"{step.name} makes it {step.value:.4g}" for step in found.steps]
    if len(sums) > 1:
        lines.insert(0, f"the {len(sums) - 1} other input channels add {sums.sum() - sums[at]:.4g}")
    x = max(x, 180)
    body += [text(x, 350 + 24 * row, line.replace("-", "−"), 13) for row, line in enumerate(lines)]
    return body


def _grid(grid: np.ndarray, corner: tuple[float, float], side: float) -> list[str]:
    largest, body = float(np.abs(grid).max()) or 1.0, []
    for (row, column), value in np.ndenumerate(grid):
        fill, x, y = map_colour(value / largest), corner[0] + column * side, corner[1] + row * side
        rect = {"x": x, "y": y, "width": side, "height": side, "fill": fill, "stroke": "@line", "stroke-width": 1}
        body.append(el("rect", rect))
        if side >= 32:
            words = f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")
            body.append(text(x + side / 2, y + side / 2 + 4, words, 12, anchor="middle", fill=_ink(fill)))
    return body


def _alt(data: dict[str, Any], found: Explanation) -> str:
    steps = "".join(f" {step.name} makes it {step.value:.3g}." for step in found.steps)
    return (
        f"{data['alt']} Drawn here: bars of all layers with a mark below {found.path}, eight of its maps, one of them "
        f"framed, and {units.exact(found.products.size)} products of what row {found.at[0]}, column {found.at[1]} of "
        f"channel {found.channel} reads. They sum to {found.sum:.3g}.{steps}"
    )
