"""Milliseconds of six networks: ours beside torchvision's with the same weights, and in every runtime that is here.

    python benchmarks/latency.py [--nets V2 V3_SMALL] [--budget 10] [--files FOLDER] [--out table.md]

At one thread all entrants of a network run in turn in one process. At all threads each has a process of its own, since
thread pools fight in one; those ratios are of medians, without an interval. `--files` keeps the exported networks.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch import Tensor, nn

import mobiviz as mv
from mobiviz import machine, peers, runtimes, units, weights
from mobiviz.record import Timing

OURS: dict[str, Callable[[], nn.Module]] = {
    "V1": lambda: mv.MobileNet(mv.V1),
    "V2": lambda: mv.MobileNet(mv.V2),
    "V3_LARGE": lambda: mv.MobileNet(mv.V3_LARGE),
    "V3_SMALL": lambda: mv.MobileNet(mv.V3_SMALL),
    "VGG16": mv.nets.VGG16,
    "ResNet50": mv.nets.ResNet50,
}
THEIRS = {
    "V2": "mobilenet_v2",
    "V3_LARGE": "mobilenet_v3_large",
    "V3_SMALL": "mobilenet_v3_small",
    "VGG16": "vgg16",
    "ResNet50": "resnet50",
}
FILES = {"PyTorch Mobile": ".ptl", "ExecuTorch": ".pte", "ONNX Runtime": ".onnx"}


def torchvision_net(name: str) -> nn.Module:
    """Theirs, with batch norm set."""
    return calibrated(getattr(peers.torchvision().models, THEIRS[name])(weights=None))


def calibrated(net: nn.Module) -> nn.Module:
    """Batch norm set to random images: untrained networks have no signal to compare."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        net.train()(torch.randn(4, 3, 224, 224))
    return net.eval()


def build(name: str) -> tuple[nn.Module, Tensor]:
    """The same weights in every process."""
    torch.manual_seed(0)
    net = calibrated(OURS[name]())
    return net, torch.randn(1, 3, 224, 224)


def entrants(name: str, folder: Path, wanted: str | None = None) -> dict[str, object]:
    """Every variant of torch's own, and every runtime in float32 and int8; what is missing is its ImportError."""
    net, x = build(name)
    names = [each for each in runtimes.VARIANTS if wanted in (None, each)]
    found: dict[str, object] = dict(runtimes.variants(net, x, names))
    images = mv.images.crops(100)
    for engine, suffix in FILES.items():
        for label, int8 in ((engine, None), (f"{engine} int8", images)):
            if wanted not in (None, label):
                continue
            path = folder / f"{name}{'-int8' if int8 is not None else ''}{suffix}"
            try:
                there = path.is_file()
                found[label] = (runtimes.load(path) if there else mv.export(net, x, path, int8), x)
            except ImportError as error:
                found[label] = error
            except ValueError as error:  # an untrained network may be too far off in int8
                found[label] = ImportError(str(error))
    return found


def beside_torchvision(name: str, budget_s: float) -> str:
    x = torch.randn(1, 3, 224, 224)
    try:
        theirs = torchvision_net(name)
    except (ImportError, RuntimeError) as error:
        return f"| {name} | torchvision is absent: {error} |"
    ours = weights.from_torchvision(OURS[name](), theirs.state_dict())
    race = mv.race({"ours": ours, "torchvision": theirs}, x, budget_s=budget_s)
    return f"| {name} | {race['ours'].words()} | {race['torchvision'].words()} | {race.ratios['ours', 'torchvision']} |"


def one_thread(name: str, folder: Path, budget_s: float) -> list[str]:
    found = entrants(name, folder)
    race = mv.race(found, budget_s=budget_s)
    rows = []
    for label in found:
        if label in race.absent:
            rows.append(f"| {name} | {label} | absent: {race.absent[label]} | |")
            continue
        ratio = "" if label == "eager" else str(race.ratios["eager", label].inverse())
        rows.append(f"| {name} | {label} | {race[label].words()} | {ratio} |")
    return rows


def all_threads(name: str, folder: Path, budget_s: float, threads: int) -> Iterator[str]:
    """Each entrant in a process of its own."""
    eager = None
    for label in [*runtimes.VARIANTS, *(f"{each}{end}" for each in FILES for end in ("", " int8"))]:
        command = [sys.executable, __file__, "--nets", name, "--one", label, "--files", str(folder)]
        command += ["--budget", str(budget_s), "--threads", str(threads)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900)
        lines = [line for line in done.stdout.splitlines() if line.startswith('{"name"')]
        if not lines:
            why = (done.stdout or done.stderr).strip().splitlines() or ["it ended without a word"]
            yield f"| {name} | {label} | absent: {why[-1]} | |"
            continue
        timing = Timing.from_json(lines[-1])
        eager = eager or timing.median_ms
        yield f"| {name} | {label} | {timing.words()} | {units.ratio(timing.median_ms / eager)} |"


def one(name: str, label: str, folder: Path, options: argparse.Namespace) -> None:
    f = entrants(name, folder, label)[label]
    if isinstance(f, ImportError):
        print(f)
        return
    print(mv.race({label: f}, threads=options.threads, budget_s=options.budget)[label].to_json())


def table(nets: list[str], folder: Path, options: argparse.Namespace) -> Iterator[str]:
    """The lines, as they come."""
    here = machine.facts()
    yield f"{here}; torch {torch.__version__}\n\nOne thread, same weights, in turn:\n"
    yield "| network | ours | torchvision | ours / torchvision |\n|---|---|---|---|"
    for name in nets:
        if name in THEIRS:
            yield beside_torchvision(name, options.budget)
    head = "| network | runtime | time | beside eager |\n|---|---|---|---|"
    yield f"\nOne thread, every runtime, in turn:\n\n{head}"
    for name in nets:
        yield from one_thread(name, folder, options.budget)
    if here.usable_cores > 1:
        yield f"\n{here.usable_cores} threads, each in a process of its own:\n\n{head}"
        for name in nets:
            yield from all_threads(name, folder, options.budget, here.usable_cores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--budget", type=float, default=10.0, help="seconds for each entrant")
    parser.add_argument("--files", type=Path, help="folder that keeps the exported networks")
    parser.add_argument("--out", type=Path, help="write the table here too")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = options.files or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if options.one:
            one(options.nets[0], options.one, folder, options)
            return
        lines = []
        for line in table(options.nets, folder, options):
            print(line, flush=True)
            lines.append(line)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
