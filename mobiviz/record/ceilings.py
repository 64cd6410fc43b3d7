"""What a machine can do at most: multiplies a second, and bytes a second for working sets of every size."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mobiviz import units
from mobiviz.names import unknown
from mobiviz.record import plain

if TYPE_CHECKING:
    import pandas as pd

ITEM_BYTES = {"float32": 4, "bfloat16": 2, "int8": 1}
FEWER = 1.4  # kernels of one machine differ by less; the smallest Winograd saves more than half of the multiplies


@dataclass(frozen=True)
class Peak:
    """The most GMAC/s of dense products at a number of threads: matrices, and convolutions counted by their MACs.

    Convolutions a little faster than matrices have a better kernel, and show what any product could reach. Much faster
    ones multiply less often than they are asked to (Winograd, FFT); then their rate bounds only layers that could too.
    """

    dtype: str
    threads: int
    matmul: float
    convolution: float

    @property
    def saves_multiplies(self) -> bool:
        """Whether convolutions are too fast to do all the multiplies that they are asked for."""
        return self.convolution > FEWER * self.matmul

    def of(self, kind: str) -> float:
        """The most GMAC/s of a layer of a kind; a 1x1 and a linear layer cannot save multiplies."""
        spatial = kind in ("standard", "depthwise", "other")
        return max(self.matmul, self.convolution) if spatial or not self.saves_multiplies else self.matmul


@dataclass(frozen=True)
class Curve:
    """GB/s of sweeps over a working set of each size, at a number of threads.

    Units: sizes in bytes, from small to large.
    """

    threads: int
    sizes: tuple[int, ...]
    gb_s: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.sizes, self.sizes[1:], strict=False))
        if not self.sizes or len(self.sizes) != len(self.gb_s) or self.sizes[0] <= 0 or not rising:
            raise ValueError("a curve needs rising sizes > 0, with one speed for each")
        if not all(speed > 0 for speed in self.gb_s):
            raise ValueError(f"speeds must be > 0 (got {min(self.gb_s)})")

    @cached_property
    def _envelope(self) -> tuple[float, ...]:
        """At each size, the best speed of it and of all larger ones: less data is never slower to move."""
        best, found = 0.0, []
        for speed in reversed(self.gb_s):
            best = max(best, speed)
            found.append(best)
        return tuple(reversed(found))

    @cached_property
    def _sums(self) -> tuple[float, ...]:
        """Seconds to move the first bytes, up to each size."""
        total, before, found = 0.0, 0, []
        for size, speed in zip(self.sizes, self._envelope, strict=True):
            total += (size - before) / speed / 1e9
            before = size
            found.append(total)
        return tuple(found)

    def seconds(self, nbytes: float) -> float:
        """The least time to move a working set, each part of it at the speed of the cache that can hold it.

        A layer may find the first bytes in the nearest cache, the next ones in the next, and only the rest in memory.
        """
        at = bisect_left(self.sizes, nbytes)
        done, before = (self._sums[at - 1], self.sizes[at - 1]) if at else (0.0, 0)
        speed = self._envelope[min(at, len(self.sizes) - 1)]
        return done + max(nbytes - before, 0) / speed / 1e9

    def at(self, nbytes: float) -> float:
        """GB/s at which a working set can be moved."""
        return nbytes / self.seconds(nbytes) / 1e9 if nbytes > 0 else self._envelope[0]


@dataclass(frozen=True, repr=False)
class Ceilings(plain.Saved):
    """Peaks by dtype and threads, curves by threads, and the machine that they were measured on.

    Units: GMAC/s, GB/s, bytes; G is a thousand million.
    """

    peaks: tuple[Peak, ...]
    curves: tuple[Curve, ...]
    machine: dict[str, Any] = field(default_factory=dict)

    def peak(self, dtype: str = "float32", threads: int = 1) -> Peak:
        """The peak of a dtype at a number of threads.

        Raises: ValueError where it was not measured.
        """
        for peak in self.peaks:
            if (peak.dtype, peak.threads) == (dtype, threads):
                return peak
        raise ValueError(unknown("ceiling", _at(dtype, threads), [_at(p.dtype, p.threads) for p in self.peaks]))

    def curve(self, threads: int = 1) -> Curve:
        """The bandwidth at a number of threads.

        Raises: ValueError where it was not measured.
        """
        for curve in self.curves:
            if curve.threads == threads:
                return curve
        raise ValueError(unknown("bandwidth at threads", threads, [curve.threads for curve in self.curves]))

    def gmacs(self, dtype: str = "float32", threads: int = 1, kind: str = "pointwise") -> float:
        """The most GMAC/s of a layer of a kind."""
        return self.peak(dtype, threads).of(kind)

    def bandwidth(self, nbytes: float, threads: int = 1) -> float:
        """The most GB/s for a working set of so many bytes."""
        return self.curve(threads).at(nbytes)

    def merged(self, other: Ceilings) -> Ceilings:
        """The higher of each ceiling of two measurements of one machine: a disturbance only lowers one."""
        peaks = {(each.dtype, each.threads): each for each in self.peaks}
        for each in other.peaks:
            mine = peaks.get((each.dtype, each.threads), each)
            best = max(mine.matmul, each.matmul), max(mine.convolution, each.convolution)
            peaks[each.dtype, each.threads] = Peak(each.dtype, each.threads, *best)
        speeds = {each.threads: dict(zip(each.sizes, each.gb_s, strict=True)) for each in self.curves}
        for each in other.curves:
            known = speeds.setdefault(each.threads, {})
            for size, speed in zip(each.sizes, each.gb_s, strict=True):
                known[size] = max(speed, known.get(size, 0.0))
        curves = [Curve(threads, *zip(*sorted(known.items()), strict=True)) for threads, known in speeds.items()]
        return Ceilings(tuple(peaks.values()), tuple(curves), self.machine)

    def ridge(self, nbytes: float, dtype: str = "float32", threads: int = 1) -> float:
        """MACs per byte at which a working set's bandwidth and the peak are equal limits."""
        return self.gmacs(dtype, threads) / self.bandwidth(nbytes, threads)

    def table(self) -> pd.DataFrame:
        """Every ceiling as a DataFrame: one row for each peak and each size."""
        import pandas as pd

        rows = [("multiply", each.dtype, each.threads, None, each.of("pointwise"), "GMAC/s") for each in self.peaks]
        rows += [
            ("convolve", each.dtype, each.threads, None, each.convolution, "GMAC/s")
            for each in self.peaks
            if each.saves_multiplies
        ]
        for curve in self.curves:
            sizes = zip(curve.sizes, curve.gb_s, strict=True)
            rows += [("move", "", curve.threads, size, speed, "GB/s") for size, speed in sizes]
        frame = pd.DataFrame(rows, columns=["ceiling", "dtype", "threads", "working_set", "at_most", "unit"])
        return frame.astype({"working_set": "Int64"})

    def _shown(self) -> plain.Shown:
        rows = [
            [f"multiply, {each.dtype}", str(each.threads), "any", units.rate(each.of("pointwise"))]
            for each in self.peaks
        ]
        for curve in self.curves:
            rows += [
                ["move", str(curve.threads), units.bytes(size), f"{units.short(curve.at(size) * 1e9, 3)}B/s"]
                for size in _few(curve.sizes)
            ]
        heads = {"ceiling": True, "threads": False, "working set": False, "at most": False}
        fast = [each for each in self.peaks if each.saves_multiplies]
        rows += [[f"convolve, {e.dtype}", str(e.threads), "any", units.rate(e.convolution)] for e in fast]
        notes = ["a working set's first bytes move at the speed of the cache that can hold them"]
        return plain.Shown(f"Ceilings of {self.machine.get('cpu', 'a machine')}", heads, rows, notes)

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Ceilings:
        curves = tuple(Curve(c["threads"], tuple(c["sizes"]), tuple(c["gb_s"])) for c in found["curves"])
        return cls(tuple(Peak(**each) for each in found["peaks"]), curves, found.get("machine", {}))

    def _facts(self) -> dict[str, Any]:
        return asdict(self)


def _few(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Every second size, and the last."""
    return tuple(dict.fromkeys((*sizes[::2], sizes[-1])))


def _at(dtype: str, threads: int) -> str:
    return f"{dtype} at {threads} thread{'s' if threads != 1 else ''}"
