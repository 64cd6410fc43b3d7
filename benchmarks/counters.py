"""Counters beside ours, on one network, in turn: what each reports, what it costs, what it leaves behind.

    python benchmarks/counters.py [--net V2] [--resolution 224] [--processes 5] [--rounds 8]
                                  [--out docs/measured/counters.md]
    python benchmarks/counters.py --published     torchvision's own figures, each against ours

The other counters are wanted by this file alone; one that is not installed is named as absent.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import io
import json
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch import Tensor, nn

import mobiviz as mv
from mobiviz import machine, stats

HEAD = """# Counters of compute, side by side

What each reports of one network, what it costs beside the plain forward pass, and what it leaves behind on a network.
`python benchmarks/counters.py` writes the table; a counter that is not installed is named as absent.
"""
TAIL = """\
The plain pass is what a user does: `net.eval()` under `torch.inference_mode()`. Each counter runs twice in a row in
each round, of which the second run counts, in an order drawn anew, on a network as its constructor makes it.

Alone: this counter and the plain pass in one process, and nobody else. The plain pass then gets its memory anew from
the system each time, as in most programs, and counting is a smaller part of the whole. Among the others: a network for
each counter and one for the plain pass, all in one process, whose memory stays with it, so that the plain pass is
faster, and whose caches they share.

What our own takes is time in Python between the kernels and around them: reading the network and putting it back,
following memory, and writing the Record. Its sums are known when the run ends; a Call for each call of a module is made
when somebody first asks for them, as "call by call" does. Of the other counters too only the sum is asked for.
"""
Counter = Callable[[nn.Module, Tensor], float | None]


def plain(net: nn.Module, x: Tensor) -> None:
    with torch.inference_mode():
        net(x)


def ours(net: nn.Module, x: Tensor) -> float:
    return mv.watch(net, x, mv.Compute()).total.macs


def ours_call_by_call(net: nn.Module, x: Tensor) -> float:
    record = mv.watch(net, x, mv.Compute())
    return sum(call.macs for call in record)


def ours_with_maps(net: nn.Module, x: Tensor) -> float:
    return mv.watch(net, x, mv.Features(), mv.Compute()).total.macs


def ours_dry(net: nn.Module, x: Tensor) -> float:
    return mv.watch(net, x, mv.Compute(), dry=True).total.macs


def flop_counter_mode(net: nn.Module, x: Tensor) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x)
    return counter.get_total_flops() / 2


def torchinfo(net: nn.Module, x: Tensor) -> float:
    import torchinfo

    return torchinfo.summary(net, input_data=x, verbose=0).total_mult_adds


def fvcore(net: nn.Module, x: Tensor) -> float:
    from fvcore.nn import FlopCountAnalysis

    counter = FlopCountAnalysis(net, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return counter.total()


def ptflops(net: nn.Module, x: Tensor, backend: str = "pytorch") -> float:
    from ptflops import get_model_complexity_info

    quiet = {"as_strings": False, "print_per_layer_stat": False, "verbose": False}
    return get_model_complexity_info(net, tuple(x.shape[1:]), backend=backend, **quiet)[0]


def ptflops_aten(net: nn.Module, x: Tensor) -> float:
    return ptflops(net, x, backend="aten")


def thop(net: nn.Module, x: Tensor) -> float:
    import thop

    return thop.profile(net, inputs=(x,), verbose=False)[0]


def calflops(net: nn.Module, x: Tensor) -> float:
    from calflops import calculate_flops

    return calculate_flops(net, tuple(x.shape), print_results=False, output_as_string=False)[1]


def torchlens(net: nn.Module, x: Tensor) -> float:
    import torchlens

    return int(torchlens.trace(net, x).total_macs_forward)


COUNTERS: dict[str, tuple[Counter, str | None]] = {
    "mobiviz, Compute": (ours, None),
    "mobiviz, Compute, call by call": (ours_call_by_call, None),
    "mobiviz, Features and Compute": (ours_with_maps, None),
    "mobiviz, dry": (ours_dry, None),
    "torch FlopCounterMode / 2": (flop_counter_mode, None),
    "torchinfo": (torchinfo, "torchinfo"),
    "fvcore": (fvcore, "fvcore"),
    "ptflops, pytorch": (ptflops, "ptflops"),
    "ptflops, aten": (ptflops_aten, "ptflops"),
    "thop": (thop, "ultralytics-thop"),
    "calflops": (calflops, "calflops"),
    "torchlens": (torchlens, "torchlens"),
}
TARGETS = {"mobiviz, Compute": 1.25, "mobiviz, Features and Compute": 2.0, "mobiviz, dry": 0.35}


def let_torchvision_in() -> None:
    """Define the two operators without which torchvision's wheel does not import beside a CPU build of torch."""
    global _library
    _library = torch.library.Library("torchvision", "DEF")
    with contextlib.suppress(RuntimeError):
        _library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def quietly(counter: Counter, net: nn.Module, x: Tensor) -> float | None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return counter(net, x)


