"""How often a network is right: a share of photos with its interval, and which class it takes for which."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from mobiviz import stats, units, weights
from mobiviz.images import CIFAR10, Photos
from mobiviz.names import unknown
from mobiviz.nets import MobileNet
from mobiviz.tables import V1, V2, V3_LARGE, V3_SMALL, Table, table
from mobiviz.train import predict


@dataclass(frozen=True)
class Score:
    """How many of the photos got their own class first, when they were scaled to one size.

    Units: `size` in pixels.
    """

    size: int
    right: int
    photos: int

    @property
    def top1(self) -> float:
        return self.right / self.photos

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the share among all photos like these."""
        return stats.wilson(self.right, self.photos)

    def verdict(self, of: Score) -> str:
        """Whether this share is `equal` to another's, `within` what it predicts, or `less` or `more` than that."""
        if (self.right, self.photos) == (of.right, of.photos):
            return "equal"
        low, high = stats.difference(self.right, self.photos, of.right, of.photos)
        return "within" if low <= 0 <= high else "less" if high < 0 else "more"

    def __str__(self) -> str:
        low, high = map(units.percent, self.interval)
        return f"{units.percent(self.top1)} [{low}, {high}], {self.right:,} of {self.photos:,}"


def score(counts: np.ndarray, size: int) -> Score:
    """The score of a confusion matrix at a size."""
    return Score(size, int(np.trace(counts)), int(counts.sum()))


def confusion(net: MobileNet, photos: Photos, size: int) -> np.ndarray:
    """How many photos of each class were taken for each class.

    Shapes: (classes, classes), the true class first.
    """
    counts = np.zeros((len(photos.classes),) * 2, np.int64)
    np.add.at(counts, (photos.labels, predict(net, photos, size).argmax(1).numpy()), 1)
    return counts


def network(source: str | Path, paper: Table | None = None, alpha: float = 1.0) -> tuple[MobileNet, tuple[str, ...]]:
    """The network of a .safetensors file, its parameters in it, and the names of its classes.

    "cifar10" is the bundled file for the paper's table at this alpha.

    Raises: ValueError where the file is for another table or alpha, or does not name its classes.
    """
    if source == "cifar10":
        classes = CIFAR10
        net = MobileNet(paper or V2, alpha, len(classes))
    else:
        says = fits(source)
        classes = tuple(says["classes"])
        if not classes:
            raise ValueError(f"{source} does not name its classes; mobiviz.weights.save(net, path, classes) does")
        net = MobileNet(paper or _table(says), alpha if paper else says["alpha"], len(classes), says["dialect"])
    weights.load(net, source)
    return net.eval().to(memory_format=torch.channels_last), classes


def fits(path: str | Path) -> dict:
    """What a file of weights fits.

    Raises: FileNotFoundError, saying what weights may be; ValueError where the file is damaged or somebody else's.
    """
    if not Path(path).expanduser().is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}; weights are cifar10 or a .safetensors file")
    return weights.about(Path(path).expanduser())


def _table(says: dict) -> Table:
    known = {each.name: each for each in (V1, V2, V3_LARGE, V3_SMALL)}
    return known.get(says["architecture"]) or table(says["table"])


def named(photos: Photos, classes: tuple[str, ...]) -> Photos:
    """The photos with their labels in the order of `classes`, matched by name; classes without a photo are fine.

    Raises: ValueError naming the classes that are not among them.
    """
    strange = [name for name in photos.classes if name not in classes]
    if strange:
        words = unknown("class", strange[0], classes)
        more = f" (nor are {', '.join(strange[1:])})" if strange[1:] else ""
        raise ValueError(f"{words}{more}; a folder must be named as the class that the weights know")
    order = np.array([classes.index(name) for name in photos.classes])
    return replace(photos, labels=order[photos.labels], classes=tuple(classes))
