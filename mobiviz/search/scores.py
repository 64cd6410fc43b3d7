"""What is known of each network's accuracy: measured where it was trained, predicted by a linear model elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mobiviz import assets, stats
from mobiviz.search.archs import Arch, features, space

MEASURED, PREDICTED = "measured", "predicted"


@dataclass(frozen=True)
class Scored:
    """One network with its top-1 on the held-out photos, and where that is from.

    `low` and `high` are Wilson's interval of a measured share; of a predicted one, the model's own error on the
    networks that it was not shown, twice.
    """

    arch: Arch
    top1: float
    low: float
    high: float
    source: str
    seeds: int = 0


@dataclass(frozen=True)
class Trust:
    """How well predictions rank networks that the model was not shown: Spearman's rho with its bootstrap interval."""

    rho: float
    low: float
    high: float
    n: int
    error: float

    @property
    def good(self) -> bool:
        """Whether the predictions may be searched: the interval's lower end is high enough."""
        return self.low >= 0.6


def predict(archs: list[Arch], top1: np.ndarray, of: list[Arch] | tuple[Arch, ...]) -> np.ndarray:
    """Top-1 of the networks `of`, by least squares on the eight choices of `archs`: each is worth so many points.

    What two choices are worth together is left out: those products outnumber the networks that one can train, and with
    them the networks left out are ranked worse.
    """
    weights, *_ = np.linalg.lstsq(features(archs), np.asarray(top1, float), rcond=None)
    return features(of) @ weights


def trust(archs: list[Arch], top1: np.ndarray, seed: int = 0) -> Trust:
    """Each network predicted from all the others, and those predictions beside what was measured.

    Raises: ValueError for fewer than twelve networks.
    """
    if len(archs) < 12:
        raise ValueError(f"trust needs at least 12 networks trained on their own (got {len(archs)})")
    top1 = np.asarray(top1, float)
    others = [np.delete(np.arange(len(archs)), at) for at in range(len(archs))]
    guessed = np.array(
        [predict([archs[i] for i in rest], top1[rest], [archs[at]])[0] for at, rest in enumerate(others)]
    )
    error = float(np.sqrt(np.mean((guessed - top1) ** 2)))
    return Trust(*stats.spearman_interval(guessed, top1, seed), len(archs), error)


def read(path: str | Path | None = None) -> list[dict]:
    """The rows of a file that benchmarks/train_space.py wrote; by default of the one that comes with the course."""
    import pandas as pd

    return pd.read_csv(path or assets.data("search", "trained.csv")).to_dict("records")


def scored(rows: list[dict]) -> tuple[list[Scored], Trust]:
    """Every network of the space: those that were trained as measured over all their seeds, the others as predicted."""
    right: dict[Arch, list[int]] = {}
    photos = int(rows[0]["held_out"])
    for row in rows:
        arch = Arch(*(type(getattr(Arch(), name))(row[name]) for name in Arch.__dataclass_fields__))
        right.setdefault(arch, []).append(int(row["right"]))
    trained = list(right)
    top1 = np.array([np.mean(right[arch]) / photos for arch in trained])
    known = trust(trained, top1)
    found = []
    for arch, guess in zip(space(), predict(trained, top1, space()), strict=True):
        if arch in right:
            seeds = len(right[arch])
            share = float(np.mean(right[arch])) / photos
            low, high = stats.wilson(sum(right[arch]), seeds * photos)
            found.append(Scored(arch, share, low, high, MEASURED, seeds))
        else:
            share, off = float(guess), 2 * known.error
            found.append(Scored(arch, share, share - off, share + off, PREDICTED))
    return found, known
