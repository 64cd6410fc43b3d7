"""Cases that no wheel holds: drawn from a teacher's seed, in the image of an exercise's own.

A case of numbers that hang together (a kernel no larger than its map) has its draw in `draws`. Any other keeps its
shapes and its whole numbers, and every float in it is new.
"""

from copy import deepcopy
from random import Random
from typing import Any

import numpy as np

from mobiviz.course.draws import DRAWS
from mobiviz.course.exercise import Exercise

_COUNT = 8  # draws of one exercise, where they are not made from its own cases
_AS_THEY_ARE = ("state_00", "evolve_11")  # three words; and chance itself, which a right answer may be short of


def drawn(exercise: Exercise, seed: str | int) -> list[tuple]:
    """New cases, the same for the same seed; none where an exercise asks for one value."""
    random = Random(f"{seed}:{exercise.id}")
    if not exercise.parameters or exercise.id in _AS_THEY_ARE:
        return []
    if exercise.id in DRAWS:
        draw, own = DRAWS[exercise.id], [repr(case) for case in exercise.cases()]
        found = {repr(case): case for case in (draw(random) for _ in range(_COUNT))}
        return [case for shown, case in found.items() if shown not in own]
    return [tuple(again(value, random) for value in case) for case in exercise.cases()]


def again(value: Any, random: Random) -> Any:
    """A value of the same kind, shape and range with every float drawn anew; whole numbers and words stay."""
    if isinstance(value, np.ndarray):
        return _array(value, random)
    if isinstance(value, (list, tuple)):
        return type(value)(again(each, random) for each in value)
    if hasattr(value, "named_buffers"):
        return _module(value, random)
    if hasattr(value, "is_floating_point"):
        import torch

        return torch.from_numpy(_array(value.numpy(), random)) if value.is_floating_point() else value
    return value


def _array(values: np.ndarray, random: Random) -> np.ndarray:
    """Whole numbers within their range, bytes within 0 to 255; other floats by a factor each, so that scales stay."""
    chance = np.random.default_rng(random.getrandbits(64))
    if values.dtype == np.uint8:
        return chance.integers(0, 256, values.shape, np.uint8)
    low, high = values.min(), values.max()
    if low < high and (values == np.round(values)).all():
        return chance.integers(int(low), int(high) + 1, values.shape).astype(values.dtype)
    factors = chance.uniform(0.5, 1.5, values.shape)
    if low < 0 < high:
        factors *= chance.choice([-1, 1], values.shape)
    return (values * factors).astype(values.dtype)


def _module(module: Any, random: Random) -> Any:
    """A copy of a torch module with new parameters and running averages."""
    copy = deepcopy(module)
    for value in (*copy.parameters(), *copy.buffers()):
        value.data = again(value.data, random)
    return copy
