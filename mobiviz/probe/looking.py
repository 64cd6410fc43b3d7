"""look: several depthwise layers on one photo, with all that a contact sheet of them shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from torch import nn

from mobiviz.engine import watch
from mobiviz.findings import Look
from mobiviz.probe.ablation import ablate
from mobiviz.probe.reach import receptive_field


def look(
    net: nn.Module, x: Any, paths: Iterable[str], classes: Sequence[str] = (), channels: int = 32
) -> tuple[Look, ...]:
    """The first maps of each of these depthwise layers, their kernels, what the answer loses without each, and fields.

    A path is that of a depthwise convolution, or of a module with one in it; where a batch norm follows inside, its
    factors are in the kernels.

    Raises: ValueError for a layer without a depthwise convolution; KeyError for a path that is not called.
    """
    record, found = watch(net, x), []
    for path in paths:
        maps = record[path].output[0][:channels]
        ablation = ablate(net, x, path, range(len(maps)), classes=classes)
        found.append(Look(maps, _kernels(net, path)[: len(maps)], ablation, receptive_field(net, x, path)))
    return tuple(found)


def _kernels(net: nn.Module, path: str) -> np.ndarray:
    """The k x k kernel of each channel.

    Shapes: (C, k, k).
    """
    layer = net.get_submodule(path)
    conv = next((each for each in layer.modules() if isinstance(each, nn.Conv2d) and each.groups > 1), None)
    if conv is None or conv.weight.shape[1] != 1:
        raise ValueError(f"{path} holds no depthwise convolution; take one such as 'features.2.depthwise'")
    weight = conv.weight.detach()[:, 0].double()
    norm = next((each for each in layer.modules() if isinstance(each, nn.BatchNorm2d)), None)
    if norm is not None and norm.num_features == len(weight):
        factor = (norm.running_var.double() + norm.eps).rsqrt() * (norm.weight.detach() if norm.affine else 1)
        weight = weight * factor[:, None, None]
    return weight.cpu().numpy()
