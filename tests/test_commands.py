"""mobiviz train and mobiviz evaluate: from a folder of photos to weights with a card, and the same share again."""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_images_folders import few_photos, junk

from mobiviz import cards, cli, images, planning, weights
from mobiviz import train as training
from mobiviz.images import decode
from mobiviz.scoring import network

TRAIN = ["train", "v1", "--alpha", "0.25", "--size", "32"]
EVALUATE = ["evaluate", "v1", "--alpha", "0.25"]


def folder_of(photos, path):
    for i, (picture, label) in enumerate(zip(photos.images, photos.labels, strict=True)):
        place = path / photos.classes[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / f"{i:04}.png")
    return path


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    return folder_of(images.shapes(72, 32), tmp_path_factory.mktemp("photos") / "shapes")


@pytest.fixture(scope="module")
def trained(shapes, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    assert cli.main([*TRAIN, "--data", str(shapes), "--epochs", "2", "--seed", "5", "--out", str(out)]) == 0
    return out


def said(capsys, *words):
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_training_leaves_weights_a_card_and_a_log(trained, shapes):
    path = trained / "v1_025.safetensors"
    card = cards.read_card(path)
    assert (card.epochs, card.seed, card.held_out, card.trained_on) == (2, 5, 12, 60)
    assert [score.size for score in card.scores] == [32, 64, 128]
    assert card.command == ("mobiviz train v1 --alpha 0.25 --data shapes --epochs 2 --size 32 --seed 5 --threads 1"), (
        "a card tells no path of a machine"
    )
    assert card.data.startswith("shapes: 72 read: 6 chequered cross, ")
    assert card.recipes["main"] == json.loads((trained / "plan.json").read_text(encoding="utf-8"))["recipe"]
    with open(trained / "log.csv", encoding="utf-8", newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert tuple(weights.about(path)["classes"]) == images.collection(shapes).classes
    assert "top-1" in path.with_suffix(".md").read_text(encoding="utf-8")
    assert not list(trained.glob("*.tmp"))


def test_the_same_command_again_changes_nothing(trained, shapes, capsys):
    before = (trained / "v1_025.safetensors").read_bytes()
    code, _, _ = said(capsys, *TRAIN, "--data", shapes, "--epochs", 2, "--seed", 5, "--out", trained)
    assert code == 0
    assert (trained / "v1_025.safetensors").read_bytes() == before


def test_another_training_in_the_same_folder_is_refused(trained, shapes, tmp_path, capsys):
    for option, value, words in (("--seed", 6, "other seed"), ("--epochs", 3, "other epochs")):
        asked = {"--data": shapes, "--epochs": 2, "--seed": 5, "--out": trained} | {option: value}
        code, _, err = said(capsys, *TRAIN, *(word for pair in asked.items() for word in pair))
        assert code == 1
        assert f"holds a training with {words}; name another folder with --out" in err
    fewer = shutil.copytree(shapes, tmp_path / "fewer")
    next(fewer.rglob("*.png")).unlink()
    code, _, err = said(capsys, *TRAIN, "--data", fewer, "--epochs", 2, "--seed", 5, "--out", trained)
    assert "other photos" in err


@pytest.mark.parametrize("size", [32, 64])
def test_evaluating_the_held_out_photos_gives_the_card(trained, shapes, tmp_path, capsys, size):
    path, picture = trained / "v1_025.safetensors", tmp_path / "x.svg"
    card = {score.size: score for score in cards.read_card(path).scores}[size]
    words = [*EVALUATE, "--weights", path, "--data", shapes, "--held-out", "--size", size, "--picture", picture]
    code, out, _ = said(capsys, *words)
    assert code == 0
    assert f"12 held-out photos of 12 classes at {size} x {size}" in out
    assert f"top-1 {card}, with the 95% interval" in out
    assert f"the model card says {card}; the same" in out
    assert "of 12 photos are right" in picture.read_text(encoding="utf-8")


def test_large_photos_are_scored_as_they_are_evaluated(tmp_path, capsys):
    data, out = folder_of(images.shapes(48, 80), tmp_path / "large"), tmp_path / "out"
    assert cli.main([*TRAIN, "--data", str(data), "--epochs", "1", "--out", str(out)]) == 0
    for score in cards.read_card(out / "v1_025.safetensors").scores[:2]:
        weights_file = out / "v1_025.safetensors"
        _, told, _ = said(
            capsys, *EVALUATE, "--weights", weights_file, "--data", data, "--held-out", "--size", score.size
        )
        assert f"the model card says {score}; the same" in told


def test_evaluate_matches_classes_by_name(trained, shapes, tmp_path, capsys):
    path = trained / "v1_025.safetensors"
    some = folder_of(images.shapes(72, 32)[np.array([3, 15, 27, 4])], tmp_path / "some")
    code, out, _ = said(capsys, *EVALUATE, "--weights", path, "--data", some)
    assert code == 0
    assert "4 photos of 2 classes" in out
    first = min(some.iterdir())
    first.rename(f"{first}s")
    code, _, err = said(capsys, *EVALUATE, "--weights", path, "--data", some)
    assert code == 1
    assert f"class '{first.name}s' is not one of" in err
    assert f"did you mean '{first.name}'?; a folder must be named" in err
    few_photos(tmp_path / "animals")
    code, _, err = said(capsys, *EVALUATE, "--weights", path, "--data", tmp_path / "animals")
    assert code == 1
    assert "class 'cats' is not one of chequered cross" in err
    assert "(nor are dogs)" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*TRAIN, "--data", "{}", "--epochs", "0"], "--epochs must be > 0 (got 0)"),
        ([*TRAIN, "--data", "{}", "--minutes", "-3"], "--minutes must be > 0 (got -3)"),
        ([*TRAIN, "--data", "{}", "--epochs", "1", "--photos", "1"], "--photos must be > 1 (got 1)"),
        ([*TRAIN[:2], "--size", "31", "--data", "{}", "--epochs", "1"], "32"),
        ([*TRAIN, "--data", "{}/nowhere", "--epochs", "1"], "there is no file or folder"),
        ([*TRAIN, "--data", "{}/plain disc", "--epochs", "1"], "two or more, with two photos or more each"),
        ([*EVALUATE, "--weights", "cifar100", "--data", "{}"], "there is no file 'cifar100'"),
        ([*EVALUATE, "--weights", "cifar10", "--data", "{}", "--picture", "x.pdf"], "saved as .svg or .png"),
    ],
)
def test_mistakes_are_one_line(words, message, shapes, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, _, err = said(capsys, *(word.format(shapes) for word in words))
    assert code == 1
    assert message in err
    assert err.count("\n") == 1


def test_minutes_fix_the_epochs_once(shapes, tmp_path, monkeypatch, capsys):
    speeds = iter([planning.Speed({32: 1.2}, 0.5), None])
    monkeypatch.setattr(planning, "speed_of", lambda *work: next(speeds))

    class StoppedError(KeyboardInterrupt):
        pass

    real = training.train

    def stopped(net, fit, held, recipe, out, on_epoch):
        def once(rows):
            on_epoch(rows)
            raise StoppedError

        return real(net, fit, held, recipe, out, once)

    words = [*TRAIN, "--data", shapes, "--minutes", "0.6", "--out", tmp_path / "out"]
    monkeypatch.setattr(training, "train", stopped)
    code, out, _ = said(capsys, *words)
    assert code == 130
    assert "the same command goes on" in out
    kept = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))["recipe"]
    assert 1 < kept["epochs"] <= 0.6 * 60 / (4 * 1.2)
    assert not list((tmp_path / "out").glob("*.safetensors")), "none is written from an unfinished schedule"
    monkeypatch.setattr(training, "train", real)
    code, out, _ = said(capsys, *words)
    assert code == 0
    assert f"epoch 2 of {kept['epochs']}: loss" in out
    assert "epoch 1 of" not in out
    assert re.search(r"about \d+ s left, until \d\d:\d\d", out)
    card = cards.read_card(tmp_path / "out" / "v1_025.safetensors")
    assert card.epochs == kept["epochs"]
    assert card.notes == "The number of epochs was fixed so that all would end within 0.6 minutes."


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "symlink"), reason="this system makes no links freely")
def test_a_folder_full_of_junk_trains_on_what_is_good_and_reports_the_rest(tmp_path, monkeypatch, capsys):
    clean, full = tmp_path / "clean" / "mine", tmp_path / "full" / "mine"
    few_photos(clean)
    few_photos(full)
    assert junk(full) == 300
    head = decode._head

    def denying(file):  # a superuser may read everything: so the refusal is made here
        if "denied" in Path(file).name:
            raise PermissionError(13, "Permission denied", str(file))
        return head(file)

    monkeypatch.setattr(decode, "_head", denying)
    states = []
    for data in (clean, full):
        out = tmp_path / f"out {data.parent.name}"
        code, told, err = said(capsys, *TRAIN, "--data", data, "--epochs", 2, "--out", out)
        assert code == 0, err
        assert "9 read: 4 cats, 5 dogs" in told
        path = out / "v1_025.safetensors"
        assert cards.read_card(path).trained_on + cards.read_card(path).held_out == 9
        states.append(network(path)[0].state_dict())
    assert all(map(torch.equal, *(state.values() for state in states))), "junk moved the training"
    (summary,) = [line for line in told.splitlines() if line.startswith("275 skipped: ")]
    for words in ("50 not an image", "50 hidden", "25 empty file", "25 unreadable (Permission denied)"):
        assert words in summary
    listed = (out / "skipped.txt").read_text(encoding="utf-8").splitlines()
    assert len(listed) == len(set(listed)) == 275
    assert all(re.search(r"mine/.+: .+", line.replace(os.sep, "/")) for line in listed)
    assert "275 skipped" in cards.read_card(path).data
