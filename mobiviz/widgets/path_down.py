"""The path down: a network's skyline, a block of it, its maps on this photo, and the sum behind one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from mobiviz import units
from mobiviz.explaining import explain
from mobiviz.plot.palette import map_colour
from mobiviz.record import Record
from mobiviz.widgets import path_net
from mobiviz.widgets.block_tube import PARTS
from mobiviz.widgets.map_sheet import _data_uri
from mobiviz.widgets.net_skyline import SHARES, _net
from mobiviz.widgets.path_layers import LEVEL, PAGE, layer
from mobiviz.widgets.path_poster import poster
from mobiviz.widgets.stage import Stage, one_of

VIEWS = {"net": "1: the network", "block": "2: a block", "maps": "3: its maps", "sum": "4: the sum of a pixel"}
SCALES = {"one": "one for all maps", "each": "each map its own"}
HEAD = ("layer", "channel", "statistics", "where it goes")
LARGEST = 224  # of the photo in the picture
LIVE = {"places": 16, "side": 112}  # what a kernel sends on demand may be finer


class PathDown(Stage):
    """Down a watched network: a bar opens its block, a step its maps, a pixel the sum that made it; Escape goes up.

    The picture holds the maps of `layers`, at most six paths; None chooses. `photo` is what the network has seen, None
    draws it from the Record. A live one has the maps of every layer, by asking the kernel for them.

    Shapes: photo uint8 (H, W, 3).
    Raises: ValueError for a Record that kept no maps or counted nothing, or more than six layers.
    """

    script = "path_down.js"
    lends = ("net_skyline.js", "block_tube.js", "path_maps.js", "path_sum.js")
    extra = traitlets.Dict().tag(sync=True)
    extra_grids = traitlets.Bytes().tag(sync=True)
    wanted = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        record: Record,
        photo: np.ndarray | None = None,
        layers: Sequence[str] | None = None,
        view: str = "net",
        live: bool = False,
    ) -> None:
        one_of("view", view, tuple(VIEWS))
        self._live = live
        data, grids, first = self._pictured(record, photo, layers)
        start = {"view": view, "layer": first, "scale": "one", "at": 1 if view in ("maps", "sum") else 0}
        super().__init__(data, grids, start=start | ({"page": 1} if live else {}))
        if live:
            self.observe(self._answer, "wanted")

    def show(self, record: Record, photo: np.ndarray | None = None) -> None:
        """Draw another run of the same network, on another photo, where the reader stands."""
        data, grids, _ = self._pictured(record, photo, None)
        with self.hold_sync():
            self.extra, self.extra_grids = {}, b""
            self.data, self.grids = data, grids
        self._answer()

    def poster(self) -> str:
        """All four steps of the way down, for the first of its layers with the largest kernel."""
        bar, found = self._example
        return poster(self.data, bar, self._stops[bar].unit.maps, found)

    def _pictured(
        self, record: Record, photo: np.ndarray | None, layers: Sequence[str] | None
    ) -> tuple[dict[str, Any], bytes, int]:
        """The data, the grids and the layer to begin with."""
        self._record, self._stops = record, path_net.stops(record)
        if not self._stops:
            raise ValueError("this Record counted no product; mv.watch(net, x) counts and keeps maps")
        held = path_net.chosen(self._stops) if layers is None else [self._at(path) for path in layers]
        if not 1 <= len(held) <= 6:
            lacks = self._stops[0].why if not held else f"the picture holds 1 to 6 layers (got {len(held)})"
            raise ValueError(lacks)
        found, grids = {}, b""
        for at in held:
            facts, numbers = layer(record, self._stops[at].unit)
            found[str(at)] = facts | {"start": len(grids)}
            grids += numbers + b"\0" * (-len(numbers) % 4)
        net = _net([stop.bar for stop in self._stops], record.net)
        tubes = path_net.blocks(record, self._stops)
        photo = _photo(record) if photo is None else np.asarray(photo)
        first = next((at for at in held if found[str(at)]["reads"] == [1, 3, 3]), held[0])
        self._example = first, explain(record, found[str(first)]["path"], *_brightest(found[str(first)]))
        return self._data(net, tubes, found, photo), grids, first

    def _data(self, net: dict, tubes: list[dict], found: dict[str, dict], photo: np.ndarray | None) -> dict[str, Any]:
        names = [f"{stop.path}{self._told(at, stop, found)}" for at, stop in enumerate(self._stops)]
        view = {"name": "view", "label": "look at", "values": list(VIEWS), "labels": list(VIEWS.values())}
        which = {"name": "layer", "label": "layer", "values": list(range(len(names))), "labels": names}
        scale = {"name": "scale", "label": "scale", "values": list(SCALES), "labels": list(SCALES.values())}
        pages = max((-(-len(stop.unit.maps) // PAGE) for stop in self._stops if stop.unit), default=1)
        page = [{"name": "page", "label": "page", "values": list(range(1, pages + 1))}] if self._live else []
        rows = [row for facts in found.values() for row in _rows(facts)]
        return {
            "title": net["title"],
            "alt": self._alt(net, found),
            "net": net,
            "shares": SHARES,
            "tubes": tubes,
            "parts": PARTS,
            "counts": [0 if stop.unit is None else len(stop.unit.maps) for stop in self._stops],
            "pageful": PAGE,
            "layers": found,
            "held": [int(at) for at in found],
            "why": {str(at): stop.why for at, stop in enumerate(self._stops) if stop.why},
            "photo": None if photo is None else _data_uri(_shrunk(photo), "JPEG"),
            "live": self._live,
            "colours": [map_colour(value / LEVEL) for value in range(-LEVEL, LEVEL + 1)],
            "controls": [view, which, scale, *page],
            "table": [HEAD, *rows],
        }

    def _told(self, at: int, stop: path_net.Stop, found: dict[str, dict]) -> str:
        if stop.unit is None:
            return ": no maps"
        return f": {units.shape(stop.unit.maps.shape)}" if self._live or str(at) in found else ": maps not in here"

    def _alt(self, net: dict, found: dict[str, dict]) -> str:
        names = ", ".join(facts["path"] for facts in found.values())
        return (
            f"A way down through {net['name']} in four views: the bars of its layers, a block as a tube of tensors, "
            f"the maps of a layer on one photo, and the products that sum to one number of a map. It holds maps of "
            f"{names}."
        )

    def _at(self, path: str) -> int:
        self._record[path]  # names the nearest where there is none
        found = [at for at, stop in enumerate(self._stops) if path in (stop.path, stop.call.path) and stop.unit]
        if not found:
            why = next((stop.why for stop in self._stops if stop.call.path == path), f"{path} is no single product")
            raise ValueError(f"{why}; name a convolution or a linear layer, such as {self._stops[0].path!r}")
        return found[0]

    def _answer(self, _: object = None) -> None:
        """Send the maps that the picture asks for."""
        at, page = self.wanted.get("layer"), self.wanted.get("page", 1)
        if not isinstance(at, int) or not 0 <= at < len(self._stops) or self._stops[at].unit is None:
            return
        unit = self._stops[at].unit
        page = min(max(int(page), 1), -(-len(unit.maps) // PAGE))
        facts, grids = layer(self._record, unit, page - 1, **LIVE)
        with self.hold_sync():
            self.extra_grids = grids
            self.extra = facts | {"start": 0, "bar": at, "page": page}


def _brightest(facts: dict[str, Any]) -> tuple[int, int, int]:
    """Channel, row and column of the brightest place, among those with numbers, of the map that is brightest."""
    at = int(np.argmax(facts["tops"]))
    row, column = divmod(facts["peaks"][at], len(facts["columns"]))
    return facts["channels"][at], facts["rows"][row], facts["columns"][column]


def _rows(facts: dict[str, Any]) -> list[tuple]:
    return [
        (facts["path"], channel, stats, goes)
        for channel, stats, goes in zip(facts["channels"], facts["stats"], facts["goes"], strict=True)
    ]


def _photo(record: Record) -> np.ndarray | None:
    """What the network has seen, stretched to 0..255; None where it was no picture."""
    read = next((call.made.input for call in record if call.made is not None and call.made.input is not None), None)
    if read is None or read.ndim != 4 or read.shape[1] != 3:
        return None
    x = read[0].transpose(1, 2, 0).astype(np.float64)
    low, high = x.min(), x.max()
    return np.round(255 * (x - low) / max(high - low, 1e-9)).astype(np.uint8)


def _shrunk(photo: np.ndarray) -> np.ndarray:
    step = -(-max(photo.shape[:2]) // LARGEST)
    return np.ascontiguousarray(photo[::step, ::step])
