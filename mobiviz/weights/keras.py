"""Keras's parameters: out of a model, or out of an .h5 file of either kind that Keras writes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mobiviz.images import MEAN, STD
from mobiviz.nets import MobileNet

from .mapping import Entry, entries, transfer

_NORM = ("gamma", "beta", "moving_mean", "moving_variance")
_ROLES = {
    **dict.fromkeys(("kernel", "depthwise_kernel"), "weight"),
    **dict(
        zip(_NORM, (f"batch norm {leaf}" for leaf in ("weight", "bias", "running_mean", "running_var")), strict=True)
    ),
}


def from_keras(net: MobileNet, source: object) -> MobileNet:
    """Copy the parameters of a Keras model, or of its .h5 file, into a MobileNet of dialect "tf", and return it.

    Units: with these parameters a network expects colours from -1 to 1: `keras_pixels(mv.image("cat"))`.
    Raises: ValueError naming each tensor that is missing, extra or of another shape; `net` is then unchanged.
    ImportError where a file is given and h5py is not installed.
    Leaves the paper: Keras's V3 keeps 16 channels in its first layer at every alpha, and makes its last convolution six
    times as wide as the block before it. At alpha 0.75 and 1, which are published, that is the table's own width; at
    others the parameters do not fit, and the error says where.
    """
    if not isinstance(net, MobileNet):
        raise TypeError(f"from_keras needs a MobileNet (got {type(net).__name__})")
    if net.dialect != "tf":
        raise ValueError("Keras's weights fit the padding of MobileNet(..., dialect='tf') (got 'torch')")
    if isinstance(source, str | Path):
        return transfer(net, _from_h5(net, Path(source).expanduser()), Path(source).name)
    if not hasattr(source, "layers"):
        raise TypeError(f"from_keras needs a Keras model or the path of its .h5 file (got {type(source).__name__})")
    return transfer(net, list(_from_model(source)), f"the Keras model {source.name}")


def to_keras(net: MobileNet, model):
    """Copy the parameters of a MobileNet of dialect "tf" into Keras's model of the same network, and return it.

    Raises: ValueError naming the first layer whose shape is another; the model is then unchanged.
    """
    if not isinstance(net, MobileNet) or net.dialect != "tf":
        raise ValueError("Keras pads as MobileNet(..., dialect='tf') does, so only its parameters mean the same there")
    variables = [(layer.name, variable) for layer in model.layers for variable in layer.weights]
    ours = [entry.value for entry in entries(net.state_dict()) if not entry.role.endswith("num_batches_tracked")]
    if len(variables) != len(ours):
        raise ValueError(f"the Keras model {model.name} has {len(variables)} tensors, this network {len(ours)}")
    values = [_array(value, tuple(variable.shape)) for value, (_, variable) in zip(ours, variables, strict=True)]
    for value, (name, variable) in zip(values, variables, strict=True):
        if value.shape != tuple(variable.shape):
            raise ValueError(f"{name} of Keras has the shape {tuple(variable.shape)}, this network's {value.shape}")
    for value, (_, variable) in zip(values, variables, strict=True):
        variable.assign(value)
    return model


def keras_pixels(batch: Tensor) -> Tensor:
    """A batch of `mv.image` with its colours from -1 to 1, as Keras's parameters were trained.

    Shapes: (N, 3, H, W) -> (N, 3, H, W).
    """
    mean, std = (torch.tensor(values, device=batch.device).view(3, 1, 1) for values in (MEAN, STD))
    return 2 * (batch * std + mean) - 1


def _entry(layer: str, leaf: str, value: np.ndarray) -> Entry:
    """One Keras array as a PyTorch tensor: a kernel (H, W, in, out) becomes (out, in, H, W)."""
    tensor = torch.from_numpy(np.array(value))
    if tensor.ndim == 4:  # a depthwise kernel is (H, W, channels, 1)
        depthwise = tensor.shape[0] > 1 and tensor.shape[3] == 1
        tensor = tensor.permute(2, 3, 0, 1) if depthwise else tensor.permute(3, 2, 0, 1)
    return Entry(f"{layer}/{leaf}", _ROLES.get(leaf, leaf), tensor.T if tensor.ndim == 2 else tensor)


def _array(tensor: Tensor, shape: tuple[int, ...]) -> np.ndarray:
    """A PyTorch tensor as Keras has it: the way back from `_entry`; a linear layer may be a 1x1 convolution there."""
    if tensor.ndim == 2:
        tensor = tensor.T if len(shape) == 2 else tensor.T[None, None]
    elif tensor.ndim == 4:
        depthwise = tensor.shape[1] == 1 and shape[3] == 1
        tensor = tensor.permute(2, 3, 0, 1) if depthwise else tensor.permute(2, 3, 1, 0)
    return tensor.numpy()


def _from_model(model) -> Iterator[Entry]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _from_model(layer)
            continue
        for variable, value in zip(layer.weights, layer.get_weights(), strict=True):
            yield _entry(layer.name, _leaf(variable.name), value)


def _leaf(name: str | bytes) -> str:
    name = name.decode() if isinstance(name, bytes) else str(name)
    return name.rsplit("/", 1)[-1].removesuffix(":0")


def _from_h5(net: MobileNet, path: Path) -> list[Entry]:
    try:
        import h5py
    except ImportError as error:
        raise ImportError(f"reading {path.name} needs h5py: python -m pip install 'mobiviz[weights]'") from error
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    try:
        with h5py.File(path) as file:
            if "layers" in file and "layer_names" not in file.attrs:
                return _in_order(net, file["layers"])
            return list(_from_legacy(file.get("model_weights", file)))
    except (OSError, KeyError) as error:
        raise ValueError(f"{path} cannot be read as Keras's weights ({error}); delete it and load again") from error


def _from_legacy(group) -> Iterator[Entry]:
    """What `model.save("x.h5")` writes, and all files that Keras publishes: layers in order, tensors by name."""
    for layer in group.attrs["layer_names"]:
        layer = layer.decode() if isinstance(layer, bytes) else layer
        for name in group[layer].attrs["weight_names"]:
            yield _entry(layer, _leaf(name), group[layer][name][()])


def _in_order(net: MobileNet, layers) -> list[Entry]:
    """What `model.save_weights` writes: layers numbered by their kind alone, so `net` gives the order of the kinds."""
    waiting = defaultdict(deque)
    for kind, number in sorted(map(_numbered, layers)):
        name = f"{kind}_{number}" if number else kind
        values = [layers[name]["vars"][key][()] for key in sorted(layers[name].get("vars", ()))]
        if values:
            leaves = _NORM if "norm" in kind else ("kernel", "bias")
            group = [_entry(name, leaf, value) for leaf, value in zip(leaves, values, strict=False)]
            waiting["norm" if "norm" in kind else "depthwise" if "depthwise" in kind else "kernel"].append(group)
    found = []
    for mine in entries(net.state_dict()):
        if mine.role.endswith("weight"):
            depthwise = mine.value.ndim == 4 and mine.value.shape[1] == 1 < mine.value.shape[2]
            queue = waiting["norm" if mine.value.ndim == 1 else "depthwise" if depthwise else "kernel"]
            found += queue.popleft() if queue else []
    return found + [entry for queue in waiting.values() for group in queue for entry in group]


def _numbered(name: str) -> tuple[str, int]:
    """conv2d_7 is the seventh after the first, conv2d."""
    kind, _, number = name.rpartition("_")
    return (kind, int(number)) if number.isdigit() else (name, 0)