@contextlib.contextmanager
def unpatched() -> Iterator[None]:
    """Put torch's functions back after a counter that leaves them replaced, so that no other pays for it."""
    places = [torch, torch.nn.functional, torch.Tensor, torch.nn.Module]
    before = [dict(vars(place)) for place in places]
    try:
        yield
    finally:
        for place, functions in zip(places, before, strict=True):
            for name, function in functions.items():
                if vars(place).get(name) is not function and callable(function):
                    setattr(place, name, function)


def is_present(package: str | None) -> bool:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return package is None or bool(importlib.metadata.version(package))
    return False


def measure(
    build: Callable[[], nn.Module], x: Tensor, rounds: int, names: list[str]
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """What each counter reports, and its seconds in each round: of the second of two runs, in an order drawn anew."""
    runs = {name: (plain if name == "plain" else COUNTERS[name][0], build()) for name in ["plain", *names]}
    reports: dict[str, float] = {}
    for name in list(runs):
        try:
            for _ in range(2):  # the first run imports and fills caches
                with unpatched():
                    reports[name] = quietly(*runs[name], x)
        except ImportError:  # it is here, and something that it imports is not
            del runs[name]
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds):
        for name in random.Random(number).sample(list(runs), len(runs)):
            counter, own = runs[name]
            with unpatched():
                quietly(counter, own, x)  # or whoever comes after torchlens finds nothing of its own in the caches
                start = time.perf_counter()
                quietly(counter, own, x)
                seconds[name].append(time.perf_counter() - start)
    return reports, seconds


Ratio = tuple[np.ndarray, np.ndarray]


def spread(options: argparse.Namespace) -> tuple[dict[str, float], dict[str, Ratio], dict[str, Ratio]]:
    """What each reports; its seconds and those of the plain pass, alone with it in a process, and among all others.

    Several processes, since where one lays a network in memory moves its time by 2%; and both ways, since memory that
    the others have freed spares a process the page faults that it would have by itself.
    """
    names = [name for name, (_, package) in COUNTERS.items() if is_present(package)]
    reports: dict[str, float] = {}
    alone: dict[str, tuple[list[float], list[float]]] = {}
    among: dict[str, tuple[list[float], list[float]]] = {}
    for _ in range(options.processes):
        for group, into in (*(([name], alone) for name in names), (names, among)):
            found, seconds = in_a_process(options, group)
            reports |= found
            for name in group:
                if name in seconds:
                    both = into.setdefault(name, ([], []))
                    both[0].extend(seconds[name])
                    both[1].extend(seconds["plain"])
    arrays = [{name: (np.array(a), np.array(b)) for name, (a, b) in each.items()} for each in (alone, among)]
    return reports, *arrays


def in_a_process(options: argparse.Namespace, names: list[str]) -> tuple[dict[str, float], dict[str, list[float]]]:
    command = [sys.executable, "-W", "ignore", __file__, "--net", options.net, "--resolution", str(options.resolution)]
    command += ["--rounds", str(options.rounds), "--raw", *names]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Broken(nn.Module):
    """A network in train mode, with one frozen batch norm, that may fail half-way."""

    def __init__(self, fails: bool) -> None:
        super().__init__()
        self.conv, self.bn, self.frozen = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.BatchNorm2d(8).eval()
        self.fails = fails

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.frozen(self.bn(self.conv(x))))
        if self.fails:
            raise ZeroDivisionError("half-way")
        return x


def traces(net: nn.Module) -> dict[str, object]:
    """What a counter could leave behind."""
    patched = (torch.conv2d, torch.matmul, torch.nn.functional.conv2d, torch.nn.functional.relu, torch.Tensor.add)
    modules = list(net.modules())
    return {
        "modes": [module.training for module in modules],
        "tensors in the state_dict": list(net.state_dict()),
        "batch-norm statistics": [b.sum().item() for m in modules for k, b in m._buffers.items() if "run" in k],
        "hooks": sum(len(v) for m in modules for k, v in vars(m).items() if k.endswith("_hooks") and v),
        "attributes": [sorted(vars(module)) for module in modules],
        "patched torch functions": [id(function) for function in patched],
    }


def left_behind(name: str) -> list[str]:
    """What differs on a network after a count, and after one that failed; for a process of its own."""
    found = []
    for fails in (False, True):
        net, raised = Broken(fails), False
        before = traces(net)
        try:
            quietly(COUNTERS[name][0], net, torch.randn(2, 3, 16, 16))
        except Exception:
            if not fails:
                raise
            raised = True
        after = traces(net)
        words = [what for what in before if before[what] != after[what]]
        if fails and not raised and name != "mobiviz, dry":
            words.append("the exception is swallowed")
        found += [f"{what} (after an exception)" if fails else what for what in words if what not in found]
    return found


