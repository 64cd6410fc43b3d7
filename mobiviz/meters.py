"""What a watched run can record: Features keeps maps, Compute counts work and memory, Clock takes times."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mobiviz.frames import Frame
from mobiviz.origins import Origin
from mobiviz.record import Stats

_USUAL, _CPU = {torch.float32, torch.float64, torch.int64}, torch.device("cpu")
unseen = torch._C._DisableTorchDispatch  # what the meters themselves do is no work of the network


class Features:
    """Keep the output of every call, true also where a later operation overwrites it.

    Half of `max_bytes` is shared out evenly, so that no layer starves; the rest goes to those that come first. A map
    larger than what is left is kept in part; its statistics are those of the whole. Of convolutions, linear layers and
    batch norms the input is kept too, and their parameters by reference, so that `explain` can make a number again.

    Raises: ValueError for a `max_bytes` below 1.
    """

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        self.max_bytes = _whole("max_bytes", max_bytes)


class Compute:
    """Count MACs, other work, parameters, bytes moved and peaks of memory; the other meters count them too."""


class Clock:
    """Time each operation, in passes of their own, and keep the pass with the median time.

    Raises: ValueError for `passes` below 1.
    """

    def __init__(self, passes: int = 5) -> None:
        self.passes = _whole("passes", passes)


METERS = (Features, Compute, Clock)


def _whole(name: str, value: int) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number > 0 (got {value!r})")
    return value


class Kept:
    """A map under care: a reference to living memory until somebody overwrites it, or the part that was kept."""

    __slots__ = ("array", "reduced", "summary", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor: Tensor | None = tensor.detach()
        self.array: np.ndarray | None = None
        self.reduced: str | None = None
        self.summary: Stats | None = None

    def finish(self, foreign: Container[int]) -> None:
        """Turn the reference into an array; memory that is not the run's own is copied."""
        if self.tensor is not None:
            shared = self.tensor.untyped_storage()._cdata in foreign
            self.array = array(self.tensor.clone() if shared else self.tensor)
            self.tensor = None


class Keeper:
    """Features at work: keeps by reference, and copies a map only when an operation is about to overwrite it."""

    def __init__(self, max_bytes: int, layers: int) -> None:
        self.layers = max(layers, 1)
        self.reserve = max_bytes // (2 * self.layers)
        self.free = max_bytes - self.reserve * self.layers
        self.living: dict[int, list[Kept]] = {}
        self.all: list[Kept] = []

    def keep(self, frame: Frame, leaves: dict[str, Tensor]) -> None:
        """Keep the parts of a call's output. Calls beyond the number of layers have no reserve of their own."""
        self.layers -= 1
        share = self.reserve if self.layers >= 0 else 0
        frame.kept = {}
        with unseen():
            for name, tensor in leaves.items():
                if _readable(tensor):
                    frame.kept[name], share = self._one(tensor, share)
        self.free += share

    def note(self, frame: Frame, name: str, args: Sequence[Any], out: Any) -> None:
        """Keep what an operation of a call has read, as far as there is room."""
        if frame.origin is None:
            frame.origin = Origin()
        with unseen():
            x = frame.origin.note(name, args, out)
            if x is not None and _readable(x):
                frame.origin.kept = self._held(x)

    def before_write(self, storage: int) -> None:
        """Copy the maps that lie in this storage."""
        for kept in self.living.pop(storage, ()):
            kept.tensor = kept.tensor.clone()

    def finish(self, foreign: Container[int]) -> None:
        for kept in self.all:
            kept.finish(foreign)
        self.living.clear()

    def _held(self, tensor: Tensor) -> Kept | None:
        """The keeper of a map that is read: mostly one that some call put out."""
        for kept in self.living.get(tensor.untyped_storage()._cdata, ()):
            if _same_view(kept.tensor, tensor):
                return kept
        return self._one(tensor, 0)[0] if tensor.nbytes <= self.free else None

    def _one(self, tensor: Tensor, share: int) -> tuple[Kept, int]:
        """The map's keeper, and what is left of the share."""
        storage = tensor.untyped_storage()
        here = self.living.get(storage._cdata, [])
        for kept in here:
            if _same_view(kept.tensor, tensor):
                return kept, share
        kept = Kept(tensor)
        self.all.append(kept)
        cost = tensor.numel() * (4 if tensor.dtype == torch.bfloat16 else tensor.itemsize)
        if cost > share + self.free:
            kept.summary = _summary(tensor)
            part, kept.reduced = _part(tensor, share + self.free)
            kept.tensor, kept.array = None, None if part is None else array(part.clone())
            cost = 0 if part is None else kept.array.nbytes
        elif here or storage.nbytes() <= cost:
            self.living[storage._cdata] = [*here, kept]
        else:
            kept.tensor = tensor.clone()
        self.free -= max(cost - share, 0)
        return kept, max(share - cost, 0)


def _readable(tensor: Tensor) -> bool:
    return tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized


def _same_view(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and a.storage_offset() == b.storage_offset() and a.stride() == b.stride()


def array(tensor: Tensor) -> np.ndarray:
    """A tensor's numbers, in its own memory where numpy knows the type."""
    if tensor.dtype in _USUAL and tensor.device == _CPU and not tensor.is_neg():
        return tensor.numpy()
    tensor = tensor.cpu()
    if tensor.dtype == torch.bfloat16 or "float8" in str(tensor.dtype):
        tensor = tensor.float()
    return tensor.resolve_conj().resolve_neg().numpy()


def _part(tensor: Tensor, room: int) -> tuple[Tensor | None, str]:
    """As much of a map as there is room for: the first item, then fewer channels, then fewer positions."""
    words = []
    whole = tensor.shape
    size = 4 if tensor.dtype == torch.bfloat16 else tensor.itemsize
    if tensor.dim() > 1 and whole[0] > 1 and tensor.numel() * size > room:
        tensor = tensor[:1]
        words.append(f"the first of {whole[0]} items")
    for dim in range(min(1, tensor.dim() - 1), tensor.dim()):
        length = tensor.shape[dim]
        fits = room * length // (tensor.numel() * size)
        step = -(-length // max(fits, 1))
        if step > 1:
            tensor = tensor[(slice(None),) * dim + (slice(None, None, step),)]
            words.append(f"every {_nth(step)} {'channel' if dim == 1 else f'position along axis {dim}'}")
    if tensor.numel() * size > room:
        return None, "not kept: no room left under max_bytes"
    return tensor, ", ".join(words)


def _nth(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _summary(tensor: Tensor) -> Stats | None:
    """Statistics of a whole map by mean, dot product and extremes: three quick readings."""
    if not tensor.numel() or not tensor.is_floating_point():
        return None
    flat = tensor.detach().reshape(-1)
    flat = flat.float() if flat.dtype != torch.float64 else flat
    low, high = torch.aminmax(flat)
    mean = flat.mean().item()
    square = torch.dot(flat, flat).item() / flat.numel()
    zeros = 1 - torch.count_nonzero(flat).item() / flat.numel()
    return Stats(mean, max(square - mean * mean, 0.0) ** 0.5, low.item(), high.item(), zeros)
