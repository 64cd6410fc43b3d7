"""explain: the inputs, the kernel and the products that made one number of a kept map."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING

import numpy as np

from mobiviz import units
from mobiviz.record import Record
from mobiviz.windows import Spot, Unit, norm, unit

if TYPE_CHECKING:
    import pandas as pd

CLOSE = 1e-5  # how far a sum may be from the kept number, as a share of the products' size or of 1
_SHOWN = 9  # products of a repr


@dataclass(frozen=True)
class Step:
    """What followed the sum: its name, what it did in words, and the number after it."""

    name: str
    words: str
    value: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """How one number of a map was made: inputs times kernel, summed, plus the bias; then the steps, up to `kept`.

    `channels` are the input channels that were read; `rows` and `columns` where, padding's negative ones included.

    Shapes: inputs, kernel, products (I, k, k); rows, columns (k,).
    """

    path: str
    kind: str
    channel: int
    at: tuple[int, int]
    kept: float
    channels: range
    rows: np.ndarray = field(repr=False)
    columns: np.ndarray = field(repr=False)
    inside: np.ndarray = field(repr=False)
    inputs: np.ndarray = field(repr=False)
    kernel: np.ndarray = field(repr=False)
    bias: float
    steps: tuple[Step, ...]

    @cached_property
    def products(self) -> np.ndarray:
        """Each input times its weight."""
        return self.inputs * self.kernel

    @property
    def sum(self) -> float:
        """The products and the bias, summed."""
        return float(self.products.sum()) + self.bias

    @property
    def value(self) -> float:
        """The sum after the steps: the number of the map."""
        return self.steps[-1].value if self.steps else self.sum

    @property
    def size(self) -> float:
        """The sum of the products' sizes, at least 1: what a rounding error is measured against."""
        return max(float(np.abs(self.products).sum()), abs(self.kept), 1.0)

    def table(self) -> pd.DataFrame:
        """One row for each product, in the order of channels, rows and columns."""
        import pandas as pd

        names = ("channel", "row", "column")
        grid = np.meshgrid(list(self.channels), self.rows, self.columns, indexing="ij")
        columns = {name: one.ravel() for name, one in zip(names, grid, strict=True)}
        columns |= {"input": self.inputs.ravel(), "weight": self.kernel.ravel(), "product": self.products.ravel()}
        return pd.DataFrame(columns | {"padding": np.broadcast_to(~self.inside, self.inputs.shape).ravel()})

    def __repr__(self) -> str:
        place = f"channel {self.channel} of {self.path}, row {self.at[0]}, column {self.at[1]}"
        flat = np.argsort(-np.abs(self.products), axis=None, kind="stable")[:_SHOWN]
        lines = [f"{place}: {self.kept:.6g}, from {units.exact(self.products.size)} products"]
        for at in flat:
            c, i, j = np.unravel_index(at, self.products.shape)
            where = f"channel {self.channels[c]}, row {self.rows[i]}, column {self.columns[j]}"
            product = f"{self.inputs[c, i, j]:9.4f} x {self.kernel[c, i, j]:9.4f} = {self.products[c, i, j]:9.4f}"
            lines.append(f"  {product}   {where}{'' if self.inside[i, j] else ', padding'}")
        if self.products.size > _SHOWN:
            lines.append(f"  and {units.exact(self.products.size - _SHOWN)} smaller ones")
        lines.append(f"  sum {self.sum:.6g}" + (f", bias {self.bias:.6g} included" if self.bias else ""))
        return "\n".join(lines + [f"  {step.name}: {step.words or 'makes it'} {step.value:.6g}" for step in self.steps])


def explain(
    record: Record, path: Spot, channel: int, y: int | None = None, x: int | None = None, item: int = 0
) -> Explanation:
    """The products that made the number at row `y`, column `x` of a channel's map, and the steps after their sum.

    `path` is a convolution or a linear layer, or a module with one in it: then batch norm and activation follow as
    steps. A linear layer's numbers have no place, so `y` and `x` are left out. Needs no torch, only what was kept.

    Raises: KeyError for an unknown path; ValueError for a channel or a place that is not on the map, a map or an input
    that was not kept, a module without a single product, or parameters that have changed since the run.
    """
    one = unit(record, path, item)
    channel = _one_of("channel", channel, len(one.maps))
    at = tuple(_place(name, given, n) for name, given, n in zip("yx", (y, x), one.maps.shape[1:], strict=True))
    found, (rows,), (columns,) = one.window([at[0]], [at[1]])
    group = one.group(channel)
    inside = _on(rows, one.source.shape[1])[:, None] & _on(columns, one.source.shape[2])
    explained = Explanation(
        path=one.path,
        kind=one.call.kind,
        channel=channel,
        at=at,
        kept=float(one.maps[channel, at[0], at[1]]),
        channels=range(group.start, group.stop),
        rows=rows,
        columns=columns,
        inside=inside,
        inputs=found[group, 0, 0].astype(np.float64),
        kernel=one.kernels[channel].astype(np.float64),
        bias=0.0 if one.made.bias is None else float(one.made.bias[channel]),
        steps=(),
    )
    return _checked(explained, one)


def _checked(explained: Explanation, one: Unit) -> Explanation:
    """With its steps, and compared with the kept map."""
    from dataclasses import replace

    steps = []
    for call, (name, _, value) in zip(
        one.after, one.steps(np.array([explained.sum]), [explained.channel]), strict=True
    ):
        words = ""
        if call.made is not None:
            scale, shift = (float(each[0]) for each in norm(call.made, [explained.channel]))
            words = f"times {scale:.6g}, {'minus' if shift < 0 else 'plus'} {abs(shift):.6g}, makes it"
        steps.append(Step(name, words, float(value[0])))
    done = replace(explained, steps=tuple(steps))
    close = CLOSE if one.maps.dtype.itemsize > 2 else 1e-2
    if abs(done.value - done.kept) > close * done.size * max((abs(float(s)) for s in _slopes(one, done)), default=1):
        raise ValueError(
            f"the products at {one.path} make {done.value:.6g}, the kept map says {done.kept:.6g}: either the network "
            f"has changed since (watch again), or {one.path} does something more that is in no module of its own"
        )
    return done


def _slopes(one: Unit, done: Explanation) -> list[float]:
    """By how much each batch norm may enlarge a rounding error."""
    return [max(abs(norm(call.made, [done.channel])[0][0]), 1) for call in one.after if call.made is not None]


def _on(places: np.ndarray, length: int) -> np.ndarray:
    return (places >= 0) & (places < length)


def _one_of(name: str, value: int, count: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= index(value) < count:
        raise ValueError(f"{name} must be a whole number from 0 to {count - 1} (got {value!r})")
    return index(value)


def _place(name: str, value: int | None, length: int) -> int:
    if value is None and length > 1:
        raise ValueError(f"{name} must be a whole number from 0 to {length - 1}: which place of the map (got none)")
    return 0 if value is None else _one_of(name, value, length)
