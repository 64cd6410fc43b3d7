"""Stats of a map, and the Total of a Record: what many numbers come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stats:
    """Five numbers about a map; `zeros` is the share of exact zeros."""

    mean: float
    std: float
    min: float
    max: float
    zeros: float

    @classmethod
    def of(cls, array: np.ndarray) -> Stats | None:
        """The statistics of an array; None where it is empty or complex."""
        if not array.size or np.iscomplexobj(array):
            return None
        low, high, zeros = array.min(), array.max(), 1 - np.count_nonzero(array) / array.size
        mean, std = array.mean(dtype=np.float64), array.std(dtype=np.float64)
        return cls(float(mean), float(std), float(low), float(high), float(zeros))


@dataclass(frozen=True)
class Total:
    """Sums over a Record. Where `exact` is False an operation could not be priced and `macs` is a lower bound."""

    macs: int
    params: int
    trainable: int
    out_bytes: int
    elementwise: int
    norm: int
    pool: int
    read_bytes: int
    write_bytes: int
    peak_fused: int | None
    peak_live: int | None
    exact: bool
    unpriced: tuple[str, ...]

    @property
    def intensity(self) -> float:
        """MACs per byte read or written."""
        return self.macs / max(self.read_bytes + self.write_bytes, 1)
