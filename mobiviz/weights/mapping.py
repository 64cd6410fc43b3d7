"""One list of tensors onto another: by order, role and shape, all or nothing.

A network's layers have the same order in every library; only their names differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import torch
from torch import Tensor

from mobiviz.nets import MobileNet, Net

_COUNTER = "batch norm num_batches_tracked"  # not a parameter; weights older than it, and Keras's, have none


@dataclass(frozen=True)
class Entry:
    """One tensor: its name there, its role (such as "bias" or "batch norm running_mean") and its values."""

    name: str
    role: str
    value: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, of a 1x1 convolution as of the linear layer that it is."""
        shape = tuple(self.value.shape)
        return shape[:2] if len(shape) == 4 and shape[2:] == (1, 1) else shape

    def __str__(self) -> str:
        return f"{self.name} ({self.role}, {'x'.join(map(str, self.value.shape)) or 'one number'})"


def from_torchvision(net: Net, state_dict: Mapping[str, Tensor]) -> Net:
    """Copy the parameters of torchvision's network of the same architecture into `net`, and return it.

    Raises: ValueError naming every kind of tensor that is missing, extra or of another shape; `net` is then unchanged.
    """
    if isinstance(net, MobileNet) and net.dialect != "torch":
        raise ValueError("torchvision's weights fit the padding of MobileNet(..., dialect='torch') (got 'tf')")
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"from_torchvision needs model.state_dict() (got {type(state_dict).__name__})")
    return transfer(net, entries(state_dict), "the state_dict")


def entries(state: Mapping[str, Tensor]) -> list[Entry]:
    """The tensors of a state_dict in their order, with their roles."""
    found = []
    for name, value in state.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} must be a tensor (got {type(value).__name__}); give model.state_dict()")
        module, _, leaf = name.rpartition(".")
        weight = state.get(f"{module}.weight")
        norm = f"{module}.running_mean" in state or (isinstance(weight, Tensor) and weight.ndim == 1)
        found.append(Entry(name, f"batch norm {leaf}" if norm else leaf, value))
    return found


def transfer(net: Net, theirs: Sequence[Entry], origin: str) -> Net:
    """Copy `theirs` into `net`, in order, or raise and leave it as it was."""
    if not isinstance(net, Net):
        raise TypeError(f"weights fit a network of mobiviz.nets (got {type(net).__name__})")
    ours = entries(net.state_dict())
    if any(entry.value.is_meta for entry in ours):
        raise ValueError("the network is on the meta device and has no memory; use net.to_empty(device='cpu') first")
    if not any(entry.role == _COUNTER for entry in theirs):
        ours = [entry for entry in ours if entry.role != _COUNTER]
    wrong = differences(ours, theirs)
    if wrong:
        more = f"; and {len(wrong) - 4} more" if len(wrong) > 4 else ""
        but_last = len(ours) == len(theirs) and not differences(ours[:-2], theirs[:-2])
        hint = "; load with as many classes, then net.with_classes(n)" if but_last else ""
        raise ValueError(f"{origin} does not fit this network: {'; '.join(wrong[:4])}{more}{hint}")
    with torch.no_grad():
        for mine, other in zip(ours, theirs, strict=True):
            mine.value.copy_(other.value.reshape(mine.value.shape))
    return net


def differences(ours: Sequence[Entry], theirs: Sequence[Entry]) -> list[str]:
    """What is missing, extra or misshapen in `theirs`, in words; what both ends have in common is set aside first."""
    keys = [[(entry.role, entry.shape) for entry in side] for side in (ours, theirs)]
    start, end, least = 0, 0, min(map(len, keys))
    while start < least and keys[0][start] == keys[1][start]:
        start += 1
    while end < least - start and keys[0][-1 - end] == keys[1][-1 - end]:
        end += 1
    ours, theirs, mine, its = (side[start : len(side) - end] for side in (ours, theirs, *keys))
    if [entry.role for entry in ours] == [entry.role for entry in theirs]:
        rows = zip(ours, theirs, mine, its, strict=True)
        return [f"{other} has another shape than {own}" for own, other, key, found in rows if key != found]
    wrong = []
    for change, i, i_end, j, j_end in SequenceMatcher(None, mine, its, autojunk=False).get_opcodes():
        if change != "equal":
            wrong += [f"{entry} is missing" for entry in ours[i:i_end]]
            wrong += [f"{entry} is extra" for entry in theirs[j:j_end]]
    return wrong
