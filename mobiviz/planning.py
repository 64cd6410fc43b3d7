"""How many epochs fit into the time that there is: the first steps are timed, then the number is fixed.

A cosine ends at 0 after a number of epochs that must be known before the first one; a training that is stopped on the
way ends at a high rate, and is worth less than a shorter one that was planned.
"""

from __future__ import annotations

import bisect
import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mobiviz.images import Photos
from mobiviz.train import Recipe, augment, predict

MOST = 300  # epochs: on few photos more of them only learn by heart
_MARGIN = 1.1  # the first steps are timed on a cool and quiet machine
_SHOWN = 250  # photos of the held-out ones that the check is timed on


@dataclass(frozen=True)
class Speed:
    """Seconds that a step takes at each size that was timed, and that one check of the held-out photos takes."""

    steps: Mapping[int, float]
    check: float

    def step(self, size: int) -> float:
        """Seconds of a step at any size: in proportion to the pixels, between those that were timed."""
        known = sorted(self.steps)
        return float(np.interp(size**2, [each**2 for each in known], [self.steps[each] for each in known]))


def duration_of(recipe: Recipe, photos: int, speed: Speed) -> float:
    """Seconds that a training takes, the check after each epoch included."""
    steps = math.ceil(photos / recipe.batch)
    at_sizes = sum(speed.step(recipe.size_at(epoch)) for epoch in range(recipe.epochs))
    return recipe.epochs * speed.check + steps * at_sizes


def lasting(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe with that many epochs: a fifth of them warms up at most, and few of them leave no time to grow."""
    start = recipe.start_size if epochs >= 4 else None
    return replace(recipe, epochs=epochs, warmup=min(recipe.warmup, epochs / 5), start_size=start)


def fitted(recipe: Recipe, photos: int, speed: Speed, seconds: float) -> Recipe:
    """The recipe with as many epochs as end within the seconds, within reason.

    Raises: ValueError, saying what one epoch takes, where not even that ends in time.
    """

    def lasts(epochs: int) -> float:
        return _MARGIN * duration_of(lasting(recipe, epochs), photos, speed)

    epochs = bisect.bisect_right(range(1, MOST + 1), seconds, key=lasts)
    if epochs:
        return lasting(recipe, epochs)
    step = (duration_of(lasting(recipe, 1), photos, speed) - speed.check) / math.ceil(photos / recipe.batch)
    fit = int((seconds / _MARGIN - speed.check) / step) * recipe.batch
    raise ValueError(
        f"one epoch of {photos:,} photos takes about {math.ceil(lasts(1) / 6) / 10:g} minutes here, and "
        f"{max(seconds, 0) / 60:.1f} are left: give more minutes" + (f", or {fit:,} photos" if fit > 0 else "")
    )


def speed_of(net: nn.Module, photos: Photos, held_out: Photos, recipe: Recipe, seconds: float = 3.0) -> Speed:
    """Time the first steps of a training at its smallest and largest size, `seconds` each, on a copy of the network."""
    torch.set_num_threads(recipe.threads)
    sizes = {recipe.size_at(epoch) for epoch in (0, recipe.epochs - 1)}
    steps = {size: timed(_step(net, photos, recipe, size), time.perf_counter, seconds) for size in sorted(sizes)}
    some = held_out[:_SHOWN]
    check = timed(lambda: predict(net, some, max(sizes)), time.perf_counter, seconds / 6)
    return Speed(steps, check * len(held_out) / len(some))


def timed(step: Callable[[], object], clock: Callable[[], float], seconds: float = 3.0) -> float:
    """Mean seconds of a call, once the first ones, which are slower, are over."""
    for _ in range(2):
        step()
    started, calls = clock(), 0
    while calls < 3 or (calls < 50 and clock() - started < seconds):
        step()
        calls += 1
    return (clock() - started) / calls


def _step(net: nn.Module, photos: Photos, recipe: Recipe, size: int) -> Callable[[], None]:
    """What one step of `train` does, on a copy."""
    net = copy.deepcopy(net).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.lr)
    picked = np.arange(recipe.batch) % len(photos)

    def step() -> None:
        x, y = photos[picked].tensors()
        x = augment(x)
        if x.shape[-1] != size:
            x = F.interpolate(x, (size, size), mode="bilinear", antialias=x.shape[-1] > size)
        loss = F.cross_entropy(net(x), y, label_smoothing=recipe.smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    return step
