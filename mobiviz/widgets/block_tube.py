"""The tube: a block's tensors one after the other, with shapes, MACs and memory at each step; the skip is a wire."""

from collections.abc import Mapping
from itertools import pairwise

from mobiviz import units
from mobiviz.names import unknown
from mobiviz.pricing import BYTES, LayerCost, cost
from mobiviz.tables import V1, V2, Table
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

BLOCKS = {
    "V2: 64 to 64, with a skip": (V2, "features.8"),
    "V2: 16 to 24, stride 2": (V2, "features.2"),
    "V2: 32 to 16, t = 1": (V2, "features.1"),
    "V1: 512 to 512": (V1, "features.7"),
}
HEAD = ("block", "step", "input", "output", "MACs", "parameters", "bytes alive")
PARTS = ("kept for the skip", "input", "output")
FILLS = ("@other", hatched("tube", "map"), "@map")  # of the parts
MIDDLE, TALLEST, WIDEST = 172, 150, 34  # of the poster: where the tube's axis is, and its largest tensor


class Tube(Stage):
    """Walks through blocks of the papers' tables, each given as its table and the path of its module.

    Raises: ValueError for no blocks, or a path that is no block of its table, naming the nearest.
    """

    script = "block_tube.js"

    def __init__(self, blocks: Mapping[str, tuple[Table, str]] | None = None) -> None:
        chosen = dict(BLOCKS if blocks is None else blocks)
        if not chosen:
            raise ValueError('Tube needs blocks, such as {"the first": (mv.V2, "features.1")}')
        tubes = [_tube(label, *where) for label, where in chosen.items()]
        names = {"name": "block", "label": "block", "values": list(range(len(tubes))), "labels": list(chosen)}
        table = [HEAD] + [_row(tube, step) for tube in tubes for step in tube["steps"]]
        data = {"title": tubes[0]["title"], "alt": _alt(tubes[0]), "tubes": tubes, "parts": PARTS}
        super().__init__(data | {"controls": [names], "table": table}, start={"block": 0, "at": 0})

    def poster(self) -> str:
        """The first block with all its shapes, MACs and bytes."""
        tube = self.data["tubes"][0]
        body = [text(10, 28, tube["title"], 16, weight="600"), text(10, 50, tube["label"], 13, fill="@muted")]
        step = 560 / len(tube["wide"][1:])
        xs = [86 + step * at for at in range(len(tube["wide"]))]
        for at, one in enumerate(one for one in tube["steps"] if one["idea"] != "other"):
            body += _layer(one, xs[at : at + 2], tube["wide"][at : at + 2])
        for x, (tall, wide), shape in zip(xs, tube["wide"], tube["shapes"], strict=True):
            box = {"x": x - wide / 2, "y": MIDDLE - tall / 2, "width": wide, "height": tall}
            box |= {"fill": hatched("tube", "map"), "stroke": "@map-ink", "stroke-width": 1.5}
            aside = -24 if x == xs[0] else 26 if x == xs[-1] else 0  # out of the way of the layer beside it
            label = text(x + aside, MIDDLE - tall / 2 - 8, shape, 12, anchor="middle", fill="@map-ink")
            body += [el("rect", box), label]
        if tube["skip"]:
            body += _wire(xs[0], xs[-1], tube["wide"][0][0])
        places = [(a + b) / 2 for a, b in pairwise(xs)] + [740] * tube["skip"]
        for x, one in zip(places, tube["steps"], strict=True):
            body += _memory(one, x, max(each["bytes"] for each in tube["steps"]))
        for at, (part, fill) in enumerate(zip(PARTS, FILLS, strict=True)):
            box = {"x": 236 + 160 * at, "y": 440, "width": 14, "height": 14, "fill": fill, "stroke": "@text"}
            body += [el("rect", box), text(256 + 160 * at, 452, part, 13, fill="@muted")]
        body.append(text(86, 452, "alive while it runs:", 13, fill="@muted"))
        return picture("tube", (800, 466), tube["title"], _alt(tube), *body)


