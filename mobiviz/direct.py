"""Torch's own layers that run one operation: what they give it, so that it can be booked without the dispatcher.

The dispatcher shows the first layer of a sort in each pass; only where that one did as is said here are the others run
by their function and booked directly, and only where nothing stands between the layer and its operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.module import _global_forward_hooks, _global_forward_pre_hooks

from mobiviz.restore import Parts

Given = tuple[Any, ...] | None
Own = dict[str, Any]
Act = Callable[..., Tensor]
_C, _PLAIN, _NN = torch._C, {Tensor, nn.Parameter}, torch._C._nn


def _conv(own: Own) -> Given:
    weights, padding = own["_parameters"], own["padding"]
    if own["padding_mode"] != "zeros" or isinstance(padding, str) or "_conv_forward" in own or len(weights) != 2:
        return None
    return weights["weight"], weights["bias"], own["stride"], padding, own["dilation"], own["groups"]


def _batch_norm(own: Own) -> Given:
    weights, kept = own["_parameters"], own["_buffers"]
    mean, var = kept.get("running_mean"), kept.get("running_var")
    if own["training"] or mean is None or var is None or len(weights) != 2:
        return None
    rest = mean, var, False, own["momentum"] or 0.0, own["eps"], torch.backends.cudnn.enabled
    return weights["weight"], weights["bias"], *rest


def _linear(own: Own) -> Given:
    weights = own["_parameters"]
    return (weights["weight"], weights["bias"]) if len(weights) == 2 else None


def _alone(own: Own) -> Given:
    return ()


class Layer(NamedTuple):
    """What a layer gives its operation beside the map, tensors first; what runs it, also in place; on which maps."""

    given: Callable[[Own], Given]
    tensors: int
    act: Act
    in_place: Act | None = None
    dims: tuple[int, ...] = tuple(range(9))


LAYERS: dict[type, Layer] = {
    nn.Conv1d: Layer(_conv, 2, torch.conv1d),
    nn.Conv2d: Layer(_conv, 2, torch.conv2d),
    nn.Conv3d: Layer(_conv, 2, torch.conv3d),
    nn.BatchNorm1d: Layer(_batch_norm, 4, torch.batch_norm, dims=(2, 3)),
    nn.BatchNorm2d: Layer(_batch_norm, 4, torch.batch_norm, dims=(4,)),
    nn.BatchNorm3d: Layer(_batch_norm, 4, torch.batch_norm, dims=(5,)),
    nn.Linear: Layer(_linear, 2, _NN.linear),
    nn.ReLU: Layer(_alone, 0, torch.relu, torch.relu_),
    nn.ReLU6: Layer(_alone, 0, _NN.relu6, _NN.relu6_),
    nn.Hardswish: Layer(_alone, 0, _NN.hardswish, _NN.hardswish_),
    nn.Hardsigmoid: Layer(_alone, 0, _NN.hardsigmoid, _NN.hardsigmoid_),
    nn.SiLU: Layer(_alone, 0, _NN.silu, _NN.silu_),
    nn.Sigmoid: Layer(_alone, 0, torch.sigmoid),
    nn.Tanh: Layer(_alone, 0, torch.tanh),
}
_NAMES = ("conv1d", "conv2d", "conv3d", "linear", "batch_norm", "relu", "relu6", "hardswish", "hardsigmoid", "silu")
_CALL, _FORWARD, _ITER = nn.Module.__call__, nn.Sequential.forward, nn.Sequential.__iter__


def _torchs() -> list[Any]:
    return [*(kind.forward for kind in (*LAYERS, nn.Sequential)), *(getattr(F, name) for name in _NAMES)]


_AT_FIRST = _torchs()  # other counters write theirs over them


def plain(parts: Parts) -> bool:
    """Whether a network's own tensors are nothing but tensors, and nobody else watches it."""
    calm = not _C._len_torch_dispatch_stack() and _C._get_tracing_state() is None
    return calm and {*map(type, parts.parameters), *map(type, parts.buffers)} <= _PLAIN and _torchs() == _AT_FIRST


def calm() -> bool:
    """Whether nobody but a pass with its one mode stands between layers and their operations."""
    return (
        _C._len_torch_dispatch_stack() == 1
        and not _C._len_torch_function_stack()
        and not _C._is_any_autocast_enabled()
        and torch.is_inference_mode_enabled()
        and not _global_forward_hooks
        and not _global_forward_pre_hooks
    )


def same(args: Sequence[Any], shown: Sequence[Any]) -> bool:
    """Whether the dispatcher was shown what a layer is said to give; it leaves out defaults at the end."""
    pairs = list(zip(args, shown, strict=False))
    if any(isinstance(value, Tensor) for value in (*args[len(pairs) :], *shown[len(pairs) :])):
        return False
    return all(a is b or (not isinstance(a, Tensor) and _listed(a) == _listed(b)) for a, b in pairs)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def chains(parts: Parts) -> set[type]:
    """The types of modules that call their children in turn, as nn.Sequential does, and do nothing else."""
    kinds = parts.kinds - parts.gates  # which their children have to find on the stack
    return {kind for kind in kinds if getattr(kind, "forward", None) is _FORWARD and kind.__iter__ is _ITER}


def usual(module: Any) -> bool:
    """Whether calling a module is what torch makes of it."""
    return type(module).__call__ is _CALL
