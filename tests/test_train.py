"""Training: a killed run ends where an uninterrupted one does, and what the loop does to pictures."""

import csv
import platform
import subprocess
import sys

import pytest
import torch
from torch import nn

from mobiviz.images import shapes, split
from mobiviz.train import Recipe, augment, predict, top1_of, train

RECIPE = Recipe(epochs=3, size=24, batch=32, lr=3e-3, warmup=0.5)


def network():
    torch.manual_seed(1)
    conv = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2))
    return nn.Sequential(*conv, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 12))


@pytest.fixture(scope="module")
def photos():
    found = shapes(120, 32)
    fit, held = split(found.labels, 24)
    return found[fit], found[held]


class KilledError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 2])
def test_a_killed_run_ends_with_the_same_weights(tmp_path, photos, after):
    straight = network()
    rows = train(straight, *photos, RECIPE)

    def die(rows):
        if len(rows) == after:
            raise KilledError

    with pytest.raises(KilledError):
        train(network(), *photos, RECIPE, tmp_path, die)
    resumed = network()
    resumed_rows = train(resumed, *photos, RECIPE, tmp_path)
    for a, b in zip(straight.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert [row["loss"] for row in rows] == [row["loss"] for row in resumed_rows]
    with open(tmp_path / "log.csv", encoding="utf-8", newline="") as file:
        assert [int(row["epoch"]) for row in csv.DictReader(file)] == [1, 2, 3]
    assert not list(tmp_path.glob("*.tmp"))


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path, photos):
    train(network(), *photos, Recipe(epochs=1, size=24), tmp_path)
    with pytest.raises(ValueError, match="made by another recipe"):
        train(network(), *photos, Recipe(epochs=2, size=24), tmp_path)


def test_the_loss_falls(photos):
    rows = train(network(), *photos, Recipe(epochs=8, size=24, batch=16, lr=2e-2))
    assert rows[-1]["loss"] < rows[0]["loss"] - 0.1


def test_augmented_pictures_are_shifted_or_flipped_and_nothing_else():
    torch.manual_seed(0)
    x = torch.arange(16.0).reshape(1, 1, 1, 16).expand(64, 3, 16, 16).contiguous()
    y = augment(x)
    assert y.shape == x.shape
    steps = y[:, 0, 0].diff(dim=1).sign()
    flipped = steps.sum(1) < 0
    assert 10 < flipped.sum() < 54
    assert set(y.unique().tolist()) <= set(x.unique().tolist())


def test_predict_keeps_the_mode_and_top1_counts(photos):
    net = network()
    net.train()
    logits = predict(net, photos[1], 24, batch=7)
    assert logits.shape == (24, 12)
    assert net.training
    right = (logits.argmax(1).numpy() == photos[1].labels).mean()
    assert top1_of(net, photos[1], 24) == pytest.approx(right)


def test_wrong_recipes_say_the_rule():
    with pytest.raises(ValueError, match=r"epochs must be > 0 \(got 0\)"):
        Recipe(epochs=0)


def test_photos_grow_until_three_quarters_of_the_epochs_are_over():
    recipe = Recipe(epochs=12, size=64, start_size=40)
    sizes = [recipe.size_at(epoch) for epoch in range(12)]
    assert sizes == sorted(sizes)
    assert set(sizes) == {40, 48, 56, 64}
    assert sizes[9:] == [64] * 3
    assert {Recipe(epochs=2, size=24).size_at(epoch) for epoch in range(2)} == {24}
    with pytest.raises(ValueError, match=r"start_size must lie in 1..64, the size \(got 65\)"):
        Recipe(start_size=65)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_kept_memory_is_not_asked_for_again():
    """Page faults of ten steps that need the same 64 MiB, counted by the system in a process of its own."""
    script = """
import resource, sys, torch
from mobiviz.train import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def step(): return [torch.ones(2**22) for _ in range(4)]
def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step(); step(); before = faults()
for _ in range(10): step()
print(faults() - before)
"""

    def asked(word):
        run = subprocess.run([sys.executable, "-c", script, word], capture_output=True, text=True, check=True)
        return int(run.stdout)

    assert asked("give") > 5 * asked("keep")