def _tube(label: str, table: Table, path: str) -> dict:
    layers = cost(table).layers
    paths = block_paths(table)
    own = [layer for layer in layers if layer.path == path or layer.path.startswith(f"{path}.")]
    if path not in paths or len(own) < 2:
        raise ValueError(unknown("block", path, paths))
    return tube_of(label, own)


def block_paths(table: Table) -> list[str]:
    """The paths of a table's blocks of several layers, in the order in which they run."""
    heads = [".".join(layer.path.split(".")[:2]) for layer in cost(table).layers if layer.path.count(".") > 2]
    return list(dict.fromkeys(heads))


def tube_of(label: str, own: list[LayerCost]) -> dict:
    """A block as its steps: layers in the order in which they run; an addition at the end makes it one with a skip."""
    skip = own[-1].kind == "other"
    steps = _steps(own, skip)
    shapes = [own[0].in_shape, *(step["shape"] for step in steps if step["idea"] != "other")]
    peak = max(steps, key=lambda step: step["bytes"])
    channels = [shape[0] for shape in shapes]
    macs, params = sum(step["macs"] for step in steps), sum(step["params"] for step in steps)
    middle = f"{max(channels[1:-1])} in the middle, " if channels[2:] else ""
    finding = f"{channels[0]} channels, {middle}{channels[-1]} at the end"
    return {
        "label": label,
        "title": f"{finding}: memory peaks in its {peak['name']} step",
        "steps": steps,
        "shapes": [_shape(shape) for shape in shapes],
        "tensors": [[shape[0], shape[1] * shape[2]] for shape in shapes],
        "wide": _sizes(shapes),
        "skip": skip,
        "macs": macs,
        "params": params,
        "peak": peak["bytes"],
        "formula": f"{' + '.join(units.exact(step['macs']) for step in steps if step['macs'])} = {macs:,} MACs",
        "most": f"most is alive in the {peak['name']} step: {peak['sum']}",
    }


def _steps(layers: list[LayerCost], skip: bool) -> list[dict]:
    """What runs, in order; squeeze-and-excite's two little layers and its gate are one step."""
    steps, first = [], layers[0].in_shape
    for layer in layers:
        step = {"idea": layer.kind, "macs": layer.macs, "params": layer.params, "shape": layer.out_shape}
        shape, part = layer.in_shape, layer.path.split(".")[2:3]
        if layer.kind == "se":
            if part == ["se"] and layer.path.endswith("expand"):
                steps[-1] |= {"macs": steps[-1]["macs"] + layer.macs, "params": steps[-1]["params"] + layer.params}
                continue
            shape = step["shape"] = steps[-1]["shape"]
        kept = _bytes(first) if skip and steps else 0
        out = (shape[0], 1, 1) if layer.kind == "se" else layer.out_shape  # the gates; the map is scaled in place
        alive = [kept, _bytes(shape), _bytes(out)]
        step |= {"in": _shape(shape), "out": _shape(step["shape"]), "alive": alive, "bytes": sum(alive)}
        steps.append(step | {"name": _name(layer, part), "short": units.short(layer.macs, 3)})
    for step in steps:
        named = [f"{_kib(count)} {part}" for part, count in zip(PARTS, step["alive"], strict=True) if count]
        step["sum"] = f"{' + '.join(named)} = {_kib(step['bytes'])}"
        step["size"], step["short"] = _kib(step["bytes"]), f"{units.short(step['macs'], 3)} MACs"
    return steps


def _name(layer: LayerCost, part: list[str]) -> str:
    if layer.kind == "other":
        return "addition"
    if layer.kind == "se":
        return "squeeze-excite"
    stride = f", s{-(-layer.in_shape[1] // layer.out_shape[1])}" if layer.out_shape[1] < layer.in_shape[1] else ""
    weights = layer.macs // (layer.out_shape[1] * layer.out_shape[2] * layer.out_shape[0])
    area = weights if layer.kind == "depthwise" else weights / layer.in_shape[0]
    k = round(area**0.5)
    kernel = "" if layer.kind == "linear" else f" {k}×{k}" if k * k == area else " k×k"
    name = part[0] if part and not part[0].isdigit() else layer.kind
    return f"{name}{kernel}{stride}"


