"""Windows: what a convolution or a linear layer reads for some positions of its map, and what comes of it.

One unit of a network is one product and what follows it inside the same module: batch norm, activation. Everything here
is numpy on what a Record kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mobiviz.record import Call, Record
from mobiviz.record.making import Made

Spot = str | tuple[str, int]


def _relu6(v: np.ndarray) -> np.ndarray:
    return np.clip(v, 0, 6)


def _hard_sigmoid(v: np.ndarray) -> np.ndarray:
    return np.clip(v + 3, 0, 6) / 6


def _sigmoid(v: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * v))


# What an activation does to a number, by the type of its module.
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ReLU": lambda v: np.maximum(v, 0),
    "ReLU6": _relu6,
    "HardSwish": lambda v: v * _hard_sigmoid(v),
    "Hardswish": lambda v: v * _hard_sigmoid(v),
    "Hardsigmoid": _hard_sigmoid,
    "Sigmoid": _sigmoid,
    "SiLU": lambda v: v * _sigmoid(v),
    "Tanh": np.tanh,
}


@dataclass(frozen=True, eq=False)
class Unit:
    """One product of a Record and what follows it, up to the map at `path`.

    Shapes: maps (C, H, W), source (C_in, H, W), kernels (C, C_in / groups, k, k); those of a linear layer are 1 x 1.
    """

    path: str
    call: Call
    after: tuple[Call, ...]
    made: Made
    maps: np.ndarray
    source: np.ndarray
    kernels: np.ndarray

    def window(self, rows: Sequence[int], columns: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What stands under the kernel at each of these rows and columns of the map: 0 outside, in the padding.

        Shapes: (C_in, R, S, k, k), and the rows (R, k) and columns (S, k) that are read.
        """
        (_, height, width), made = self.source.shape, self.made
        reads = [
            np.asarray(at)[:, None] * stride - before + gap * np.arange(k)
            for at, stride, before, gap, k in zip(
                (rows, columns), made.stride, made.padding, made.dilation, self.kernels.shape[2:], strict=True
            )
        ]
        down, across = (np.clip(at, 0, n - 1) for at, n in zip(reads, (height, width), strict=True))
        inside = [(at >= 0) & (at < n) for at, n in zip(reads, (height, width), strict=True)]
        found = self.source[:, down[:, None, :, None], across[None, :, None, :]]
        return np.where(inside[0][:, None, :, None] & inside[1][None, :, None, :], found, 0), *reads

    def group(self, channel: int) -> slice:
        """The input channels that an output channel reads."""
        each = self.kernels.shape[1]
        first = channel // (len(self.kernels) // self.made.groups) * each
        return slice(first, first + each)

    def steps(self, sums: np.ndarray, channels: Sequence[int]) -> list[tuple[str, str, np.ndarray]]:
        """What becomes of sums (P, ...) of these P channels: name, words for one channel, values after each step.

        Raises: ValueError for an activation that there is no arithmetic for.
        """
        found, value = [], sums
        for call in self.after:
            if call.made is not None and call.made.op == "batch_norm":
                scale, shift = norm(call.made, channels)
                shaped = (slice(None), *(None,) * (sums.ndim - 1))
                value = value * scale[shaped] + shift[shaped]
                found.append(("batch norm", "times {:.4g}, plus {:.4g}", value))
            elif call.type in ACTIVATIONS:
                value = ACTIVATIONS[call.type](value)
                found.append((call.type, "", value))
            else:
                raise ValueError(f"there is no arithmetic for {call.type} in {call.path}; explain {self.call.path!r}")
        return found


def norm(made: Made, channels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """What a batch norm multiplies each of these channels by, and what it adds then."""
    at = list(channels)
    mean, var = made.mean[at].astype(np.float64), made.var[at].astype(np.float64)
    scale = 1 / np.sqrt(var + made.eps)
    scale = scale if made.weight is None else scale * made.weight[at]
    return scale, (0 if made.bias is None else made.bias[at]) - mean * scale


def unit(record: Record, spot: Spot, item: int = 0) -> Unit:
    """The one convolution or linear layer at a path, or inside it, with what follows it there.

    Raises: KeyError for an unknown path; ValueError where maps or inputs were not kept, or there is not one product.
    """
    call = record[spot]
    own = _inside(record, call)
    products = [at for at, each in enumerate(own) if each.made is not None and each.made.op != "batch_norm"]
    name = call.path or "the network"
    if call.output is None and call.reduced is None:
        raise ValueError(f"the map of {name} was not kept; watch(net, x, mv.Features()) keeps maps")
    if len(products) > 1:
        paths = ", ".join(own[at].path for at in products[:4]) + (" ..." if len(products) > 4 else "")
        raise ValueError(f"{name} is made by {len(products)} products; name one of them: {paths}")
    if not products:
        what = f"{call.kind} layer {call.type}" if call.macs else call.type
        raise ValueError(f"{name} ({what}) holds no 2-d convolution or linear layer whose products could be shown")
    if call.reduced is not None or call.output is None:
        raise ValueError(f"the map of {name} was kept in part ({call.reduced}); give Features(max_bytes=...) more")
    product = own[products[0]]
    made = product.made
    if made.input is None:
        raise ValueError(
            f"what {product.path} has read was not kept for lack of room; give Features(max_bytes=...) more"
        )
    if isinstance(item, bool) or not 0 <= item < len(made.input):
        raise ValueError(f"item must be one of the batch, 0 to {len(made.input) - 1} (got {item!r})")
    maps, source = (_mapped(array[item]) for array in (call.output, made.input))
    weight = made.weight if made.op == "conv" else made.weight[:, :, None, None]
    if len(maps) != len(weight):
        raise ValueError(f"{name} puts out {units_of(call)}, other than its product {product.path}; explain that")
    after = tuple(each for each in own[products[0] + 1 :] if each.works and each is not call)
    return Unit(call.path, product, after, made, maps, source, weight)


def units_of(call: Call) -> str:
    return " x ".join(map(str, call.out_shape or ()))


def _inside(record: Record, call: Call) -> list[Call]:
    """The call and those that ran inside it, in the order in which they began."""
    start = next(at for at, each in enumerate(record) if each is call)
    head, found = f"{call.path}." if call.path else "", [call]
    for each in record.calls[start + 1 :]:
        if not each.called or not each.path.startswith(head) or (each.path == call.path):
            break
        found.append(each)
    return found


def _mapped(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 3 else array.reshape(-1, 1, 1)
