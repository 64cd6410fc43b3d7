"""Trains the networks whose weights are bundled: CIFAR-10 at growing sizes up to 64 pixels, then two epochs at 128.

    python benchmarks/train_bundled.py --data cifar10-train.tar.gz [--runs .runs] V3_SMALL V2_05 V1_05 V2

Of the 50,000 training photos 5,000 are held out, stratified and seeded, and never trained on. Each run keeps its
checkpoints and its log in a folder of `--runs`; killed and started again, it goes on. It ends in a .safetensors file
with its card and its log; what is bundled lies in data/weights.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
import torch

import mobiviz as mv
from mobiviz import images, train, weights
from mobiviz.cards import Card, write_card
from mobiviz.tables import Table

FINISH_PHOTOS = 15_000


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


def run(name: str, data: Path, runs: Path) -> Path:
    """Train one network, or go on with it; returns its card."""
    job, folder = JOBS[name], runs / name
    photos = images.cifar10(data)
    fit, held = images.split(photos.labels)
    learned, held_out = photos[fit], photos[held]
    some = learned[np.sort(np.random.RandomState(0).permutation(len(learned))[:FINISH_PHOTOS])]
    torch.manual_seed(0)
    net = mv.MobileNet(job.table, job.alpha, num_classes=10)
    stages, log = recipes(job), []
    for stage, recipe in stages.items():
        rows = train.train(net, some if stage == "finish" else learned, held_out, recipe, folder / stage)
        log += [{"stage": stage, "size": recipe.size_at(row["epoch"] - 1)} | row for row in rows]
    path = weights.save(net, folder / f"cifar10_{name.lower()}.safetensors", photos.classes)
    card = Card(
        command=f"python benchmarks/train_bundled.py --data cifar10-train.tar.gz {name}",
        seed=0,
        seconds=sum(row["seconds"] for row in log),
        data="CIFAR-10's 50,000 training photos of 32 x 32, as JPEG of quality 75, scaled up",
        trained_on=len(learned),
        held_out=len(held_out),
        recipes={stage: asdict(recipe) for stage, recipe in stages.items()},
        notes=f"The stage `main` saw all {len(learned):,} photos, `finish` a fixed {len(some):,} of them. It moved the "
        "network from 64 to 128 pixels, the size of the pictures in the notebooks; at 64 it is less often right since.",
    )
    pd.DataFrame(log).round(4).to_csv(path.with_suffix(".csv"), index=False, lineterminator="\n")
    return write_card(path, card, held_out)


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
        print(run(name, options.data, options.runs).read_text(encoding="utf-8"), flush=True)


if __name__ == "__main__":
    main()
