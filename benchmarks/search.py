"""How well a latency table predicts: 20 whole networks of the space against the sums of their blocks, and against MACs.

    python benchmarks/search.py [--networks 20] [--seconds 12] [--record FILE]

Prints Spearman's rho of both, each with a bootstrap interval, and whether the machine was quiet. `--record` writes the
table and the times of the whole networks, as notebook 11 falls back to them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mobiviz import machine, search
from mobiviz.search.latencies import to_rows
from mobiviz.search.trial import spearman_of, whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    load = machine.foreign_load(0.5)
    table = search.measure(seconds=options.seconds)
    picked = random.Random(1).sample(search.space(), options.networks)
    took = whole(picked, seconds=options.seconds / 2)
    print(f"{machine.cpu_name()}, one thread; other programs took {load:.0%} before")
    for name, value in {
        "the sum of its blocks": {arch: search.predict_ms(arch, table) for arch in picked},
        "MACs": {arch: float(arch.cost().macs) for arch in picked},
    }.items():
        rho, low, high = spearman_of(value, took)
        print(f"{len(picked)} networks ranked by {name}: Spearman's rho {rho:.2f} [{low:.2f}, {high:.2f}]")
    if options.record:
        kept = {"machine": machine.cpu_name(), "load": round(load, 3), "table": to_rows(table)}
        kept["whole"] = [[arch.job(), ms] for arch, ms in took.items()]
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(kept) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
