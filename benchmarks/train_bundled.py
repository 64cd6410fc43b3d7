"""Trains the networks whose weights are bundled: CIFAR-10 at growing sizes up to 64 pixels, then two epochs at 128.

    python benchmarks/train_bundled.py --data cifar10-train.tar.gz [--runs .runs] V3_SMALL V2_05 V1_05 V2

Of the 50,000 training photos 5,000 are held out, stratified and seeded, and never trained on. Each run keeps its
checkpoints and its log in a folder of `--runs`; killed and started again, it goes on. Its end is a .safetensors file
and a .json file of facts there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

import mobiviz as mv
from mobiviz import images, machine, train, weights
from mobiviz.images import Photos
from mobiviz.tables import Table

FINISH_PHOTOS = 15_000
SIZES = (64, 128)


@dataclass(frozen=True)
class Job:
    """A network, and for how long it is trained."""

    table: Table
    alpha: float
    epochs: int
    batch: int = 64
    lr: float = 2e-3


JOBS = {
    "V3_SMALL": Job(mv.V3_SMALL, 1.0, 24, 128, 3e-3),
    "V2_05": Job(mv.V2, 0.5, 16),
    "V1_05": Job(mv.V1, 0.5, 14),
    "V2": Job(mv.V2, 1.0, 12),
}


def recipes(job: Job) -> dict[str, train.Recipe]:
    """The long training, and the short one that moves it to 128 pixels."""
    return {
        "main": train.Recipe(epochs=job.epochs, size=64, start_size=40, batch=job.batch, lr=job.lr),
        "finish": train.Recipe(epochs=2, size=128, batch=64, lr=1e-3, warmup=0.1),
    }


def run(name: str, data: Path, runs: Path) -> dict:
    """Train one network, or go on with it; returns its facts."""
    job, folder = JOBS[name], runs / name
    photos = images.cifar10(data)
    fit, held = images.split(photos.labels)
    learned, held_out = photos[fit], photos[held]
    some = learned[np.sort(np.random.RandomState(0).permutation(len(learned))[:FINISH_PHOTOS])]
    torch.manual_seed(0)
    net = mv.MobileNet(job.table, job.alpha, num_classes=10)
    stages, seconds = recipes(job), 0.0
    for stage, recipe in stages.items():
        rows = train.train(net, some if stage == "finish" else learned, held_out, recipe, folder / stage)
        seconds += sum(row["seconds"] for row in rows)
    path = weights.save(net, folder / f"cifar10_{name.lower()}.safetensors", photos.classes)
    read = weights.load(mv.MobileNet(job.table, job.alpha, num_classes=10), path)  # in half precision, as it is bundled
    here = machine.facts()
    facts = {
        "network": name,
        "command": f"python benchmarks/train_bundled.py --data cifar10-train.tar.gz {name}",
        "recipes": {stage: asdict(recipe) for stage, recipe in stages.items()},
        "photos": {"main": len(learned), "finish": len(some), "held_out": len(held_out)},
        "minutes": round(seconds / 60, 1),
        "machine": {"cpu": here.cpu, "usable_cores": here.usable_cores, "os": here.os, "torch": torch.__version__},
        "right": {str(size): right(read, held_out, size) for size in SIZES},
    }
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return facts


def right(net: torch.nn.Module, photos: Photos, size: int) -> int:
    """How many photos' largest logit is their class."""
    return round(train.top1_of(net, photos, size) * len(photos))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(JOBS)}; default: all")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path(".runs"))
    options = parser.parse_args()
    os.environ.setdefault("TQDM_MININTERVAL", "30")
    if unknown := set(options.names) - set(JOBS):
        parser.error(f"{', '.join(sorted(unknown))} is none of {', '.join(JOBS)}")
    for name in options.names or JOBS:
        print(json.dumps(run(name, options.data, options.runs)), flush=True)


if __name__ == "__main__":
    main()
