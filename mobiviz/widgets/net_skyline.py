"""The skyline: a network's layers as bars along its depth; height is MACs, width is parameters."""

import re
from dataclasses import dataclass
from math import prod

from mobiviz import units
from mobiviz.plot.palette import idea
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

KEYS = ("path", "kind", "macs", "params", "in_shape", "out_shape")
HEAD = ("layer", "kind", "input", "output", "MACs", "parameters")
SHARES = "Shares of the MACs:"
TOP, BASE, TILE = 96, 336, 8  # a bar no wider than a tile of the hatch is plain


@dataclass(frozen=True)
class Plan:
    """Where bars stand: from `left` to `right` with a `gap` between them, none thinner than `thin`."""

    left: int
    right: int
    gap: int
    thin: int
    ruler: int  # the longest that fits beside its words


WIDE, NARROW = Plan(58, 792, 2, 5, 90), Plan(42, 342, 1, 4, 36)


class Skyline(Stage):
    """Bars of one network, and of a `twin` to compare it with; Left and Right walk along them, Enter shows shapes.

    A bar is a dict with path, kind, macs, params, in_shape and out_shape, in the order in which the layers run.
    Raises: ValueError for no bars, a bar without one of these, or an unknown kind.
    """

    script = "net_skyline.js"

    def __init__(
        self,
        bars: list[dict],
        twin: list[dict] | None = None,
        name: str = "MobileNetV1",
        twin_name: str = "with full convolutions",
        title: str | None = None,
    ) -> None:
        nets = [_net(bars, name)] + ([_net(twin, twin_name)] if twin else [])
        if title:
            nets[0]["title"] = title
        if twin:
            times, twin_macs = units.ratio(nets[1]["macs"] / nets[0]["macs"]), units.macs(nets[1]["macs"])
            nets[1]["title"] = f"{twin_name[0].upper() + twin_name[1:]}: {times} the MACs, {twin_macs}"
            nets[1]["reference"] = {"macs": max(nets[0]["heights"]), "label": f"{name}'s highest bar"}
        controls = [{"name": "net", "label": "network", "values": [0, 1], "labels": [name, twin_name]}] if twin else []
        table = [HEAD] + [_table_row(bar) for net in nets for bar in net["bars"]]
        data = {"title": nets[0]["title"], "alt": _alt(nets[0]), "nets": nets, "controls": controls, "table": table}
        super().__init__(data | {"shares": SHARES}, start={"net": 0, "at": 0})

    def poster(self) -> str:
        """All bars of the first network, each kind's share beside its name."""
        net = self.data["nets"][0]
        body = [text(20, 30, net["title"], 16, weight="600"), *_key(net)]
        top = net["ticks"][-1][0]
        for value, label in net["ticks"]:
            y = BASE - (BASE - TOP) * value / top
            line = {"d": f"M{WIDE.left} {y:.1f}H{WIDE.right}", "stroke": "@line", "stroke-width": 0.5}
            body += [el("path", line), text(WIDE.left - 6, y + 4, label, 12, anchor="end", fill="@muted")]
        for bar, (x, width) in zip(net["bars"], net["wide"]["places"], strict=True):
            height, shift = (BASE - TOP) * bar["macs"] / top, x + width / 2 - 4
            box = {"x": x - shift, "y": -height, "width": width, "height": height}
            box |= {"transform": f"translate({shift:.2f} {BASE})"}  # which centres the hatch on the bar
            fill = hatched("skyline", bar["idea"]) if width > TILE else f"@{bar['idea']}"
            box |= {"fill": fill, "stroke": f"@{bar['idea']}-ink", "stroke-width": 1.5 if width > TILE else 1}
            body.append(el("rect", box))
        middle, unit = (WIDE.left + WIDE.right) / 2, net["wide"]["scale"]
        for x, y, words, anchor in (
            (WIDE.left, BASE + 20, "first layer", "start"),
            (middle, BASE + 20, "height: MACs of the layer · width: its parameters", "middle"),
            (WIDE.right, BASE + 20, "last layer", "end"),
            (middle - 130 + unit["length"], BASE + 42, f"= {unit['words']}", "start"),
        ):
            body.append(text(x, y, words, 12, anchor=anchor, fill="@muted"))
        ruler = f"M{middle - 138:.1f} {BASE + 33}v10m0 -5h{unit['length']}m0 -5v10"
        body.append(el("path", {"d": ruler, "stroke": "@text", "stroke-width": 1.5, "fill": "none"}))
        return picture("skyline", (800, 390), net["title"], _alt(net), *body)


def _net(bars: list[dict], name: str) -> dict:
    if not bars:
        raise ValueError(f"{name} has no bars; give one dict per layer")
    rows = [_bar(bar) for bar in bars]
    macs, params = (sum(row[key] for row in rows) for key in ("macs", "params"))
    shares, parts = {}, {}
    for bar, row in zip(bars, rows, strict=True):
        row["share"], made = units.percent(row["macs"] / macs), _made_of(bar)
        row["made"] = _sum_of(row["params"], made).replace("norm", "norm, a scale and a shift per channel")
        shares[row["kind"]] = shares.get(row["kind"], 0) + row["macs"]
        parts |= {part: parts.get(part, 0) + count for part, count in made.items()}
    order = sorted(shares, key=shares.get, reverse=True)
    words = [f"{kind} {units.percent(shares[kind] / macs)}" for kind in order]
    return {
        "name": name,
        "bars": rows,
        "macs": macs,
        "params": params,
        "made": _sum_of(params, parts),
        "heights": [row["macs"] for row in rows],
        "ticks": _ticks(max(row["macs"] for row in rows)),
        "wide": _layout(rows, WIDE),
        "narrow": _layout(rows, NARROW),
        "key": [{"idea": idea(kind).name, "words": text} for kind, text in zip(order, words, strict=True)],
        "title": f"{order[0].capitalize()} layers take {words[0].split()[-1]} of {name}'s {units.macs(macs)}",
    }


