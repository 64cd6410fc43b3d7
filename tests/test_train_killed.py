"""A training killed at five random moments, by the system, ends with the weights of one that nobody touched."""

import random
import signal
import subprocess
import sys
import time

import pytest
import torch

EPOCHS = 40
SCRIPT = """
import sys
import torch
from torch import nn
from mobiviz.images import shapes, split
from mobiviz.train import Recipe, train

torch.manual_seed(1)
net = nn.Sequential(
    nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 12),
)
found = shapes(240, 32)
fit, held = split(found.labels, 24)
recipe = Recipe(epochs=int(sys.argv[3]), size=40, batch=16, warmup=0.5)
print("ready", flush=True)
rows = train(net, found[fit], found[held], recipe, sys.argv[1], lambda rows: print(len(rows), flush=True))
torch.save({"net": net.state_dict(), "rows": [row["loss"] for row in rows]}, sys.argv[2])
"""


def start(folder, result):
    command = [sys.executable, "-c", SCRIPT, str(folder), str(result), str(EPOCHS)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_at_five_random_moments(tmp_path):
    child = start(tmp_path / "straight", tmp_path / "straight.pt")
    assert child.stdout.readline() == "1\n"
    began = time.monotonic()  # what torch imports at its first step is no part of an epoch
    epochs, _ = child.communicate()
    epoch_s = (time.monotonic() - began) / (EPOCHS - 1)
    assert child.returncode == 0
    assert epochs.split() == [str(each) for each in range(2, EPOCHS + 1)]

    seed = random.randrange(10**6)
    draw, first = random.Random(seed), []
    for whole in draw.sample((0, 1, 1, 2, 3), 5):  # so many epochs, and a part of the next, or of the writing after it
        child = start(tmp_path / "killed", tmp_path / "killed.pt")
        seen = [child.stdout.readline() for _ in range(whole)]
        time.sleep(draw.uniform(0, 2 * epoch_s))
        child.kill()
        seen += child.communicate()[0].split()
        assert child.returncode == -signal.SIGKILL, f"it ended before it was killed (seed {seed})"
        assert not (tmp_path / "killed.pt").exists()
        first += map(int, seen[:1])
    child = start(tmp_path / "killed", tmp_path / "killed.pt")
    first.append(int(child.communicate()[0].split()[0]))
    assert first == sorted(first), f"epochs were lost (seed {seed})"
    assert first[-1] >= 1 + 0 + 1 + 1 + 2 + 3, f"epochs were run again (seed {seed})"

    straight, killed = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("straight", "killed"))
    assert killed["rows"] == straight["rows"]
    for name, value in straight["net"].items():
        assert torch.equal(killed["net"][name], value), f"{name} (seed {seed})"
