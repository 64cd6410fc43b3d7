"""Closed-form cost of one operation, one row, one table: MACs, parameters and output bytes, by arithmetic alone.

A MAC is one multiply and one add. Padding's zeros are multiplied like any other number. Batch norm is fused: its scale
and shift count as parameters of the convolution before it, and not as MACs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mobiviz import units
from mobiviz.rows import Row
from mobiviz.tables import Table, Unit, check_alpha, check_count, row_units

BYTES = 4  # of one float32
SMALLEST = 32  # the product of a MobileNet's strides

Pair = int | tuple[int, int]


@dataclass(frozen=True)
class Cost:
    """What an operation costs: MACs, parameters, bytes of what it puts out. Costs add up."""

    macs: int = 0
    params: int = 0
    out_bytes: int = 0
    layers: tuple[LayerCost, ...] = ()
    exact: bool = True

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.macs + other.macs,
            self.params + other.params,
            self.out_bytes + other.out_bytes,
            self.layers + other.layers,
            self.exact and other.exact,
        )

    def __str__(self) -> str:
        return (
            f"{units.exact(self.macs)} MACs, {units.exact(self.params)} parameters, "
            f"{units.exact(self.out_bytes)} bytes of activations"
        )

    __repr__ = __str__


@dataclass(frozen=True)
class LayerCost:
    """One layer of a priced table, under the path of the module that the built network has there.

    Shapes: (channels, height, width); `kind` is standard, depthwise, pointwise, se, linear or other (an addition).
    """

    path: str
    kind: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    macs: int
    params: int
    out_bytes: int


def out_size(n: int, k: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Output height (or width) of a convolution over n positions: floor((n + 2p - d(k - 1) - 1) / s) + 1.

    Raises: ValueError where the kernel does not fit even once.
    """
    for name, value in (("size", n), ("k", k), ("stride", stride), ("dilation", dilation)):
        check_count(name, value)
    reach = dilation * (k - 1) + 1
    if n + 2 * padding < reach:
        raise ValueError(f"a kernel that reaches {reach} does not fit into {n} positions padded by {padding}; pad more")
    return (n + 2 * padding - reach) // stride + 1


def transposed_size(n: int, k: int, stride: int = 1, padding: int = 0, out_padding: int = 0) -> int:
    """Output height (or width) of a transposed convolution over n positions: (n - 1) s + k - 2p + out_padding.

    Raises: ValueError where padding leaves nothing, or out_padding is not below the stride.
    """
    for name, value in (("size", n), ("k", k), ("stride", stride)):
        check_count(name, value)
    if not 0 <= out_padding < stride:
        raise ValueError(f"out_padding must be from 0 to {stride - 1}, below the stride (got {out_padding})")
    out = (n - 1) * stride + k - 2 * padding + out_padding
    if out < 1:
        raise ValueError(f"padding {padding} leaves nothing of {out + 2 * padding} output positions; pad less")
    return out


