"""Trains the trade-off grid: V1 and V2 at four widths and four resolutions, on 15,000 of CIFAR-10's photos.

    python benchmarks/train_grid.py --data cifar10-train.tar.gz [--runs .runs/grid] [--scheduler ADDRESS] [V2 V1]

Each cell is trained for eight epochs on one thread. What is finished is kept in `--runs`, and data/grid/tradeoff.csv
is written anew after each cell; killed and started again, it goes on. With a scheduler, the archive and `--runs` lie
where the workers see them too.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mobiviz import sweep, tradeoff, units

OUT = Path(__file__).resolve().parents[1] / "data" / "grid" / "tradeoff.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", default=["V2", "V1"], help="default: V2 V1")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path(".runs", "grid"))
    parser.add_argument("--scheduler", help="the address of a Dask scheduler; default: in this process")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    os.environ.setdefault("TQDM_MININTERVAL", "30")

    def on_row(rows: list[dict]) -> None:
        sweep.write_csv(options.out, rows)
        print(f"{len(rows)} of {len(jobs)} cells; the best so far: {units.percent(max(row['top1'] for row in rows))}")

    jobs = tradeoff.grid(options.nets)
    do = partial(tradeoff.cell, data=str(options.data.absolute()))
    sweep.write_csv(options.out, sweep.sweep(jobs, do, options.runs, options.scheduler, on_row=on_row))


if __name__ == "__main__":
    main()
