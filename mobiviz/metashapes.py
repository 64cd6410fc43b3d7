"""The output of an operation on the meta device, for those where torch's own answer is slow; no arithmetic, no memory.

Some of those load sympy first, which takes more memory than most networks here. A rule gives None where it does not
apply, and torch is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mobiviz.opcosts import Plan

Rule = Callable[[Sequence[Any]], Tensor | None]


def output(op: Any, plan: Plan, args: Any, kwargs: Any) -> Any:
    """Run an operation on the meta device; weights that live elsewhere are taken by their shape."""
    if plan.in_place and plan.work in ("elementwise", "add") and args[0].is_meta:
        return args[0]
    rule = None if kwargs else _RULES.get(plan.name)
    if rule is not None and (out := rule(args)) is not None:
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


def _like(args: Sequence[Any]) -> Tensor | None:
    x = args[0]
    if not x.is_floating_point():
        return None
    return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")


def _sized(shape: Sequence[int], like: Tensor) -> Tensor:
    """A new map in the memory format of another."""
    last, usual = torch.channels_last, torch.contiguous_format
    is_last = len(shape) == like.dim() == 4 and not like.is_contiguous() and like.is_contiguous(memory_format=last)
    return torch.empty(shape, dtype=like.dtype, device="meta", memory_format=last if is_last else usual)


def _same(args: Sequence[Any]) -> Tensor | None:
    """Two tensors of one type, of shapes that fit each other."""
    a, b = args[0], args[1]
    if not isinstance(a, Tensor):
        return None
    if not isinstance(b, Tensor):
        return _like(args)
    if a.dtype != b.dtype:
        return None
    if a.shape == b.shape:
        return _like(args)
    try:
        return _sized(np.broadcast_shapes(a.shape, b.shape), a)
    except ValueError:
        return None


_CONV = (None, None, None, (1, 1, 1), (0, 0, 0), (1, 1, 1), 1)  # what a convolution's arguments are where left out


def _conv(args: Sequence[Any]) -> Tensor | None:
    x, w, _, stride, padding, dilation, groups = (*args, *_CONV[len(args) :])
    given, kernel = x.shape, w.shape
    if len(given) != len(kernel) or given[1] != kernel[1] * groups or x.dtype != w.dtype or isinstance(padding, str):
        return None
    sizes = [given[0], kernel[0], *_steps(given[2:], kernel[2:], stride, padding, dilation)]
    return _sized(sizes, x) if min(sizes) > 0 else None


def _steps(given: Sequence[int], *settings: Sequence[int]) -> list[int]:
    """How many places a window has on each side, by its kernel, stride, padding and dilation."""
    rows = zip(given, *settings, strict=False)
    return [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in rows]


def _max_pooled(args: Sequence[Any]) -> Tensor | None:
    x, kernel, stride, padding, dilation, ceil = (*args, *(None, (0, 0), (1, 1), False)[len(args) - 2 :])
    settings = kernel, stride or kernel, padding, dilation
    if ceil or x.dim() != 4 or any(len(each) != 2 for each in settings) or 2 * max(padding) > min(kernel):
        return None
    sizes = [*x.shape[:2], *_steps(x.shape[2:], *settings)]
    return _sized(sizes, x) if min(sizes) > 0 else None


def _linear(args: Sequence[Any]) -> Tensor | None:
    x, w = args[0], args[1]
    if w.dim() != 2 or x.shape[-1] != w.shape[1] or x.dtype != w.dtype:
        return None
    return torch.empty((*x.shape[:-1], w.shape[0]), dtype=x.dtype, device="meta")


def _pooled(args: Sequence[Any]) -> Tensor | None:
    x, size = args[0], args[1]
    return _sized((*x.shape[: -len(size)], *size), x) if all(isinstance(n, int) for n in size) else None


def _mean(args: Sequence[Any]) -> Tensor | None:
    """Over some sides of a map, which are kept with length 1 or dropped."""
    x, sides, keep = (*args, *((None, False)[len(args) - 1 :]))
    if not sides or not x.is_floating_point() or not all(-x.dim() <= side < x.dim() for side in sides):
        return None
    gone = {side % x.dim() for side in sides}
    if len(gone) != len(sides):
        return None
    return _sized([1 if side in gone else n for side, n in enumerate(x.shape) if keep or side not in gone], x)


def _dropout(args: Sequence[Any]) -> Tensor | None:
    return None if args[2] else args[0]


_ACTIVATIONS = "relu relu6 hardtanh hardswish hardsigmoid sigmoid silu gelu elu selu leaky_relu mish softplus tanh"
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_ACTIVATIONS.split(), _like),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm", "instance_norm"), _like),
    **dict.fromkeys(("add", "mul", "sub", "div"), _same),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool3d"), _pooled),
    "max_pool2d": _max_pooled,
    "linear": _linear,
    "mean": _mean,
    "dropout": _dropout,
    "softmax": _like,
}
