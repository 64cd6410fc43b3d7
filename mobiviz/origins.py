"""What a call's operations read: noted while they run, and turned into a Made when the run is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from mobiviz.record.making import Made

PADS = ("pad", "constant_pad_nd")
NOTED = {"conv2d", "convolution", "linear", "batch_norm", *PADS}  # operations that are worth a look
Array = Callable[[Tensor], Any]


class Origin:
    """What one call read: of a single product or batch norm, its arguments; of several, nothing."""

    __slots__ = ("facts", "kept", "padded", "tensors")

    def __init__(self) -> None:
        self.facts: dict[str, Any] | None = None
        self.tensors: dict[str, Tensor] = {}
        self.kept: Any = None
        self.padded: tuple[Tensor, Sequence[int], Tensor] | None = None

    def note(self, name: str, args: Sequence[Any], out: Any) -> Tensor | None:
        """Take in an operation; returns the map that it read, where that is what the call was made of."""
        if name in PADS:
            plain = len(args) < 3 or (args[2] in ("constant", 0) and not any(args[3:]))
            self.padded = (args[0], args[1], out) if plain else None
            return None
        found = READERS[name](args)
        if found is None or self.facts is not None:
            self.facts, self.kept = {}, None
            return None
        x, self.facts, self.tensors = found
        if self.padded is not None and self.padded[2] is x:
            x, pads, _ = self.padded
            left, top = (pads[at] if len(pads) > at else 0 for at in (0, 2))
            rows, columns = self.facts["padding"]
            self.facts["padding"] = (rows + top, columns + left)
        self.padded = None
        return x

    def made(self, array: Array) -> Made | None:
        """What the call was made of; None where no single operation made it."""
        if not self.facts:
            return None
        kept = None if self.kept is None else self.kept.array
        return Made.of(
            self.facts,
            {name: array(tensor.detach()) for name, tensor in self.tensors.items()}
            | ({} if kept is None else {"input": kept}),
        )


Found = tuple[Tensor, dict[str, Any], dict[str, Tensor]] | None


def _facts(op: str, **given: Any) -> dict[str, Any]:
    plain = {"op": op, "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1, "eps": 0.0}
    return plain | given


def _conv2d(args: Sequence[Any]) -> Found:
    x, weight, bias, *rest = (*args, None)[:3] + tuple(args[3:])
    stride, padding, dilation, groups = (*rest, *(1, 0, 1, 1)[len(rest) :])
    if x.dim() != 4 or weight.dim() != 4:
        return None
    dilation, kernel = _pair(dilation), weight.shape[2:]
    if isinstance(padding, str):
        padding = [(k - 1) * d // 2 if padding == "same" else 0 for k, d in zip(kernel, dilation, strict=True)]
    facts = _facts("conv", stride=_pair(stride), padding=_pair(padding), dilation=dilation, groups=groups)
    return x, facts, _there(weight=weight, bias=bias)


def _convolution(args: Sequence[Any]) -> Found:
    return None if args[6] or any(args[7]) else _conv2d((*args[:6], args[8]))


def _linear(args: Sequence[Any]) -> Found:
    x, weight, bias = (*args, None)[:3]
    return (x, _facts("linear"), _there(weight=weight, bias=bias)) if x.dim() == 2 else None


def _batch_norm(args: Sequence[Any]) -> Found:
    x, weight, bias, mean, var, training, _, eps = args[:8]
    if training or mean is None or var is None:
        return None
    return x, _facts("batch_norm", eps=float(eps)), _there(weight=weight, bias=bias, mean=mean, var=var)


READERS: dict[str, Callable[[Sequence[Any]], Found]] = {
    "conv2d": _conv2d,
    "convolution": _convolution,
    "linear": _linear,
    "batch_norm": _batch_norm,
}


def _there(**tensors: Tensor | None) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def _pair(value: Any) -> tuple[int, int]:
    found = (value,) * 2 if isinstance(value, int) else tuple(value)
    return found * 2 if len(found) == 1 else found