def conv(
    in_ch: int,
    out_ch: int,
    k: Pair,
    size: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Cost:
    """A convolution without bias over a map of `size`: k k (M / groups) N multiplications at each output position.

    Raises: ValueError where the channels do not divide into the groups, or the kernel does not fit.
    """
    check_groups(in_ch, out_ch, groups)
    sides = [out_size(*side) for side in zip(*map(_pair, (size, k, stride, padding, dilation)), strict=True)]
    return _priced(in_ch // groups * out_ch, k, positions=sides, out=(out_ch, *sides))


def transposed(
    in_ch: int,
    out_ch: int,
    k: Pair,
    size: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    out_padding: Pair = 0,
    groups: int = 1,
) -> Cost:
    """A transposed convolution without bias: each *input* position is multiplied with the whole kernel."""
    check_groups(in_ch, out_ch, groups)
    sides = zip(*map(_pair, (size, k, stride, padding, out_padding)), strict=True)
    out = (out_ch, *(transposed_size(*side) for side in sides))
    return _priced(in_ch // groups * out_ch, k, positions=_pair(size), out=out)


def depthwise(channels: int, k: Pair, size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Cost:
    """One k x k kernel per channel, and no channel sees another."""
    return conv(channels, channels, k, size, stride, padding, dilation, groups=channels)


def pointwise(in_ch: int, out_ch: int, size: Pair) -> Cost:
    """A 1x1 convolution: at each position a matrix over the channels."""
    return conv(in_ch, out_ch, 1, size)


def separable(in_ch: int, out_ch: int, k: Pair, size: Pair, stride: Pair = 1, padding: Pair = 0) -> Cost:
    """A depthwise convolution, then a pointwise one over what it puts out."""
    sides = tuple(out_size(*side) for side in zip(*map(_pair, (size, k, stride, padding)), strict=True))
    return depthwise(in_ch, k, size, stride, padding) + pointwise(in_ch, out_ch, sides)


def factorised(in_ch: int, out_ch: int, k: int, size: Pair, stride: int = 1, padding: int = 0) -> Cost:
    """A k x 1 convolution, then a 1 x k one over what it puts out."""
    height, width = _pair(size)
    vertical = conv(in_ch, out_ch, (k, 1), (height, width), (stride, 1), (padding, 0))
    sides = (out_size(height, k, stride, padding), width)
    return vertical + conv(out_ch, out_ch, (1, k), sides, (1, stride), (0, padding))


def linear(in_features: int, out_features: int, bias: bool = True) -> Cost:
    """A fully connected layer; its bias costs parameters and no MACs."""
    weights = in_features * out_features
    return Cost(weights, weights + out_features * bias, out_features * BYTES)


def cost(table_or_row: Table | Row, alpha: float = 1.0, resolution: int | None = None, num_classes: int = 1000) -> Cost:
    """MACs, parameters and activation bytes of a table, or of one row of it; no network is built.

    `resolution` is that of the network's input or, for a row, of the row's own input; as printed, where it is None.

    Units: MACs of convolutions and linears; parameters with batch norms and biases; bytes of float32 outputs of
    convolutions, linears and additions, batch norms and activations fused.
    Raises: ValueError for alpha not above 0, or a resolution below 32, the product of the strides.
    """
    check_alpha(alpha)
    check_count("num_classes", num_classes)
    if isinstance(table_or_row, Row):
        size = table_or_row.size if resolution is None else resolution
        check_count("resolution", size)
        blocks = tuple(row_units(table_or_row, alpha, num_classes))
    elif isinstance(table_or_row, Table):
        size = table_or_row.resolution if resolution is None else resolution
        check_resolution(size)
        blocks = table_or_row.units(alpha, num_classes)
    else:
        raise TypeError(f"cost needs a table, such as mv.V2, or one of its rows (got {type(table_or_row).__name__})")
    layers = tuple(layers_of(blocks, size))
    return Cost(*(sum(getattr(layer, of) for layer in layers) for of in ("macs", "params", "out_bytes")), layers)


def check_resolution(resolution: int) -> None:
    """Raise unless the network's strides leave at least one position of this resolution."""
    check_count("resolution", resolution)
    if resolution < SMALLEST:
        raise ValueError(f"resolution must be at least {SMALLEST}, the product of the strides (got {resolution})")


def layers_of(blocks: tuple[Unit, ...], size: int) -> Iterator[LayerCost]:
    """The priced layers of resolved units, in the order in which they run."""
    for unit in blocks:
        if unit.op == "pool":
            size = 1
            continue
        for layer in _unit_layers(unit, size):
            yield replace(layer, path=f"{unit.path}.{layer.path}".strip("."))
        size = out_size(size, unit.k, unit.s, unit.k // 2)


def _unit_layers(unit: Unit, size: int) -> Iterator[LayerCost]:
    small = out_size(size, unit.k, unit.s, unit.k // 2)
    m, e, n = unit.in_ch, unit.exp_ch, unit.out_ch
    if unit.op == "softmax":
        return
    if unit.op == "linear":
        yield _layer("", "linear", ((m, 1, 1), (n, 1, 1)), linear(m, n))
    elif unit.op == "conv":
        yield _conv_layer("conv", m, n, (size, small), unit)
    elif unit.op in ("dw", "separable"):
        yield _conv_layer("depthwise.conv", m, m, (size, small), unit)
        if unit.op == "separable":
            yield _conv_layer("pointwise.conv", m, n, (small, small))
    else:
        if e != m:
            yield _conv_layer("expand.conv", m, e, (size, size))
        yield _conv_layer("depthwise.conv", e, e, (size, small), unit)
        if unit.se_ch:
            yield _layer("se.reduce", "se", ((e, 1, 1), (unit.se_ch, 1, 1)), linear(e, unit.se_ch))
            yield _layer("se.expand", "se", ((unit.se_ch, 1, 1), (e, 1, 1)), linear(unit.se_ch, e))
        yield _conv_layer("project.conv", e, n, (small, small))
        if unit.skip:
            yield _layer("", "other", ((n, small, small),) * 2, Cost(out_bytes=n * small * small * BYTES))


def _conv_layer(path: str, m: int, n: int, sizes: tuple[int, int], unit: Unit | None = None) -> LayerCost:
    """A convolution with its batch norm: of the unit's kernel and stride, or 1x1 where no unit is given."""
    k, s = (unit.k, unit.s) if unit else (1, 1)
    kind = "depthwise" if path.startswith("depthwise") else "pointwise" if k == 1 else "standard"
    price = conv(m, n, k, sizes[0], s, k // 2, groups=m if kind == "depthwise" else 1)
    return _layer(path, kind, ((m, sizes[0], sizes[0]), (n, sizes[1], sizes[1])), price + Cost(params=2 * n))


def _layer(path: str, kind: str, shapes: tuple[tuple, tuple], price: Cost) -> LayerCost:
    return LayerCost(path, kind, *shapes, price.macs, price.params, price.out_bytes)


def _priced(kernels: int, k: Pair, positions: list[int], out: tuple[int, int, int]) -> Cost:
    kh, kw = _pair(k)
    weights = kernels * kh * kw
    return Cost(weights * positions[0] * positions[1], weights, out[0] * out[1] * out[2] * BYTES)


def _pair(value: Pair) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def check_groups(in_ch: int, out_ch: int, groups: int) -> None:
    """Raise unless both channel counts are whole numbers that split into this many groups."""
    for name, value in (("in_ch", in_ch), ("out_ch", out_ch), ("groups", groups)):
        check_count(name, value)
    if in_ch % groups or out_ch % groups:
        raise ValueError(f"groups must divide both channel counts (got {in_ch} -> {out_ch} in {groups} groups)")
