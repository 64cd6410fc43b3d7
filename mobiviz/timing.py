"""Honest whole-model timing: latency times one thing, race times several in turn; nothing runs through hooks.

Each call is warmed up until it is stable, then sampled in rounds, every entrant once a round in an order drawn anew.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

from mobiviz import machine, stats
from mobiviz.record.timing import Race, Timing
from mobiviz.restore import Parts, as_it_was, no_collection

MIN_SAMPLE_S = 1e-3  # shorter calls are timed several at once
SETTLED = 0.98  # warm-up ends when five calls are no longer faster than this share of the five before
FIRST_CHECK, CHECK_GROWTH = 24, 1.3  # rounds before the first look at the interval, and between looks
Progress = Callable[[int, float, float], None]


def latency(
    f: Callable[..., Any],
    x: Any = None,
    threads: int = 1,
    budget_s: float = 2.0,
    width: float = 0.02,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """Time `f(x)`, or `f()` where x is None, until the 95% interval is narrower than `width` or the budget is spent.

    A network runs in eval mode without gradients and is left as it was. `progress(rounds, elapsed_s, width)` is called
    at every look at the interval.

    Cost: up to `budget_s` and the warm-up, a quarter more; at least three calls.
    Units: seconds in, ms out; `width` is a share of the median.
    Raises: ValueError for a network with hooks, which would be timed with it; TypeError where f cannot be called.
    """
    name = _name(f)
    return race({name: f}, x, threads, budget_s, width, progress, clock)[name]


def race(
    entrants: Mapping[str, Any],
    x: Any = None,
    threads: int = 1,
    budget_s: float = 2.0,
    width: float = 0.02,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.perf_counter,
    seed: int | None = None,
) -> Race:
    """Time several in turn, `{name: f}` or `{name: (f, x)}`, and tell apart those that can be told apart.

    It ends early once every pair's ratio is known to `width`. An entrant that is an exception, such as the ImportError
    of a missing runtime, is listed as absent. `seed` fixes the order of the rounds.

    Cost: up to `budget_s` for each entrant and the warm-up, a quarter more.
    Units: seconds in, ms out; `width` is a share of the ratio.
    Raises: ValueError for a network with hooks, for no entrants, or for two engines on more than one thread each: their
        pools fight in one process.
    """
    check(threads, budget_s, width)
    if not entrants:
        raise ValueError("race needs at least one entrant (got none)")
    absent = {name: str(f) for name, f in entrants.items() if isinstance(f, Exception)}
    lanes = [
        _lane(name, *(f if isinstance(f, tuple) else (f, x))) for name, f in entrants.items() if name not in absent
    ]
    pools = sorted({lane.pool for lane in lanes} - {"python"})
    if threads > 1 and len(pools) > 1:
        raise ValueError(
            f"threads must be 1 for {' with '.join(pools)} (got {threads}): their thread pools fight in one process;"
            " time each with latency in a process of its own"
        )
    if not lanes:
        return Race.of({}, absent)
    budget_s *= 0.1 if os.environ.get("MOBIVIZ_QUICK") == "1" else 1
    here = machine.facts()
    with _prepared(lanes, threads):
        for lane in lanes:
            _warm(lane, clock, budget_s / 4)
        samples = _rounds(lanes, budget_s * len(lanes), _Look(width, progress), clock, seed)
    load = max(here.foreign_load, machine.foreign_load())
    shared = {"threads": threads, "foreign_load": load, "width": width, "machine": asdict(here)}
    found = {
        lane.name: Timing.of(lane.name, samples[:, i], first_ms=lane.first_s * 1e3, **lane.facts, **shared)
        for i, lane in enumerate(lanes)
    }
    return Race.of(found, absent)


@dataclass
class _Lane:
    """One entrant made ready: `run` calls it once; `calls` of them make a sample."""

    name: str
    run: Callable[[], Any]
    net: nn.Module | None
    owner: Any  # what has threads of its own, if it does
    pool: str  # whose threads it runs on
    facts: dict[str, str]
    first_s: float = 0.0
    calls: int = 1


@dataclass
class _Look:
    """Looks at the samples now and then, and says when every interval is narrow enough."""

    width: float
    progress: Progress | None
    at: int = field(default=FIRST_CHECK)

    def enough(self, samples: list[np.ndarray], elapsed_s: float) -> bool:
        if len(samples) < self.at:
            return False
        self.at = math.ceil(self.at * CHECK_GROWTH)
        columns = np.array(samples).T
        if len(columns) == 1:
            found = [stats.interval(columns[0])]
        else:
            found = [stats.ratio(a, b) for i, a in enumerate(columns) for b in columns[i + 1 :]]
        widest = max((high - low) / middle for middle, low, high in found)
        if self.progress:
            self.progress(len(samples), elapsed_s, widest)
        return widest <= self.width


def _warm(lane: _Lane, clock: Callable[[], float], limit_s: float) -> None:
    """Call until five calls are no faster than the five before, or the limit is reached; then choose `calls`."""
    took: list[float] = []
    start = clock()
    while len(took) < 2 or clock() - start < limit_s:
        begin = clock()
        lane.run()
        took.append(clock() - begin)
        if len(took) >= 10 and np.median(took[-5:]) >= SETTLED * np.median(took[-10:-5]):
            break
    lane.first_s = took[0]
    usual = float(np.median(took[len(took) // 2 :]))
    lane.calls = math.ceil(MIN_SAMPLE_S / max(usual, 1e-7)) if usual < MIN_SAMPLE_S else 1


def _rounds(
    lanes: list[_Lane], budget_s: float, look: _Look, clock: Callable[[], float], seed: int | None = None
) -> np.ndarray:
    """Samples in ms, a row for each round; slow entrants may take twice the budget, for as many as verdicts need."""
    order, rows, start = np.random.default_rng(seed), [], clock()
    needed = stats.rounds(len(lanes) * (len(lanes) - 1) // 2)
    while True:
        row = np.empty(len(lanes))
        for i in order.permutation(len(lanes)):
            run, calls = lanes[i].run, lanes[i].calls
            begin = clock()
            for _ in range(calls):
                run()
            row[i] = (clock() - begin) / calls * 1e3
        rows.append(np.maximum(row, 1e-6))  # a coarse clock may see no time pass
        elapsed = clock() - start
        spent = elapsed >= budget_s * (1 if len(rows) >= needed else 2)
        if look.enough(rows, elapsed) or (spent and len(rows) > 2):
            return np.array(rows)


def _lane(name: str, f: Any, x: Any) -> _Lane:
    if not callable(f):
        raise TypeError(f"entrant {name!r} must be something to call (got {type(f).__name__})")
    net = f if isinstance(f, nn.Module) else None
    if net is not None:
        refuse_hooks(name, net)
        if x is None:
            raise ValueError(f"entrant {name!r} is a network and needs an input x; give one, such as mv.image('cat')")
    device = next((p.device.type for p in net.parameters()), "cpu") if net is not None else "cpu"
    call = f if x is None else lambda: f(x)
    run = call if device == "cpu" else lambda: (call(), torch.accelerator.synchronize())
    facts = {"device": device, "dtype": "", "memory_format": ""}
    if isinstance(x, Tensor):
        last = x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
        facts |= {
            "dtype": str(x.dtype).removeprefix("torch."),
            "memory_format": "channels last" if last else "contiguous",
        }
    owner = f if hasattr(f, "use_threads") else None
    if owner is not None:  # an artifact of mobiviz.runtimes knows what runs it
        facts |= {key: owner.info[key] for key in ("engine", "version", "dtype", "memory_format")}
        return _Lane(name, run, net, owner, owner.pool, facts)
    if net is None:
        return _Lane(name, run, net, owner, "python", facts | {"engine": "python"})
    engine = "torch eager"
    if isinstance(net, torch.jit.ScriptModule):
        engine, net = "TorchScript", None  # a frozen one has no mode to set
    elif type(net).__name__ == "OptimizedModule":
        engine = "torch.compile"
    return _Lane(name, run, net, owner, "torch", facts | {"engine": engine, "version": torch.__version__})


def refuse_hooks(name: str, net: nn.Module) -> None:
    """Raise ValueError for a network with hooks: they run Python at every call, whose time is not the network's."""
    kinds = ("_forward_hooks", "_forward_pre_hooks")
    for path, part in net.named_modules():
        if any(getattr(part, kind, None) for kind in kinds):
            where = f"on {path!r}" if path else "on the network itself"
            raise ValueError(
                f"{name!r} has a forward hook {where}, which would be timed too; call its handle's remove()"
            )
    if any(getattr(torch_module, f"_global{kind}", None) for kind in kinds):
        raise ValueError(
            f"{name!r} cannot be timed while a hook on all modules is set, such as inside mv.watch; end it"
        )


