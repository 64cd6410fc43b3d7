"""The budget dial: width and resolution as two knobs, what they leave of the cost, and what was published for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

from mobiviz import units
from mobiviz.literature import Published
from mobiviz.pricing import Cost
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

GAUGES = (("macs", "MACs"), ("params", "parameters"), ("bytes", "activations"), ("ms", "time"))
_LEFT, _RIGHT, _TOP, _ROW = 300, 640, 96, 40
_PLANE = (330, 560)  # top and bottom of the plane of accuracies


class BudgetDial(Stage):
    """Two knobs that snap to the settings published: `costs[alpha, resolution]` is priced, `published` has the rows.

    `ms` maps settings to milliseconds, from the machine or the phone named by `clock`; None: the published Pixel 1.

    Raises: ValueError where a setting has no price, or no row.
    """

    script = "budget_dial.js"

    def __init__(
        self,
        costs: Mapping[tuple[float, int], Cost],
        published: Sequence[Published],
        ms: Mapping[tuple[float, int], float] | None = None,
        clock: str = "Pixel 1",
        start: tuple[float, int] | None = None,
    ) -> None:
        rows = {(row.alpha, row.resolution): row for row in published}
        if missing := [each for each in costs if each not in rows]:
            raise ValueError(f"each setting needs its published row (there is none for {missing[0]})")
        alphas, sizes = (sorted({each[i] for each in costs}, reverse=True) for i in (0, 1))
        if absent := [(a, r) for a in alphas for r in sizes if (a, r) not in costs]:
            raise ValueError(f"each width goes with each resolution (there is no price for {absent[0]})")
        times = dict(ms) if ms is not None else {each: row.pixel1_ms for each, row in rows.items() if row.pixel1_ms}
        full = (alphas[0], sizes[0])
        whole = _numbers(costs[full], rows[full], times.get(full))
        cells = {
            f"{a},{r}": _cell((a, r), full, _numbers(costs[a, r], rows[a, r], times.get((a, r))), whole)
            for a in alphas
            for r in sizes
        }
        first = start or (alphas[len(alphas) // 2], sizes[len(sizes) // 2])
        controls = [
            {"name": "alpha", "label": "width alpha", "values": alphas[::-1]},
            {"name": "size", "label": "resolution", "values": sizes[::-1]},
        ]
        cell = cells[f"{first[0]},{first[1]}"]
        head = ("alpha", "resolution", "MACs", "parameters", "activations", f"ms, {clock}", "top-1, %")
        table = [head, *(cells[f"{a},{r}"]["row"] for a in alphas for r in sizes)]
        data = {"title": cell["title"], "alt": _alt(cell, len(cells)), "controls": controls, "table": table}
        marks = [m * 10**e for e in range(5, 10) for m in (1, 3)]
        across = [[round(_along(each, whole["macs"]), 4), f"{each / 1e6:g} M"]
                  for each in marks if whole["macs"] / 32 < each <= whole["macs"]]  # fmt: skip
        up = [[round(_up(each), 4), f"{each}%"] for each in (40, 50, 60, 70)]
        data |= {
            "cells": cells,
            "clock": clock,
            "across": across,
            "up": up,
            "full": list(full),
            "gauges": [list(each) for each in GAUGES],
        }
        super().__init__(data, start={"alpha": first[0], "size": first[1], "at": 0})

    def poster(self) -> str:
        """The starting setting: the block beside the whole one, four gauges, and the plane of all settings."""
        cell = self.data["cells"][f"{self.start['alpha']},{self.start['size']}"]
        alpha, size = self.data["full"]
        body = [text(20, 30, cell["title"], 16, weight="600"), *_block(cell)]
        body.append(text(20, 260, f"outlined: MobileNetV2, alpha {alpha:g}, {size} pixels", 12, fill="@muted"))
        for at, (name, label) in enumerate(GAUGES):
            y, share = _TOP + _ROW * at, cell["shares"][name]
            body.append(text(_LEFT - 12, y + 18, label, 13, anchor="end"))
            whole = {"x": _LEFT, "y": y, "width": _RIGHT - _LEFT, "height": 24, "fill": "none", "stroke": "@line"}
            body.append(el("rect", whole))
            if share is not None:
                bar = {"x": _LEFT, "y": y, "width": (_RIGHT - _LEFT) * share, "height": 24}
                body.append(el("rect", bar | {"fill": hatched("dial", "map"), "stroke": "@map-ink"}))
            body.append(text(_RIGHT + 10, y + 18, cell["shown"][name], 13))
        body += [*self._plane(cell), text(20, 284, cell["formula"], 13, fill="@muted")]
        return picture("dial", (800, 612), cell["title"], self.data["alt"], *body)

    def _plane(self, cell: dict) -> list[str]:
        """Accuracy over MACs of all settings; a line upwards through all that cost the same as this one."""
        top, bottom = _PLANE
        body = [text(60, top - 12, "published top-1", 12, fill="@muted")]
        axes = {"d": f"M60 {top}V{bottom}H770", "fill": "none", "stroke": "@line"}
        body.append(el("path", axes))
        for place, words in self.data["up"]:
            body.append(text(52, bottom - (bottom - top) * place + 4, words, 12, anchor="end", fill="@muted"))
        for place, words in self.data["across"]:
            body.append(text(60 + 700 * place, bottom + 18, words, 12, anchor="middle", fill="@muted"))
        for each in self.data["cells"].values():
            x, y = 60 + 700 * each["at"][0], bottom - (bottom - top) * each["at"][1]
            body.append(el("circle", {"cx": x, "cy": y, "r": 4.0, "fill": "@map", "stroke": "@map-ink"}))
        x, y = 60 + 700 * cell["at"][0], bottom - (bottom - top) * cell["at"][1]
        body.append(el("path", {"d": f"M{x:.1f} {top}V{bottom}", "stroke": "@yours-ink", "stroke-dasharray": "4 4"}))
        body.append(el("circle", {"cx": x, "cy": y, "r": 7.0, "fill": "@yours", "stroke": "@yours-ink"}))
        words = f"{cell['shown']['macs']}, {cell['shown']['top1']}"
        anchor = "end" if cell["at"][0] > 0.5 else "start"
        body.append(text(x - 12 if anchor == "end" else x + 12, y - 8, words, 13, anchor=anchor, weight="600"))
        words = "MACs, in steps of the same factor"
        return [*body, text(415, bottom + 36, words, 12, anchor="middle", fill="@muted")]


def _numbers(cost: Cost, row: Published, ms: float | None) -> dict[str, float | None]:
    return {"macs": cost.macs, "params": cost.params, "bytes": cost.out_bytes, "ms": ms, "top1": row.top1}


def _cell(setting: tuple[float, int], full: tuple[float, int], own: dict, whole: dict) -> dict:
    """Everything that is shown of one setting."""
    (alpha, size), (widest, largest) = setting, full
    shares = {key: own[key] / whole[key] if own[key] is not None and whole[key] else None for key, _ in GAUGES}
    shown = {
        "macs": units.macs(own["macs"]).removesuffix(" MACs"),
        "params": units.params(own["params"]).removesuffix(" parameters"),
        "bytes": units.bytes(own["bytes"]),
        "ms": "not measured" if own["ms"] is None else units.ms(own["ms"]),
        "top1": f"{own['top1']}% top-1",
    }
    a, r = alpha / widest, size / largest
    left = f"{units.percent(shares['macs'])} of the MACs, {units.percent(shares['params'])} of the parameters"
    title = f"alpha {alpha:g} at {size}: {left}"
    formula = (
        f"alpha² × rho² = {a:g}² × ({size}/{largest})² = {a * a * r * r:.3f}; counted, {shares['macs']:.3f} of the MACs"
    )
    words = {
        "macs": f"MACs: {units.exact(own['macs'])}, {units.percent(shares['macs'])} of alpha {widest:g} at {largest}.",
        "params": f"Parameters: {units.exact(own['params'])}. The resolution is not in them.",
        "bytes": f"Activations: {shown['bytes']}. The width is in them once, the resolution twice.",
        "ms": f"Time: {shown['ms']}" + (f", {units.percent(shares['ms'])} of the whole." if shares["ms"] else "."),
    }
    row = [f"{alpha:g}", size, own["macs"], own["params"], own["bytes"], shown["ms"].removesuffix(" ms"), own["top1"]]
    place = [_along(own["macs"], whole["macs"]), _up(own["top1"])]
    return {"title": title, "formula": formula, "shares": shares, "shown": shown, "words": words, "row": row,
            "ratio": [a, r], "at": [round(each, 4) for each in place]}  # fmt: skip


def _along(macs: int, most: int) -> float:
    """Place on a logarithmic axis that ends at the largest and begins at a thirty-second of it."""
    return min(max(1 - log(most / macs) / log(32), 0.0), 1.0)


def _up(top1: float) -> float:
    """Place of a share in percent on the axis upwards, which shows 40 to 76."""
    return (top1 - 40) / 36


def _block(cell: dict) -> list[str]:
    """A block as wide and as high as alpha, as deep as rho squared, inside the outline of the whole one."""
    a, r = cell["ratio"]
    body = []
    for (width, depth), style in (
        ((1.0, 1.0), {"fill": "none", "stroke": "@line", "stroke-dasharray": "4 4"}),
        ((a, r * r), {"fill": hatched("dial", "map"), "stroke": "@map-ink", "stroke-width": 1.5}),
    ):
        side, back = 110 * width, 52 * depth
        x, y = 30.0, 240.0
        front = f"M{x} {y}v{-side:.1f}h{side:.1f}v{side:.1f}z"
        top = f"M{x} {y - side:.1f}l{back:.1f} {-back:.1f}h{side:.1f}l{-back:.1f} {back:.1f}z"
        right = f"M{x + side:.1f} {y}l{back:.1f} {-back:.1f}v{-side:.1f}l{-back:.1f} {back:.1f}z"
        body += [el("path", {"d": d} | style) for d in (front, top, right)]
    return body


def _alt(cell: dict, count: int) -> str:
    said = " ".join(cell["words"].values())
    return (
        "A block, as wide and high as alpha and as deep as rho squared, in the outline of the whole one; four gauges "
        f"beside it; below, {count} published settings by MACs and top-1. {cell['title']}. {said}"
    )
