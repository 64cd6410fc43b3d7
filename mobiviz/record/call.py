"""What a watched network did: one Call per call of a module, and the Record that holds them.

The numbers of a Call are its own: what its submodules did stands in their Calls, so sums count nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiviz import units
from mobiviz.record import files, show
from mobiviz.record.making import Made
from mobiviz.record.sums import Stats, Total

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("standard", "depthwise", "pointwise", "se", "linear", "map", "other")
WORK = ("macs", "params", "out_bytes", "elementwise", "norm", "pool", "read_bytes", "write_bytes")
_work = itemgetter(*WORK)


@dataclass(frozen=True, eq=False)
class Call:
    """One call of one module: its own work, and the map that it put out.

    `kind` is one of KINDS: map means norm, activation or pooling alone; other is an addition or what has no kind.
    `macs` is None where an operation, named in `unpriced`, could not be priced. `params` counts a tensor where it is
    first used. `out_bytes` counts the outputs of convolutions, linears, other products and additions.
    `elementwise` and `norm` count elements put out, `pool` elements taken in.
    `output` is the map as it was when the call ended (`outputs` has each part of a nested one); `reduced` says in words
    what of it was kept, where that was not all. `made` holds what a convolution, a linear or a batch norm has read.

    Units: bytes as run, weights included in `read_bytes`; `ms` is a share of one watched pass, not a latency.
    """

    path: str
    type: str
    kind: str
    nth: int = 0
    called: bool = True
    in_shape: tuple[int, ...] | None = None
    out_shape: tuple[int, ...] | None = None
    macs: int | None = 0
    params: int = 0
    out_bytes: int = 0
    elementwise: int = 0
    norm: int = 0
    pool: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    unpriced: tuple[str, ...] = ()
    ms: float | None = None
    span_ms: tuple[float, float] | None = None
    outputs: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    reduced: str | None = None
    summary: Stats | None = field(default=None, repr=False)
    made: Made | None = field(default=None, repr=False)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Call:
        """A Call that takes over a dict of its fields; a frozen class sets them one by one, six times as slowly."""
        call = object.__new__(cls)
        object.__setattr__(call, "__dict__", values)
        return call

    @property
    def output(self) -> np.ndarray | None:
        """The kept map, or the first of several; None where none was kept."""
        return next(iter(self.outputs.values()), None)

    @property
    def stats(self) -> Stats | None:
        """Statistics of the whole map, also where only a part of it was kept."""
        if self.summary is None and self.output is not None:
            return Stats.of(self.output)
        return self.summary

    @property
    def works(self) -> bool:
        """Whether the call did work of its own, or owns parameters."""
        return self.macs is None or any(getattr(self, name) for name in WORK)


Call.outputs = MappingProxyType({})  # of a Call that keeps nothing, as of most


@dataclass(frozen=True, eq=False)
class Record:
    """One watched run: iterates as Calls in the order in which they began.

    `record["features.3"]` is the first call of that module, `record["features.3", 1]` its second; the network itself is
    `record[""]`. `peak_fused` counts live bytes with batch norm and activations fused, `peak_live` as run here.
    `pass_ms` is the time of the whole clocked pass, on `threads`; what no layer accounts for is `unattributed_ms`.
    """

    net: str
    in_shape: tuple[int, ...] | None
    calls: tuple[Call, ...]
    trainable: int = 0
    peak_fused: int | None = None
    peak_live: int | None = None
    pass_ms: float | None = None
    threads: int | None = None
    dry: bool = False
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        calls: Callable[[], tuple[Call, ...]],
        work: Iterable[tuple[Any, ...]],
        unpriced: Iterable[str],
        **facts: Any,
    ) -> Record:
        """A Record that makes its Calls when they are first asked for; its sums are known before, from their WORK."""
        record = object.__new__(cls)
        vars(record).update(facts, _make=calls, total=_total(work, unpriced, facts))
        return record

    def __getattr__(self, name: str) -> Any:
        make = vars(self).get("_make") if name == "calls" else None
        if make is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        calls = vars(self).setdefault("calls", make())
        vars(self).pop("_make", None)
        return calls

    def __getstate__(self) -> dict[str, Any]:
        _ = self.calls
        return vars(self)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def __contains__(self, path: object) -> bool:
        return path in self._at

    def __getitem__(self, path: str | tuple[str, int]) -> Call:
        name, nth = path if isinstance(path, tuple) else (path, 0)
        if name not in self._at:
            near = get_close_matches(str(name), [known for known in self._at if known], n=1, cutoff=0)
            raise KeyError(f"no layer {name!r}; the nearest path is {near[0]!r}" if near else f"no layer {name!r}")
        calls = self._at[name]
        if not 0 <= nth < len(calls):
            raise KeyError(f"{name!r} was called {len(calls)} times, counted from 0 (got {nth})")
        return calls[nth]

    @cached_property
    def _at(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            found.setdefault(call.path, []).append(call)
        return found

    @cached_property
    def total(self) -> Total:
        """The sums of the calls, and the two peaks of memory."""
        unpriced = (name for call in self.calls for name in call.unpriced)
        return _total(map(_work, map(vars, self.calls)), unpriced, vars(self))

    @property
    def unattributed_ms(self) -> float | None:
        """Time of the clocked pass outside all operations: Python, and the clock itself."""
        return None if self.pass_ms is None else self.pass_ms - sum(call.ms or 0.0 for call in self.calls)

    def table(self, all: bool = False) -> pd.DataFrame:
        """The calls that did work of their own (or all of them) as a DataFrame; the last row is the sum."""
        import pandas as pd

        names = ["path", "nth", "type", "kind", "in_shape", "out_shape", *WORK]
        rows = [{name: getattr(call, name) for name in names} for call in self.calls if all or call.works]
        rows.append({"path": "sum", **{name: getattr(self.total, name) for name in WORK}})
        frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(["nth", *WORK], "Int64"))
        if self.pass_ms is not None:
            frame["ms"] = [call.ms for call in self.calls if all or call.works] + [self.pass_ms]
        return frame

    def save(self, path: str | Path) -> Path:
        """Write the Record, maps included, to a `.npz`, or its times to a `.trace.json` for Perfetto.

        Raises: ValueError for another suffix, or for a trace of a Record without times.
        """
        path = Path(path)
        if path.name.endswith(".trace.json"):
            if self.pass_ms is None:
                raise ValueError("a trace needs times: watch(net, x, Clock()).save(...)")
            files.write_trace(path, self._title, map(_span, (call for call in self.calls if call.span_ms)))
        elif path.suffix == ".npz":
            arrays = {name: array for i, call in enumerate(self.calls) for name, array in _arrays(i, call)}
            facts = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "calls"}
            files.write(path, facts | {"calls": [_plain(call) for call in self.calls]}, arrays)
        else:
            raise ValueError(f"a Record is saved as .npz or .trace.json (got {path.name!r})")
        return path

    @classmethod
    def load(cls, path: str | Path) -> Record:
        """Read a Record saved as `.npz`; needs numpy alone.

        Raises: FileNotFoundError; ValueError where the file is no Record.
        """
        facts, arrays = files.read(Path(path))
        kept: dict[str, dict[str, np.ndarray]] = {}
        for name, array in arrays.items():
            index, _, leaf = name.partition("/")
            kept.setdefault(index, {})[leaf] = array
        rows = enumerate(facts.pop("calls"))
        calls = tuple(_call(row, kept.get(str(i), {}), kept.get(f"{i} made", {})) for i, row in rows)
        return cls(calls=calls, **facts | {"in_shape": as_tuple(facts["in_shape"])})

    def __repr__(self) -> str:
        return show.as_text(self._title, *self._shown())

    def _repr_html_(self) -> str:
        return show.as_html(self._title, *self._shown())

    @property
    def _title(self) -> str:
        total = self.total
        bound = "" if total.exact else "at least "
        title = f"{self.net} on {units.shape(self.in_shape)}: {bound}{units.macs(total.macs)}"
        return f"{title}, {units.params(total.params)}"

    def _shown(self) -> tuple[dict[str, bool], list[list[str]], list[str]]:
        """Headings (and whether they are text), rows, notes."""
        heads = {"layer": True, "type": True, "kind": True, "output": True, "MACs": False, "parameters": False}
        rows = [_cells(call, self.net) for call in self.calls if call.works]
        total = self.total
        bound = "" if total.exact else "at least "
        rows.append(["sum", "", "", "", bound + units.exact(total.macs), units.exact(total.params)])
        notes = [f"? = not priced: {', '.join(total.unpriced)}"] if total.unpriced else []
        if self.peak_live is not None:
            fused, live = units.bytes(self.peak_fused), units.bytes(self.peak_live)
            notes.append(f"peak memory of activations: {fused} fused, {live} as run here")
        if self.pass_ms is not None:
            heads["share of time"] = False
            times = [call.ms or 0.0 for call in self.calls if call.works]
            for row, ms in zip(rows, [*times, sum(times)], strict=True):
                row.append(units.percent(ms / self.pass_ms))
            outside = units.percent(self.unattributed_ms / self.pass_ms)
            notes.append(f"{outside} of the clocked pass is in no layer; shares are no latency: use mv.latency")
        return heads, rows, notes


def _total(work: Iterable[tuple[Any, ...]], unpriced: Iterable[str], facts: Mapping[str, Any]) -> Total:
    columns = [*zip(*work, strict=True)] or [()] * len(WORK)
    exact = None not in columns[0]
    sums = map(sum, columns) if exact else [sum(filter(None, column)) for column in columns]
    names = () if exact else tuple(sorted(set(unpriced)))
    rest = {name: facts[name] for name in ("trainable", "peak_fused", "peak_live")}
    return Total(**dict(zip(WORK, sums, strict=True)), **rest, exact=exact, unpriced=names)


def _cells(call: Call, net: str) -> list[str]:
    name = call.path or f"({net})"
    name = f"{name} (call {call.nth + 1})" if call.nth else name
    shape = units.shape(call.out_shape) if call.called else "not called"
    return [name, call.type, call.kind, shape, units.exact(call.macs), units.exact(call.params)]


def _span(call: Call) -> tuple[str, float, float, dict[str, Any]]:
    details = {name: getattr(call, name) for name in ("type", "kind", "out_shape", "macs", "params", "ms")}
    return call.path or call.type, *call.span_ms, details


def _arrays(index: int, call: Call) -> Iterator[tuple[str, np.ndarray]]:
    yield from ((f"{index}/{leaf}", array) for leaf, array in call.outputs.items())
    if call.made:
        yield from ((f"{index} made/{name}", array) for name, array in call.made.arrays.items())


def _plain(call: Call) -> dict[str, Any]:
    row = {item.name: getattr(call, item.name) for item in fields(call) if item.name not in ("outputs", "made")}
    made = call.made and call.made.facts
    return row | {"summary": None if call.summary is None else asdict(call.summary), "made": made}


def _call(row: dict[str, Any], outputs: dict[str, np.ndarray], parts: dict[str, np.ndarray]) -> Call:
    tuples = {name: as_tuple(row[name]) for name in ("in_shape", "out_shape", "unpriced", "span_ms")}
    summary = Stats(**row["summary"]) if row["summary"] else None
    made = Made.of(row["made"], parts) if row.get("made") else None
    return Call(**row | tuples | {"summary": summary, "made": made}, outputs=outputs)


def as_tuple(items: Sequence[Any] | None) -> tuple[Any, ...] | None:
    return None if items is None else tuple(items)
