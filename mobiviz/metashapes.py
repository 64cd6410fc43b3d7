"""The output of an operation on the meta device, for those where torch's own answer is slow; no arithmetic, no memory.

A rule gives None where it does not apply, and torch is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from mobiviz.opcosts import Plan

Rule = Callable[[Sequence[Any]], Tensor | None]


def output(op: Any, plan: Plan, args: Any, kwargs: Any) -> Any:
    """Run an operation on the meta device; weights that live elsewhere are taken by their shape."""
    rule = _RULES.get(plan.name)
    if plan.in_place and plan.work in ("elementwise", "add") and args[0].is_meta:
        return args[0]
    out = rule(args) if rule is not None and not kwargs else None
    if out is not None:
        return out
    tensors = [value for value in _flat((args, kwargs)) if isinstance(value, Tensor)]
    if tensors and plan.work == "move" and not any(t.is_meta for t in tensors):
        return op(*args, **kwargs)  # a constant on its way, or a number that Python asks for
    if "device" in kwargs or (not tensors and any(a.name == "device" for a in op._schema.arguments)):
        kwargs = kwargs | {"device": torch.device("meta")}
    return op(*_to_meta(args), **_to_meta(kwargs))


def _flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _flat(item)]
    return _flat(list(value.values())) if isinstance(value, dict) else [value]


def _to_meta(value: Any) -> Any:
    if isinstance(value, Tensor):
        if value.is_meta:
            return value
        with torch.inference_mode(False):  # as the weight is: views of it may be no inference tensors
            return value.detach().to("meta")
    if isinstance(value, (list, tuple)):
        return type(value)(_to_meta(item) for item in value)
    return {key: _to_meta(item) for key, item in value.items()} if isinstance(value, dict) else value


def _empty(shape: Sequence[int], like: Tensor) -> Tensor:
    if len(shape) == 4 and like.dim() == 4 and not like.is_contiguous():
        order = torch.channels_last if like.is_contiguous(memory_format=torch.channels_last) else None
        if order is not None:
            return torch.empty(shape, dtype=like.dtype, device="meta", memory_format=order)
    return torch.empty(shape, dtype=like.dtype, device="meta")


def _like(args: Sequence[Any]) -> Tensor | None:
    return _empty(args[0].shape, args[0]) if args[0].is_floating_point() else None


def _same(args: Sequence[Any]) -> Tensor | None:
    """Two tensors of one type, one of them with the shape of the result."""
    a, b = args[0], args[1]
    if not isinstance(a, Tensor):
        return None
    if not isinstance(b, Tensor):
        return _like(args)
    if a.dtype != b.dtype:
        return None
    shape = a.shape if a.shape == b.shape else torch.broadcast_shapes(a.shape, b.shape)
    return _empty(shape, a)


def _conv(args: Sequence[Any]) -> Tensor | None:
    x, w = args[0], args[1]
    space = w.dim() - 2
    groups = args[6] if len(args) > 6 else 1
    if x.dim() != w.dim() or x.shape[1] != w.shape[1] * groups or x.dtype != w.dtype:
        return None
    stride, padding, dilation = (_each(args, at, default, space) for at, default in ((3, 1), (4, 0), (5, 1)))
    if padding is None:
        return None
    sides = zip(x.shape[2:], w.shape[2:], stride, padding, dilation, strict=True)
    sizes = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sides]
    return _empty((x.shape[0], w.shape[0], *sizes), x) if min(sizes) > 0 else None


def _each(args: Sequence[Any], at: int, default: int, count: int) -> Sequence[int] | None:
    value = args[at] if len(args) > at else (default,)
    if isinstance(value, str):
        return None
    return value * count if len(value) == 1 else value


def _linear(args: Sequence[Any]) -> Tensor | None:
    x, w = args[0], args[1]
    if w.dim() != 2 or x.shape[-1] != w.shape[1] or x.dtype != w.dtype:
        return None
    return torch.empty((*x.shape[:-1], w.shape[0]), dtype=x.dtype, device="meta")


def _pooled(args: Sequence[Any]) -> Tensor | None:
    x, size = args[0], args[1]
    return _empty((*x.shape[: -len(size)], *size), x) if all(isinstance(n, int) for n in size) else None


def _dropout(args: Sequence[Any]) -> Tensor | None:
    return None if args[2] else args[0]


_ACTIVATIONS = "relu relu6 hardtanh hardswish hardsigmoid sigmoid silu gelu elu selu leaky_relu mish softplus tanh"
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_ACTIVATIONS.split(), _like),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm", "instance_norm"), _like),
    **dict.fromkeys(("add", "mul", "sub", "div"), _same),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool3d"), _pooled),
    "linear": _linear,
    "dropout": _dropout,
    "softmax": _like,
}
