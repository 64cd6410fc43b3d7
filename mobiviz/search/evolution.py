"""Looking for the best trade-offs with few evaluations: at random, and by evolution from the best found so far."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping

from mobiviz.search.archs import Arch, space

Scores = Mapping[Arch, tuple[float, float]]  # accuracy, higher is better; ms, lower is better
FIRST = 12  # networks that evolution begins with, drawn at random


def front(scores: Scores) -> list[Arch]:
    """The networks that no other beats in accuracy without being slower, fastest first."""
    best, found = float("-inf"), []
    for arch in sorted(scores, key=lambda each: (scores[each][1], -scores[each][0])):
        if scores[arch][0] > best:
            best = scores[arch][0]
            found.append(arch)
    return found


def reward(accuracy: float, ms: float, target_ms: float, w: float = -0.07) -> float:
    """Accuracy times (ms / target) to the w: what is slower than the target pays, what is faster earns.

    With one w for all, the target scales every reward alike: it changes no winner.

    Source: MnasNet, arXiv:1807.11626, section 3, with w = -0.07; MobileNetV3-Small took -0.15, arXiv:1905.02244,
    section 4.1.
    Raises: ValueError for a time that is not above 0.
    """
    for name, value in (("ms", ms), ("target_ms", target_ms)):
        if not value > 0:
            raise ValueError(f"{name} must be > 0 (got {value})")
    return accuracy * (ms / target_ms) ** w


def at_random(seed: int = 0, archs: Iterable[Arch] | None = None) -> Iterator[Arch]:
    """Every network of the space once, in a random order."""
    order = list(archs or space())
    random.Random(seed).shuffle(order)
    return iter(order)


def evolve(
    score: Callable[[Arch], tuple[float, float]], seed: int = 0, archs: Iterable[Arch] | None = None
) -> Iterator[Arch]:
    """Networks in the order in which evolution asks for their scores, each once.

    It begins at random; then it takes a network of the front so far and changes one choice. Where all neighbours of the
    front are known it takes a network at random.
    """
    draw, known, room = random.Random(seed), {}, set(archs or space())
    first = sorted(room)
    draw.shuffle(first)
    for arch in first[:FIRST]:
        known[arch] = score(arch)
        yield arch
    while left := room - known.keys():
        near = [each for parent in front(known) for each in parent.neighbours() if each in left]
        arch = draw.choice(near or sorted(left))
        known[arch] = score(arch)
        yield arch


def evaluations_to(wanted: Iterable[Arch], asked: Iterable[Arch], share: float = 1.0) -> int:
    """How many networks were asked for until this share of the wanted ones was among them.

    Raises: ValueError where they never were.
    """
    left = set(wanted)
    enough = len(left) * (1 - share)
    for count, arch in enumerate(asked, 1):
        left.discard(arch)
        if len(left) <= enough:
            return count
    raise ValueError(f"{len(left)} of the wanted networks were never asked for")


def generations(scores: Scores, asked: Iterable[Arch], size: int = 8) -> tuple[list[list[Arch]], list[list[Arch]]]:
    """The networks of a search in groups, the first as large as evolution's beginning, and the front after each."""
    order = list(asked)
    groups = [order[:FIRST]] + [order[at : at + size] for at in range(FIRST, len(order), size)]
    known: dict[Arch, tuple[float, float]] = {}
    fronts = []
    for group in groups:
        known |= {arch: scores[arch] for arch in group}
        fronts.append(front(known))
    return groups, fronts
