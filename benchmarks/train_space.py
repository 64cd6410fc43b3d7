"""Trains networks of the search space of notebook 11, each on its own, on 10,000 of CIFAR-10's photos for four epochs.

    python benchmarks/train_space.py --data cifar10-train.tar.gz [--runs .runs/space] [--scheduler ADDRESS] [--nets 48]

The networks come in pairs of opposites, so that a stop after any pair leaves every choice taken half of the time; the
first six are trained again from a second seed. What is finished is kept, and data/search/trained.csv written anew.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from mobiviz import stats, sweep, train
from mobiviz.nets import MobileNet
from mobiviz.search.space import Arch, design
from mobiviz.tradeoff import learned_and_held_out

OUT = Path(__file__).resolve().parents[1] / "data" / "search" / "trained.csv"
PHOTOS, EPOCHS, BATCH, LR, AGAIN = 10_000, 4, 64, 3e-3, 6


def one(job: dict, folder: Path, data: str) -> dict:
    """Train one network of the space and score it on the held-out photos."""
    learned, held_out = learned_and_held_out(data, PHOTOS)
    arch = Arch(**{name: value for name, value in job.items() if name != "seed"})
    torch.manual_seed(job["seed"])
    net = MobileNet(arch.table, arch.alpha, len(learned.classes))
    recipe = train.Recipe(epochs=EPOCHS, size=arch.size, batch=BATCH, lr=LR, seed=job["seed"], threads=1)
    rows, price = train.train(net, learned, held_out, recipe, folder), arch.cost(len(learned.classes))
    right = round(rows[-1]["top1"] * len(held_out))
    low, high = stats.wilson(right, len(held_out))
    rounded = {"top1": round(rows[-1]["top1"], 4), "low": round(low, 4), "high": round(high, 4)}
    counted = {"epochs": EPOCHS, "photos": len(learned), "threads": 1, "macs": price.macs, "params": price.params}
    return counted | {"right": right, "held_out": len(held_out)} | rounded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path(".runs", "space"))
    parser.add_argument("--scheduler", help="the address of a Dask scheduler; default: in this process")
    parser.add_argument("--nets", type=int, default=48)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    os.environ.setdefault("TQDM_MININTERVAL", "30")
    archs = design(options.nets)
    jobs = [arch.job() | {"seed": 0} for arch in archs] + [arch.job() | {"seed": 1} for arch in archs[:AGAIN]]
    do = partial(one, data=str(options.data.absolute()))
    rows = sweep.sweep(jobs, do, options.runs, options.scheduler, on_row=partial(sweep.write_csv, options.out))
    sweep.write_csv(options.out, rows)


if __name__ == "__main__":
    main()
