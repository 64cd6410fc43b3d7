"""What questions to a network found: frozen rows of numbers, with numpy at most, that pictures can draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mobiviz import units

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 8  # rows of a repr


@dataclass(frozen=True, eq=False)
class Ablation:
    """What becomes of a network's answer when channels of one layer are muted, one run for each entry of `muted`.

    `before` holds the score of each class with nothing muted, `after` one row of scores for each run; scores are
    probabilities unless another `score` was asked for. `order` sorts the runs by how much the answer drops.

    Shapes: before (K,), after (runs, K); drops, tops, order (runs,).
    """

    path: str
    channels: int
    muted: tuple[tuple[int, ...], ...]
    before: np.ndarray = field(repr=False)
    after: np.ndarray = field(repr=False)
    classes: tuple[str, ...] = ()

    @property
    def top(self) -> int:
        """The class that the network answers with nothing muted."""
        return int(self.before.argmax())

    @property
    def score(self) -> float:
        """The score of that class."""
        return float(self.before[self.top])

    @property
    def answer(self) -> str:
        """The name of that class."""
        return self.name(self.top)

    @cached_property
    def drops(self) -> np.ndarray:
        """By how much the score of the answer falls; below 0 where it rises."""
        return self.before[self.top] - self.after[:, self.top]

    @cached_property
    def tops(self) -> np.ndarray:
        """The class that each run answers."""
        return self.after.argmax(axis=1)

    @cached_property
    def order(self) -> np.ndarray:
        """The runs, from the largest drop to the smallest."""
        return np.argsort(-self.drops, kind="stable")

    @property
    def changing(self) -> list[int | tuple[int, ...]]:
        """What was muted where the answer became another class, from the largest drop."""
        return [self.label(run) for run in self.order if self.tops[run] != self.top]

    def label(self, run: int) -> int | tuple[int, ...]:
        """What was muted in a run: a channel, or several."""
        return self.muted[run][0] if len(self.muted[run]) == 1 else self.muted[run]

    def name(self, index: int) -> str:
        """The name of a class, or its number where no names were given."""
        return self.classes[index] if self.classes else f"class {index}"

    def table(self) -> pd.DataFrame:
        """One row for each run, from the largest drop."""
        import pandas as pd

        rows = [(self.label(run), self.drops[run], *self._answer(run)) for run in self.order]
        return pd.DataFrame(rows, columns=["muted", "drop", "answer", "score"])

    def _answer(self, run: int) -> tuple[str, float]:
        top = int(self.tops[run])
        return self.name(top), float(self.after[run, top])

    def __repr__(self) -> str:
        changing = len(self.changing)
        head = f"{self.path or 'the network'}: {self.answer} {self.score:.3f} with nothing muted; {changing} of "
        lines = [f"{head}{len(self.muted)} runs change the answer"]
        for run in self.order[:_SHOWN]:
            name, score = self._answer(run)
            lines.append(f"  mute {self.label(run)}: the answer drops by {self.drops[run]:+.3f}; {name} {score:.3f}")
        more = len(self.muted) - _SHOWN
        return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


@dataclass(frozen=True)
class Axis:
    """Along one side: position p of the map sees the `size` pixels from `start + p * jump`, those outside included."""

    size: int
    jump: int
    start: int

    def span(self, position: int, length: int) -> tuple[int, int]:
        """First pixel and the one after the last that a position sees, inside a photo of this length."""
        first = self.start + position * self.jump
        return max(first, 0), max(min(first + self.size, length), 0)


@dataclass(frozen=True, eq=False)
class Field:
    """The receptive field of one layer: which pixels of the photo a position of its map can see.

    `axes` has one Axis for each side of the photo, None for a side that every position sees whole; all of it is None
    where no arithmetic is known, and then only position `at` is. `mask` marks the pixels whose gradient at position
    `at` is not 0, in a copy of the network with positive weights. `checked`: arithmetic and mask agree. `why` says
    what made it whole, or what there is no arithmetic for.

    Shapes: mask as the photo.
    Units: pixels.
    """

    path: str
    photo: tuple[int, ...]
    map: tuple[int, ...]
    axes: tuple[Axis | None, ...] | None
    at: tuple[int, ...]
    mask: np.ndarray | None = field(repr=False)
    checked: bool
    why: str = ""

    @property
    def size(self) -> tuple[int, ...] | None:
        """Pixels along each side, before the photo's border cuts any off; None where no arithmetic is known."""
        if self.axes is None:
            return None
        return tuple(axis.size if axis else length for axis, length in zip(self.axes, self.photo, strict=True))

    @property
    def whole(self) -> bool:
        """Whether every position sees the whole photo, whatever its size."""
        return self.axes is not None and not any(self.axes)

    def box(self, *at: int) -> tuple[tuple[int, int], ...]:
        """For each side the first pixel that position `at` sees, and the one after the last.

        Raises: ValueError for a position that is not on the map, or not known.
        """
        at = at or self.at
        if self.axes is None:
            if at != self.at or self.mask is None:
                raise ValueError(f"{self.why}; only position {self.at} is known (got {at}): ask again for that one")
            return hull(self.mask)
        if len(at) != len(self.map) or any(not 0 <= p < length for p, length in zip(at, self.map, strict=True)):
            raise ValueError(f"at must be a position of the map, {units.shape(self.map)} (got {at})")
        if self.whole:
            return tuple((0, length) for length in self.photo)
        sides = zip(self.axes, at, self.photo, strict=True)
        return tuple(axis.span(p, length) if axis else (0, length) for axis, p, length in sides)

    def __repr__(self) -> str:
        sees = units.shape(tuple(stop - start for start, stop in self.box()))
        at = f"position {', '.join(map(str, self.at))}" if self.at else "every number"
        size = "the whole photo, whatever its size" if self.whole else ""
        size = size or (f"{units.shape(self.size)} pixels" if self.size else f"of position {self.at} alone")
        words = (
            f"receptive field of {self.path or 'the network'}: {size}; {at} sees {sees} of {units.shape(self.photo)}"
        )
        told = "arithmetic and gradient agree" if self.checked else "by the gradient alone" if not self.axes else ""
        return f"{words}; {told or 'by arithmetic alone'}" + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True, eq=False)
class Look:
    """One layer on one photo: maps, the depthwise kernels that made them, what each is worth, what a position sees.

    `ablation` mutes the channels that `maps` holds, each alone and in their order.

    Shapes: maps (C, H, W); kernels (C, k, k).
    """

    maps: np.ndarray = field(repr=False)
    kernels: np.ndarray = field(repr=False)
    ablation: Ablation
    field: Field

    @property
    def path(self) -> str:
        return self.ablation.path

    @cached_property
    def means(self) -> np.ndarray:
        """How big each map looks: its mean |activation|."""
        return np.abs(self.maps).mean(axis=(1, 2))


def hull(mask: np.ndarray) -> tuple[tuple[int, int], ...]:
    """The smallest box around what is marked: for each side the first index and the one after the last."""
    if not mask.any():
        return ((0, 0),) * mask.ndim
    spans = []
    for side in range(mask.ndim):
        marked = np.flatnonzero(mask.any(axis=tuple(other for other in range(mask.ndim) if other != side)))
        spans.append((int(marked[0]), int(marked[-1]) + 1))
    return tuple(spans)
