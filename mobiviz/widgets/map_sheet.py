"""The contact sheet: a layer's maps on one scale, the filter behind each, what it sees, and what it is worth."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from mobiviz import units
from mobiviz.findings import Look
from mobiviz.plot.palette import contrast, map_colour
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, picture, text

ORDERS = {
    "channel": "channel number",
    "drop": "drop of the answer when muted",
    "looks": "how big it looks",
}
HEAD = ("layer", "channel", "mean |activation|", "drop, points", "answer without it", "receptive field")
_LEVEL = 127  # the largest byte of a map
_POSTER_SIDE = 32  # maps on the poster are no larger, so that a notebook stays small
Tube = Sequence[tuple[str, int, int]]  # of each block its path, its channels and the side of its map


class ContactSheet(Stage):
    """Choose a layer, walk along its maps: each shows its filter, what it sees of the photo, and what muting it costs.

    `looks` are what `mv.probe.look` found, at most six; `photo` is what it looked at. `tube` draws the network's
    blocks, so that layers can be chosen there.

    Shapes: photo uint8 (H, W, 3).
    Raises: ValueError for no look or more than six, or a photo of another shape.
    """

    script = "map_sheet.js"

    def __init__(self, looks: Sequence[Look], photo: np.ndarray, tube: Tube = (), order: str = "drop") -> None:
        if not 1 <= len(looks) <= 6:
            raise ValueError(f"a contact sheet holds 1 to 6 layers (got {len(looks)})")
        photo = np.asarray(photo)
        if photo.dtype != np.uint8 or photo.shape != (*looks[0].field.photo, 3):
            raise ValueError(f"photo must be uint8 {(*looks[0].field.photo, 3)} (got {photo.dtype} {photo.shape})")
        if order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)} (got {order!r})")
        for look in looks:
            if look.maps.shape[1:] != look.field.map:
                sides, got = units.shape(look.field.map), units.shape(look.maps.shape[1:])
                raise ValueError(f"maps of {look.path} must be {sides}, as its field (got {got})")
        self._looks = tuple(looks)
        layers, grids = [], b""
        for look in looks:
            layers.append(_layer(look, len(grids)))
            grids += _bytes(look.maps).tobytes()
        layer = {"name": "layer", "label": "layer", "values": list(range(len(layers)))}
        layer["labels"] = [f"{at + 1}: {one['path']}, {one['side']}" for at, one in enumerate(layers)]
        sort = {"name": "order", "label": "sort by", "values": list(ORDERS), "labels": list(ORDERS.values())}
        data = {
            "title": layers[0]["title"],
            "alt": _alt(looks[0], layers[0]),
            "photo": _data_uri(photo, "JPEG"),
            "sides": list(looks[0].field.photo),
            "whole": _whole(looks[0]),
            "legend": f"Above a map: its channel, and the points of {looks[0].ablation.answer} lost without it",
            "layers": layers,
            "tube": _tube(tube, looks),
            "colours": [map_colour(value / _LEVEL) for value in range(-_LEVEL, _LEVEL + 1)],
            "controls": [layer, sort],
            "table": [HEAD, *(row for look in looks for row in _rows(look))],
        }
        super().__init__(data, grids, start={"layer": 0, "order": order, "at": 0})

    def poster(self) -> str:
        """The first layer in its order, the map at its head in full: filter, receptive field, drop."""
        layer, look = self.data["layers"][0], self._looks[0]
        order = layer["orders"][self.start["order"]]
        body = [text(20, 28, layer["title"], 16, weight="600")]
        body.append(text(20, 54, f"{layer['path']}. {self.data['legend']}", 13, fill="@muted"))
        for slot, channel in enumerate(order):
            x, y = 20 + 65 * (slot % 8), 84 + 82 * (slot // 8)
            small = _smaller(look.maps[channel])
            body.append(_image(_mapped(small, layer["top"]), (x, y, 58, 58)))
            body.append(text(x, y - 4, channel, 12, fill="@muted"))
            body.append(text(x + 58, y - 4, layer["drops"][channel], 12, anchor="end"))
        body.append(_frame((20, 84, 58, 58)))
        first, (rows, columns) = order[0], (layer["rows"], layer["columns"])
        (top, bottom), (left, right) = rows[layer["peaks"][order[0]][0]], columns[layer["peaks"][order[0]][1]]
        scale = 200 / self.data["sides"][1]
        body.append(_image(self.data["photo"], (564, 84, 200, 200 * self.data["sides"][0] / self.data["sides"][1])))
        body.append(_frame((564 + left * scale, 84 + top * scale, (right - left) * scale, (bottom - top) * scale)))
        body.append(text(564, 76, "what it sees where it is brightest", 12, fill="@muted"))
        body.append(text(564, 308, f"the filter of channel {first}", 12, fill="@muted"))
        body += _kernel(layer["kernels"][first], (564, 316), 42)
        return picture("map_sheet", (800, 456), layer["title"], self.data["alt"], *body)


def _layer(look: Look, offset: int) -> dict:
    """What the script needs of one layer; all words and numbers that it shows."""
    found, field = look.ablation, look.field
    count, height, width = look.maps.shape
    rows, columns = ([list(field.box(*at)[side]) for at in _line(field.map, side)] for side in (0, 1))
    peaks = [list(map(int, np.unravel_index(np.abs(each).argmax(), each.shape))) for each in look.maps]
    largest = np.abs(look.kernels).max(axis=(1, 2), keepdims=True)
    shares = look.kernels / np.where(largest > 0, largest, 1)
    return {
        "path": look.path,
        "title": _title(look),
        "side": f"{height} × {width}",
        "size": f"{count} of {found.channels} maps, {height} × {width}",
        "shape": [count, height, width],
        "offset": offset,
        "top": float(np.abs(look.maps).max()) or 1.0,
        "scale": f"0 to {np.abs(look.maps).max():.3g}",
        "means": [f"{mean:.3g}" for mean in look.means],
        "drops": [_points(drop) for drop in found.drops],
        "words": [_words(look, run) for run in range(count)],
        "orders": {
            "channel": list(range(count)),
            "drop": [int(run) for run in found.order],
            "looks": [int(run) for run in np.argsort(-look.means, kind="stable")],
        },
        "kernels": [[[f"{w:.2g}" for w in line] for line in np.round(kernel, 2)] for kernel in look.kernels],
        "shades": [[[map_colour(float(w)) for w in line] for line in each] for each in shares],
        "inks": [[[_ink(map_colour(float(w))) for w in line] for line in each] for each in shares],
        "peaks": peaks,
        "rows": rows,
        "columns": columns,
        "field": " × ".join(map(str, field.size)) if field.size else "unknown",
    }


def _line(grid: tuple[int, ...], side: int) -> list[tuple[int, int]]:
    return [(at, 0) if side == 0 else (0, at) for at in range(grid[side])]


def _points(drop: float) -> str:
    """A drop of a probability in percentage points; a true minus, and no minus nought."""
    words = f"{100 * drop:.1f}".replace("-", "−")
    return "0.0" if words == "−0.0" else words


def _title(look: Look) -> str:
    found, big = look.ablation, int(look.means.argmax())
    worth = int(found.order[0])
    if worth == big:
        return f"The biggest-looking map, channel {big}, is worth the most too: {_points(found.drops[big])} points"
    return (
        f"Channel {big} looks biggest and is worth {_points(found.drops[big])} points of {found.answer}; "
        f"channel {worth} is worth {_points(found.drops[worth])}"
    )


def _whole(look: Look) -> str:
    found = look.ablation
    return f"With all maps the network says {found.answer}, {units.percent(found.score)}."


def _words(look: Look, run: int) -> str:
    found, top = look.ablation, int(look.ablation.tops[run])
    after = units.percent(float(found.after[run, found.top]))
    words = f"Muted, {found.answer} goes from {units.percent(found.score)} to {after}"
    if top == found.top:
        return f"{words}: the answer stays."
    return f"{words}: the answer becomes {found.name(top)}, {units.percent(float(found.after[run, top]))}."


def _rows(look: Look) -> list[tuple]:
    found, size = look.ablation, _layer_size(look)
    return [
        (look.path, run, f"{look.means[run]:.3g}", _points(drop), found.name(int(found.tops[run])), size)
        for run, drop in enumerate(found.drops)
    ]


def _layer_size(look: Look) -> str:
    return " × ".join(map(str, look.field.size)) if look.field.size else "unknown"


def _tube(tube: Tube, looks: Sequence[Look]) -> list[dict]:
    """The blocks, each with the layer of the sheet that lies in it."""
    return [
        {"path": path, "channels": channels, "side": side, "layer": at}
        for path, channels, side in tube
        for at in [
            next((i for i, look in enumerate(looks) if look.path == path or look.path.startswith(f"{path}.")), -1)
        ]
    ]


def _alt(look: Look, layer: dict) -> str:
    found = look.ablation
    return (
        f"Contact sheet of {layer['size']} of the layer {look.path}, for a photo that the network calls "
        f"{found.answer}. {layer['title']}. Beside the maps stand the photo, with a frame around what one position of "
        f"the chosen map can see, and the filter that made the map. Muting one of them changes the answer in "
        f"{len(found.changing)} of {len(found.muted)} cases."
    )


def _bytes(maps: np.ndarray) -> np.ndarray:
    """Maps on one scale as whole numbers from -127 to 127."""
    top = np.abs(maps).max() or 1.0
    return np.round(maps / top * _LEVEL).astype(np.int8)


def _smaller(one: np.ndarray) -> np.ndarray:
    """A map of at most 32 x 32, by means of squares."""
    factor = -(-max(one.shape) // _POSTER_SIDE)
    if factor == 1:
        return one
    height, width = (length // factor * factor for length in one.shape)
    return one[:height, :width].reshape(height // factor, factor, width // factor, factor).mean(axis=(1, 3))


def _mapped(one: np.ndarray, top: float) -> str:
    """A map as a PNG of 64 shades."""
    index = np.round((one / top + 1) * 31.5).clip(0, 63).astype(np.uint8)
    tile = Image.fromarray(index, "P")
    tile.putpalette(b"".join(bytes.fromhex(map_colour(at / 31.5 - 1)[1:]) for at in range(64)))
    return _encoded(tile, "PNG", optimize=True)


def _data_uri(photo: np.ndarray, kind: str) -> str:
    return _encoded(Image.fromarray(photo), kind, quality=85)


def _encoded(image: Image.Image, kind: str, **options: object) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _image(href: str, box: tuple[float, float, float, float]) -> str:
    x, y, width, height = box
    attrs = {"x": x, "y": y, "width": width, "height": height, "preserveAspectRatio": "none", "href": href}
    return el("image", attrs | {"style": "image-rendering:pixelated"})


def _frame(box: tuple[float, float, float, float]) -> str:
    """A frame that can be seen on any photo: dark on light."""
    x, y, width, height = box
    rect = {"x": x, "y": y, "width": width, "height": height, "fill": "none"}
    return el("rect", rect | {"stroke": "#ffffff", "stroke-width": 5}) + el(
        "rect", rect | {"stroke": "#d55e00", "stroke-width": 2.5}
    )


def _kernel(weights: list[list[str]], corner: tuple[float, float], cell: float) -> list[str]:
    x0, y0 = corner
    largest = max(abs(float(w)) for line in weights for w in line) or 1.0
    body = []
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            fill, x, y = map_colour(float(weight) / largest), x0 + column * cell, y0 + row * cell
            rect = {"x": x, "y": y, "width": cell, "height": cell, "fill": fill, "stroke": "@line", "stroke-width": 1}
            words = weight.replace("-", "−")
            body += [
                el("rect", rect),
                text(x + cell / 2, y + cell / 2 + 4, words, 12, anchor="middle", fill=_ink(fill)),
            ]
    return body


def _ink(fill: str) -> str:
    return max("#000000", "#ffffff", key=lambda colour: contrast(colour, fill))
