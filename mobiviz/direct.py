"""Torch's own layers that run one operation: what they give it, so that it can be booked without the dispatcher.

The dispatcher shows the first layer of a sort in each pass; only where that one did as is said here are the others run
by their function and booked directly, and only where nothing stands between the layer and its operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from operator import itemgetter
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.module import _global_forward_hooks, _global_forward_pre_hooks

from mobiviz.opcosts import kernel_kind
from mobiviz.restore import Parts

Given = tuple[Any, ...] | None
Own = dict[str, Any]
Act = Callable[..., Tensor]
_C, _PLAIN, _NN = torch._C, {Tensor, nn.Parameter}, torch._C._nn


def _conv(own: Own) -> Given:
    if own["padding_mode"] != "zeros" or isinstance(own["padding"], str) or "_conv_forward" in own:
        return None
    weights = own["_parameters"]
    return weights["weight"], weights["bias"], own["stride"], own["padding"], own["dilation"], own["groups"]


def _batch_norm(own: Own) -> Given:
    weights, kept = own["_parameters"], own["_buffers"]
    if own["training"] or kept["running_mean"] is None or kept["running_var"] is None:
        return None
    moving = kept["running_mean"], kept["running_var"], False, own["momentum"] or 0.0
    return weights["weight"], weights["bias"], *moving, own["eps"], torch.backends.cudnn.enabled


def _linear(own: Own) -> Given:
    weights = own["_parameters"]
    return weights["weight"], weights["bias"]


def _alone(own: Own) -> Given:
    return ()


class Layer(NamedTuple):
    """What a layer gives its operation beside the map, tensors first; by what settings; what runs it, on which maps."""

    given: Callable[[Own], Given]
    settings: Callable[[Own], Any]
    tensors: int
    act: Act
    in_place: Act | None = None
    dims: tuple[int, ...] = tuple(range(9))


_CONV = itemgetter("padding_mode", "stride", "padding", "dilation", "groups")
_BN, _MODE, _ACT = itemgetter("training", "momentum", "eps"), itemgetter("training"), itemgetter("inplace")
LAYERS: dict[type, Layer] = {
    nn.Conv1d: Layer(_conv, _CONV, 2, torch.conv1d),
    nn.Conv2d: Layer(_conv, _CONV, 2, torch.conv2d),
    nn.Conv3d: Layer(_conv, _CONV, 2, torch.conv3d),
    nn.BatchNorm1d: Layer(_batch_norm, _BN, 4, torch.batch_norm, dims=(2, 3)),
    nn.BatchNorm2d: Layer(_batch_norm, _BN, 4, torch.batch_norm, dims=(4,)),
    nn.BatchNorm3d: Layer(_batch_norm, _BN, 4, torch.batch_norm, dims=(5,)),
    nn.Linear: Layer(_linear, _MODE, 2, _NN.linear),
    nn.ReLU: Layer(_alone, _ACT, 0, torch.relu, torch.relu_),
    nn.ReLU6: Layer(_alone, _ACT, 0, _NN.relu6, _NN.relu6_),
    nn.Hardswish: Layer(_alone, _ACT, 0, _NN.hardswish, _NN.hardswish_),
    nn.Hardsigmoid: Layer(_alone, _ACT, 0, _NN.hardsigmoid, _NN.hardsigmoid_),
    nn.SiLU: Layer(_alone, _ACT, 0, _NN.silu, _NN.silu_),
    nn.Sigmoid: Layer(_alone, _MODE, 0, torch.sigmoid),
    nn.Tanh: Layer(_alone, _MODE, 0, torch.tanh),
}
_NAMES = ("conv1d", "conv2d", "conv3d", "linear", "batch_norm", "relu", "relu6", "hardswish", "hardsigmoid", "silu")
_CALL, _FORWARD, _ITER = nn.Module.__call__, nn.Sequential.forward, nn.Sequential.__iter__


def _torchs() -> list[Any]:
    return [*(kind.forward for kind in (*LAYERS, nn.Sequential)), *(getattr(F, name) for name in _NAMES)]


_AT_FIRST = _torchs()  # other counters write theirs over them


def plain(parts: Parts) -> bool:
    """Whether a network's own tensors are nothing but tensors, and nobody else watches its operations."""
    kinds = {*map(type, parts.parameters), *map(type, parts.buffers)}
    calm = not _C._len_torch_dispatch_stack() and _C._get_tracing_state() is None
    return calm and kinds <= _PLAIN and _torchs() == _AT_FIRST


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


def _meddled(own: Own) -> bool:
    """Whether a module has hooks, or a forward of its own."""
    hooks = own["_forward_hooks"] or own["_forward_pre_hooks"] or own["_backward_hooks"] or own["_backward_pre_hooks"]
    return bool(hooks) or "forward" in own


