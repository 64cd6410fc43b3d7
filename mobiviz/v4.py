"""MobileNetV4's universal inverted bottleneck (UIB): its forms as settings of one row, and one network's whole table.

A UIB is an inverted residual with two places for a depthwise convolution, before the expansion (k1) and after it (k2).
Which of them are filled names the form: both ExtraDW, the second IB, the first ConvNext, none FFN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from mobiviz.blocks import ConvBN, nonlinearity
from mobiviz.names import unknown
from mobiviz.nets import Net, initialised
from mobiviz.pricing import Cost, conv, depthwise, linear, pointwise
from mobiviz.tables import check_count

COLUMNS = ("Input", "Block", "DW k1", "DW k2", "Expanded", "Output", "Stride")
FORMS = {(True, True): "ExtraDW", (False, True): "IB", (True, False): "ConvNext", (False, False): "FFN"}
PLAIN = ("Conv2D", "FusedIB")

CONV_SMALL = """
Input  | Block    | DW k1 | DW k2 | Expanded | Output | Stride
224x3  | Conv2D   | -     | 3     | -        | 32     | 2
112x32 | FusedIB  | -     | 3     | 32       | 32     | 2
56x32  | FusedIB  | -     | 3     | 96       | 64     | 2
28x64  | ExtraDW  | 5     | 5     | 192      | 96     | 2
14x96  | IB       | -     | 3     | 192      | 96     | 1
14x96  | IB       | -     | 3     | 192      | 96     | 1
14x96  | IB       | -     | 3     | 192      | 96     | 1
14x96  | IB       | -     | 3     | 192      | 96     | 1
14x96  | ConvNext | 3     | -     | 384      | 96     | 1
14x96  | ExtraDW  | 3     | 3     | 576      | 128    | 2
7x128  | ExtraDW  | 5     | 5     | 512      | 128    | 1
7x128  | IB       | -     | 5     | 512      | 128    | 1
7x128  | IB       | -     | 5     | 384      | 128    | 1
7x128  | IB       | -     | 3     | 512      | 128    | 1
7x128  | IB       | -     | 3     | 512      | 128    | 1
7x128  | Conv2D   | -     | 1     | -        | 960    | 1
"""
HEAD = 1280  # the 1x1 after the pooling


@dataclass(frozen=True)
class UIBRow:
    """One row: `k1` and `k2` are the kernels of the two depthwise convolutions, 0 where there is none.

    In a Conv2D and in a FusedIB `k2` is the kernel of a standard convolution.

    Shapes: (N, in_ch, size, size) -> (N, c, ceil(size / s), ceil(size / s)).
    """

    block: str
    size: int
    in_ch: int
    k1: int
    k2: int
    exp: int
    c: int
    s: int = 1

    @property
    def skip(self) -> bool:
        """Whether the block adds its input to its output."""
        return self.block not in PLAIN and self.s == 1 and self.in_ch == self.c

    def layers(self) -> Iterator[tuple[str, Cost]]:
        """The convolutions in the order in which they run, each with its batch norm's parameters, by arithmetic.

        The stride stands on the second depthwise convolution, and on the first where that is the only one.
        """
        small = -(-self.size // self.s)
        if self.block in PLAIN:
            first = self.exp or self.c
            yield "conv", _with_bn(conv(self.in_ch, first, self.k2, self.size, self.s, self.k2 // 2), first)
        else:
            if self.k1:
                s = 1 if self.k2 else self.s
                priced = depthwise(self.in_ch, self.k1, self.size, s, self.k1 // 2)
                yield "start", _with_bn(priced, self.in_ch)
            wide = self.size if self.k2 else small
            yield "expand", _with_bn(pointwise(self.in_ch, self.exp, wide), self.exp)
            if self.k2:
                yield "depthwise", _with_bn(depthwise(self.exp, self.k2, self.size, self.s, self.k2 // 2), self.exp)
        if self.exp:
            yield "project", _with_bn(pointwise(self.exp, self.c, small), self.c)


class UniversalInvertedBottleneck(nn.Module):
    """A thin map, widened by a 1x1 and thinned by another; a depthwise convolution before, between, both or neither.

    Shapes: (N, in_ch, H, W) -> (N, out_ch, ceil(H / stride), ceil(W / stride)).
    Raises: ValueError for a kernel that is even or below 0, or a stride without a depthwise convolution to carry it.
    Source: Qin et al., MobileNetV4, arXiv:2404.10518, section 3.
    """

    def __init__(self, in_ch: int, out_ch: int, exp_ch: int, k1: int = 0, k2: int = 3, stride: int = 1):
        super().__init__()
        for name, k in (("k1", k1), ("k2", k2)):
            if k < 0 or (k and k % 2 == 0):
                raise ValueError(f"{name} must be odd, or 0 for none (got {k})")
        if stride != 1 and not (k1 or k2):
            raise ValueError(f"a stride of {stride} needs a depthwise convolution to carry it; give k1 or k2")
        self.skip = stride == 1 and in_ch == out_ch
        self.start = ConvBN(in_ch, in_ch, k1, 1 if k2 else stride, groups=in_ch, nl="") if k1 else None
        self.expand = ConvBN(in_ch, exp_ch, k=1, nl="RE")
        self.depthwise = ConvBN(exp_ch, exp_ch, k2, stride, groups=exp_ch, nl="RE") if k2 else None
        self.project = ConvBN(exp_ch, out_ch, k=1, nl="")

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        y = self.start(x) if self.start is not None else x  # N, in_ch, H or H/s, W or W/s
        y = self.expand(y)  # N, exp_ch, as above
        y = self.depthwise(y) if self.depthwise is not None else y  # N, exp_ch, H/s, W/s
        y = self.project(y)  # N, out_ch, H/s, W/s
        return x + y if self.skip else y


class MobileNetV4(Net):
    """The network of a table of UIB rows.

    Shapes: (N, 3, H, W) -> (N, num_classes); H and W at least 32.
    Cost: `v4.cost()`, to the unit.
    Source: arXiv:2404.10518; the rows of CONV_SMALL are those of its appendix and of the authors' TensorFlow code.
    Leaves the paper: nothing in the arithmetic; symmetric padding as in PyTorch.
    """

    def __init__(self, table: str = CONV_SMALL, num_classes: int = 1000):
        super().__init__()
        rows = read(table)
        self.features = nn.Sequential(*map(_block, rows))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            *(nn.Linear(rows[-1].c, HEAD, bias=False), nn.BatchNorm1d(HEAD), nonlinearity("RE")),
            *(nn.Dropout(0.2), nn.Linear(HEAD, num_classes)),
        )
        self.apply(initialised)


def cost(table: str = CONV_SMALL, num_classes: int = 1000) -> Cost:
    """MACs, parameters and bytes of the convolutions and linears of a table, at its own resolution."""
    rows = read(table)
    priced = [layer for row in rows for _, layer in row.layers()]
    priced += [_with_bn(linear(rows[-1].c, HEAD, bias=False), HEAD), linear(HEAD, num_classes)]
    return sum(priced, Cost())


def read(table: str) -> tuple[UIBRow, ...]:
    """The rows of a table in the columns of the paper, each row's input checked against the row above.

    Raises: ValueError naming the row, the value and what is allowed there.
    """
    lines = [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]
    if not lines or lines[0] != COLUMNS:
        raise ValueError(f"columns must be {' | '.join(COLUMNS)} (got {' | '.join(lines[0])!r})")
    rows: list[UIBRow] = []
    for number, line in enumerate(lines[1:], start=1):
        rows.append(_row(line, f"row {number}"))
        if len(rows) > 1:
            above = -(-rows[-2].size // rows[-2].s), rows[-2].c
            if (rows[-1].size, rows[-1].in_ch) != above:
                raise ValueError(f"row {number}: input {line[0]!r} is not the {above[0]}x{above[1]} of the row above")
    return tuple(rows)


def _row(line: tuple[str, ...], where: str) -> UIBRow:
    if len(line) != len(COLUMNS):
        raise ValueError(f"{where} has {len(line)} cells, its table {len(COLUMNS)} columns")
    size, _, in_ch = line[0].partition("x")
    numbers = [0 if cell == "-" else cell for cell in (size, in_ch, *line[2:])]
    for name, number in zip(("size", "channels", *COLUMNS[2:]), numbers, strict=True):
        if not re.fullmatch(r"\d+", str(number)):
            raise ValueError(f"{where}, {name}: {number!r} is no whole number; - is for none")
    size, in_ch, k1, k2, exp, c, s = map(int, numbers)
    check_count(f"{where}, Output", c)
    if line[1] not in PLAIN:
        if line[1] not in FORMS.values():
            raise ValueError(f"{where}: {unknown('block', line[1], (*PLAIN, *FORMS.values()))}")
        if (form := FORMS[bool(k1), bool(k2)]) != line[1]:
            raise ValueError(f"{where}: kernels {k1 or '-'} and {k2 or '-'} make {form}, not {line[1]}")
    return UIBRow(line[1], size, in_ch, k1, k2, exp, c, s)


def _block(row: UIBRow) -> nn.Module:
    if row.block == "Conv2D":
        return ConvBN(row.in_ch, row.c, row.k2, row.s, nl="RE")
    if row.block == "FusedIB":  # one standard convolution where the other forms have two steps
        return nn.Sequential(ConvBN(row.in_ch, row.exp, row.k2, row.s, nl="RE"), ConvBN(row.exp, row.c, k=1, nl="RE"))
    return UniversalInvertedBottleneck(row.in_ch, row.c, row.exp, row.k1, row.k2, row.s)


def _with_bn(priced: Cost, channels: int) -> Cost:
    return priced + Cost(params=2 * channels)
