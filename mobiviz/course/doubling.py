"""Small networks on which notebook 08 checks a hook: they overwrite their maps in place, and may break half-way."""

from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as shared


class Doubling(nn.Sequential):
    """Doubles, then cuts off below 0 in place, as many times as asked."""

    def __init__(self, times: int) -> None:
        pairs = [(nn.Linear(2, 2, bias=False), nn.ReLU(inplace=True)) for _ in range(times)]
        super().__init__(*(layer for pair in pairs for layer in pair))
        for linear, _ in pairs:
            linear.weight.data = 2 * torch.eye(2)

    def __repr__(self) -> str:
        return f"{len(self) // 2} times: Linear that doubles, ReLU(inplace=True)"


class Breaks(nn.Module):
    """A layer that raises when it runs."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("half-way")


def theirs(layer: nn.Module, args: Any, out: Any) -> None:
    """A hook that somebody else has put on."""


def hooks(net: nn.Module) -> list[Any]:
    """The hooks on a network's modules, and those that torch keeps for all modules."""
    of_all = (shared._global_forward_hooks, shared._global_forward_pre_hooks)
    found = [hook for kept in of_all for hook in kept.values()]
    for part in net.modules():
        found += [*part._forward_hooks.values(), *part._forward_pre_hooks.values()]
    return found
