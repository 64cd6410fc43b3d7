"""Made: what one operation of a call was made of, so that any number of its map can be made again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

ARRAYS = ("input", "weight", "bias", "mean", "var")


@dataclass(frozen=True, eq=False)
class Made:
    """The input and the parameters of a convolution, a linear layer or a batch norm, as it ran.

    `op` is conv, linear or batch_norm. Parameters lie in the network's own memory, so they change when it is trained;
    a saved or pickled Record holds them as they were then. `padding` is what stands before the first row and column.

    Shapes: input as the call read it; weight (O, I / groups, k, k) of a conv, (O, I) of a linear, (C,) of a batch norm.
    """

    op: str
    input: np.ndarray | None
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None
    mean: np.ndarray | None = None
    var: np.ndarray | None = None
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    eps: float = 0.0

    @property
    def facts(self) -> dict[str, Any]:
        """Everything but the arrays, as plain values."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ARRAYS}

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that are there, by name."""
        return {name: array for name in ARRAYS if (array := getattr(self, name)) is not None}

    @classmethod
    def of(cls, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> Made:
        """Put together again what `facts` and `arrays` gave."""
        sides = {name: tuple(facts[name]) for name in ("stride", "padding", "dilation")}
        return cls(**facts | sides | {"input": None} | arrays)