def _sizes(shapes: list[tuple]) -> list[tuple[float, float]]:
    """Each tensor's height and width in the picture: channels and positions, so that its area is its memory."""
    channels, positions = max(c for c, _, _ in shapes), max(h * w for _, h, w in shapes)
    return [
        (round(max(TALLEST * c / channels, 4), 2), round(max(WIDEST * h * w / positions, 3), 2)) for c, h, w in shapes
    ]


def _bytes(shape: tuple) -> int:
    return shape[0] * shape[1] * shape[2] * BYTES


def _shape(shape: tuple) -> str:
    return " × ".join(map(str, shape))


def _kib(count: int) -> str:
    return units.bytes(count)


def _row(tube: dict, step: dict) -> tuple:
    return tube["label"], step["name"], step["in"], step["out"], step["macs"], step["params"], step["bytes"]


def _alt(tube: dict) -> str:
    walk = "; ".join(f"{step['name']}: {step['short']}, {step['size']} alive" for step in tube["steps"])
    wire = "A wire leads from the first tensor past the thick ones to the last, where it is added. " * tube["skip"]
    return (
        f"Tensors of {', '.join(tube['shapes'])} drawn one after the other, as high as they have channels, joined by "
        f"the layers between them. {wire}Step by step: {walk}."
    )


def _layer(step: dict, xs: list[float], sizes: list[tuple[float, float]]) -> list[str]:
    """The layer between two tensors, and what it is below it."""
    (a, left), (b, right) = sizes
    x0, x1 = xs[0] + left / 2 + 4, xs[1] - right / 2 - 4
    path = f"M{x0:.1f} {MIDDLE - a / 2:.1f}L{x1:.1f} {MIDDLE - b / 2:.1f}v{b:.1f}L{x0:.1f} {MIDDLE + a / 2:.1f}Z"
    idea, middle = step["idea"], sum(xs) / 2
    look = {"d": path, "fill": hatched("tube", idea), "stroke": f"@{idea}-ink", "stroke-width": 1.5}
    words = (step["name"], step["short"])
    return [
        el("path", look),
        *(text(middle, 272 + 18 * at, line, 13, anchor="middle", fill=f"@{idea}-ink") for at, line in enumerate(words)),
    ]


def _wire(x0: float, x1: float, tall: float) -> list[str]:
    """The skip: over the thick tensors to the addition behind the last."""
    path = f"M{x0} {MIDDLE - tall / 2 - 24:.1f}V52H740V{MIDDLE - 13}M{x1 + 20} {MIDDLE}H727"
    plus = f"M727 {MIDDLE}a13 13 0 1 0 26 0a13 13 0 1 0 -26 0M733 {MIDDLE}h14m-7 -7v14"
    line = {"fill": "none", "stroke": "@text", "stroke-width": 2}
    return [
        el("path", {"d": path} | line),
        el("path", {"d": plus} | line),
        text((x0 + 740) / 2 + 40, 46, "the skip: the block's input, kept until the end", 13, anchor="middle"),
        text(740, 272, "addition", 13, anchor="middle", fill="@muted"),
        text(740, 290, "0 MACs", 13, anchor="middle", fill="@muted"),
    ]


def _memory(step: dict, x: float, most: int) -> list[str]:
    """What is alive while the step runs: kept, input and output on top of each other."""
    y, body = 414.0, []
    for count, fill in zip(step["alive"], FILLS, strict=True):
        tall = 78 * count / most
        box = {"x": x - 30, "y": y - tall, "width": 60, "height": tall, "fill": fill, "stroke": "@text"}
        body += [el("rect", box | {"stroke-width": 1})] if count else []
        y -= tall
    body.append(text(x, y - 6, f"{step['size']} alive", 12, anchor="middle"))
    return body
