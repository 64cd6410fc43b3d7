"""A space of a few hundred small networks, built from rows of MobileNetV3's table: eight choices of two.

Three stages of two blocks choose their kernel each; expansion, squeeze-and-excite, non-linearity, width and resolution
are chosen once for the whole network.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, astuple, dataclass, replace
from functools import cache

import numpy as np

from mobiviz.pricing import Cost, cost
from mobiviz.tables import Table, table

STEM, STAGES, HEAD = 16, (24, 40, 80), 240  # channels at width 1
CHOICES = {
    "k1": (3, 5),
    "k2": (3, 5),
    "k3": (3, 5),
    "t": (2, 4),
    "se": (0, 1),
    "nl": ("RE", "HS"),
    "alpha": (0.5, 1.0),
    "size": (40, 64),
}


@dataclass(frozen=True, order=True)
class Arch:
    """One network of the space: its three kernels, expansion, SE, NL, width and resolution. Prints as a short word."""

    k1: int = 3
    k2: int = 3
    k3: int = 3
    t: int = 2
    se: int = 0
    nl: str = "RE"
    alpha: float = 0.5
    size: int = 40

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))} (got {getattr(self, name)!r})")

    def __str__(self) -> str:
        return f"k{self.k1}{self.k2}{self.k3} t{self.t}{' SE' * self.se} {self.nl} {self.alpha:g}x at {self.size}"

    @property
    def table(self) -> Table:
        """The network in the columns of MobileNetV3's table, at width 1."""
        size, ch = 64, STEM  # a table prints one resolution; `cost` and the network take any
        rows = [f"{size}²x3 | conv2d, 3x3 | - | {ch} | - | {self.nl} | 2"]
        size //= 2
        for k, out in zip((self.k1, self.k2, self.k3), STAGES, strict=True):
            for s in (2, 1):
                se = "✓" if self.se else "-"
                rows.append(f"{size}²x{ch} | bneck, {k}x{k} | {self.t * ch} | {out} | {se} | {self.nl} | {s}")
                size, ch = size // s, out
        rows.append(f"{size}²x{ch} | conv2d, 1x1 | - | {HEAD} | - | {self.nl} | 1")
        rows.append(f"{size}²x{HEAD} | pool, {size}x{size} | - | - | - | - | 1")
        rows.append(f"1²x{HEAD} | conv2d 1x1, NBN | - | k | - | - | 1")
        return table("\n".join(["Input | Operator | exp size | #out | SE | NL | s", *rows]), name=str(self))

    def cost(self, num_classes: int = 10) -> Cost:
        """MACs, parameters and bytes, by arithmetic."""
        return cost(self.table, self.alpha, self.size, num_classes)

    def neighbours(self) -> list[Arch]:
        """The networks that differ in one choice."""
        return [
            replace(self, **{name: value})
            for name, allowed in CHOICES.items()
            for value in allowed
            if value != getattr(self, name)
        ]

    def job(self) -> dict:
        """As a flat dict of its choices."""
        return asdict(self)


@cache
def space() -> tuple[Arch, ...]:
    """All networks, in a fixed order."""
    return tuple(Arch(*values) for values in itertools.product(*CHOICES.values()))


def features(archs: tuple[Arch, ...] | list[Arch]) -> np.ndarray:
    """What a linear model sees of each network: 1, then its choices as -1 or 1.

    Shapes: (N, 1 + 8).
    """
    signs = [[2 * allowed.index(v) - 1 for v, allowed in zip(astuple(a), CHOICES.values(), strict=True)] for a in archs]
    return np.column_stack([np.ones(len(signs)), np.array(signs, float)])


def design(n: int, seed: int = 0) -> list[Arch]:
    """`n` networks to train, each followed by its opposite in all eight choices."""
    draw = np.random.RandomState(seed)
    archs, picked = space(), []
    for at in draw.permutation(len(archs)):
        opposite = Arch(*(a[1 - a.index(v)] for v, a in zip(astuple(archs[at]), CHOICES.values(), strict=True)))
        picked += [each for each in (archs[at], opposite) if each not in picked]
        if len(picked) >= n:
            break
    return picked[:n]
