"""Is a bound a bound? Every layer and every whole network of six, in every runtime here, beside its roofline.

    python benchmarks/roofline.py [--nets V2 V3_SMALL] [--threads 1] [--budget 2] [--files FOLDER] [--out table.md]

Layers are timed where a runtime tells their times: torch's by `watch` and by its profiler, ONNX Runtime's by its own.
ExecuTorch's wheel tells none. A layer's time is the median of its passes. Beyond one thread each whole network has a
process of its own. Ceilings are measured before, between and after, and the best of each counts.
Limit: nothing takes less than its bound by more than 5%; else the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import latency
import numpy as np
import torch
from torch import Tensor, nn

import mobiviz as mv
from mobiviz import bounds, runtimes, units
from mobiviz.record import Call, Ceilings, Record, Roofline, Timing

LIMIT = 1.05
CLOCKED = ("eager", "channels last", "folded", "folded, channels last")  # networks whose modules can be watched
CONVOLUTIONS = ("aten::_convolution", "quantized::conv2d", "quantized::conv2d_relu", "mkldnn::_convolution_pointwise")
LINEARS = ("aten::linear", "aten::addmm", "quantized::linear", "quantized::linear_relu", "mkldnn::_linear_pointwise")
PRODUCTS = ("Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "QLinearConv", "QGemm", "QLinearMatMul")
VECTOR = 16  # numbers that ONNX Runtime's blocked layout keeps together
CUT = 1e-3  # ONNX Runtime cuts times off to whole microseconds, so a layer may have taken one more


class Told(NamedTuple):
    """A product's time as a runtime told it, and of its size what could be told."""

    ms: float
    macs: int = 0
    outputs: int = 0


@dataclass
class Tried:
    """One network in one runtime: a Record with the layers' times, where it tells them, and the time of the whole."""

    net: str
    runtime: str
    dtype: str
    record: Record
    timing: Timing | None = None
    clocked: bool = False
    note: str = ""


def passes(run: Callable[[], list[float]], seconds: float) -> list[float]:
    """The median time of each layer, over at least five passes."""
    found, start = [], time.perf_counter()
    while len(found) < 5 or (time.perf_counter() - start < seconds and len(found) < 40):
        found.append(run())
    return [float(ms) for ms in np.median(np.array(found), axis=0)]


def clocked(net: nn.Module, x: Tensor, seconds: float) -> Record:
    """Every call, those that do not multiply too, in torch's own modules."""
    record = mv.watch(net, x, mv.Compute(), mv.Clock(1))
    times = passes(lambda: [call.ms or 0.0 for call in mv.watch(net, x, mv.Compute(), mv.Clock(1))], seconds)
    calls = tuple(replace(call, ms=ms) for call, ms in zip(record, times, strict=True))
    return replace(record, calls=calls)


def profiled(run: Callable[[Tensor], object], x: Tensor, seconds: float) -> list[Told]:
    """Each product in the order in which torch's profiler saw it."""

    def once() -> list[float]:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], record_shapes=True) as seen:
            run(x)
        found, ends = [], 0.0
        for event in sorted(seen.events(), key=lambda event: event.time_range.start):
            if event.name in (*CONVOLUTIONS, *LINEARS) and event.time_range.start >= ends:  # not inside another
                ends = event.time_range.end
                found.append((ends - event.time_range.start) / 1e3)
        return found

    with torch.inference_mode():
        for _ in range(5):
            run(x)
        return [Told(ms) for ms in passes(once, seconds)]


def told_by_onnx(path: Path, x: Tensor, runs: int) -> list[Told]:
    """Each product of an ONNX file, from the runtime's own profile."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = torch.get_num_threads(), 3
        options.enable_profiling, options.profile_file_prefix = True, str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        for _ in range(runs + 5):
            session.run(None, {"input": x.numpy()})
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    nodes: dict[str, list[dict]] = {}
    for event in events:
        if event.get("cat") == "Node" and event["args"].get("op_name") in PRODUCTS:
            nodes.setdefault(event["args"]["node_index"] + event["name"], []).append(event)
    found = []
    for each in nodes.values():  # in the order of the first run
        durations = [event["dur"] / 1e3 for event in each[5:]]
        found.append(_told(float(np.median(durations)) + CUT, each[0]["args"]))
    return found


def _told(ms: float, node: dict) -> Told:
    """With what the shapes say, in whichever order of axes; eight-bit weights are packed and have no shape left."""
    shapes = [next(iter(shape.values())) for shape in node["input_type_shape"]]
    out = next(iter(node["output_type_shape"][0].values()))
    weight = next((shape for shape in shapes[1:] if len(shape) == 4), None)
    if weight is None or len(out) != 4:
        return Told(ms, outputs=int(np.prod(out)))
    return Told(ms, macs=int(np.prod(out) * np.prod(weight[1:])))


def placed(record: Record, products: list[Told]) -> Record | None:
    """The Record with those times: each goes to the first layer left that it fits; None where one fits none."""
    left = [i for i, call in enumerate(record) if call.macs]
    found = {}
    for product in products:
        i = next((i for i in left if fits(product, record.calls[i])), None)
        if i is None:
            return None
        found[i] = product.ms
        left.remove(i)
    if left:
        return None
    calls = [replace(call, ms=found.get(i)) for i, call in enumerate(record)]
    return replace(record, calls=tuple(calls), pass_ms=sum(found.values()), threads=torch.get_num_threads())


def fits(product: Told, call: Call) -> bool:
    """Whether what was told of a product can be the call's: equal, or of channels padded to whole vectors."""
    if product.outputs:
        return product.outputs == int(np.prod(call.out_shape))
    if not product.macs:
        return True
    ins, outs = call.in_shape[1], call.out_shape[1]
    deep = 1.0 if call.kind == "depthwise" else _whole(ins) / ins
    return call.macs <= product.macs <= round(call.macs * deep * _whole(outs) / outs)


