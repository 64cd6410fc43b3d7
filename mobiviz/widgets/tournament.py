"""The tournament: networks by accuracy and time, asked for in generations, until the best front is inked in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from mobiviz import units
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, picture, text

_BOX = (70, 770, 70, 420)  # left, right, top, bottom of the poster's plane


@dataclass(frozen=True)
class Skin:
    """One device: every network's ms on it, in the order of `names`; the generations in which a search asked for them,
    as indices; the front that was known after each; and the winner.
    """

    ms: Sequence[float]
    generations: Sequence[Sequence[int]]
    fronts: Sequence[Sequence[int]]
    winner: int
    note: str = ""


class Tournament(Stage):
    """Steps through the generations of a search; `accuracy` is of each name, `sources` says `measured` or `predicted`.

    Raises: ValueError for lists of other lengths than `names`, or no skin.
    """

    script = "tournament.js"

    def __init__(
        self, names: Sequence[str], accuracy: Sequence[float], sources: Sequence[str], skins: Mapping[str, Skin]
    ) -> None:
        if not skins:
            raise ValueError("a tournament needs at least one device (got none)")
        for label, values in {"accuracy": accuracy, "sources": sources, **{k: s.ms for k, s in skins.items()}}.items():
            if len(values) != len(names):
                raise ValueError(f"{label} must have one value a network, {len(names)} (got {len(values)})")
        controls = [{"name": "skin", "label": "device", "values": list(range(len(skins))), "labels": list(skins)}]
        shown = [_skin(label, skin, names, accuracy) for label, skin in skins.items()]
        low, high = min(accuracy), max(accuracy)
        up = [round((each - low) / (high - low or 1), 4) for each in accuracy]
        data = {"title": _title(shown), "alt": _alt(shown[0], len(names)), "controls": controls, "skins": shown}
        data |= {"names": list(names), "up": up, "ends": [units.percent(low), units.percent(high)]}
        data["accuracy"] = [units.percent(each) for each in accuracy]
        data["table"] = [("network", "top-1", "known how", *(f"ms, {label}" for label in skins))]
        data["table"] += [
            (name, data["accuracy"][at], sources[at], *(units.ms(skin.ms[at])[:-3] for skin in skins.values()))
            for at, name in enumerate(names)
        ]
        super().__init__(data, start={"skin": 0, "at": 0})

    def poster(self) -> str:
        """The first device at the end of the search: all networks, the front as a line, the winner."""
        left, right, top, bottom = _BOX
        skin = self.data["skins"][0]

        def place(at: int) -> tuple[float, float]:
            return left + (right - left) * skin["across"][at], bottom - (bottom - top) * self.data["up"][at]

        body = [text(20, 30, self.data["title"], 16, weight="600")]
        body.append(el("path", {"d": f"M{left} {top}V{bottom}H{right}", "fill": "none", "stroke": "@line"}))
        for at in range(len(self.data["names"])):
            x, y = place(at)
            body.append(el("circle", {"cx": x, "cy": y, "r": 3.5, "fill": "@map", "stroke": "@map-ink"}))
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in map(place, skin["fronts"][-1]))
        body.append(el("path", {"d": f"M{line}", "fill": "none", "stroke": "@text", "stroke-width": 2}))
        x, y = place(skin["winner"])
        body.append(el("circle", {"cx": x, "cy": y, "r": 7.0, "fill": "@yours", "stroke": "@yours-ink"}))
        name, right_half = self.data["names"][skin["winner"]], x > (left + right) / 2
        anchor = "end" if right_half else "start"
        body.append(text(x + (-4 if right_half else 4), y - 13, name, 13, anchor=anchor, weight="600"))
        for at, y in ((0, bottom), (1, top)):
            body.append(text(left - 8, y + 4, self.data["ends"][at], 12, anchor="end", fill="@muted"))
        for at, x, anchor in ((0, left, "start"), (1, right, "end")):
            body.append(text(x, bottom + 20, skin["ends"][at], 12, anchor=anchor, fill="@muted"))
        words = f"ms on {skin['label']}, in steps of the same factor; upwards: top-1; the line: no other beats these"
        body.append(text((left + right) / 2, bottom + 42, words, 12, anchor="middle", fill="@muted"))
        return picture("tournament", (800, 476), self.data["title"], self.data["alt"], *body)


def _skin(label: str, skin: Skin, names: Sequence[str], accuracy: Sequence[float]) -> dict:
    low, high = min(skin.ms), max(skin.ms)
    across = [round(log(each / low) / (log(high / low) or 1), 4) for each in skin.ms]
    counts, asked = [], 0
    for generation, front in zip(skin.generations, skin.fronts, strict=True):
        asked += len(generation)
        counts.append({"asked": asked, "front": len(front)})
    best = skin.winner
    won = f"{names[best]}: {units.percent(accuracy[best])} in {units.ms(skin.ms[best])}"
    axis = {"label": label, "across": across, "ends": [units.ms(low), units.ms(high)], "note": skin.note}
    run = {"generations": [list(each) for each in skin.generations], "fronts": [list(each) for each in skin.fronts]}
    return axis | run | {"counts": counts, "winner": best, "won": won, "shown": [units.ms(each) for each in skin.ms]}


def _title(skins: list[dict]) -> str:
    first = skins[0]
    if len(skins) == 1:
        return f"The winner on {first['label']} is {first['won']}"
    others = [skin for skin in skins[1:] if skin["winner"] != first["winner"]]
    if others:
        return f"Two devices, two winners: {first['label']} and {others[0]['label']} choose differently"
    return f"{first['label']} and {skins[1]['label']} choose the same network"


def _alt(skin: dict, count: int) -> str:
    end = skin["counts"][-1]
    return (
        f"{count} networks as dots, time on {skin['label']} to the right, top-1 upwards. A search asked for "
        f"{end['asked']} of them; {end['front']} are beaten by no other, and a line leads through them. "
        f"The winner: {skin['won']}."
    )
