"""Three blocks side by side: any block of V1, V2 and V3, with shapes, MACs, parameters and memory at each step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from mobiviz import units
from mobiviz.names import unknown
from mobiviz.pricing import cost
from mobiviz.tables import V1, V2, V3_LARGE, V3_SMALL, Table
from mobiviz.widgets.block_tube import HEAD, PARTS, block_paths, tube_of
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

TABLES = {"V1": V1, "V2": V2, "V3-Large": V3_LARGE, "V3-Small": V3_SMALL}
COLUMNS = {"V1": ("V1",), "V2": ("V2",), "V3": ("V3-Large", "V3-Small")}
FIRST = {"V1": ("V1", "features.7"), "V2": ("V2", "features.8"), "V3": ("V3-Large", "features.12")}
Where = tuple[str, str]
PITCH, TOP, HALF, THICK = 74, 72, 60, 26  # of a column on the poster


class Blocks(Stage):
    """A block of each of the three papers beside the others, all drawn on one scale; menus choose any of them.

    `first` opens with that block, given as the name of its table and the path of its module.

    Raises: ValueError for a table or a path that is no block, naming the nearest.
    """

    script = "three_blocks.js"

    def __init__(self, first: Where | None = None) -> None:
        chosen = dict(FIRST)
        if first is not None:
            if first[0] not in TABLES:
                raise ValueError(unknown("table", first[0], TABLES))
            chosen[next(column for column, names in COLUMNS.items() if first[0] in names)] = first
        tubes = {column: [_tube(*where) for where in _places(names)] for column, names in COLUMNS.items()}
        start = {}
        for column, names in COLUMNS.items():
            places = _places(names)
            if chosen[column] not in places:
                paths = block_paths(TABLES[chosen[column][0]])
                raise ValueError(unknown(f"block of {chosen[column][0]}", chosen[column][1], paths))
            start[column] = places.index(chosen[column])
        self._first = [tubes[column][at] for column, at in start.items()]
        controls = [
            {"name": column, "label": column, "values": list(range(len(own))), "labels": [one["label"] for one in own]}
            for column, own in tubes.items()
        ]
        rows = [HEAD] + [_row(tube, step) for own in tubes.values() for tube in own for step in tube["steps"]]
        data = {"title": _title(self._first), "alt": _alt(self._first), "columns": list(tubes), "tubes": tubes}
        super().__init__(data | {"parts": PARTS, "controls": controls, "table": rows}, start=start | {"at": 0})

    def poster(self) -> str:
        """The three blocks that it opens with, whole."""
        title, most = _title(self._first), max(len(tube["tensors"]) + tube["skip"] for tube in self._first)
        body = [text(20, 28, title, 16, weight="600")]
        scales = [max(one[side] for tube in self._first for one in tube["tensors"]) for side in (0, 1)]
        for at, tube in enumerate(self._first):
            body += _column(tube, 20 + 262 * at, scales)
        return picture("blocks", (800, TOP + PITCH * (most - 1) + 62), title, _alt(self._first), *body)


def _places(names: tuple[str, ...]) -> list[Where]:
    return [(name, path) for name in names for path in block_paths(TABLES[name])]


def _tube(name: str, path: str) -> dict[str, Any]:
    table: Table = TABLES[name]
    own = [layer for layer in cost(table).layers if layer.path.startswith(f"{path}.") or layer.path == path]
    side = own[0].in_shape[1]
    label = f"{name}, {path}: {own[0].in_shape[0]} to {own[-1].out_shape[0]}, {side} × {side}"
    return tube_of(label, own) | {"net": name, "path": path}


def _row(tube: dict[str, Any], step: dict[str, Any]) -> tuple:
    return tube["label"], step["name"], step["in"], step["out"], step["macs"], step["params"], step["bytes"]


def _title(tubes: list[dict[str, Any]]) -> str:
    fewest, least = (min(tubes, key=lambda tube: tube[key]) for key in ("macs", "peak"))
    if fewest is least:
        return f"Of these three, {fewest['net']}'s block needs both the fewest MACs and the least memory"
    return f"Of these three, {fewest['net']}'s block needs the fewest MACs, {least['net']}'s the least memory"


def _alt(tubes: list[dict[str, Any]]) -> str:
    told = "; ".join(
        f"{tube['label']}: {units.macs(tube['macs'])}, {units.params(tube['params'])}, at most "
        f"{units.bytes(tube['peak'])} alive, in the steps "
        + ", ".join(f"{step['name']} with {step['short']}" for step in tube["steps"])
        for tube in tubes
    )
    return f"Three columns, one block each, its tensors one below the other, as wide as they have channels. {told}."


def _column(tube: dict[str, Any], x: float, scales: list[int]) -> list[str]:
    """One block from its input above to its output below, and what each step costs."""
    middle, places = x + HALF + 4, [TOP + PITCH * at for at in range(len(tube["tensors"]))]
    sizes = [(max(HALF * c / scales[0], 2), max(THICK * n / scales[1], 3)) for c, n in tube["tensors"]]
    body = [text(x, 52, f"{tube['net']}, {tube['path']}", 13, fill="@muted")]
    steps = [step for step in tube["steps"] if step["idea"] != "other"]
    for step, (y0, y1), ((a, left), (b, right)) in zip(steps, pairwise(places), pairwise(sizes), strict=True):
        top, low = y0 + left / 2 + 3, y1 - right / 2 - 3
        path = f"M{middle - a:.1f} {top:.1f}h{2 * a:.1f}L{middle + b:.1f} {low:.1f}h{-2 * b:.1f}Z"
        look = {"d": path, "fill": hatched("blocks", step["idea"]), "stroke": f"@{step['idea']}-ink"}
        body.append(el("path", look | {"stroke-width": 1.5}))
        body += _words(step, x + 138, y0)
    for y, (half, thick), shape in zip(places, sizes, tube["shapes"], strict=True):
        box = {"x": middle - half, "y": y - thick / 2, "width": 2 * half, "height": thick}
        body.append(el("rect", box | {"fill": hatched("blocks", "map"), "stroke": "@map-ink", "stroke-width": 1.5}))
        body.append(text(x + 138, y + 4, shape, 12, fill="@map-ink"))
    if tube["skip"]:
        y = places[-1] + 40
        wire = {"fill": "none", "stroke": "@text", "stroke-width": 2}
        body.append(el("path", {"d": f"M{middle - sizes[0][0] - 4:.1f} {TOP}H{x - 4}V{y}H{middle - 11}"} | wire))
        body.append(el("path", {"d": f"M{middle - 11} {y}a11 11 0 1 0 22 0a11 11 0 1 0 -22 0m5 0h12m-6 -6v12"} | wire))
        body += _words(tube["steps"][-1], x + 138, places[-1] + 8)
    return body


def _words(step: dict[str, Any], x: float, y: float) -> list[str]:
    lines = (
        (step["name"], f"@{step['idea']}-ink", 13),
        (step["short"], "@text", 12),
        (f"{step['size']} alive", "@muted", 12),
    )
    return [text(x, y + 25 + 16 * at, words, size, fill=fill) for at, (words, fill, size) in enumerate(lines)]
