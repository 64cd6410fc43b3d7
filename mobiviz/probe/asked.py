"""A forward pass that is asked about one call: what it puts out is looked at, and replaced where wanted."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from torch import Tensor, nn

from mobiviz.frames import Frame
from mobiviz.nested import leaves, mapped
from mobiviz.passes import Pass
from mobiviz.restore import Parts

Spot = tuple[str, int]


class Asked(Pass):
    """One forward pass; `look(module, tensor)` sees the first tensor that the call at `spot` puts out.

    What `look` returns takes that tensor's place, None leaves it.
    """

    def __init__(
        self, parts: Parts, inputs: tuple[Any, ...], spot: Spot, look: Callable[[nn.Module, Tensor], Tensor | None]
    ) -> None:
        super().__init__(parts, inputs, dry=False)
        self.spot, self.look, self.met = spot, look, False

    def _leave(self, frame: Frame, out: Any) -> Any:
        super()._leave(frame, out)
        if (frame.path, frame.nth) != self.spot:
            return out
        self.met, first = True, next(iter(leaves(out).values()), None)
        if first is None:
            raise TypeError(f"{self.spot[0]} puts out {type(out).__name__}, in which no tensor was found")
        new = self.look(frame.module, first)
        return out if new is None else mapped(out, lambda leaf: new if leaf is first else leaf)

    def checked(self) -> None:
        """Raise where the call did not take place: KeyError, naming the nearest path."""
        if self.met:
            return
        path, nth = self.spot
        if path in self.counts:
            raise KeyError(f"{path!r} was called {self.counts[path] + 1} times, counted from 0 (got {nth})")
        near = get_close_matches(path, [known for known in self.counts if known], n=1, cutoff=0)
        raise KeyError(f"no layer {path!r} was called" + (f"; the nearest path is {near[0]!r}" if near else ""))


def spot_of(path: str | tuple[str, int]) -> Spot:
    """A path as a Record takes it: of a layer's first call, or (path, n) of its n-th."""
    return path if isinstance(path, tuple) else (path, 0)