def traces_of(name: str) -> str:
    command = [sys.executable, "-W", "ignore", __file__, "--left-behind", name]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        return "not known: " + done.stderr.strip().splitlines()[-1]
    return ", ".join(json.loads(done.stdout.strip().splitlines()[-1])) or "nothing"


def table(measured: tuple[dict[str, float], dict[str, Ratio], dict[str, Ratio]], what: str, processes: int) -> str:
    """The measured counters as a table in Markdown, with what each leaves behind."""
    reports, alone, among = measured
    exact = reports["mobiviz, dry"]
    lines = [
        "| counter | reports, M MACs | too many | time / plain, alone | among the others | target | leaves behind |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for name, (_, package) in COUNTERS.items():
        if name not in reports:
            lines.append(f"| {name} | absent | | | | | |")
            continue
        version = f" {importlib.metadata.version(package)}" if package else ""
        times = "{:.2f} [{:.2f}, {:.2f}] | {:.2f} [{:.2f}, {:.2f}]".format(
            *stats.ratio(*alone[name]), *stats.ratio(*among[name])
        )
        more = f"{100 * (reports[name] / exact - 1):+.2f}%" if reports[name] != exact else "0"
        target = f"{TARGETS[name]:.2f}" if name in TARGETS else ""
        cells = [name + version, f"{reports[name] / 1e6:.3f}", more, times, target, traces_of(name)]
        lines.append(f"| {' | '.join(cells)} |")
    first = next(iter(alone))
    ms = [1e3 * np.median(each[first][1]) for each in (alone, among)]
    rounds = f"{len(alone[first][0])} rounds in {processes} processes, with 95% intervals"
    here = f"{machine.facts()}, torch {torch.__version__}, one thread, {rounds}"
    return "\n".join([*lines, "", f"{what}: the plain pass takes {ms[0]:.1f} ms and {ms[1]:.1f} ms. {here}."])


def verdict(table: str) -> str:
    """Which of our targets the rows of a table keep, in words."""
    said = []
    for name, target in TARGETS.items():
        row = next(line for line in table.splitlines() if line.startswith(f"| {name} |"))
        ways = zip(("alone", "among the others"), row.split("|")[4:6], strict=True)
        kept = [f"{'keeps' if float(cell.split()[0]) <= target else 'misses'} it {way}" for way, cell in ways]
        said.append(f"{name.removeprefix('mobiviz, ')} at most {target:.2f}: {' and '.join(kept)}.")
    return "Our targets. " + " ".join(said)


def page(table: str) -> str:
    """The page that docs/measured holds."""
    return "\n".join([HEAD, table, "", verdict(table), "", TAIL])


def published() -> int:
    """Compare torchvision's `_ops` and `num_params` with a dry watch; the number that differ."""
    let_torchvision_in()
    from torchvision import models

    wrong = count = 0
    for name in models.list_models(models):
        for weights in models.get_model_weights(name):
            options = {"image_size": weights.meta["min_size"][0]} if name.startswith("vit") else {}
            if name in ("googlenet", "inception_v3"):
                options |= {"init_weights": False, "aux_logits": name == "inception_v3"}
            try:
                with torch.device("meta"):
                    net = models.get_model_builder(name)(**options)
            except NotImplementedError:  # some count their channels with tensors
                net = models.get_model_builder(name)(**options)
            size = weights.transforms.keywords["crop_size"]
            total = mv.watch(net, torch.zeros(1, 3, size, size), dry=True).total
            count += 1
            found = (round(total.macs / 1e9, 3), total.params, total.exact)
            printed = (weights.meta["_ops"], weights.meta["num_params"], True)
            if found != printed:
                wrong += 1
                print(f"{weights}: printed {printed}, counted {found} {total.unpriced}")
    print(f"{count - wrong} of {count} published figures of torchvision are reproduced to the printed digit")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--net", choices=["V1", "V2", "V3_LARGE", "V3_SMALL"], default="V2")
    parser.add_argument("--resolution", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=8, help="in each process")
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--raw", nargs="+", help="the seconds of these counters in this process, as JSON")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--published", action="store_true")
    parser.add_argument("--left-behind", choices=COUNTERS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    if options.published:
        return min(published(), 1)
    with contextlib.suppress(ImportError, RuntimeError):
        let_torchvision_in()  # ptflops imports it
    if options.left_behind:
        print(json.dumps(left_behind(options.left_behind)))
        return 0
    if options.raw:
        x = torch.randn(1, 3, options.resolution, options.resolution)
        measured = measure(lambda: mv.MobileNet(getattr(mv, options.net)).eval(), x, options.rounds, options.raw)
        print(json.dumps(measured))
        return 0
    text = table(spread(options), f"{options.net} at {options.resolution}", options.processes)
    print(text)
    if options.out:
        options.out.write_text(page(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
