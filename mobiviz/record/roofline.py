"""A network under its machine's ceilings: each layer with its bound, and two estimates of the whole. No torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mobiviz import units
from mobiviz.names import unknown
from mobiviz.record import atleast, plain
from mobiviz.record.ceilings import ITEM_BYTES, Ceilings
from mobiviz.record.timing import Timing

if TYPE_CHECKING:
    import pandas as pd

    from mobiviz.record.call import Call, Record

REST = "norms, activations, pools, sums"


@dataclass(frozen=True)
class LayerPoint:
    """One call under the ceilings.

    `macs`, `read_bytes` and `write_bytes` are the Record's; `multiplies` leaves out padding's zeros and `must_bytes`
    what a runtime could do without: the bounds are made of these two. `ms` is the Clock's, `share` that of the pass.

    Units: `compute_ms` for the multiplies at the peak, `memory_ms` for the bytes at their working set's bandwidth.
    """

    path: str
    nth: int
    type: str
    kind: str
    macs: int | None
    multiplies: int | None
    read_bytes: int
    write_bytes: int
    must_bytes: int
    compute_ms: float
    memory_ms: float
    ms: float | None = None
    share: float | None = None

    @property
    def bytes(self) -> int:
        """Bytes read and written, as run."""
        return self.read_bytes + self.write_bytes

    @property
    def intensity(self) -> float:
        """MACs per byte read or written."""
        return (self.macs or 0) / max(self.bytes, 1)

    @property
    def bound_ms(self) -> float:
        """The least time that the call can take here."""
        return max(self.compute_ms, self.memory_ms)

    @property
    def limit(self) -> str:
        """Which ceiling bounds it: compute or memory."""
        return "compute" if self.compute_ms >= self.memory_ms else "memory"

    @property
    def gmacs(self) -> float | None:
        """GMAC/s that it reached."""
        return self.macs / self.ms / 1e6 if self.macs and self.ms else None

    @property
    def roof(self) -> float | None:
        """GMAC/s that its bound allows."""
        return self.macs / self.bound_ms / 1e6 if self.macs and self.bound_ms else None

    @property
    def of_bound(self) -> float | None:
        """The bound as a share of its time: 1 is the best possible."""
        return self.bound_ms / self.ms if self.ms else None


@dataclass(frozen=True, repr=False, eq=False)
class Roofline(plain.Saved):
    """Every layer that multiplies, in order, under the ceilings; `rest` holds the calls that do other work.

    `compute_only_ms` and `layer_by_layer_ms` are estimates of the least time for the whole network, never latencies:
    all multiplies at the peak, and the sum of the layers' bounds. The rest counts nothing there, since a runtime can
    do it while it has the data of a product at hand. `share` says how much of the measured time that estimate is.
    """

    net: str
    in_shape: tuple[int, ...] | None
    dtype: str
    threads: int
    layers: tuple[LayerPoint, ...]
    rest: tuple[LayerPoint, ...]
    ceilings: Ceilings
    pass_ms: float | None = None
    timing: Timing | None = None

    @classmethod
    def of(
        cls,
        record: Record,
        ceilings: Ceilings,
        timing: Timing | None = None,
        dtype: str = "float32",
        threads: int | None = None,
    ) -> Roofline:
        """The Record's calls under ceilings of its threads (the timing's, or those given, where no Clock ran).

        Raises: ValueError where Clock and timing ran on different numbers of threads, or a ceiling is missing.
        """
        threads = threads or threads_of(record, timing)
        if dtype not in ITEM_BYTES:
            raise ValueError(unknown("dtype", dtype, ITEM_BYTES))
        points = [_point(call, record.pass_ms, ceilings, (dtype, threads)) for call in record if call.works]
        layers = tuple(point for point in points if point.macs != 0)
        rest = tuple(point for point in points if point.macs == 0)
        if not layers:
            raise ValueError(f"a roofline needs layers that multiply ({record.net} has none counted)")
        return cls(record.net, record.in_shape, dtype, threads, layers, rest, ceilings, record.pass_ms, timing)

    def __iter__(self) -> Iterator[LayerPoint]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, path: str) -> LayerPoint:
        for point in (*self.layers, *self.rest):
            if point.path == path:
                return point
        raise KeyError(unknown("layer", path, [point.path for point in self.layers]))

    @property
    def macs(self) -> int:
        return sum(point.macs or 0 for point in self.layers)

    @property
    def exact(self) -> bool:
        """Whether every operation could be priced; else the estimates leave something out."""
        return all(point.macs is not None for point in self.layers)

    @property
    def compute_only_ms(self) -> float:
        return sum(point.compute_ms for point in self.layers)

    @property
    def layer_by_layer_ms(self) -> float:
        return sum(point.bound_ms for point in self.layers)

    @property
    def estimates(self) -> dict[str, float]:
        """Both estimates by name, in ms."""
        return {"compute only": self.compute_only_ms, "layer by layer": self.layer_by_layer_ms}

    @property
    def measured_ms(self) -> float | None:
        """The median of the timing; None without one."""
        return None if self.timing is None else self.timing.median_ms

    @property
    def share(self) -> float | None:
        """The share of the possible: the estimate layer by layer over the measured time."""
        return None if self.measured_ms is None else self.layer_by_layer_ms / self.measured_ms

    def table(self) -> pd.DataFrame:
        """One row for each call that did work, those that multiply first."""
        import pandas as pd

        derived = ("bytes", "intensity", "bound_ms", "limit", "gmacs", "roof", "of_bound")
        rows = [asdict(p) | {name: getattr(p, name) for name in derived} for p in (*self.layers, *self.rest)]
        return pd.DataFrame(rows).astype({"macs": "Int64", "multiplies": "Int64"})

    def _shown(self) -> plain.Shown:
        heads = {"layer": True, "kind": True, "MACs": False, "MACs a byte": False, "bound": False, "by": True}
        rows = [_cells(point) for point in self.layers]
        rest, bound = sum(p.bound_ms for p in self.rest), self.layer_by_layer_ms
        rows.append([REST, "", "0", "", f"{units.ms(rest)} as run", ""])
        rows.append(["sum of the layers", "", units.exact(self.macs), "", units.ms(bound), ""])
        if self.pass_ms is not None:
            heads |= {"GMAC/s": False, "of the bound": False, "share of time": False}
            for row, points in zip(rows, [*([p] for p in self.layers), self.rest, self.layers], strict=True):
                row += self._times(points)
        return plain.Shown(self._title, heads, rows, self._notes, foot=True)

    def _times(self, points: list[LayerPoint] | tuple[LayerPoint, ...]) -> list[str]:
        ms, macs = sum(p.ms or 0.0 for p in points), sum(p.macs or 0 for p in points)
        bound = sum(p.bound_ms for p in points)
        rate = units.number(macs / ms / 1e6) if macs and ms else ""
        return [rate, units.percent(bound / ms) if ms else "", units.percent(ms / self.pass_ms)]

    @property
    def _title(self) -> str:
        threads = f"{self.threads} thread{'s' if self.threads != 1 else ''}"
        return f"{self.net} on {units.shape(self.in_shape)} under the ceilings of {threads}, {self.dtype}"

    @property
    def _notes(self) -> list[str]:
        bound = "" if self.exact else "at least "
        told = [f"{name} {bound}{units.ms(ms)}" for name, ms in self.estimates.items()]
        notes = [f"estimates, no latencies: {', '.join(told)}"]
        if self.timing is not None:
            engine = f"{self.timing.engine} {self.timing.version}".strip()
            notes.append(f"measured: {self.timing.words()}, {engine}; {units.percent(self.share)} of the possible")
        return notes

    def _facts(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in ("net", "in_shape", "dtype", "threads", "pass_ms")}
        found |= {name: [asdict(point) for point in getattr(self, name)] for name in ("layers", "rest")}
        timing = None if self.timing is None else json.loads(self.timing.to_json())
        return found | {"ceilings": self.ceilings._facts(), "timing": timing}

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Roofline:
        found["ceilings"] = Ceilings._of(found["ceilings"])
        found |= {name: tuple(LayerPoint(**each) for each in found[name]) for name in ("layers", "rest")}
        found["timing"] = None if found["timing"] is None else Timing.from_json(json.dumps(found["timing"]))
        found["in_shape"] = None if found["in_shape"] is None else tuple(found["in_shape"])
        return cls(**found)


def threads_of(record: Record, timing: Timing | None) -> int:
    """The threads of the Record's Clock, or else of the timing, or else 1.

    Raises: ValueError where the two differ.
    """
    clocked = record.threads if record.pass_ms is not None else None
    if timing is None or clocked is None:
        return clocked or (timing.threads if timing else 1)
    if clocked != timing.threads:
        raise ValueError(
            f"Clock and timing must run on as many threads (got {clocked} and {timing.threads}); call"
            f" torch.set_num_threads({timing.threads}), then watch again"
        )
    return clocked


def _point(call: Call, pass_ms: float | None, ceilings: Ceilings, where: tuple[str, int]) -> LayerPoint:
    dtype, threads = where
    must = atleast.must_move(call)
    if dtype == "int8":  # a Record's run is in floats; a runtime's eight-bit numbers are a quarter of them
        must = must // atleast.item_bytes(call)
    multiplies = atleast.multiplies(call)
    return LayerPoint(
        path=call.path or call.type,
        nth=call.nth,
        type=call.type,
        kind=call.kind,
        macs=call.macs,
        multiplies=multiplies,
        read_bytes=call.read_bytes,
        write_bytes=call.write_bytes,
        must_bytes=must,
        compute_ms=(multiplies or 0) / ceilings.gmacs(dtype, threads, call.kind) / 1e6,
        memory_ms=1e3 * ceilings.curve(threads).seconds(must),
        ms=call.ms,
        share=None if call.ms is None or not pass_ms else call.ms / pass_ms,
    )


def _cells(point: LayerPoint) -> list[str]:
    name = f"{point.path} (call {point.nth + 1})" if point.nth else point.path
    intensity = "?" if point.macs is None else units.number(point.intensity)
    return [name, point.kind, units.exact(point.macs), intensity, units.ms(point.bound_ms), point.limit]
