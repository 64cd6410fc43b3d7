"""How one network of the space is trained for its place in the table: on few photos, for few epochs, all alike."""

from __future__ import annotations

from pathlib import Path

import torch

from mobiviz import train
from mobiviz.nets import MobileNet
from mobiviz.search.archs import Arch
from mobiviz.sweep import Job, Row
from mobiviz.tradeoff import learned_and_held_out, trained

PHOTOS, EPOCHS, BATCH, LR = 10_000, 4, 64, 3e-3


def one(job: Job, folder: Path, data: str, epochs: int = EPOCHS, photos: int = PHOTOS) -> Row:
    """Train the network of a job (its choices, and a seed), and score it on the held-out photos."""
    sets = learned_and_held_out(data, photos)
    arch, classes = Arch(**{name: value for name, value in job.items() if name != "seed"}), len(sets[0].classes)
    torch.manual_seed(job["seed"])
    net = MobileNet(arch.table, arch.alpha, classes)
    recipe = train.Recipe(epochs=epochs, size=arch.size, batch=BATCH, lr=LR, seed=job["seed"], threads=1)
    return trained(net, sets, recipe, folder)
