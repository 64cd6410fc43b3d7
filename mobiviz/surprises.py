"""What a machine does to a time besides computing: memory handed out anew, and what a difference comes to in words.

How the system hands out memory is settled when a process starts, so `allocator` times one layer in three processes,
each with its own setting, in turn.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mobiviz import assets, timing, units
from mobiviz.names import unknown
from mobiviz.record.timing import Race, Ratio, Timing

AS_IT_IS, KEPT, GIVEN_BACK = "memory as it comes", "memory kept", "memory given back"
SETTINGS = {  # of glibc's malloc: what is freed goes back to the system from so many bytes on, or hardly ever
    AS_IT_IS: {},
    KEPT: {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "33554432"},
    GIVEN_BACK: {"MALLOC_TRIM_THRESHOLD_": "65536", "MALLOC_MMAP_THRESHOLD_": "65536"},
}
CALLS = 5  # that a worker times at once
ALIKE = 1.05  # an interval that stays within this factor of 1 says that there is no difference worth naming
_WORKER_S = 60


@dataclass(frozen=True)
class Allocation:
    """One depthwise layer under three settings of the allocator: the race, and the page faults of a call.

    A page fault is a piece of memory, mostly of four KiB, that the system hands out only when it is first touched.
    `heeded` is whether this system's allocator reads the settings at all; None faults cannot be counted here.
    """

    race: Race
    faults: dict[str, float | None]
    heeded: bool

    @property
    def ratio(self) -> Ratio:
        """Time where memory is given back over time where it is kept."""
        return self.race.ratios[GIVEN_BACK, KEPT]

    def __repr__(self) -> str:
        lines = [repr(self.race)]
        for name, faults in self.faults.items():
            if faults is not None:
                lines.append(f"{name}: {units.short(round(faults))} page faults a call")
        lines.append(says(self.ratio, "Keeping memory, instead of giving it back,"))
        lines.append(says(self.race.ratios[AS_IT_IS, KEPT], "Keeping memory, compared with this start as it came,"))
        if not self.heeded:
            lines.append(f"the allocator of {platform.system()} does not read these settings; glibc's, on Linux, does")
        return "\n".join(lines)


def allocator(channels: int = 16, size: int = 112, budget_s: float = 1.0) -> Allocation:
    """Time a depthwise 3x3 layer in three processes, which differ in what becomes of the memory that they free.

    Cost: some seconds to start them, then three times the budget and half as much again.
    Raises: RuntimeError where a process does not start or ends, with its last words.
    """
    clock = _Reported()
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(_worker(channels, size, clock, setting)) for name, setting in SETTINGS.items()
        }
        raced = timing.race({name: worker.ask for name, worker in workers.items()}, budget_s=budget_s, clock=clock)
        faults = {name: worker.faults() for name, worker in workers.items()}
    found = {each.name: _of_one_call(each) for each in raced}
    return Allocation(Race.of(found), faults, platform.libc_ver()[0] == "glibc")


def says(ratio: Ratio, change: str) -> str:
    """What a change did, from the time before it over the time after it; true where it did nothing, too."""
    after = ratio.inverse()
    if ratio.verdict == "slower":
        return f"{change} made it faster here: {_times(ratio)}"
    if ratio.verdict == "faster":
        return f"{change} made it slower here, {_times(after)} the time"
    if ratio.low >= 1 / ALIKE and ratio.high <= ALIKE:
        return f"{change} made no difference here: {_times(ratio)}"
    return f"{change.removesuffix(',')}: this machine cannot tell whether it helps, {_times(ratio)}"


def recorded(name: str) -> Race:
    """A race that was recorded for the course and lies in data/recorded; data/README.md says how.

    Raises: ValueError for another name, with the nearest.
    """
    known = {path.stem: path for path in sorted(assets.data("recorded").glob("*.json"))}
    if name not in known:
        raise ValueError(unknown("recorded race", name, known))
    return Race.from_json(known[name].read_text(encoding="utf-8"))


def _times(ratio: Ratio) -> str:
    return f"{units.ratio(ratio.ratio)} [{units.ratio(ratio.low)}, {units.ratio(ratio.high)}]"


def _of_one_call(several: Timing) -> Timing:
    """A worker's timing of CALLS calls as that of one."""
    first = None if several.first_ms is None else several.first_ms / CALLS
    one = Timing.of(several.name, several.samples_ms / CALLS)
    kept = {"median_ms": one.median_ms, "low_ms": one.low_ms, "high_ms": one.high_ms, "first_ms": first}
    return replace(several, samples_ms=one.samples_ms, engine="torch eager", dtype="float32", **kept)


@dataclass
class _Reported:
    """A clock that goes on by what the workers say their calls took; the way to them and back costs nothing."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class _Worker:
    process: subprocess.Popen
    clock: _Reported
    calls: int = 0
    touched: int | None = 0

    def ask(self) -> None:
        """Have it time its layer, and let the clock go on by that."""
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
            told = json.loads(self.process.stdout.readline())
        except (OSError, ValueError) as error:
            last = (self.process.stderr.read() or "no word").strip().splitlines()[-1]
            raise RuntimeError(f"the process that times the layer ended: {last}") from error
        self.clock.now += told["s"]
        self.calls += CALLS
        self.touched = None if told["faults"] is None else self.touched + told["faults"]

    def faults(self) -> float | None:
        return None if self.touched is None else self.touched / self.calls


@contextmanager
def _worker(channels: int, size: int, clock: _Reported, setting: dict[str, str]) -> Iterator[_Worker]:
    """A process of this module that answers each line with a timing; it is gone afterwards."""
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", __spec__.name, str(channels), str(size)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=os.environ | setting | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )
    try:
        yield _Worker(process, clock)
    finally:
        process.stdin.close()
        try:
            process.wait(_WORKER_S)
        finally:
            process.kill()
            process.stdout.close()
            process.stderr.close()


def _touched() -> int | None:
    """Page faults of this process so far; Windows does not tell."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def serve(channels: int, size: int) -> None:
    """The worker's side: for each line that comes in, time the layer and write seconds and page faults."""
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.Conv2d(channels, channels, 3, padding=1, groups=channels).eval()
    x = torch.randn(1, channels, size, size)
    with torch.inference_mode():
        for _ in sys.stdin:
            layer(x)  # the caches are someone else's by now
            before, begin = _touched(), time.perf_counter()
            for _ in range(CALLS):
                layer(x)
            took, after = time.perf_counter() - begin, _touched()
            print(json.dumps({"s": took, "faults": None if before is None else after - before}), flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
