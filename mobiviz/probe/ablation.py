"""ablate: mute channels of a layer, one after another, and see what becomes of the answer.

Muted variants leave the layer as one batch, so everything before it runs once for a whole chunk of them. Where a
network does not take that (it knows its batch size beforehand, or lets the items of a batch meet), each variant is a
run of its own; a first item with nothing muted tells which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mobiviz.engine import _inputs, _parts
from mobiviz.findings import Ablation
from mobiviz.nested import leaves
from mobiviz.probe.asked import Asked, Spot, spot_of
from mobiviz.restore import Parts

_CHUNK, _CHUNK_BYTES = 256, 8 * 2**20  # variants at once, and the memory that their maps may take
_LAST = (nn.Linear, nn.Bilinear, nn.LayerNorm, nn.Embedding, nn.RNNBase, nn.MultiheadAttention)
Group = tuple[int, ...]


def ablate(
    net: nn.Module,
    x: Any,
    path: str | tuple[str, int],
    channels: Iterable[int | Sequence[int]] | None = None,
    to: float | str = 0.0,
    classes: Sequence[str] = (),
    score: Callable[[Any], Tensor] | None = None,
    axis: int | None = None,
) -> Ablation:
    """Mute channels of the layer at `path`, and tell how much the answer to `x`, a batch of one, drops each time.

    `channels` are the ones to mute, one by one; a tuple among them is muted together; None is all, one by one. Muted
    means set to `to`, a number or "mean", each channel's own. `score` makes scores (1, K) of what the network puts
    out; without it, softmax of (1, K) logits. Channels lie along axis 1, of linear layers and the like along the last;
    else name the `axis`. The network is afterwards as it was.

    Raises: KeyError for a path that is not called; ValueError for a channel that is not there, an answer about more
    than one item, or a number of `classes` that does not fit; TypeError where there are no logits and no `score`.
    """
    if isinstance(to, str) and to != "mean":
        raise ValueError(f"to must be a number or 'mean' (got {to!r})")
    asking = _Asking(_parts(net), _inputs(x, False), spot_of(path), score or _softmax, to)
    before = asking.begin(axis)
    if classes and len(classes) != before.shape[1]:
        raise ValueError(f"classes must be {before.shape[1]} names, one for each class (got {len(classes)})")
    muted = _groups(channels, asking.count)
    after = asking.all(muted, before)
    return Ablation(asking.spot[0], asking.count, muted, _array(before)[0], _array(after), tuple(classes))


@dataclass
class _Asking:
    """One layer, and how to ask what the answer is when some of its channels are muted."""

    parts: Parts
    inputs: tuple[Any, ...]
    spot: Spot
    score: Callable[[Any], Tensor]
    to: float | str
    axis: int = 0
    count: int = 0
    nbytes: int = 0
    single: bool = False

    def begin(self, axis: int | None) -> Tensor:
        """The scores with nothing muted; on the way, the layer's channels are counted."""

        def look(module: nn.Module, out: Tensor) -> None:
            if out.dim() == 0:
                raise ValueError(f"{self.spot[0]} puts out one number, which has no channels")
            self.axis = _axis(module, out) if axis is None else axis % out.dim()
            self.count, self.nbytes = out.shape[self.axis], out.nbytes
            self.single = out.shape[0] == 1 and self.axis > 0

        before = self._run(look)
        if before.shape[0] != 1:
            raise ValueError(f"ablate asks about one item (got an answer about {before.shape[0]}); pass x[:1]")
        return before

    def all(self, muted: tuple[Group, ...], before: Tensor) -> Tensor:
        """The scores of every run."""
        size = max(min(_CHUNK, _CHUNK_BYTES // max(self.nbytes, 1)), 1)
        rows: list[Tensor] = []
        for start in range(0, len(muted), size):
            chunk = muted[start : start + size]
            found = self._together(chunk, before) if self.single else None
            self.single = found is not None
            rows += (
                [found] if found is not None else [self._run(lambda _, out, g=g: self._muted(out, g)) for g in chunk]
            )
        return torch.cat(rows) if rows else before[:0]

    def _together(self, chunk: tuple[Group, ...], before: Tensor) -> Tensor | None:
        """The scores of a chunk from one run, or None where the network does not take its batch."""

        def look(_: nn.Module, out: Tensor) -> Tensor:
            return torch.cat([out, *(self._muted(out, group) for group in chunk)])

        try:
            found = self._run(look)
        except Exception:  # whatever a foreign network says to a batch that it did not expect
            return None
        if found.shape != (len(chunk) + 1, before.shape[1]):
            return None
        return found[1:] if torch.allclose(found[:1], before, rtol=1e-3, atol=1e-5) else None

    def _alone(self, group: Group) -> Tensor:
        return self._run(lambda _, out: self._muted(out, group))

    def _muted(self, out: Tensor, group: Group) -> Tensor:
        """The layer's output with these channels muted."""
        new, index = out.clone(), torch.tensor(group, device=out.device)
        if self.to != "mean":
            return new.index_fill_(self.axis, index, self.to)
        kept = out.index_select(self.axis, index)
        others = [dim for dim in range(out.dim()) if dim != self.axis]
        return new.index_copy_(self.axis, index, kept.mean(others, keepdim=True).expand_as(kept))

    def _run(self, look: Callable[[nn.Module, Tensor], Tensor | None]) -> Tensor:
        run = Asked(self.parts, self.inputs, self.spot, look)
        out = run.ask()
        run.checked()
        with torch.inference_mode():
            scores = self.score(out)
        if not isinstance(scores, Tensor) or scores.dim() != 2:
            got = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
            raise TypeError(f"score must give a tensor of scores (1, K) (got {got})")
        return scores.clone()


def _axis(module: nn.Module, out: Tensor) -> int:
    return out.dim() - 1 if isinstance(module, _LAST) or out.dim() < 3 else 1


def _softmax(out: Any) -> Tensor:
    logits = next(iter(leaves(out).values()), None)
    if logits is None or logits.dim() != 2 or logits.shape[1] < 2:
        got = "no tensor" if logits is None else f"shape {tuple(logits.shape)}"
        raise TypeError(f"the network gives no logits (1, K), K > 1 (got {got}); say with score= what its answer is")
    return logits.double().softmax(dim=1)


def _groups(channels: Iterable[int | Sequence[int]] | None, count: int) -> tuple[Group, ...]:
    """What to mute in each run, checked."""
    if channels is None:
        return tuple((channel,) for channel in range(count))
    if isinstance(channels, int):
        raise TypeError(f"channels must be a list, such as [{channels}] (got {channels!r})")
    groups = [tuple(one) if hasattr(one, "__len__") else (one,) for one in channels]
    for channel in (channel for group in groups for channel in group):
        if isinstance(channel, bool) or not hasattr(channel, "__index__") or not 0 <= channel < count:
            raise ValueError(f"a channel must be a whole number from 0 to {count - 1} (got {channel!r})")
    return tuple(tuple(int(channel) for channel in group) for group in groups)


def _array(scores: Tensor) -> Any:
    return scores.double().cpu().numpy()
