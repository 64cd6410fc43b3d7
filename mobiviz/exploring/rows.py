"""Where a row of a paper's table stands in its network."""

from __future__ import annotations

from mobiviz.rows import Row
from mobiviz.tables import V1, V2, V3_LARGE, V3_SMALL, Table, Unit, row_units

TABLES = {"V1": V1, "V2": V2, "V3-Large": V3_LARGE, "V3-Small": V3_SMALL}


def block_of(thing: Row | Unit) -> tuple[str, str]:
    """The name of the paper's table and the path of the first block that a row stands for.

    Raises: ValueError for a row that is no block, or in none of the papers' tables.
    """
    for name, table in TABLES.items():
        path = thing.path if isinstance(thing, Unit) and thing in table.units() else _path(table, thing)
        if path:
            return name, path
    what = f"the row {str(thing)!r}" if isinstance(thing, Row) else repr(thing)
    raise ValueError(f"{what} is in none of the papers' tables at alpha 1; take one such as mv.V2.rows[3]")


def _path(table: Table, thing: Row | Unit) -> str:
    """Where the first unit of a row stands; a V1 row of a pair stands with the other one."""
    before = 0
    for row, below in zip(table.rows, (*table.rows[1:], None), strict=True):
        pair = (row, below) if row.op == "dw" else (row,)
        if thing in pair and row.op != "softmax":
            return table.units()[before].path
        if row.op not in ("pw", "softmax"):
            before += len(list(row_units(row, below=below if row.op == "dw" else None)))
    return ""
