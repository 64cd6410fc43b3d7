"""Several networks side by side: what they hold and compute, what was published of them, and how fast they ran here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mobiviz import units
from mobiviz.names import unknown
from mobiviz.record import plain
from mobiviz.record.ceilings import Ceilings
from mobiviz.record.timing import Race

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ComparisonRow:
    """One network; `top1` is what `top1_source` printed for it, None where nothing was. The estimates are in ms."""

    name: str
    params: int
    macs: int
    top1: float | None
    top1_source: str | None
    compute_only_ms: float
    layer_by_layer_ms: float


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(plain.Saved):
    """Networks timed in one race; iterates as its rows, in the order in which they were named.

    Nothing is ranked: `race` says of each pair whether it can be told apart, and the pairs that cannot be are named.
    """

    rows: tuple[ComparisonRow, ...]
    race: Race
    ceilings: Ceilings
    resolution: int
    variant: str

    def __iter__(self) -> Iterator[ComparisonRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> ComparisonRow:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(unknown("network", name, [row.name for row in self.rows]))

    def gmacs(self, name: str) -> float | None:
        """GMAC/s that a network reached; None where it could not run."""
        macs = self[name].macs
        return macs / self.race[name].median_ms / 1e6 if self._ran(name) else None

    def share(self, name: str) -> float | None:
        """A network's share of the possible: the estimate layer by layer over its measured time."""
        bound = self[name].layer_by_layer_ms
        return bound / self.race[name].median_ms if self._ran(name) else None

    @property
    def alike(self) -> tuple[tuple[str, str], ...]:
        """The pairs that could not be told apart here."""
        return tuple(pair for pair, ratio in self.race.ratios.items() if ratio.verdict == "cannot tell")

    def table(self) -> pd.DataFrame:
        """One row for each network, all numbers as they are."""
        import pandas as pd

        rows = []
        for row in self.rows:
            times = dict.fromkeys(("median_ms", "low_ms", "high_ms"))
            if self._ran(row.name):
                times = {name: getattr(self.race[row.name], name) for name in times}
            derived = {"gmacs": self.gmacs(row.name), "share": self.share(row.name)}
            rows.append(asdict(row) | times | derived)
        return pd.DataFrame(rows)

    def _ran(self, name: str) -> bool:
        return name in self.race.timings

    def _shown(self) -> plain.Shown:
        heads = {"network": True, "parameters": False, "MACs": False, "top-1, %": False, "time here": False}
        heads |= {"speed": False, "of the possible": False}
        sources = list(dict.fromkeys(row.top1_source for row in self.rows if row.top1_source))
        rows = [self._cells(row, sources) for row in self.rows]
        notes = [*self._words(), *(f"[{number}] {source}" for number, source in enumerate(sources, 1))]
        return plain.Shown(self._title, heads, rows, notes)

    def _cells(self, row: ComparisonRow, sources: list[str]) -> list[str]:
        top1 = "-" if row.top1 is None else f"{row.top1} [{sources.index(row.top1_source) + 1}]"
        cells = [row.name, units.exact(row.params), units.exact(row.macs), top1]
        if not self._ran(row.name):
            return [*cells, "absent", "-", "-"]
        rate, share = units.rate(self.gmacs(row.name)), units.percent(self.share(row.name))
        return [*cells, self.race[row.name].words(), rate, share]

    @property
    def _title(self) -> str:
        timing = next(iter(self.race), None)
        size = f"{self.resolution} x {self.resolution} pixels"
        if timing is None:
            return f"{len(self.rows)} networks at {size}; none could run"
        threads = f"{timing.threads} thread{'s' if timing.threads != 1 else ''}"
        cpu = timing.machine.get("cpu", "")
        return f"{len(self.rows)} networks at {size}, {threads}, {self.variant}{f' on {cpu}' if cpu else ''}"

    def _words(self) -> list[str]:
        notes = [
            "of the possible: the sum of the layers' bounds, an estimate, over the measured time; intervals are 95%"
        ]
        if self.alike:
            every = len(self.alike) == len(self.race.ratios)
            pairs = "any of them" if every else "; ".join(" and ".join(pair) for pair in self.alike)
            notes.append(f"cannot tell apart here: {pairs}")
        notes += [f"noisy: {why} ({', '.join(names)})" for why, names in self.race.noise.items()]
        return [*notes, *(f"{name}: absent: {why}" for name, why in self.race.absent.items())]

    def _facts(self) -> dict[str, Any]:
        return {
            "rows": [asdict(row) for row in self.rows],
            "race": json.loads(self.race.to_json()),
            "ceilings": self.ceilings._facts(),
            "resolution": self.resolution,
            "variant": self.variant,
        }

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Comparison:
        rows = tuple(ComparisonRow(**each) for each in found["rows"])
        race, ceilings = Race.from_json(json.dumps(found["race"])), Ceilings._of(found["ceilings"])
        return cls(rows, race, ceilings, found["resolution"], found["variant"])