def _given(module: nn.Module) -> Given:
    """What a layer gives its operation beside the map; None where something of its own stands between the two."""
    own = vars(module)
    if _meddled(own):
        return None
    try:
        return LAYERS[type(module)].given(own)
    except KeyError:  # a weight that is no parameter any more
        return None


def same(args: Sequence[Any], shown: Sequence[Any]) -> bool:
    """Whether the dispatcher was shown what a layer is said to give; it leaves out defaults at the end."""
    pairs = list(zip(args, shown, strict=False))
    if any(isinstance(value, Tensor) for value in (*args[len(pairs) :], *shown[len(pairs) :])):
        return False
    return all(a is b or (not isinstance(a, Tensor) and _listed(a) == _listed(b)) for a, b in pairs)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


class Sort:
    """The layers of one function: the plan of their operation, once the dispatcher has shown what the first one did."""

    __slots__ = ("plan", "shown")

    def __init__(self) -> None:
        self.shown, self.plan = False, None


class Passage:
    """A layer that a map can pass: made before the run; what it comes to is worked out when the run is over."""

    __slots__ = ("act", "in_shape", "kept", "layer", "module", "names", "out_shape", "own", "path")
    __slots__ += ("read", "rest", "se", "settings", "sort", "weights", "written")
    nth = 0

    def __init__(self, module: nn.Module, path: str, rest: tuple[Any, ...]) -> None:
        self.module, self.path, self.rest = module, path, rest
        self.own = own = vars(module)
        self.layer = layer = LAYERS[type(module)]
        self.weights, self.kept = own["_parameters"], own["_buffers"]
        self.names, self.settings = len(own), layer.settings(own)
        self.act = layer.in_place if own.get("inplace") else layer.act

    def stands(self) -> bool:
        """Whether the layer is as it was before the run: its settings, its tensors, and nothing new in it."""
        own, rest = self.own, self.rest
        if len(own) != self.names or self.layer.settings(own) != self.settings:
            return False
        if rest:
            weights = self.weights
            if weights.get("weight") is not rest[0] or weights.get("bias") is not rest[1]:
                return False
        kept = self.kept
        return not kept or (kept.get("running_mean") is rest[2] and kept.get("running_var") is rest[3])

    def fields(self, sizes: dict[int, int]) -> dict[str, Any]:
        """The fields of the Call, with its one operation booked as the ledger does it.

        `sizes` are the network's parameters that no earlier call has counted.
        """
        rest, read, written, work = self.rest, self.read, self.written, self.sort.plan.work
        touched = max(written.numel, read.numel)
        macs, out_bytes, norm, elementwise, kind = 0, 0, 0, touched, "map" if touched else "other"
        if work == "product":
            shape = rest[0].shape
            kind = kernel_kind(rest[-1], rest[-1] * shape[1], shape) if len(rest) > 2 else "linear"
            macs, out_bytes, elementwise = written.numel * prod(shape[1:]), written.nbytes, 0
        elif work == "norm":
            norm, elementwise = touched, 0
        return {
            "path": self.path,
            "type": type(self.module).__name__,
            "kind": "se" if self.se else kind,
            "in_shape": tuple(self.in_shape),
            "out_shape": tuple(self.out_shape),
            "macs": macs,
            "params": sum([sizes.pop(id(p), 0) for p in self.weights.values()]) if rest else 0,
            "out_bytes": out_bytes,
            "elementwise": elementwise,
            "norm": norm,
            "pool": 0,
            "read_bytes": read.nbytes + sum([t.nbytes for t in rest[: self.layer.tensors] if t is not None]),
            "write_bytes": written.nbytes,
        }


def passages(parts: Parts) -> dict[int, Passage]:
    """The layers of a network that can be passed, by id; a layer with several names goes by the place of its call."""
    found: dict[int, Passage] = {}
    sorts: dict[Act | None, Sort] = {}
    for module in parts.modules:
        if type(module) in LAYERS and len(paths := parts.paths[id(module)]) == 1:
            rest = _given(module)
            if rest is not None:
                found[id(module)] = one = Passage(module, paths[0], rest)
                one.sort = sorts.get(one.act) or sorts.setdefault(one.act, Sort())
    return found


def chains(parts: Parts) -> set[int]:
    """The ids of the modules that call their children in turn, as nn.Sequential does, and do nothing else."""
    kinds = set(map(type, parts.modules))
    walked = {kind for kind in kinds if getattr(kind, "forward", None) is _FORWARD and kind.__iter__ is _ITER}
    return {id(module) for module in parts.modules if type(module) in walked and not _meddled(vars(module))}


def usual(module: Any) -> bool:
    """Whether calling a module is what torch makes of it."""
    return type(module).__call__ is _CALL
