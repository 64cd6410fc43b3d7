"""One row of a paper's table: its letters, how its cells are read, and what is wrong with a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mobiviz.names import unknown

COLUMNS = {
    "V1": ("Type / Stride", "Filter Shape", "Input Size"),
    "V2": ("Input", "Operator", "t", "c", "n", "s"),
    "V3": ("Input", "Operator", "exp size", "#out", "SE", "NL", "s"),
}
V1_TYPES = {"Conv": "conv", "Conv dw": "dw", "Avg Pool": "pool", "FC": "linear", "Softmax": "softmax"}
DW_NEEDS_PW = "a 'Conv dw' is followed by its 1x1 'Conv / s1'"
OPERATORS = {"V2": {"conv2d": "conv", "bottleneck": "bottleneck", "avgpool": "pool"},
             "V3": {"conv2d": "conv", "bneck": "bottleneck", "pool": "pool"}}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row, in the paper's letters.

    `op` is conv, dw, pw (the 1x1 below a dw), bottleneck, pool, linear or softmax; `size` and `in_ch` are the input,
    `k` the kernel, `s` the stride, `n` how often the row stands, `c` the output channels (None: the number of classes),
    `t` or `exp` the expansion as the paper gives it, `nl` the activation: RE6, RE, HS or "". `in_rule` and `out_rule`
    say how the two widths follow alpha: `fixed`, `down`, `to 8`, `head` (only upwards) or `classes`.
    """

    op: str
    size: int
    in_ch: int
    c: int | None = None
    k: int = 1
    s: int = 1
    n: int = 1
    t: int | None = None
    exp: int | None = None
    se: bool = False
    nl: str = ""
    in_rule: str = "fixed"
    out_rule: str = "fixed"
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " | ".join(self.cells)

    @property
    def out_size(self) -> int:
        """Height and width of the map that the row puts out."""
        return 1 if self.op == "pool" else -(-self.size // self.s)

    @property
    def out_ch(self) -> int | None:
        """Channels that the row puts out; None is the number of classes."""
        return self.in_ch if self.op in ("dw", "pool", "softmax") else self.c


def read_rows(text: str) -> tuple[str, tuple[Row, ...]]:
    """The family (V1, V2 or V3) and the rows of a table, each row's input checked against the row above.

    Raises: ValueError naming the row, the column, the value and what is allowed there.
    """
    lines = [tuple(cell.strip() for cell in line.split("|")) for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise ValueError("a table needs a line of column names and at least one row")
    family = next((name for name, columns in COLUMNS.items() if columns == lines[0]), None)
    if family is None:
        known = "; ".join(" | ".join(columns) for columns in COLUMNS.values())
        raise ValueError(f"columns {' | '.join(lines[0])!r} are no paper's; use one of: {known}")
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=1):
        cells = _Cells(number, COLUMNS[family], line)
        row = _v1_row(cells) if family == "V1" else _row(cells, family)
        rows.append(replace(_joined(rows, row, cells), cells=line))
    if rows[-1].op == "dw":
        raise cells.error("Type / Stride", DW_NEEDS_PW)
    return family, tuple(_with_rules(rows, family))


def _with_rules(rows: list[Row], family: str) -> Iterator[Row]:
    """Each row with its width rules: the layer before V2's and V3's classifier grows with alpha, and never shrinks."""
    head = next((row for row in reversed(rows) if row.c is not None), None)
    rule = "fixed"  # the picture's own channels
    for row in rows:
        above = rule
        if row.op not in ("dw", "pool", "softmax"):
            rule = "classes" if row.c is None else "down" if family == "V1" else "head" if row is head else "to 8"
        yield replace(row, in_rule=above, out_rule=rule)


class _Cells:
    """The cells of one row by column name; every error says where it is."""

    def __init__(self, number: int, columns: tuple[str, ...], line: tuple[str, ...]):
        if len(line) != len(columns):
            raise ValueError(
                f"row {number} has {len(line)} cells, its table {len(columns)} columns: {' | '.join(line)}"
            )
        self.number, self.by_column = number, dict(zip(columns, line, strict=True))

    def match(self, column: str, pattern: str, rule: str) -> re.Match:
        value = self.by_column[column]
        found = re.fullmatch(pattern, value)
        if not found:
            raise self.error(column, f"{value!r} is not {rule}")
        return found

    def choice(self, column: str, value: str, allowed: dict) -> object:
        if value not in allowed:
            raise self.error(column, unknown("value", value, allowed))
        return allowed[value]

    def number_or_dash(self, column: str) -> int | None:
        found = self.match(column, r"-|[1-9]\d*", "a whole number of at least 1, or - for none")[0]
        return None if found == "-" else int(found)

    def kernel(self, column: str, k: str, across: str) -> int:
        if k != across or int(k) % 2 == 0:
            raise self.error(column, f"a kernel of {k}x{across} is not one of 1x1, 3x3, 5x5 and so on: square and odd")
        return int(k)

    def whole_map(self, column: str, k: str, across: str, size: int) -> None:
        if not int(k) == int(across) == size:
            raise self.error(column, f"{k}x{across} is not the whole map of {size}x{size}, which the pool averages")

    def input(self, column: str) -> tuple[int, int]:
        """`112²x16`, `112^2x16` or `112x112x16`: height (equal to width) and channels."""
        rule = "an input such as 112²x16 or 112x112x16"
        found = self.match(column, r"([1-9]\d*)(?:²|\^2|\s*x\s*(\d+))\s*x\s*([1-9]\d*)", rule)
        if found[2] not in (None, found[1]):
            raise self.error(column, f"{found[0]!r} is not square, and every map of these tables is")
        return int(found[1]), int(found[3])

    def error(self, column: str, words: str) -> ValueError:
        return ValueError(f"row {self.number}, column {column!r}: {words}")


def _v1_row(cells: _Cells) -> Row:
    rule = f"a type of {', '.join(V1_TYPES)}, then s1 or s2, such as 'Conv dw / s1'"
    found = cells.match("Type / Stride", r"(?:([1-9]\d*)x )?([^/]+) / s([12])", rule)
    op = cells.choice("Type / Stride", found[2], V1_TYPES)
    size, in_ch = cells.input("Input Size")
    row = Row(op, size, in_ch, s=int(found[3]), n=int(found[1] or 1), nl="RE6" if "Conv" in found[2] else "")
    reads, column = in_ch, "Filter Shape"
    if op == "conv":
        shape = cells.match(column, r"(\d+)x(\d+)x(\d+)x([1-9]\d*)", "kxkxMxN, as 3x3x3x32")
        reads, row = int(shape[3]), replace(row, k=cells.kernel(column, shape[1], shape[2]), c=int(shape[4]))
    elif op == "dw":
        shape = cells.match(column, r"(\d+)x(\d+)x(\d+) dw", "kxkxM dw, as 3x3x32 dw")
        reads, row = int(shape[3]), replace(row, k=cells.kernel(column, shape[1], shape[2]), c=in_ch)
    elif op == "linear":
        reads = int(cells.match(column, r"(\d+)x[1-9]\d*", "MxN, as 1024x1000")[1])
    elif op == "pool":
        shape = cells.match(column, r"Pool (\d+)x(\d+)", "Pool and the map's size, as Pool 7x7")
        cells.whole_map(column, shape[1], shape[2], size)
    else:
        cells.match(column, "Classifier", "Classifier")
    if reads != in_ch:
        raise cells.error(column, f"the kernel reads {reads} channels, the input has {in_ch}")
    if row.n > 1 and (op not in ("conv", "dw") or row.s > 1 or row.out_ch != in_ch):
        raise cells.error("Type / Stride", f"only a convolution that keeps its input's shape stands {row.n} times")
    return row


def _row(cells: _Cells, family: str) -> Row:
    """A row of V2's or V3's table."""
    words = cells.match("Operator", r"(\w+)(?:,? (\d+)x(\d+))?(?:, NBN)?", "an operator such as 'bneck, 3x3'")
    op = cells.choice("Operator", words[1], OPERATORS[family])
    size, in_ch = cells.input("Input")
    if op == "pool" and words[2]:
        cells.whole_map("Operator", words[2], words[3], size)
    k = 1 if op == "pool" else cells.kernel("Operator", words[2] or "3", words[3] or "3")
    s = cells.number_or_dash("s") or 1
    if s not in (1, 2):
        raise cells.error("s", f"a stride of {s} is not one of 1, 2")
    for column in {"V2": ("t",), "V3": ("exp size", "SE")}[family]:
        if op != "bottleneck" and cells.by_column[column] != "-":
            raise cells.error(column, f"{cells.by_column[column]!r} stands only in a bottleneck's row; give -")
    out = "c" if family == "V2" else "#out"
    c = None if cells.by_column[out] == "k" else cells.number_or_dash(out)
    if (c is None and cells.by_column[out] == "-") != (op == "pool"):
        raise cells.error(out, "- where a row pools, and only there; else the output channels, or k for the classes")
    row = Row(op, size, in_ch, c, k, s)
    if family == "V2":
        n, t = cells.number_or_dash("n") or 1, cells.number_or_dash("t")
        if op == "bottleneck" and t is None:
            raise cells.error("t", "'-' is no expansion; a bottleneck needs one, as 6, and 1 expands nothing")
        return replace(row, n=n, t=t, nl="" if op == "pool" else "RE6")
    exp = cells.number_or_dash("exp size")
    if op == "bottleneck" and exp is None:
        raise cells.error("exp size", "'-' is no width; a bneck needs one, as 64, and the input's own expands nothing")
    se = cells.choice("SE", cells.by_column["SE"], {"✓": True, "-": False})
    nl = cells.choice("NL", cells.by_column["NL"], {"RE": "RE", "HS": "HS", "-": ""})
    return replace(row, exp=exp, se=se, nl=nl)


def _joined(above: list[Row], row: Row, cells: _Cells) -> Row:
    """The row in its place: its input is what the row above puts out; after the pool a 1x1 is a linear layer."""
    operator, column = ("Operator", "Input") if "Operator" in cells.by_column else ("Type / Stride", "Input Size")
    said = repr(cells.by_column[operator])
    if above:
        last = above[-1]
        size, channels = last.out_size, last.out_ch
        if (row.size, row.in_ch) != (size, row.in_ch if channels is None else channels):
            shape = f"{size}x{size}x{'k' if channels is None else channels}"
            raise cells.error(column, f"{cells.by_column[column]!r} is not the {shape} of the row above")
        if last.op == "dw":
            return _pointwise(last, row, cells)
        if last.op == "linear" and last.c is None and row.op != "softmax":
            raise cells.error(operator, f"{said} follows the classes, which end the network")
    if any(earlier.op == "pool" for earlier in above):
        if row.op not in ("conv", "linear", "softmax") or (row.k, row.s, row.n) != (1, 1, 1):
            raise cells.error(operator, f"{said} is no single 1x1, and only those follow the pool")
        return replace(row, op="linear", nl="" if row.c is None else row.nl) if row.op == "conv" else row
    if row.op in ("linear", "softmax") or (row.c is None and row.op != "pool"):
        raise cells.error(operator, f"{said} puts out classes, which follow only after the pool")
    if "NBN" in cells.by_column[operator]:
        raise cells.error(operator, f"{said}: only a 1x1 after the pool goes without batch norm")
    return row


def _pointwise(dw: Row, row: Row, cells: _Cells) -> Row:
    """V1's 1x1 in its place below a `Conv dw`."""
    if (row.op, row.k, row.s) != ("conv", 1, 1):
        raise cells.error("Type / Stride", f"{cells.by_column['Type / Stride']!r} is out of place: {DW_NEEDS_PW}")
    if row.n != dw.n:
        raise cells.error("Type / Stride", f"stands {row.n} times, the 'Conv dw' above it {dw.n} times")
    return replace(row, op="pw")
