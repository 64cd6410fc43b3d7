"""Transfer: photos through a frozen trunk once, then a linear head on the stored vectors.

Vectors are numpy arrays (N, D). Whatever compares two trunks draws the same photos for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mobiviz.images import Photos, split
from mobiviz.nets import MobileNet, Net
from mobiviz.pricing import cost
from mobiviz.train import predict

STEPS, DECAY = 20, 0.01
COUNTS = (1, 2, 5, 10, 20, 50)


def trunk(net: Net) -> nn.Sequential:
    """What makes a vector of a photo: the network without its last linear layer. It shares the parameters.

    Shapes: (N, 3, H, W) -> (N, D).
    """
    return nn.Sequential(net.features, net.pool, nn.Flatten(), *net.classifier[:-1])


def random_like(net: MobileNet, seed: int = 0) -> MobileNet:
    """The same network as it is before any training; the seed of everything else stays where it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MobileNet(net.table, net.alpha, net.classifier[-1].out_features, net.dialect).eval()


def vectors(net: Net, photos: Photos, size: int) -> np.ndarray:
    """Each photo's vector, in eval mode and without gradients; the network stays as it was, to the bit.

    Shapes: (N, D), float32.
    """
    modes = [(module, module.training) for module in net.modules()]
    found = predict(trunk(net), photos, size).numpy()
    for module, training in modes:
        module.training = training
    return found


@dataclass(frozen=True, eq=False)
class Head:
    """A linear layer on standardised vectors: logits = (x - mean) / scale @ weight + bias.

    Shapes: mean and scale (D,), weight (D, K), bias (K,), float64.
    """

    mean: np.ndarray
    scale: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    passes: int = 0  # how often the vectors were read to get here

    def logits(self, x: np.ndarray) -> np.ndarray:
        """The answers, one for each class: (N, D) -> (N, K)."""
        return (x - self.mean) / self.scale @ self.weight + self.bias


def fit(x: np.ndarray, y: np.ndarray, classes: int, steps: int = STEPS, decay: float = DECAY) -> list[Head]:
    """The head before the first and after each step of full-batch L-BFGS on cross entropy with decaying weights.

    Raises: ValueError where a label is none of 0 to classes - 1.
    """
    if len(x) != len(y) or not 0 <= min(y) <= max(y) < classes:
        raise ValueError(f"one label of 0..{classes - 1} a vector (got {len(x)} vectors, labels {min(y)}..{max(y)})")
    mean, spread = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)
    scale = spread + 1e-3 * spread.mean() + 1e-30  # a number that hardly moves is not blown up
    z, target = torch.from_numpy((x - mean) / scale), torch.from_numpy(np.asarray(y))
    weight = torch.zeros(x.shape[1], classes, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=1, line_search_fn="strong_wolfe")
    passes = 0

    def loss() -> torch.Tensor:
        nonlocal passes
        passes += 1
        optimizer.zero_grad()
        value = F.cross_entropy(z @ weight + bias, target) + decay * weight.square().sum()
        value.backward()
        return value

    heads = []
    for step in range(steps + 1):
        if step:
            optimizer.step(loss)
        heads.append(Head(mean, scale, weight.detach().numpy().copy(), bias.detach().numpy().copy(), passes))
    return heads


@dataclass(frozen=True, eq=False)
class Task:
    """Classes to learn from few photos: those to draw from, and others, held out, to answer for.

    Shapes: labels (N,); pool and held are indices into them.
    """

    labels: np.ndarray
    classes: tuple[str, ...]
    pool: np.ndarray
    held: np.ndarray

    @classmethod
    def of(cls, photos: Photos, held_out: int, seed: int = 0) -> Task:
        """A task on these photos, `held_out` of them held out."""
        return cls(photos.labels, photos.classes, *split(photos.labels, held_out, seed))

    @property
    def most(self) -> int:
        """The most photos a class that can be drawn."""
        return int(np.bincount(self.labels[self.pool], minlength=len(self.classes)).min())

    def support(self, n: int, draw: int = 0) -> np.ndarray:
        """Indices of `n` photos of each class, one class after the other in turn; a smaller n is their beginning.

        Raises: ValueError for more photos than there are.
        """
        if not 1 <= n <= self.most:
            raise ValueError(f"n must lie in 1..{self.most}, the photos of the smallest class (got {n})")
        rng = np.random.RandomState(draw)
        each = [rng.permutation(self.pool[self.labels[self.pool] == kind])[:n] for kind in range(len(self.classes))]
        return np.stack(each, axis=1).ravel()

    def right(self, x: np.ndarray, n: int, draw: int = 0) -> np.ndarray:
        """Whether a head trained on `n` photos of each class is right, for each photo held out."""
        drawn = self.support(n, draw)
        head = fit(x[drawn], self.labels[drawn], len(self.classes))[-1]
        return head.logits(x[self.held]).argmax(1) == self.labels[self.held]


def accuracy(task: Task, x: np.ndarray, n: int, draws: int = 20) -> tuple[float, float, float]:
    """Mean share of right answers over the draws, and between what all but one draw in twenty lie."""
    shares = [right[_again(right, draw)].mean() for draw, right in _each(task, x, n, draws)]
    return float(np.mean(shares)), *np.quantile(shares, [0.025, 0.975]).tolist()


def margin(task: Task, x: np.ndarray, others: list[np.ndarray], n: int, draws: int = 40) -> tuple[float, float, float]:
    """By how much vectors `x` beat the others in turn, on the same photos: mean and interval as above.

    Each draw takes new photos to learn from, and draws the photos to answer for anew, with replacement.
    """
    gaps = []
    for draw, right in _each(task, x, n, draws):
        gap = right.astype(float) - task.right(others[draw % len(others)], n, draw)
        gaps.append(gap[_again(right, draw)].mean())
    return float(np.mean(gaps)), *np.quantile(gaps, [0.025, 0.975]).tolist()


def _each(task: Task, x: np.ndarray, n: int, draws: int):
    return ((draw, task.right(x, n, draw)) for draw in range(draws))


def _again(right: np.ndarray, draw: int) -> np.ndarray:
    return np.random.RandomState(10_000 + draw).randint(len(right), size=len(right))


@dataclass(frozen=True, eq=False)
class Lesson:
    """One trunk: its vectors of all photos, and for each number of photos a class the heads after each step.

    Units: `macs` of one photo through the trunk; `accuracy[n]` as `accuracy` gives it.
    """

    name: str
    vectors: np.ndarray
    heads: dict[int, list[Head]]
    accuracy: dict[int, tuple[float, float, float]]
    macs: int


def lesson(name: str, task: Task, x: np.ndarray, macs: int = 0, draws: int = 10) -> Lesson:
    """What the feature bank shows of one trunk: heads for each of COUNTS, as far as there are photos."""
    counts = [n for n in COUNTS if n <= task.most]
    drawn = {n: task.support(n) for n in counts}
    heads = {n: fit(x[rows], task.labels[rows], len(task.classes)) for n, rows in drawn.items()}
    return Lesson(name, x, heads, {n: accuracy(task, x, n, draws) for n in counts}, macs)


def trunk_macs(net: MobileNet, size: int) -> int:
    """MACs of one photo of this size through the trunk: all of the network's but those of its last layer."""
    priced = cost(net.table, net.alpha, size, net.classifier[-1].out_features)
    return priced.macs - priced.layers[-1].macs
