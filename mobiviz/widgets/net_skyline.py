"""The skyline: a network's layers as bars along its depth; height is MACs, width is parameters."""

from mobiviz import units
from mobiviz.plot.palette import idea
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

KEYS = ("path", "kind", "macs", "params", "in_shape", "out_shape")
HEAD = ("layer", "kind", "input", "output", "MACs", "parameters")
LEFT, RIGHT, TOP, BASE, GAP, THIN = 64, 790, 92, 330, 2, 4


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
            ratio = units.ratio(nets[1]["macs"] / nets[0]["macs"])
            nets[1]["title"] = f"{twin_name[0].upper() + twin_name[1:]}: {ratio} the MACs, {units.macs(nets[1]['macs'])}"
            nets[1]["reference"] = {"macs": max(nets[0]["heights"]), "label": f"{name}'s highest bar"}
        controls = [{"name": "net", "label": "network", "values": [0, 1], "labels": [name, twin_name]}] if twin else []
        table = [HEAD] + [_table_row(bar) for net in nets for bar in net["bars"]]
        data = {"title": nets[0]["title"], "alt": _alt(nets[0]), "nets": nets, "controls": controls, "table": table}
        super().__init__(data, start={"net": 0, "at": 0})

    def poster(self) -> str:
        """All bars of the first network, each kind's share beside its name."""
        net = self.data["nets"][0]
        body = [text(20, 30, net["title"], 16, weight="600"), *_key(net)]
        top = net["ticks"][-1][0]
        for value, label in net["ticks"]:
            y = BASE - (BASE - TOP) * value / top
            body.append(el("path", {"d": f"M{LEFT} {y:.1f}H{RIGHT}", "stroke": "@line", "stroke-width": 0.5}))
            body.append(text(LEFT - 8, y + 4, label, 12, anchor="end"))
        for bar, (x, width) in zip(net["bars"], _places(net["bars"]), strict=True):
            height = (BASE - TOP) * bar["macs"] / top
            box = {"x": x, "y": BASE - height, "width": width, "height": height}
            box |= {"fill": hatched("skyline", bar["idea"]), "stroke": f"@{bar['idea']}-ink", "stroke-width": 1.5}
            body.append(el("rect", box))
        body.append(text(LEFT, BASE + 22, "input", 12))
        body.append(text(RIGHT, BASE + 22, "output", 12, anchor="end"))
        words = "height: MACs · width: parameters"
        body.append(text((LEFT + RIGHT) / 2, BASE + 22, words, 12, anchor="middle"))
        return picture("skyline", (810, 366), net["title"], _alt(net), *body)


def _net(bars: list[dict], name: str) -> dict:
    if not bars:
        raise ValueError(f"{name} has no bars; give one dict per layer")
    rows = [_bar(bar) for bar in bars]
    macs, params = (sum(row[key] for row in rows) for key in ("macs", "params"))
    shares = {}
    for row in rows:
        row["share"] = units.percent(row["macs"] / macs)
        shares[row["kind"]] = shares.get(row["kind"], 0) + row["macs"]
    order = sorted(shares, key=shares.get, reverse=True)
    words = [f"{kind} {units.percent(shares[kind] / macs)}" for kind in order]
    return {
        "name": name,
        "bars": rows,
        "macs": macs,
        "params": params,
        "heights": [row["macs"] for row in rows],
        "ticks": _ticks(max(row["macs"] for row in rows)),
        "key": [{"idea": idea(kind).name, "words": text} for kind, text in zip(order, words, strict=True)],
        "title": f"{order[0].capitalize()} layers take {words[0].split()[-1]} of {name}'s {units.macs(macs)}",
    }


def _bar(bar: dict) -> dict:
    missing = [key for key in KEYS if key not in bar]
    if missing:
        raise ValueError(f"a bar must hold {', '.join(KEYS)} (lacks {', '.join(missing)})")
    shapes = {key: units.shape(tuple(bar[key])) for key in ("in_shape", "out_shape")}
    counts = {key: int(bar[key]) for key in ("macs", "params")}
    return {"path": bar["path"], "kind": bar["kind"], "idea": idea(bar["kind"]).name, **counts, **shapes}


def _ticks(highest: int) -> list[tuple[int, str]]:
    """Round numbers from 0 to above the highest bar, at most six, in millions of MACs where they are large."""
    unit = next(m * 10**e for e in range(18) for m in (1, 2, 5) if m * 10**e * 5 >= highest)
    count = -(-highest // unit)
    return [(at * unit, units.short(at * unit, 3).replace(".0", "")) for at in range(count + 1)]


def _places(bars: list[dict]) -> list[tuple[float, float]]:
    """Left edge and width of each bar: width follows parameters, but no bar is too thin to see."""
    room = RIGHT - LEFT - GAP * (len(bars) - 1) - THIN * len(bars)
    total, x, places = sum(bar["params"] for bar in bars) or 1, float(LEFT), []
    for bar in bars:
        width = THIN + max(room, 0) * bar["params"] / total
        places.append((x, width))
        x += width + GAP
    return places


def _key(net: dict) -> list[str]:
    body, x = [], 20
    for entry in net["key"]:
        box = {"x": x, "y": 48, "width": 16, "height": 16, "fill": hatched("skyline", entry["idea"])}
        body.append(el("rect", box | {"stroke": f"@{entry['idea']}-ink", "stroke-width": 1.5}))
        body.append(text(x + 23, 61, entry["words"], 13, fill=f"@{entry['idea']}-ink"))
        x += 50 + 8 * len(entry["words"])
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
