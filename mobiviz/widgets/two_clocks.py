"""Two clocks: what the same networks take on two devices, their order on each, and which pairs change places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

import numpy as np

from mobiviz import stats, units
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, picture, text

TOP, ROW, LEFT, RIGHT = 92, 34, 290, 510
Value = float | tuple[float, float, float]


class TwoClocks(Stage):
    """A column for each device: `{"Pixel 1": {"V2": 73.8}}`, a value or a value with its interval, (ms, low, high).

    Two columns stand side by side, with the networks that both have, in their order; a line leads from one to the
    other. Pairs whose intervals overlap in a column are left open. `yours` names the columns that you measured.

    Raises: ValueError for fewer than two columns, or two that share fewer than two networks.
    """

    script = "two_clocks.js"

    def __init__(
        self,
        columns: Mapping[str, Mapping[str, Value]],
        yours: Sequence[str] = (),
        unit: Mapping[str, str] | None = None,
        start: tuple[int, int] = (0, 1),
    ) -> None:
        labels = list(columns)
        if len(labels) < 2:
            raise ValueError(f"columns must be two devices or more (got {len(labels)})")
        words = {label: (unit or {}).get(label, "ms") for label in labels}
        pairs = {}
        for i, j in permutations(range(len(labels)), 2):
            both = [name for name in columns[labels[i]] if name in columns[labels[j]]]
            if len(both) < 2:
                raise ValueError(f"{labels[i]!r} and {labels[j]!r} must share two networks or more (got {both})")
            pairs[f"{i},{j}"] = _pair([labels[i], labels[j]], columns, both, words)
        controls = [
            {"name": side, "label": label, "values": list(range(len(labels))), "labels": labels}
            for side, label in (("left", "left clock"), ("right", "right clock"))
        ]
        heads = [{"label": label, "unit": words[label], "yours": label in yours} for label in labels]
        first = pairs[f"{start[0]},{start[1]}"]
        data = {"title": first["title"], "alt": _alt(first), "controls": controls, "heads": heads, "pairs": pairs}
        data["table"] = _table(columns, words)
        super().__init__(data, start={"left": start[0], "right": start[1], "at": 0})

    def poster(self) -> str:
        """The first two columns, every line drawn, those of networks that change rank heavier."""
        left, right = self.start["left"], self.start["right"]
        pair, heads = self.data["pairs"][f"{left},{right}"], self.data["heads"]
        body = [text(20, 30, pair["title"], 16, weight="600")]
        for head, x, anchor in ((heads[left], LEFT, "end"), (heads[right], RIGHT, "start")):
            fill = "@yours-ink" if head["yours"] else "@text"
            body.append(text(x, 68, f"{head['label']}, {head['unit']}", 14, anchor=anchor, weight="600", fill=fill))
        for row in pair["rows"]:
            y0, y1 = (TOP + ROW * (row[side] + 0.5) for side in ("left_at", "right_at"))
            heavy = row["moved"]
            line = {"d": f"M{LEFT + 12} {y0 - 4}L{RIGHT - 12} {y1 - 4}", "fill": "none"}
            line |= {"stroke": "@text" if heavy else "@line", "stroke-width": 2.5 if heavy else 1.2}
            body.append(el("path", line))
            weight = {"weight": "600"} if heavy else {}
            body.append(text(LEFT, y0, row["left"], 13, anchor="end", **weight))
            body.append(text(LEFT - 52, y0, row["name"], 13, anchor="end", **weight))
            body += [text(RIGHT, y1, row["right"], 13, **weight), text(RIGHT + 52, y1, row["name"], 13, **weight)]
        height = TOP + ROW * len(pair["rows"]) + 34
        body.append(
            text(20, height - 12, f"fastest above; heavy: another rank on the right; {pair['rho']}", 12, fill="@muted")
        )
        return picture("clocks", (800, height), pair["title"], _alt(pair), *body)


def _pair(labels: list[str], columns: Mapping, both: list[str], words: Mapping[str, str]) -> dict:
    """Everything that is shown of two columns."""
    values = [{name: _three(columns[label][name]) for name in both} for label in labels]
    order = [sorted(both, key=lambda name, side=side: values[side][name][0]) for side in (0, 1)]
    rows = []
    for name in order[0]:
        ranks = [order[side].index(name) for side in (0, 1)]
        shown = [_shown(values[side][name][0], words[labels[side]]) for side in (0, 1)]
        tied = any(values[side][name][0] == values[side][order[side][ranks[1 - side]]][0] for side in (0, 1))
        said = ", ".join(
            f"{labels[side]} {shown[side]} {words[labels[side]]}, rank {ranks[side] + 1}" for side in (0, 1)
        )
        rows.append(
            {
                "name": name,
                "left": shown[0],
                "right": shown[1],
                "left_at": ranks[0],
                "right_at": ranks[1],
                "moved": ranks[0] != ranks[1] and not tied,
                "said": said,
            }
        )
    swapped, undecided, total = _swaps(*values)
    rho = stats.spearman(*(np.array([side[name][0] for name in both]) for side in values))
    counted = f"{swapped} of {total} pairs change{'s' if swapped == 1 else ''} places"
    title = f"{counted} between {labels[0]} and {labels[1]}"
    return {
        "rows": rows,
        "swapped": swapped,
        "open": undecided,
        "total": total,
        "title": title + (f"; {undecided} cannot be told" if undecided else ""),
        "rho": f"Spearman's rho = {rho:.2f}",
    }


def _swaps(first: Mapping[str, tuple], second: Mapping[str, tuple]) -> tuple[int, int, int]:
    """Pairs in another order, pairs that one side cannot order, and all of them."""
    swapped = undecided = total = 0
    for a, b in combinations(first, 2):
        orders = [_order(side[a], side[b]) for side in (first, second)]
        total += 1
        undecided += 0 in orders
        swapped += orders[0] * orders[1] < 0
    return swapped, undecided, total


def _order(a: tuple, b: tuple) -> int:
    """-1 where a is faster, 1 where b is, 0 where their intervals overlap."""
    return -1 if a[2] < b[1] else 1 if b[2] < a[1] else 0


def _three(value: Value) -> tuple[float, float, float]:
    return tuple(map(float, value)) if isinstance(value, tuple) else (float(value),) * 3


def _shown(value: float, unit: str) -> str:
    return units.ms(value).removesuffix(" ms") if unit == "ms" and value != round(value, 1) else f"{value:g}"


def _table(columns: Mapping[str, Mapping[str, Value]], words: Mapping[str, str]) -> list[list]:
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    rows = [
        [
            name,
            *(
                _shown(_three(column[name])[0], words[label]) if name in column else "-"
                for label, column in columns.items()
            ),
        ]
        for name in names
    ]
    return [["network", *(f"{label}, {words[label]}" for label in columns)], *rows]


def _alt(pair: dict) -> str:
    listed = "; ".join(f"{row['name']} {row['said']}" for row in pair["rows"])
    return f"Two columns of networks, the fastest above, with a line from each to itself. {pair['title']}. {listed}."
