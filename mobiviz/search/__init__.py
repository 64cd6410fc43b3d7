"""A search for one's own machine: a space of small networks, what each is worth, what each takes, and how to look."""

from .archs import Arch, space
from .evolution import at_random, evaluations_to, evolve, front, generations, reward
from .latencies import build, entries, measure, predict_ms
from .scores import Scored, Trust, scored
from .trial import recorded, spearman_of, whole

__all__ = [
    "Arch",
    "Scored",
    "Trust",
    "at_random",
    "build",
    "entries",
    "evaluations_to",
    "evolve",
    "front",
    "generations",
    "measure",
    "predict_ms",
    "recorded",
    "reward",
    "scored",
    "space",
    "spearman_of",
    "whole",
]
