"""A training killed at five random moments, by the system, ends with the weights of one that nobody touched."""

import random
import signal
import subprocess
import sys
import time

import pytest
import torch

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
recipe = Recipe(epochs=24, size=40, batch=16, warmup=0.5)
print("ready", flush=True)
rows = train(net, found[fit], found[held], recipe, sys.argv[1], lambda rows: print(len(rows), flush=True))
torch.save({"net": net.state_dict(), "rows": [row["loss"] for row in rows]}, sys.argv[2])
"""


def start(folder, result):
    command = [sys.executable, "-c", SCRIPT, str(folder), str(result)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_at_five_random_moments(tmp_path):
    child = start(tmp_path / "straight", tmp_path / "straight.pt")
    began = time.monotonic()
    epochs, _ = child.communicate()
    lasted = time.monotonic() - began
    assert child.returncode == 0
    assert epochs.split() == [str(each) for each in range(1, 25)]

    seed = random.randrange(10**6)
    draw, resumed = random.Random(seed), []
    for _ in range(5):
        child = start(tmp_path / "killed", tmp_path / "killed.pt")
        time.sleep(draw.uniform(0, lasted / 6))
        child.kill()
        seen, _ = child.communicate()
        assert child.returncode == -signal.SIGKILL, f"it ended before it was killed (seed {seed})"
        resumed += seen.split()[:1]
        assert not (tmp_path / "killed.pt").exists()
    child = start(tmp_path / "killed", tmp_path / "killed.pt")
    seen, _ = child.communicate()
    resumed += seen.split()[:1]
    assert int(resumed[-1]) > 1, f"no run went on from a checkpoint (seed {seed})"

    straight, killed = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("straight", "killed"))
    assert killed["rows"] == straight["rows"]
    for name, value in straight["net"].items():
        assert torch.equal(killed["net"][name], value), f"{name} (seed {seed})"
