"""receptive_field: which pixels a position of a layer's map can see, by arithmetic and by gradient."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mobiviz.engine import _inputs, _parts
from mobiviz.findings import Field, hull
from mobiviz.passes import _without_fast_path
from mobiviz.probe.arithmetic import Following, Reach
from mobiviz.probe.asked import Asked, Spot, spot_of
from mobiviz.restore import Parts, as_it_was

_DRAWS = 8  # of weights: a max pool hands on to one of its pixels only, which one depends on them


def receptive_field(net: nn.Module, x: Any, path: str | tuple[str, int], at: tuple[int, ...] | None = None) -> Field:
    """The receptive field of the layer at `path`: its size on the photo `x`, and the box that a position sees.

    Convolutions, pools and what works position by position are followed by arithmetic. The gradient of position `at`
    (None is the middle) checks it, in a copy of the network with positive weights and no batch statistics, where
    nothing that can be seen cancels out. Squeeze-and-excite, a pooling of everything, a linear layer: the whole photo.

    Units: pixels.
    Raises: KeyError for a path that is not called; ValueError for a position that is not on the map, or an `x` that is
    no float batch (N, C, ...) of maps.
    """
    parts, inputs, spot = _parts(net), _inputs(x, False), spot_of(path)
    photo = inputs[0]
    if not isinstance(photo, Tensor) or photo.dim() < 3 or not photo.is_floating_point():
        raise ValueError("x must be a batch of photos (N, C, H, W) of floats, such as mv.image('cat')")
    sides = tuple(photo.shape[2:])
    reach, shape = _by_arithmetic(parts, inputs, spot)
    grid = tuple(shape[2:]) if len(shape) == len(sides) + 2 else ()
    at = tuple(n // 2 for n in grid) if at is None else tuple(at)
    if len(at) != len(grid) or any(not 0 <= p < n for p, n in zip(at, grid, strict=True)):
        raise ValueError(f"at must be a position of the map, one of {grid or 'no sides'} (got {at})")
    field = Field(spot[0], sides, grid, reach.axes, at, None, False, reach.why)
    try:
        masks = _masks(net, inputs, spot, at)
        return _compared(field, masks)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        words = f"no gradient: {str(error).splitlines()[0]}"
        return Field(spot[0], sides, grid, reach.axes, at, None, False, "; ".join(filter(None, (reach.why, words))))


def _compared(field: Field, masks: Iterator[np.ndarray]) -> Field:
    """The field with its mask, and whether arithmetic agrees; where it does not, the gradient has the word."""
    seen = np.zeros(field.photo, bool)
    wanted = field.box() if field.axes is not None else None
    for mask in masks:
        seen |= mask
        if wanted is not None and hull(seen) == wanted:
            return Field(field.path, field.photo, field.map, field.axes, field.at, seen, True, field.why)
    words = field.why if wanted is None else f"arithmetic says {wanted}, the gradient {hull(seen)}"
    return Field(field.path, field.photo, field.map, None, field.at, seen, False, words)


def _by_arithmetic(parts: Parts, inputs: tuple[Any, ...], spot: Spot) -> tuple[Reach, tuple[int, ...]]:
    """What the layer's positions see by the rules of its operations, and the shape of what it puts out."""
    found: list[Any] = []

    def look(_: nn.Module, out: Tensor) -> None:
        found.append((run.following.of(out), tuple(out.shape)))

    run = _Followed(parts, inputs, spot, look)
    run.ask()
    run.checked()
    return found[0]


class _Followed(Asked):
    """A pass whose operations are followed."""

    def saving(self) -> Following:
        self.following = Following(self, self.inputs[0])
        return self.following


def _masks(net: nn.Module, inputs: tuple[Any, ...], spot: Spot, at: tuple[int, ...]) -> Iterator[np.ndarray]:
    """For several draws of weights, which pixels of the photo have a gradient at this position of the map."""
    with torch.inference_mode(False):
        twin = copy.deepcopy(net).double().eval()
    parts, random, answers = Parts(twin), torch.Generator().manual_seed(0), []

    def look(_: nn.Module, out: Tensor) -> None:
        answers.append(out[(slice(None), slice(None), *at)].sum() if at else out.sum())

    for _ in range(_DRAWS):
        _make_positive(parts, random)
        with torch.inference_mode(False), torch.enable_grad():
            photo = torch.rand(inputs[0].shape, generator=random, dtype=torch.float64).add_(0.5).requires_grad_()
            run = Asked(parts, (photo, *inputs[1:]), spot, look)
            with as_it_was(parts), _without_fast_path(), run.watching():
                run._forward()
            (gradient,) = torch.autograd.grad(answers.pop(), photo)
        yield (gradient != 0).flatten(0, 1).any(dim=0).numpy()


@torch.no_grad()
def _make_positive(parts: Parts, random: torch.Generator) -> None:
    """Weights from 0.5 to 1 over their number per output; batch norms that change nothing; biases 0."""
    for module in parts.modules:
        norm = isinstance(module, nn.modules.batchnorm._NormBase)
        if norm and module.running_var is not None:
            module.running_mean.zero_()
            module.running_var.fill_(1)
        for name, p in module._parameters.items():
            if p is None:
                continue
            if p.dim() < 2:
                p.fill_(1.0 if "weight" in name or p.dim() == 0 else 0.0)
            else:
                fresh = torch.rand(p.shape, generator=random, dtype=torch.float64).add_(1).mul_(0.5 / p[0].numel())
                p.copy_(fresh)
