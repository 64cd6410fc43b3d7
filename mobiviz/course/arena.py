"""Where exercise evolve_11 takes place: all networks with their recorded scores, and a count of who is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from functools import cache

Bits = tuple[int, ...]
Pair = tuple[float, float]


@cache
def world() -> tuple[dict[Bits, Pair], frozenset[Bits]]:
    """(accuracy, ms) of every network, as eight choices of 0 or 1; and those that no other beats."""
    from mobiviz import search
    from mobiviz.search import archs, scores

    table, _, _ = search.recorded()
    found, _ = search.scored(scores.read())
    of = {each.arch: (each.top1, search.predict_ms(each.arch, table)) for each in found}

    def bits(arch: archs.Arch) -> Bits:
        return tuple(v.index(x) for x, v in zip(astuple(arch), archs.CHOICES.values(), strict=True))

    return {bits(arch): pair for arch, pair in of.items()}, frozenset(bits(arch) for arch in search.front(of))


class Asked:
    """The score of a network, for at most `budget` different ones.

    Raises: RuntimeError for one too many.
    """

    def __init__(self, budget: int) -> None:
        self.budget, self.known = budget, {}

    def __call__(self, net: Iterable[int]) -> Pair:
        net = tuple(map(int, net))
        if net not in self.known and len(self.known) >= self.budget:
            raise RuntimeError(f"score was asked for more than {self.budget} networks")
        return self.known.setdefault(net, world()[0][net])

    def never(self) -> tuple[int, ...]:
        """The choices that were the same in all networks asked for."""
        return tuple(i for i in range(8) if len({net[i] for net in self.known}) < 2)


def unbeaten(known: dict[Bits, Pair]) -> list[Bits]:
    """The networks that no other known one beats: as accurate and faster, or as fast and more accurate."""

    def beaten(pair: Pair) -> bool:
        return any(a >= pair[0] and ms <= pair[1] and (a, ms) != pair for a, ms in known.values())

    return [net for net, pair in known.items() if not beaten(pair)]
