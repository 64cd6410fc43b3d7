"""The papers' tables as data: V1, V2, V3_LARGE, V3_SMALL.

`table(text)` reads a table in the paper's own columns and words, `str(table)` prints it back, and
`Table.units(alpha)` resolves it to the widths that are built: the one place where the width rule lives.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from numbers import Integral, Real

from mobiviz.rows import COLUMNS, Row, read_rows


@dataclass(frozen=True)
class Unit:
    """One block of the built network: a row resolved to integer widths, under its module's path.

    `op` is conv, separable, bottleneck, pool or linear; `exp_ch` is the expanded width (equal to `in_ch` where nothing
    is expanded), `se_ch` the squeezed width (0: no squeeze-and-excite), `nl` the activation: RE6, RE, HS or "".
    """

    op: str
    in_ch: int
    out_ch: int
    exp_ch: int = 0
    k: int = 1
    s: int = 1
    se_ch: int = 0
    nl: str = ""
    path: str = ""

    @property
    def skip(self) -> bool:
        """Whether the block adds its input to its output."""
        return self.op == "bottleneck" and self.s == 1 and self.in_ch == self.out_ch


@dataclass(frozen=True)
class Table:
    """A network as its paper prints it: rows, in the columns of their family. Prints like the paper."""

    family: str
    rows: tuple[Row, ...]
    name: str = field(default="", compare=False)
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        lines = [COLUMNS[self.family], *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )

    def __repr__(self) -> str:
        return f"<{self.name or 'table'}: {len(self.rows)} rows in the columns of {self.family}>"

    @property
    def resolution(self) -> int:
        """Height and width of the input that the table prints."""
        return self.rows[0].size

    def units(self, alpha: float = 1.0, num_classes: int = 1000) -> tuple[Unit, ...]:
        """The blocks of the network at width multiplier alpha.

        Raises: ValueError for an alpha that is not above 0, or leaves a layer without channels.
        """
        check_alpha(alpha)
        check_count("num_classes", num_classes)
        blocks = [
            unit
            for row, below in zip(self.rows, (*self.rows[1:], None), strict=True)
            if row.op not in ("pw", "softmax")
            for unit in row_units(row, alpha, num_classes, below if row.op == "dw" else None)
        ]
        return tuple(_with_paths(blocks))


def table(text: str, name: str = "", source: str = "") -> Table:
    """Read a table in the columns of the V1, V2 or V3 paper, cells separated by `|`.

    Raises: ValueError naming the row, the column, the value and what is allowed there.
    """
    family, rows = read_rows(text)
    return Table(family, rows, name, source)


def check_alpha(alpha: float) -> None:
    """Raise unless alpha, the width multiplier, is a finite number above 0."""
    if isinstance(alpha, bool) or not isinstance(alpha, Real):
        raise TypeError(f"alpha must be a number such as 0.75 (got {alpha!r})")
    if not (math.isfinite(alpha) and alpha > 0):
        raise ValueError(f"alpha must be > 0 (got {alpha}); the papers use 0.25 to 1.4")


def check_count(name: str, value: int) -> None:
    """Raise unless `value` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number (got {value!r})")
    if value < 1:
        raise ValueError(f"{name} must be at least 1 (got {value})")


def round_to_8(width: float) -> int:
    """The nearest multiple of 8, at least 8, that loses no more than 10% of `width`.

    Source: V2's and V3's authors' code (tensorflow/models, slim), where it is called make_divisible.
    """
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded


def row_units(row: Row, alpha: float = 1.0, num_classes: int = 1000, below: Row | None = None) -> Iterator[Unit]:
    """The blocks of one row; a V1 `Conv dw` row with the row below it makes one separable block."""
    last = below or row
    width = _scaled(row.in_ch, row.in_rule, alpha, num_classes)
    out = _scaled(last.out_ch, last.out_rule, alpha, num_classes)
    for turn in range(row.n):
        exp = width * row.t if row.t else round_to_8(width * row.exp / row.in_ch) if row.exp else 0
        yield Unit(
            op="separable" if below else "conv" if row.op == "pw" else row.op,
            in_ch=width,
            out_ch=out,
            exp_ch=exp,
            k=row.k,
            s=row.s if turn == 0 else 1,
            se_ch=round_to_8(exp / 4) if row.se and exp else 0,
            nl=row.nl,
        )
        width = out


