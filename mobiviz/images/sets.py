"""What every data set here returns, and how some of it is held out."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor, from_numpy

from .photos import normalise

HELD_OUT = 5000  # of CIFAR-10's photos, and at most of any others


@dataclass(frozen=True, eq=False)
class Photos:
    """Pictures with their classes, and what was skipped on the way.

    Shapes: images uint8 (N, H, W, 3), labels int64 (N,), each the index of a name in `classes`.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    skipped: tuple[tuple[Path, str], ...] = ()  # (entry, why)

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 4 or self.images.shape[3] != 3:
            raise ValueError(f"images must be uint8 (N, H, W, 3) (got {self.images.dtype} {self.images.shape})")
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(f"one label a picture: got {len(self.images)} pictures, labels {self.labels.shape}")
        if self.labels.size and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes):
            raise ValueError(f"labels must lie in 0..{len(self.classes) - 1} (got up to {self.labels.max()})")

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: np.ndarray | slice) -> "Photos":
        """The pictures at these indices, as `Photos`."""
        return Photos(self.images[index], self.labels[index], self.classes)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.images.shape[1:3]))
        return f"<Photos: {len(self)} of {size}, {len(self.classes)} classes, {len(self.skipped)} skipped>"

    def tensors(self) -> tuple[Tensor, Tensor]:
        """What a network is trained on: the normalised pictures and their labels.

        Shapes: float32 (N, 3, H, W) and int64 (N,).
        """
        return normalise(self.images), from_numpy(np.array(self.labels, dtype=np.int64))

    def report(self) -> str:
        """How many were read of each class, and each skipped entry with its reason."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        lines = [f"{len(self)} read: " + ", ".join(f"{n} {c}" for c, n in zip(self.classes, counts, strict=True))]
        if self.skipped:
            why = Counter(reason for _, reason in self.skipped).most_common()
            lines.append(f"{len(self.skipped)} skipped: " + ", ".join(f"{n} {reason}" for reason, n in why))
            lines += [f"  {path}: {reason}" for path, reason in self.skipped]
        return "\n".join(lines)


def split(labels: np.ndarray, held_out: int = HELD_OUT, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Indices to train on and indices to hold out, each class held out in proportion to its size.

    Shapes: (N - held_out,) and (held_out,), both ascending.
    Raises: ValueError where `held_out` is not between 0 and the number of labels.
    """
    labels = np.asarray(labels)
    if not 0 <= held_out <= len(labels):
        raise ValueError(f"held_out must lie in 0..{len(labels)}, the number of labels (got {held_out})")
    draw = np.random.RandomState(seed)  # numpy promises this stream for ever; a split must outlive a release
    held = np.zeros(len(labels), bool)
    kinds, counts = np.unique(labels, return_counts=True)
    share = counts * held_out / max(len(labels), 1)
    take = np.floor(share).astype(int)
    take[np.argsort(take - share, kind="stable")[: held_out - take.sum()]] += 1  # largest remainders
    for kind, n in zip(kinds, take, strict=True):
        held[draw.permutation(np.flatnonzero(labels == kind))[:n]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def hold_out(photos: Photos) -> tuple[Photos, Photos]:
    """The photos to train on, and those never to train on: a tenth, at most as many as `split` does, always the same.

    Raises: ValueError for a single class, or fewer than two photos a class.
    """
    classes = len(np.unique(photos.labels))
    if classes < 2 or len(photos) < 2 * classes:
        need = "a network learns to tell classes apart: it needs two or more, with two photos or more each"
        raise ValueError(f"{need} (got {len(photos)} photos of {classes} {'class' if classes == 1 else 'classes'})")
    fit, held = split(photos.labels, min(max(len(photos) // 10, classes), HELD_OUT))
    return photos[fit], photos[held]
