"""Weights in eight bits, as an idea: what one step costs a layer, and whether a network survives it.

Only weights are rounded here, and computed with in float32. A runtime rounds the maps too; `mv.export(int8=...)` does.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mobiviz.nets import Net

BITS = 8
KINDS = ("depthwise", "pointwise", "standard")


@dataclass(frozen=True)
class Ranges:
    """The largest |weight| of each output channel of one convolution."""

    path: str
    kind: str
    channels: np.ndarray

    def steps(self, bits: int = BITS) -> np.ndarray:
        """How many steps each channel has up to its largest weight, where one scale serves the whole layer."""
        return self.channels / self.channels.max() * largest(bits)


def largest(bits: int = BITS) -> int:
    """The largest whole number of that many bits, a sign among them: 127 for 8."""
    if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 16:
        raise ValueError(f"bits must be a whole number from 2 to 16 (got {bits!r})")
    return 2 ** (bits - 1) - 1


def round_weights(w: Tensor, per_channel: bool, bits: int = BITS) -> Tensor:
    """Each weight at its nearest step; the steps are those of the layer's largest weight, or of the channel's own.

    Shapes: (out, in / groups, k, k) -> the same.
    """
    top = largest(bits)
    most = w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()
    scale = torch.where(most > 0, most / top, 1.0)
    return (w / scale).round().clamp(-top, top) * scale


def rounded(net: Net, per_channel: bool, kinds: tuple[str, ...] = KINDS, bits: int = BITS) -> Net:
    """A folded copy of a network, the weights of its convolutions of these kinds rounded.

    Folding comes first, as in every runtime: it multiplies each channel by its batch norm's own factor.
    """
    folded = net.fold()
    for conv, kind in _convolutions(folded).values():
        if kind in kinds:
            conv.weight = nn.Parameter(round_weights(conv.weight.detach(), per_channel, bits))
    return folded


def ranges(net: Net) -> list[Ranges]:
    """Of each convolution of the folded network, in the order in which they run."""
    found = _convolutions(net.fold()).items()
    return [Ranges(path, kind, conv.weight.detach().abs().amax((1, 2, 3)).numpy()) for path, (conv, kind) in found]


@torch.inference_mode()
def agreement(net: nn.Module, other: nn.Module, x: Tensor) -> float:
    """The share of pictures on which both have the same largest logit."""
    first, second = (copy.copy(each).eval()(x).argmax(1) for each in (net, other))
    return (first == second).float().mean().item()


def _convolutions(net: nn.Module) -> dict[str, tuple[nn.Conv2d, str]]:
    found = {}
    for path, module in net.named_modules():
        if isinstance(module, nn.Conv2d) and ".se." not in path:
            pointwise = module.kernel_size == (1, 1)
            kind = "depthwise" if module.groups > 1 else "pointwise" if pointwise else "standard"
            found[path] = module, kind
    return found