def _scaled(width: int | None, rule: str, alpha: float, num_classes: int) -> int:
    """A printed width at width multiplier alpha."""
    if rule == "classes":
        return num_classes
    if rule == "down" and int(width * alpha) < 1:
        raise ValueError(f"alpha {alpha} leaves none of {width} channels; use at least 1/{width}")
    if rule == "head":
        return round_to_8(width * max(alpha, 1.0))
    return {"fixed": width, "down": int(width * alpha), "to 8": round_to_8(width * alpha)}[rule]


def _with_paths(units: list[Unit]) -> Iterator[Unit]:
    """Name each unit as the built network names its module: features.3, pool, classifier.1."""
    features, layer = 0, 0
    for unit in units:
        if unit.op == "pool":
            yield replace(unit, path="pool")
        elif unit.op == "linear":
            layer += unit is units[-1]  # dropout stands before the last one
            yield replace(unit, path=f"classifier.{layer}")
            layer += 2  # the layer and its activation
        else:
            yield replace(unit, path=f"features.{features}")
            features += 1


V1 = table(
    """
    Type / Stride   | Filter Shape  | Input Size
    Conv / s2       | 3x3x3x32      | 224x224x3
    Conv dw / s1    | 3x3x32 dw     | 112x112x32
    Conv / s1       | 1x1x32x64     | 112x112x32
    Conv dw / s2    | 3x3x64 dw     | 112x112x64
    Conv / s1       | 1x1x64x128    | 56x56x64
    Conv dw / s1    | 3x3x128 dw    | 56x56x128
    Conv / s1       | 1x1x128x128   | 56x56x128
    Conv dw / s2    | 3x3x128 dw    | 56x56x128
    Conv / s1       | 1x1x128x256   | 28x28x128
    Conv dw / s1    | 3x3x256 dw    | 28x28x256
    Conv / s1       | 1x1x256x256   | 28x28x256
    Conv dw / s2    | 3x3x256 dw    | 28x28x256
    Conv / s1       | 1x1x256x512   | 14x14x256
    5x Conv dw / s1 | 3x3x512 dw    | 14x14x512
    5x Conv / s1    | 1x1x512x512   | 14x14x512
    Conv dw / s2    | 3x3x512 dw    | 14x14x512
    Conv / s1       | 1x1x512x1024  | 7x7x512
    Conv dw / s1    | 3x3x1024 dw   | 7x7x1024
    Conv / s1       | 1x1x1024x1024 | 7x7x1024
    Avg Pool / s1   | Pool 7x7      | 7x7x1024
    FC / s1         | 1024x1000     | 1x1x1024
    Softmax / s1    | Classifier    | 1x1x1000
    """,
    name="MobileNetV1",
    source="Howard et al. 2017, arXiv:1704.04861, Table 1; its last Conv dw prints s2 on a 7x7 map that stays 7x7: s1",
)

V1_CONV = table(
    """
    Type / Stride | Filter Shape  | Input Size
    Conv / s2     | 3x3x3x32      | 224x224x3
    Conv / s1     | 3x3x32x64     | 112x112x32
    Conv / s2     | 3x3x64x128    | 112x112x64
    Conv / s1     | 3x3x128x128   | 56x56x128
    Conv / s2     | 3x3x128x256   | 56x56x128
    Conv / s1     | 3x3x256x256   | 28x28x256
    Conv / s2     | 3x3x256x512   | 28x28x256
    5x Conv / s1  | 3x3x512x512   | 14x14x512
    Conv / s2     | 3x3x512x1024  | 14x14x512
    Conv / s1     | 3x3x1024x1024 | 7x7x1024
    Avg Pool / s1 | Pool 7x7      | 7x7x1024
    FC / s1       | 1024x1000     | 1x1x1024
    Softmax / s1  | Classifier    | 1x1x1000
    """,
    name="Conv MobileNet",
    source="Howard et al. 2017, arXiv:1704.04861, Table 4: MobileNetV1 with a full convolution for each separable one",
)

