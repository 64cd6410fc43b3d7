"""The race: a standard convolution against a depthwise and a pointwise one, each multiplying once per tick."""

from mobiviz import pricing, units
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

SIZE, C_IN, C_OUT, K = 5, 3, 4, 3
HEAD = ("lane", "kernels", "MACs per number", "numbers", "MACs", "weights")


class Race(Stage):
    """Two lanes from the same 5x5x3 input to a 3x3x4 output; both counters run at one MAC per tick."""

    script = "mac_race.js"

    def __init__(self) -> None:
        standard = pricing.conv(C_IN, C_OUT, K, SIZE)
        depthwise, pointwise = pricing.depthwise(C_IN, K, SIZE), pricing.pointwise(C_IN, C_OUT, SIZE - K + 1)
        both, out = depthwise + pointwise, pricing.out_size(SIZE, K)
        ratio, places = units.ratio(standard.macs / both.macs), out * out
        rows = [
            ("standard", f"{C_OUT} of {K} × {K} × {C_IN}", K * K * C_IN, places * C_OUT, standard),
            ("depthwise", f"{C_IN} of {K} × {K} × 1", K * K, places * C_IN, depthwise),
            ("pointwise", f"{C_OUT} of 1 × 1 × {C_IN}", C_IN, places * C_OUT, pointwise),
        ]
        data = {
            "title": f"Split in two, the same output shape costs {both.macs} MACs, not {standard.macs}: {ratio} fewer",
            "alt": (
                f"Two lanes lead from three 5 by 5 input channels to four {out} by {out} output channels. In the upper "
                f"lane a standard {K} by {K} convolution joins every input channel with every output channel and takes "
                f"{standard.macs} MACs. In the lower lane a depthwise convolution first works straight down each "
                f"channel, {depthwise.macs} MACs, then a pointwise convolution mixes all channels, {pointwise.macs} "
                f"MACs: {both.macs} together. A bar below each lane shows its MACs on one scale."
            ),
            "size": SIZE,
            "c_in": C_IN,
            "c_out": C_OUT,
            "k": K,
            "out": out,
            "macs": {"standard": standard.macs, "depthwise": depthwise.macs, "pointwise": pointwise.macs},
            "total": both.macs,
            "ratio": ratio,
            "formula": f"{K} × {K} × {C_IN} × {C_OUT} × {places} = {standard.macs}  against  "
            f"{K} × {K} × {C_IN} × {places} + {C_IN} × {C_OUT} × {places} = "
            f"{depthwise.macs} + {pointwise.macs} = {both.macs}:  {ratio} fewer",
            "wires": {
                "standard": f"Standard: every input channel feeds every output channel; each of the {C_IN * C_OUT} "
                f"wires is a {K} × {K} slice, {standard.params} weights.",
                "depthwise": f"Depthwise: each channel feeds only itself; {C_IN} wires of {K} × {K}, "
                f"{depthwise.params} weights. Nothing is mixed.",
                "pointwise": f"Pointwise: all to all again, but each of the {C_IN * C_OUT} wires is a single number: "
                f"{pointwise.params} weights.",
            },
            "controls": [
                {
                    "name": "wires",
                    "label": "wires of",
                    "values": ["race", "standard", "depthwise", "pointwise"],
                    "labels": ["the race as it runs", "standard", "depthwise", "pointwise"],
                }
            ],
            "table": [HEAD, *((*row, price.macs, price.params) for *row, price in rows)],
        }
        super().__init__(data, start={"wires": "race"})

    def poster(self) -> str:
        """The finish: both outputs filled, all wires drawn, both bars at their full length."""
        data, macs = self.data, self.data["macs"]
        body = [text(20, 30, data["title"], 16, weight="600")]
        body += _lane(66, "standard", [("", C_IN, SIZE, 20), ("standard", C_OUT, data["out"], 740)])
        body += _lane(286, "separable", [("", C_IN, SIZE, 20), ("depthwise", C_IN, data["out"], 370)])
        body += _wires(286, [("pointwise", (370, C_IN, data["out"]), (740, C_OUT, data["out"]))])
        body += _planes(286, ("pointwise", C_OUT, data["out"], 740))
        scale = 650 / macs["standard"]
        body += _bar((20, 242), macs["standard"] * scale, "standard", f"{macs['standard']} MACs")
        first = macs["depthwise"] * scale
        body += _bar((20, 462), first, "depthwise", "")
        words = f"{macs['depthwise']} + {macs['pointwise']} = {data['total']} MACs"
        body += _bar((20 + first, 462), macs["pointwise"] * scale, "pointwise", words)
        return picture("race", (800, 500), data["title"], data["alt"], *body)


LANES = {
    "standard": "Standard: each output number takes a whole 3 × 3 × 3 cube",
    "separable": "Separable: flat 3 × 3 kernels per channel, then a 1 × 1 × 3 needle",
}


def _lane(top: int, name: str, columns: list[tuple[str, int, int, int]]) -> list[str]:
    """A lane's words, the wires between its columns of planes, and the planes."""
    body = [text(20, top - 8, LANES[name], 14, weight="600")]
    (_, from_count, from_size, from_x), (idea, to_count, to_size, to_x) = columns
    body += _wires(top, [(idea, (from_x, from_count, from_size), (to_x, to_count, to_size))])
    return body + [piece for column in columns for piece in _planes(top, column)]


def _plane_y(top: int, count: int, at: int) -> float:
    return top + (at + 0.5) * 160 / count


def _planes(top: int, column: tuple[str, int, int, int]) -> list[str]:
    idea, count, size, x = column
    cell = 9 if size == SIZE else 11
    body = []
    for at in range(count):
        y = _plane_y(top, count, at) - size * cell / 2
        fill, edge = (f"@{idea}", "@paper" if idea == "standard" else f"@{idea}-ink") if idea else ("@paper", "@line")
        body.append(el("rect", {"x": x, "y": y, "width": size * cell, "height": size * cell, "fill": fill}))
        lines = "".join(
            f"M{x + i * cell} {y:.1f}v{size * cell}M{x} {y + i * cell:.1f}h{size * cell}" for i in range(size + 1)
        )
        body.append(el("path", {"d": lines, "stroke": edge, "stroke-width": 1, "fill": "none"}))
    return body


def _wires(top: int, bundles: list[tuple[str, tuple[int, int, int], tuple[int, int, int]]]) -> list[str]:
    body = []
    for idea, (x0, from_count, from_size), (x1, to_count, _) in bundles:
        left = x0 + from_size * (9 if from_size == SIZE else 11) + 6
        for a in range(from_count):
            for b in range(to_count):
                if idea != "depthwise" or a == b:
                    ends = f"M{left} {_plane_y(top, from_count, a):.1f}L{x1 - 6} {_plane_y(top, to_count, b):.1f}"
                    body.append(el("path", {"d": ends, "stroke": f"@{idea}-ink", "stroke-width": 1.5, "fill": "none"}))
    return body


def _bar(corner: tuple[float, float], width: float, idea: str, words: str) -> list[str]:
    x, y = corner
    rect = {"x": x, "y": y, "width": width, "height": 16, "fill": hatched("race", idea), "stroke": f"@{idea}-ink"}
    body = [el("rect", rect | {"stroke-width": 1.5})]
    return [*body, text(x + width + 8, y + 13, words, 14, weight="600")] if words else body
