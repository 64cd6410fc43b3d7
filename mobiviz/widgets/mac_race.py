"""The race: a standard convolution against a depthwise and a pointwise one, each multiplying once per tick."""

from itertools import pairwise

from mobiviz import pricing, units
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

SIZE, C_IN, C_OUT, K = 5, 3, 4, 3
OUT = pricing.out_size(SIZE, K)
HEAD = ("lane", "kernels", "MACs per number", "numbers", "MACs", "weights")
KERNELS = {
    "standard": f"{C_OUT} of {K} × {K} × {C_IN}",
    "depthwise": f"{C_IN} of {K} × {K} × 1",
    "pointwise": f"{C_OUT} of 1 × 1 × {C_IN}",
}


class Race(Stage):
    """Two lanes from the same 5x5x3 input to a 3x3x4 output; both counters run at one MAC per tick."""

    script = "mac_race.js"

    def __init__(self) -> None:
        priced = {
            "standard": pricing.conv(C_IN, C_OUT, K, SIZE),
            "depthwise": pricing.depthwise(C_IN, K, SIZE),
            "pointwise": pricing.pointwise(C_IN, C_OUT, OUT),
        }
        per_number = {"standard": K * K * C_IN, "depthwise": K * K, "pointwise": C_IN}
        macs = {idea: cost.macs for idea, cost in priced.items()}
        rows = [
            (idea, KERNELS[idea], each, macs[idea] // each, macs[idea], priced[idea].params)
            for idea, each in per_number.items()
        ]
        labels = ["the current step", *priced]
        control = {"name": "wires", "label": "show the connections of", "values": ["race", *priced], "labels": labels}
        data = {"size": SIZE, "c_in": C_IN, "c_out": C_OUT, "k": K, "out": OUT, "macs": macs}
        data |= _words(macs) | {"connections": _connections(priced), "controls": [control], "table": [HEAD, *rows]}
        super().__init__(data, start={"wires": "race"})

    def poster(self) -> str:
        """The finish: both outputs filled, all connections drawn, both bars at their full length, the answer."""
        data, macs, total = self.data, self.data["macs"], self.data["total"]
        columns = {"standard": [("", C_IN, SIZE, 20), ("standard", C_OUT, OUT, 747)]}
        columns["separable"] = [("", C_IN, SIZE, 20), ("depthwise", C_IN, OUT, 370), ("pointwise", C_OUT, OUT, 747)]
        body = [text(20, 30, data["title"], 16, weight="600")]
        for name, top in (("standard", 72), ("separable", 276)):
            body += _lane(top, columns[name])
        scale, first = 600 / macs["standard"], 600 * macs["depthwise"] / macs["standard"]
        words = (f"{macs['standard']} MACs", f"{macs['depthwise']} + {macs['pointwise']} = {total} MACs")
        body += [bar("race", (20, 216), 600, "standard"), text(628, 229, words[0], 14, weight="600")]
        body.append(bar("race", (20, 420), first, "depthwise"))
        body.append(bar("race", (20 + first, 420), macs["pointwise"] * scale, "pointwise"))
        body.append(text(28 + scale * total, 433, words[1], 14, weight="600"))
        body += [text(20, 464 + 22 * at, line, 13) for at, line in enumerate([*data["formulas"], data["answer"]])]
        return picture("race", (800, 546), data["title"], data["alt"], *body)


def _words(macs: dict[str, int]) -> dict[str, object]:
    """What the picture says about its numbers; formulas in the letters and the order of the odometer's."""
    standard, depthwise, pointwise = macs.values()
    total, places = depthwise + pointwise, f"{OUT} × {OUT}"
    ratio = units.ratio(standard / total)
    return {
        "title": f"Split in two, the same output shape costs {total} MACs, not {standard}: {ratio} fewer",
        "alt": f"Two lanes lead from three 5 by 5 input channels to four {OUT} by {OUT} output channels. In the upper "
        f"lane a standard {K} by {K} convolution joins every input channel with every output channel and takes "
        f"{standard} MACs. In the lower lane a depthwise convolution first works straight down each channel, "
        f"{depthwise} MACs, then a pointwise convolution mixes all channels, {pointwise} MACs: {total} together. A bar "
        f"below each lane shows its MACs on one scale.",
        "total": total,
        "ratio": ratio,
        "formulas": [
            f"standard: H_out × W_out × C_out × k × k × C_in = {places} × {C_OUT} × {K} × {K} × {C_IN} = {standard}",
            f"depthwise: H_out × W_out × C_in × k × k = {places} × {C_IN} × {K} × {K} = {depthwise}",
            f"pointwise: H_out × W_out × C_out × C_in = {places} × {C_OUT} × {C_IN} = {pointwise}",
        ],
        "question": "Both lanes do one MAC (multiply-accumulate) per tick. Which is done first, and how far is the "
        "other then?",
        "answer": f"Depthwise + pointwise was done when standard stood at {total} of {standard}, {ratio} fewer: "
        f"same shape, other numbers.",
    }


def _connections(priced: dict[str, pricing.Cost]) -> dict[str, str]:
    pairs = C_IN * C_OUT
    return {
        "standard": f"Standard: every input channel feeds every output channel; each of the {pairs} connections is a "
        f"{K} × {K} slice, {priced['standard'].params} weights.",
        "depthwise": f"Depthwise: each channel feeds only itself; {C_IN} connections of {K} × {K}, "
        f"{priced['depthwise'].params} weights. Nothing is mixed.",
        "pointwise": f"Pointwise: all to all again, but each of the {pairs} connections is a single number: "
        f"{priced['pointwise'].params} weights.",
    }


def _lane(top: int, columns: list[tuple[str, int, int, int]]) -> list[str]:
    """A lane's words above it, the connections between its columns of planes, and the planes."""
    body = []
    for place, (left, right) in enumerate(pairwise(columns)):
        body += [wire for _, wire in wires(top, left, right)]
        body.append(kernels(top, place, right[0]))
    return body + shapes(top, columns) + [piece for column in columns for piece in planes(top, column)]


def kernels(top: int, place: int, idea: str) -> str:
    """The words above a lane's first or second step: its kernels."""
    words = KERNELS[idea].replace(" of", f" {idea}{' kernels' * (idea == 'standard')},")
    return text((140, 460)[place], top - 8, words, 14, weight="600", fill=f"@{idea}-ink")


def shapes(top: int, columns: list[tuple[str, int, int, int]]) -> list[str]:
    """The words above a lane's columns."""
    body = []
    for place, (_, count, size, x) in enumerate(columns):
        shape, last = f"{size} × {size} × {count}", place == len(columns) - 1
        name = "input " if place == 0 else "output " if last else ""
        at, anchor = (780, "end") if last else (x, "start")
        body.append(text(at, top - 8, name + shape, 13, anchor=anchor, fill="@muted"))
    return body


def plane_y(top: int, count: int, at: int) -> float:
    """The middle of a plane, in a lane and a column of so many."""
    return top + (at + 0.5) * 136 / count


def cell_side(size: int) -> float:
    """The side of a cell in a plane of so many by as many."""
    return 8.5 if size == SIZE else 10.5


def planes(top: int, column: tuple[str, int, int, int]) -> list[str]:
    """A column's planes, in its idea's colour or blank."""
    idea, count, size, x = column
    cell, body = cell_side(size), []
    for at in range(count):
        y = plane_y(top, count, at) - size * cell / 2
        fill, edge = (f"@{idea}", f"@{idea}-edge") if idea else ("@paper", "@line")
        body.append(el("rect", {"x": x, "y": y, "width": size * cell, "height": size * cell, "fill": fill}))
        lines = "".join(
            f"M{x + i * cell} {y:.1f}v{size * cell}M{x} {y + i * cell:.1f}h{size * cell}" for i in range(size + 1)
        )
        body.append(el("path", {"d": lines, "stroke": edge, "stroke-width": 1, "fill": "none"}))
    return body


def wires(top: int, left: tuple[str, int, int, int], right: tuple[str, int, int, int]) -> list[tuple[int, str]]:
    """(channel on the right, its line) of each connection between two columns."""
    (_, from_count, from_size, x0), (idea, to_count, _, x1) = left, right
    start, found = x0 + from_size * cell_side(from_size) + 6, []
    for a in range(from_count):
        for b in range(to_count):
            if idea != "depthwise" or a == b:
                ends = f"M{start} {plane_y(top, from_count, a):.1f}L{x1 - 6} {plane_y(top, to_count, b):.1f}"
                line = {"d": ends, "stroke": f"@{idea}-ink", "stroke-width": 1.5, "fill": "none"}
                found.append((b, el("path", line)))
    return found


def bar(name: str, corner: tuple[float, float], width: float, idea: str) -> str:
    """MACs as a length, in the picture of this name."""
    box = {"x": corner[0], "y": corner[1], "width": width, "height": 16, "fill": hatched(name, idea)}
    return el("rect", box | {"stroke": f"@{idea}-ink", "stroke-width": 1.5})