@contextmanager
def _prepared(lanes: list[_Lane], threads: int) -> Iterator[None]:
    """Threads set, no gradients, no garbage collection, networks in eval mode; afterwards all as it was."""
    nets = {id(lane.net): lane.net for lane in lanes if lane.net is not None}
    with ExitStack() as stack:
        stack.enter_context(on_threads(threads, lanes))
        stack.enter_context(torch.inference_mode())
        stack.enter_context(no_collection())
        for net in nets.values():
            stack.enter_context(as_it_was(Parts(net)))
        yield


@contextmanager
def on_threads(count: int, lanes: Sequence[_Lane] = ()) -> Iterator[None]:
    """So many threads for torch and for entrants with their own; afterwards as many as before."""
    before = torch.get_num_threads()
    owners = list({id(lane.owner): lane.owner for lane in lanes if lane.owner is not None}.values())
    earlier: list[tuple[Any, int]] = []
    try:
        torch.set_num_threads(count)
        for owner in owners:
            earlier.append((owner, owner.use_threads(count)))
        yield
    finally:
        for owner, threads in earlier:
            owner.use_threads(threads)
        torch.set_num_threads(before)


def _name(f: Any) -> str:
    path = getattr(f, "path", None)
    return getattr(path, "name", None) or getattr(f, "__name__", None) or type(f).__name__


def check(threads: int, budget_s: float, width: float = 1.0) -> None:
    """Raise ValueError for threads, a budget or a width that nothing can be timed with."""
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ValueError(f"threads must be a whole number of at least 1 (got {threads!r})")
    for what, value in (("budget_s", budget_s), ("width", width)):
        if not (isinstance(value, int | float) and 0 < value < math.inf):
            raise ValueError(f"{what} must be a number > 0 (got {value!r})")
