"""ceilings measures what this machine can do at most; roofline places every layer of a Record under that.

A ceiling is the best of many tries of many kernels: a disturbance only ever makes one slower.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from mobiviz import machine
from mobiviz.names import unknown
from mobiviz.record import Record
from mobiviz.record.ceilings import ITEM_BYTES, Ceilings, Curve, Peak
from mobiviz.record.roofline import Roofline, threads_of
from mobiviz.record.timing import Timing
from mobiviz.timing import check, on_threads

ROUNDS = 3  # tries of each kernel, at least
SIDES = (384, 512, 1024)  # of square matrices: the fastest differs with the caches and the threads
DENSE = ((128, 30, 3), (64, 114, 3), (64, 60, 5))  # channels, side of the map, kernel: few bytes for each multiply
SMALLEST, LARGEST = 2**14, 2**28  # bytes of the working sets that are swept; the largest is beyond every cache
SWEEP = 2**22  # bytes that one call moves at least, so that calling it costs nothing beside
WAKE = 8  # times as many on several threads, which have to wake and to wait for each other

_peaks: dict[tuple[str, int], Peak] = {}
_curves: dict[int, Curve] = {}


class Kernel(NamedTuple):
    """Something to time: `work` is what one call does, in MACs or bytes."""

    what: str | int
    run: Callable[[], Any]
    work: float


def ceilings(
    threads: int = 1,
    dtypes: tuple[str, ...] = ("float32",),
    budget_s: float = 2.0,
    clock: Callable[[], float] = time.perf_counter,
) -> Ceilings:
    """What this machine can do at most, measured once in this process for each number of threads and each dtype.

    Dense products of several shapes give GMAC/s; sums and copies of growing working sets give GB/s. The result holds
    all that was measured so far.

    Cost: half of `budget_s` for each dtype and half for the bandwidth; at least three tries of each kernel. Several
    threads need the ceilings of one too.
    Units: seconds in; GMAC/s and GB/s out.
    Raises: ValueError for a dtype without a ceiling.
    """
    check(threads, budget_s)
    for dtype in dtypes:
        if dtype not in ITEM_BYTES:
            raise ValueError(unknown("dtype", dtype, ITEM_BYTES))
    if threads > 1:
        measured(1, dtypes, budget_s, clock)  # what one thread can, several can too
    budget_s *= 0.05 if os.environ.get("MOBIVIZ_QUICK") == "1" else 0.5
    wanted = [dtype for dtype in ("float32", *dtypes) if (dtype, threads) not in _peaks]
    with on_threads(threads), torch.inference_mode():
        for dtype in dict.fromkeys(wanted):
            _peaks[dtype, threads] = _peak(dtype, threads, best(list(_products(dtype)), budget_s, clock))
        if threads not in _curves:
            _curves[threads] = _curve(threads, best(list(_sweeps(threads)), budget_s, clock))
    return Ceilings(tuple(_peaks.values()), tuple(_curves.values()), asdict(machine.facts()))


def roofline(
    record: Record, timing: Timing | None = None, ceilings: Ceilings | None = None, dtype: str = "float32"
) -> Roofline:
    """Every layer of a Record under this machine's ceilings, and two estimates of the whole beside the measured time.

    The Record of `mv.watch(net, x, mv.Compute(), mv.Clock())` has a time for each layer, and `timing`, from
    `mv.latency(net, x)`, that of the whole. Ceilings that are not given are measured, once.

    Cost: nothing where the ceilings are known; else that of `mv.ceilings`.
    Raises: TypeError for no Record; ValueError where the Clock and the timing ran on different numbers of threads.
    """
    if not isinstance(record, Record):
        raise TypeError(f"roofline needs the Record of mv.watch (got {type(record).__name__})")
    if ceilings is None:
        ceilings = measured(threads_of(record, timing), (dtype,))
    return Roofline.of(record, ceilings, timing, dtype)


measured = ceilings  # by another name, where an argument has this one


def forget() -> None:
    """Drop what was measured, so that the next call measures again."""
    _peaks.clear()
    _curves.clear()


def best(kernels: list[Kernel], budget_s: float, clock: Callable[[], float]) -> Mapping[str | int, float]:
    """The most work a second of each kind of kernel: all run in turn, round after round, until the budget is spent."""
    found: dict[str | int, float] = {}
    for kernel in kernels:
        kernel.run()  # the first call sets things up
    start, rounds = clock(), 0
    while rounds < ROUNDS or clock() - start < budget_s:
        for kernel in kernels:
            begin = clock()
            kernel.run()
            rate = kernel.work / max(clock() - begin, 1e-9)
            found[kernel.what] = max(found.get(kernel.what, 0.0), rate)
        rounds += 1
    return found


def _peak(dtype: str, threads: int, found: Mapping[str | int, float]) -> Peak:
    """Fewer bits and more threads are never slower: what has no fast kernel can do without either."""
    slower = [_peaks[key] for key in ((dtype, 1), ("float32", 1), ("float32", threads)) if key in _peaks]
    matmul = max(found.get("matmul", 0.0) / 1e9, *(peak.matmul for peak in slower), 0.0)
    return Peak(dtype, threads, matmul, max(found.get("convolution", 0.0) / 1e9, *(p.convolution for p in slower), 0.0))


def _curve(threads: int, found: Mapping[str | int, float]) -> Curve:
    """Each size at its best rate, and never slower than on one thread."""
    one = _curves.get(1)
    slower = {} if one is None else dict(zip(one.sizes, one.gb_s, strict=True))
    sizes = sorted(found)
    return Curve(threads, tuple(sizes), tuple(max(found[size] / 1e9, slower.get(size, 0.0)) for size in sizes))


def _products(dtype: str) -> Iterator[Kernel]:
    """Dense products that this build of torch has kernels for: matrices, and convolutions without padding."""
    for side in SIDES:
        a, b = _numbers((side, side), dtype), _numbers((side, side), dtype)
        if dtype == "int8":
            if _works(lambda a=a, b=b: torch._int_mm(a, b)):
                yield Kernel("matmul", lambda a=a, b=b: torch._int_mm(a, b), side**3)
        else:
            yield Kernel("matmul", lambda a=a, b=b: torch.mm(a, b), side**3)
    if dtype == "int8":
        return
    for channels, side, k in DENSE:
        x = _numbers((1, channels, side, side), dtype).contiguous(memory_format=torch.channels_last)
        weight = _numbers((channels, channels, k, k), dtype).contiguous(memory_format=torch.channels_last)
        macs = ((side - k + 1) * channels * k) ** 2
        yield Kernel("convolution", lambda x=x, weight=weight: conv2d(x, weight), macs)


def _sweeps(threads: int) -> Iterator[Kernel]:
    """Sums and copies of working sets of each size; each thread has a stretch of its own, as in a layer."""
    room = machine.facts(0.0).available_bytes // 8
    count = max(min(LARGEST, room), 2 * SWEEP) // 4
    whole = torch.ones(count)
    size, sweep = SMALLEST, SWEEP if threads == 1 else WAKE * SWEEP
    while size <= 4 * count:
        each, times = size // 4 // threads, max(sweep // size, 1)
        stretches = whole[: each * threads].view(threads, 1, each).expand(threads, times, each)
        yield Kernel(size, lambda stretches=stretches: stretches.sum(2), 4 * each * threads * times)
        if size >= SWEEP:
            from_, to = whole[: size // 8], whole[size // 8 : size // 4]
            yield Kernel(size, lambda from_=from_, to=to: to.copy_(from_), size)
        size *= 2


def _numbers(shape: tuple[int, ...], dtype: str) -> Tensor:
    if dtype == "int8":
        return torch.ones(shape, dtype=torch.int8)
    return torch.full(shape, 0.5, dtype=getattr(torch, dtype))


def _works(call: Callable[[], Any]) -> bool:
    try:
        call()
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return True