def _whole(channels: int) -> int:
    return -(-channels // VECTOR) * VECTOR


def tried(name: str, folder: Path, options: argparse.Namespace) -> Iterator[Tried]:
    """A network in every runtime: first the wholes, then the layers."""
    net, x = latency.build(name)
    plain = mv.watch(net, x, mv.Compute())
    wanted = [each for each in runtimes.VARIANTS if each != "torch.compile" or options.compile]
    entrants = {key: value for key, value in latency.entrants(name, folder).items() if "." not in key or key in wanted}
    timings = _wholes(name, entrants, folder, options)
    for label, entrant in entrants.items():
        dtype = "int8" if label.endswith("int8") else "float32"
        one = Tried(name, label, dtype, plain, timings.get(label))
        if isinstance(entrant, ImportError):
            yield replace(one, note=f"absent: {entrant}")
            continue
        f, given = entrant
        if label in CLOCKED:
            yield replace(one, record=clocked(f, given, options.budget), clocked=True)
            continue
        if label.startswith("ExecuTorch"):
            yield replace(one, note="tells no layers")
            continue
        if label.startswith("ONNX"):
            runs = max(5, min(40, int(1e3 * options.budget / timings[label].median_ms)))
            found = told_by_onnx(f.path, given, runs)
        else:
            found = profiled(f, given, options.budget)
        record = placed(plain, found)
        if record is None:
            products = sum(bool(call.macs) for call in plain)
            yield replace(one, note=f"{len(found)} products told, {products} in the network: not matched")
        else:
            yield replace(one, record=record, clocked=True)


def _wholes(name: str, entrants: dict, folder: Path, options: argparse.Namespace) -> dict[str, Timing]:
    if options.threads == 1:
        return dict(mv.race(entrants, budget_s=options.budget).timings)
    found = {}
    for label in entrants:
        command = [sys.executable, latency.__file__, "--nets", name, "--one", label, "--files", str(folder)]
        command += ["--budget", str(options.budget), "--threads", str(options.threads)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900)
        lines = [line for line in done.stdout.splitlines() if line.startswith('{"name"')]
        if lines:
            found[label] = Timing.from_json(lines[-1])
    return found


def verdict(one: Tried, ceilings: Ceilings, threads: int) -> tuple[str, int]:
    """A row of the table, and how many bounds were beaten."""
    under = Roofline.of(one.record, ceilings, None, one.dtype, threads)
    whole, beaten = "", 0
    if one.timing is not None:
        share = under.layer_by_layer_ms / one.timing.median_ms
        whole = f"{one.timing.words()} | {units.ms(under.layer_by_layer_ms)} | {units.percent(share)}"
        beaten += share > LIMIT
    else:
        whole = f"- | {units.ms(under.layer_by_layer_ms)} | -"
    best, over = one.note or "-", ""
    if one.clocked:
        points = sorted((p for p in (*under.layers, *under.rest) if p.ms), key=lambda point: -point.of_bound)
        top = points[0]
        best = f"{units.percent(top.of_bound)} {top.path} ({top.kind}, by {top.limit}, {units.ms(top.ms)})"
        above = [point for point in points if point.of_bound > LIMIT]
        over = f"{len(above)} of {len(points)}"
        beaten += len(above)
    return f"| {one.net} | {one.runtime} | {whole} | {best} | {over} |", beaten


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", choices=list(latency.OURS), default=list(latency.OURS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for each entrant, and for each one's layers")
    parser.add_argument("--compile", action="store_true", help="torch.compile too; a minute for each network")
    parser.add_argument("--files", type=Path, help="folder that keeps the exported networks")
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    dtypes = ("float32", "int8")
    ceilings, everything = mv.ceilings(options.threads, dtypes), []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = options.files or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.nets:
            everything += tried(name, folder, options)
            bounds.forget()
            ceilings = ceilings.merged(mv.ceilings(options.threads, dtypes))
    rows = [verdict(one, ceilings, options.threads) for one in everything]
    beaten = sum(count for _, count in rows)
    head = "| network | runtime | time | sum of bounds | share | nearest layer: share of its time | layers beyond |"
    lines = [repr(ceilings), "", head, "|---|---|---|---|---|---|---|", *(row for row, _ in rows), ""]
    lines.append(f"{beaten} bounds beaten by more than {LIMIT - 1:.0%}: {'A BOUND IS WRONG' if beaten else 'all hold'}")
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if beaten else 0


if __name__ == "__main__":
    sys.exit(main())