def _bar(bar: dict) -> dict:
    missing = [key for key in KEYS if key not in bar]
    if missing:
        raise ValueError(f"a bar must hold {', '.join(KEYS)} (lacks {', '.join(missing)})")
    shapes = {key: units.shape(tuple(bar[key])) for key in ("in_shape", "out_shape")}
    counts = {key: int(bar[key]) for key in ("macs", "params")}
    label = f"{bar['kind']} layer" if bar["kind"] in ("linear", "other") else idea(bar["kind"]).label
    return {
        "path": bar["path"],
        "kind": bar["kind"],
        "label": label,
        "idea": idea(bar["kind"]).name,
        **counts,
        **shapes,
    }


def _made_of(bar: dict) -> dict[str, int]:
    """A layer's parameters by part: each weight multiplies once per output position, the rest comes per channel."""
    channels, *positions = bar["out_shape"] or (1,)
    weights, left = divmod(bar["macs"], prod(positions))
    rest = bar["params"] - weights
    named = {0: "", channels: "biases", 2 * channels: "of batch norm"}
    if left or rest not in named:
        return {"parameters": bar["params"]}
    return {"weights": weights} | ({named[rest]: rest} if rest else {})


def _sum_of(params: int, parts: dict[str, int]) -> str:
    """`2,816 parameters = 2,304 weights + 512 of batch norm ...`."""
    whole = f"{units.exact(params)} parameters"
    words = [f"{units.exact(count)} {part}" for part, count in parts.items()]
    return whole if words == [whole] else f"{whole} = {' + '.join(words)}"


def _ticks(highest: int) -> list[tuple[int, str]]:
    """Round numbers from 0 to above the highest bar, at most six, in millions of MACs where they are large."""
    unit = next(m * 10**e for e in range(18) for m in (1, 2, 5) if m * 10**e * 5 >= highest)
    count = -(-highest // unit)
    return [(at * unit, _short(at * unit)) for at in range(count + 1)]


def _short(count: int) -> str:
    return re.sub(r"\.0+\b", "", units.short(count, 3))


def _layout(bars: list[dict], plan: Plan) -> dict:
    """Left edge and width of each bar, and the length of a round number of parameters on the same scale.

    Width is in proportion to parameters, but a bar that would be too thin to see has the smallest width.
    """
    params = [bar["params"] for bar in bars]
    room, wide, per = plan.right - plan.left - plan.gap * (len(bars) - 1), params, 0.0
    while wide:
        per = max(room - plan.thin * (len(params) - len(wide)), 0) / (sum(wide) or 1)
        kept = [count for count in wide if per * count >= plan.thin]
        if len(kept) == len(wide):
            break
        wide = kept
    x, places = float(plan.left), []
    for count in params:
        width = max(per * count, plan.thin) if wide else plan.thin
        places.append((round(x, 2), round(width, 2)))
        x += width + plan.gap
    return {"places": places, "scale": _scale(per if wide else 0.0, plan)}


def _scale(per: float, plan: Plan) -> dict:
    """A ruler: a round number of parameters, how long it is, and which bars are wider than they should be."""
    if not per:
        return {"length": 0, "words": "width says nothing here: too few parameters to draw"}
    fits = [m * 10**e for e in range(12) for m in (1, 2, 5) if m * 10**e * per <= plan.ruler] or [1]
    words = f"{_short(fits[-1])} parameters; narrowest bar: up to {units.short(int(plan.thin / per), 2)}"
    return {"length": round(fits[-1] * per, 2), "words": words}


def _key(net: dict) -> list[str]:
    body, x = [text(20, 61, SHARES, 13, fill="@muted")], 180
    for entry in net["key"]:
        box = {"x": x, "y": 48, "width": 16, "height": 16, "fill": hatched("skyline", entry["idea"])}
        body.append(el("rect", box | {"stroke": f"@{entry['idea']}-ink", "stroke-width": 1.5}))
        body.append(text(x + 23, 61, entry["words"], 13, fill=f"@{entry['idea']}-ink"))
        x += 44 + 8 * len(entry["words"])
    return body


def _table_row(bar: dict) -> tuple:
    return bar["path"], bar["kind"], bar["in_shape"], bar["out_shape"], bar["macs"], bar["params"]


def _alt(net: dict) -> str:
    tallest = max(net["bars"], key=lambda bar: bar["macs"])
    widest = max(net["bars"], key=lambda bar: bar["params"])
    return (
        f"Bar chart of the {len(net['bars'])} layers of {net['name']} from input to output: height is MACs, width is "
        f"parameters. Shares of the {units.macs(net['macs'])}: {', '.join(entry['words'] for entry in net['key'])}. "
        f"The highest bar is {tallest['path']} with {units.macs(tallest['macs'])}, the widest {widest['path']} with "
        f"{units.params(widest['params'])}."
    )
