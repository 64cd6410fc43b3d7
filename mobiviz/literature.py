"""What papers and authors printed about these networks: rows of data/published_tables.json, each with its source.

`published(...)` picks rows. Numbers are quoted with the digits of their source; `macs_rules` and `params_rules` say how
each was counted, where our own count differs. data/README.md explains those rules, and a test recomputes every row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from mobiviz import assets
from mobiviz.names import unknown

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "model": "model",
    "alpha": "alpha",
    "resolution": "resolution",
    "macs_millions": "MACs, M",
    "params_millions": "parameters, M",
    "top1": "top-1, %",
    "pixel1_ms": "Pixel 1, ms",
}


@dataclass(frozen=True, kw_only=True)
class Published:
    """One row of a source. None is a figure that the source does not print.

    Units: millions of MACs and of parameters, percent of ImageNet's validation photos (`top1_dogs`: of Stanford Dogs),
    ms on one core of a Pixel phone.
    """

    model: str
    version: str
    alpha: float | None
    resolution: int
    macs_millions: float | None = None
    params_millions: float | None = None
    top1: float | None = None
    top5: float | None = None
    top1_dogs: float | None = None
    pixel1_ms: float | None = None
    pixel2_ms: float | None = None
    pixel3_ms: float | None = None
    source: str
    note: str = ""
    macs_rules: tuple[str, ...] = ()
    params_rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Publications:
    """Rows of published figures; iterates as `Published`, prints as a table with its sources below."""

    rows: tuple[Published, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Published]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Published:
        return self.rows[index]

    def table(self) -> pd.DataFrame:
        """All fields as a DataFrame, one row each."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows])

    def __repr__(self) -> str:
        lines = list(zip(*(self._column(name) for name in (*_COLUMNS, "source")), strict=True))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        cells = (
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
            for line in lines
        )
        return "\n".join([*("  ".join(line) for line in cells), "", *self._sources()])

    def _repr_html_(self) -> str:
        head, *body = zip(*(self._column(name) for name in (*_COLUMNS, "source")), strict=True)
        heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        name = '<th scope="row" style="text-align:left;font-weight:400">'
        rows = "".join(
            f"<tr>{name}{escape(line[0])}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in line[1:])}</tr>"
            for line in body
        )
        sources = "".join(f"<div>{escape(line)}</div>" for line in self._sources())
        return (
            '<div role="region" tabindex="0" aria-label="Published figures" '
            'style="max-height:26em;overflow:auto;width:fit-content;max-width:100%;font-variant-numeric:tabular-nums">'
            f'<table style="text-align:right"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>'
            f"</table></div>{sources}"
        )

    def _column(self, name: str) -> list[str]:
        """Heading and cells; figures as their source prints them, which is why units.py has no part in it."""
        if name == "source":
            numbers = {source: f"[{number}]" for number, source in enumerate(self._all_sources(), 1)}
            return ["source", *(numbers[row.source] for row in self.rows)]
        values = (getattr(row, name) for row in self.rows)
        return [_COLUMNS[name], *("-" if value is None else str(value) for value in values)]

    def _all_sources(self) -> list[str]:
        return list(dict.fromkeys(row.source for row in self.rows))

    def _sources(self) -> list[str]:
        return [f"[{number}] {source}" for number, source in enumerate(self._all_sources(), 1)]


def published(
    model: str | None = None, alpha: float | None = None, resolution: int | None = None, source: str | None = None
) -> Publications:
    """What was printed about a model, at an alpha and a resolution, in sources whose name contains `source`.

    Raises: ValueError for a value that none of the rows left by the options before it has, with the nearest.
    """
    rows = _rows()
    for name, wanted in (("model", model), ("alpha", alpha), ("resolution", resolution)):
        if wanted is not None:
            printed = dict.fromkeys(getattr(row, name) for row in rows)
            rows = [row for row in rows if getattr(row, name) == wanted]
            if not rows:
                raise ValueError(_unprinted(name, wanted, [value for value in printed if value is not None]))
    if source is not None:
        printed = dict.fromkeys(row.source for row in rows)
        rows = [row for row in rows if source.casefold() in row.source.casefold()]
        if not rows:
            raise ValueError("\n  ".join((f"source {source!r} is part of none of", *printed)))
    return Publications(tuple(rows))


def _unprinted(name: str, wanted: object, printed: list) -> str:
    if not isinstance(wanted, float | int) or name == "model" or not printed:
        return unknown(name, wanted, printed)
    near = min(printed, key=lambda value: abs(value - wanted))
    return f"{name} {wanted} is not one of {', '.join(map(str, sorted(printed)))}; the nearest is {near}"


@cache
def _rows() -> list[Published]:
    rows = json.loads(assets.data("published_tables.json").read_text(encoding="utf-8"))
    return [Published(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in rows]