V2 = table(
    """
    Input   | Operator    | t | c    | n | s
    224²x3  | conv2d      | - | 32   | 1 | 2
    112²x32 | bottleneck  | 1 | 16   | 1 | 1
    112²x16 | bottleneck  | 6 | 24   | 2 | 2
    56²x24  | bottleneck  | 6 | 32   | 3 | 2
    28²x32  | bottleneck  | 6 | 64   | 4 | 2
    14²x64  | bottleneck  | 6 | 96   | 3 | 1
    14²x96  | bottleneck  | 6 | 160  | 3 | 2
    7²x160  | bottleneck  | 6 | 320  | 1 | 1
    7²x320  | conv2d 1x1  | - | 1280 | 1 | 1
    7²x1280 | avgpool 7x7 | - | -    | 1 | -
    1²x1280 | conv2d 1x1  | - | k    | - | -
    """,
    name="MobileNetV2",
    source="Sandler et al. 2018, arXiv:1801.04381, Table 2; its t = 1 row has no expansion, as in the authors' code",
)

V3_LARGE = table(
    """
    Input   | Operator        | exp size | #out | SE | NL | s
    224²x3  | conv2d          | -        | 16   | -  | HS | 2
    112²x16 | bneck, 3x3      | 16       | 16   | -  | RE | 1
    112²x16 | bneck, 3x3      | 64       | 24   | -  | RE | 2
    56²x24  | bneck, 3x3      | 72       | 24   | -  | RE | 1
    56²x24  | bneck, 5x5      | 72       | 40   | ✓  | RE | 2
    28²x40  | bneck, 5x5      | 120      | 40   | ✓  | RE | 1
    28²x40  | bneck, 5x5      | 120      | 40   | ✓  | RE | 1
    28²x40  | bneck, 3x3      | 240      | 80   | -  | HS | 2
    14²x80  | bneck, 3x3      | 200      | 80   | -  | HS | 1
    14²x80  | bneck, 3x3      | 184      | 80   | -  | HS | 1
    14²x80  | bneck, 3x3      | 184      | 80   | -  | HS | 1
    14²x80  | bneck, 3x3      | 480      | 112  | ✓  | HS | 1
    14²x112 | bneck, 3x3      | 672      | 112  | ✓  | HS | 1
    14²x112 | bneck, 5x5      | 672      | 160  | ✓  | HS | 2
    7²x160  | bneck, 5x5      | 960      | 160  | ✓  | HS | 1
    7²x160  | bneck, 5x5      | 960      | 160  | ✓  | HS | 1
    7²x160  | conv2d, 1x1     | -        | 960  | -  | HS | 1
    7²x960  | pool, 7x7       | -        | -    | -  | -  | 1
    1²x960  | conv2d 1x1, NBN | -        | 1280 | -  | HS | 1
    1²x1280 | conv2d 1x1, NBN | -        | k    | -  | -  | 1
    """,
    name="MobileNetV3-Large",
    source="Howard et al. 2019, arXiv:1905.02244, Table 1",
)

V3_SMALL = table(
    """
    Input   | Operator        | exp size | #out | SE | NL | s
    224²x3  | conv2d, 3x3     | -        | 16   | -  | HS | 2
    112²x16 | bneck, 3x3      | 16       | 16   | ✓  | RE | 2
    56²x16  | bneck, 3x3      | 72       | 24   | -  | RE | 2
    28²x24  | bneck, 3x3      | 88       | 24   | -  | RE | 1
    28²x24  | bneck, 5x5      | 96       | 40   | ✓  | HS | 2
    14²x40  | bneck, 5x5      | 240      | 40   | ✓  | HS | 1
    14²x40  | bneck, 5x5      | 240      | 40   | ✓  | HS | 1
    14²x40  | bneck, 5x5      | 120      | 48   | ✓  | HS | 1
    14²x48  | bneck, 5x5      | 144      | 48   | ✓  | HS | 1
    14²x48  | bneck, 5x5      | 288      | 96   | ✓  | HS | 2
    7²x96   | bneck, 5x5      | 576      | 96   | ✓  | HS | 1
    7²x96   | bneck, 5x5      | 576      | 96   | ✓  | HS | 1
    7²x96   | conv2d, 1x1     | -        | 576  | -  | HS | 1
    7²x576  | pool, 7x7       | -        | -    | -  | -  | 1
    1²x576  | conv2d 1x1, NBN | -        | 1024 | -  | HS | 1
    1²x1024 | conv2d 1x1, NBN | -        | k    | -  | -  | 1
    """,
    name="MobileNetV3-Small",
    source="Howard et al. 2019, arXiv:1905.02244, Table 2, final edition; it ticks SE on the last 1x1, where no "
    "working implementation has one",
)
