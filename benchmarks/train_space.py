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

from mobiviz import sweep
from mobiviz.search.archs import design
from mobiviz.search.training import one

OUT = Path(__file__).resolve().parents[1] / "data" / "search" / "trained.csv"
AGAIN = 6  # networks that are trained from a second seed


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
