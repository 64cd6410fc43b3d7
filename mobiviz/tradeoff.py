"""The trade-off grid: what width and resolution cost in accuracy, each cell trained alike and counted by `cost`.

A cell is a table's network at one alpha, trained and judged at one size of upsampled photos, from one seed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from mobiviz import images, stats, tables, train
from mobiviz.nets import MobileNet
from mobiviz.pricing import cost
from mobiviz.scoring import confusion, score
from mobiviz.sweep import Job, Row
from mobiviz.timing import latency

ALPHAS = (0.25, 0.5, 0.75, 1.0)
SIZES = (37, 46, 55, 64)  # the papers' rho, {0.57, 0.71, 0.86, 1} of 64 pixels
TIMED_SIZES = (128, 160, 192, 224)  # the papers' own
PHOTOS, EPOCHS, BATCH, LR = 15_000, 8, 64, 2e-3
SEED = 0  # of the subset of photos, the same for every cell


def grid(
    nets: Iterable[str] = ("V2", "V1"), alphas: Iterable[float] = ALPHAS, sizes: Iterable[int] = SIZES
) -> list[Job]:
    """All cells from seed 0, corners first in each network; then the corners again from seed 1."""
    alphas, sizes, nets = tuple(alphas), tuple(sizes), tuple(nets)
    first, again = [], []
    for net in nets:
        cells = [{"net": net, "alpha": alpha, "size": size, "seed": 0} for alpha in alphas for size in sizes]
        corners = [cell for cell in cells if cell["alpha"] in ends(alphas) and cell["size"] in ends(sizes)]
        first += corners + [cell for cell in cells if cell not in corners]
        again += [cell | {"seed": 1} for cell in corners]
    return first + again


def ends(values: tuple) -> set:
    """The smallest and the largest."""
    return {min(values), max(values)}


def cell(job: Job, folder: Path, data: str, epochs: int = EPOCHS, photos: int = PHOTOS) -> Row:
    """Train one cell on a fixed subset of the photos, or go on with it, and score it on the held-out ones.

    A job's own `epochs` and `photos` go before those given here, and make it another job.
    """
    epochs, photos = job.get("epochs", epochs), job.get("photos", photos)
    learned, held_out = learned_and_held_out(data, photos)
    table, classes = getattr(tables, job["net"]), len(learned.classes)
    torch.manual_seed(job["seed"])
    net = MobileNet(table, job["alpha"], classes)
    recipe = train.Recipe(epochs=epochs, size=job["size"], batch=BATCH, lr=LR, seed=job["seed"], threads=1)
    return trained(net, (learned, held_out), recipe, folder)


def trained(net: MobileNet, photos: tuple[images.Photos, images.Photos], recipe: train.Recipe, folder: Path) -> Row:
    """Train a network, or go on with it, and say in numbers what it cost and how often it is right.

    Units: `macs` and `params` of the network with its classes at this size; `low` and `high` are the ends of Wilson's
    interval of `top1` over held-out photos, and say nothing of other seeds.
    """
    learned, held_out = photos
    price = cost(net.table, net.alpha, recipe.size, len(learned.classes))
    rows = train.train(net, learned, held_out[::10], recipe, folder)  # the log's own share, of a tenth, is no result
    found = score(confusion(net, held_out, recipe.size), recipe.size)
    low, high = found.interval
    how = {"epochs": recipe.epochs, "photos": len(learned), "threads": recipe.threads}
    counted = {"macs": price.macs, "params": price.params, "right": found.right, "held_out": found.photos}
    shares = {"top1": found.top1, "low": low, "high": high, "loss": rows[-1]["loss"]}
    return how | counted | {name: round(value, 4) for name, value in shares.items()}


def clocked(job: Job, folder: Path, budget_s: float = 2.0) -> Row:
    """Time one cell's network, with ImageNet's thousand classes, on the machine that this runs on.

    Units: `ms` is the median, `low_ms` and `high_ms` the ends of its interval; `noise` says why not to trust it.
    """
    table, size, threads = getattr(tables, job["net"]), job["size"], job["threads"]
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    timing = latency(MobileNet(table, job["alpha"]).eval(), x, threads, budget_s)
    price = cost(table, job["alpha"], size)
    times = {"ms": timing.median_ms, "low_ms": timing.low_ms, "high_ms": timing.high_ms}
    counted = {"macs": price.macs, "params": price.params}
    return counted | {name: round(value, 4) for name, value in times.items()} | {"noise": "; ".join(timing.noise)}


@cache
def learned_and_held_out(data: str, count: int) -> tuple[images.Photos, images.Photos]:
    """A fixed subset to learn from, and what is held out."""
    every = images.collection(data, 32) if data != "shapes" else images.shapes(600, 32)
    fit, held = images.hold_out(every)
    picked = np.sort(np.random.RandomState(SEED).permutation(len(fit))[:count])
    return fit[picked], held


@dataclass(frozen=True)
class Step:
    """Two neighbouring cells of the grid: what the larger one is better by, and whether that is more than noise.

    `verdict` is `rises`, `falls` or `within`: within the interval of two shares, or within what a second seed
    changed in this network's own cells.
    """

    net: str
    knob: str
    smaller: tuple[float, int]
    larger: tuple[float, int]
    gain: float
    verdict: str


def read(path: str | Path | None = None) -> list[Row]:
    """The rows of a grid as `mobiviz sweep train` wrote them; by default the one that comes with the course."""
    import pandas as pd

    from mobiviz import assets

    return pd.read_csv(path or assets.data("grid", "tradeoff.csv")).to_dict("records")


def missing(rows: list[Row], nets: Iterable[str] = ("V2", "V1")) -> list[Job]:
    """The cells of the whole grid that are not among the rows."""
    there = {(row["net"], row["alpha"], row["size"], row["seed"]) for row in rows}
    return [cell for cell in grid(nets) if tuple(cell.values()) not in there]


def steps(rows: list[Row]) -> list[Step]:
    """Each cell beside the next larger one there is, in width and in resolution, from seed 0."""
    found = []
    for net in dict.fromkeys(row["net"] for row in rows):
        own = {(row["alpha"], row["size"]): row for row in rows if row["net"] == net and row["seed"] == 0}
        spread = seed_spread([row for row in rows if row["net"] == net])
        for at, knob in enumerate(("alpha", "size")):
            for cell in sorted(own):
                line = sorted(each for each in own if each[1 - at] == cell[1 - at] and each[at] > cell[at])
                if line:
                    found.append(_step(knob, own[cell], own[line[0]], spread))
    return found


def seed_spread(rows: list[Row]) -> float:
    """The largest change of top-1 that another seed made in one cell; 0 where no cell has two."""
    by_cell: dict[tuple, list[float]] = {}
    for row in rows:
        by_cell.setdefault((row["net"], row["alpha"], row["size"]), []).append(row["top1"])
    return max((max(each) - min(each) for each in by_cell.values()), default=0.0)


def _step(knob: str, small: Row, large: Row, spread: float) -> Step:
    low, high = stats.difference(large["right"], large["held_out"], small["right"], small["held_out"])
    gain = large["top1"] - small["top1"]
    noise = low <= 0 <= high or abs(gain) <= spread
    cells = [(row["alpha"], row["size"]) for row in (small, large)]
    return Step(small["net"], knob, *cells, round(gain, 4), "within" if noise else "rises" if gain > 0 else "falls")
