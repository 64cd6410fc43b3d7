"""Model cards: their scores come from the file, they are tied to it, and every bundled file has one that is right."""

import json
import re
from dataclasses import asdict, replace

import pytest
import torch

from mobiviz import assets, cards, weights
from mobiviz.cards import Card, read_card, render, write_card
from mobiviz.images import CIFAR10, shapes
from mobiviz.nets import MobileNet
from mobiviz.scoring import Score, network
from mobiviz.tables import V1
from mobiviz.train import Recipe, predict

FACTS = Card(
    command="mobiviz train v1 --alpha 0.25",
    seed=7,
    seconds=3900,
    data="drawn shapes | of ours",
    trained_on=96,
    held_out=24,
    recipes={"main": asdict(Recipe(epochs=3, seed=7))},
    notes="For tests alone.",
)


@pytest.fixture(scope="module")
def photos():
    return shapes(24, 32, seed=2)


@pytest.fixture(scope="module")
def written(photos, tmp_path_factory):
    torch.manual_seed(3)
    net = MobileNet(V1, 0.25, 12)
    path = weights.save(net, tmp_path_factory.mktemp("w") / "v1.safetensors", photos.classes)
    return path, write_card(path, FACTS, photos, (32, 64))


def test_a_card_scores_the_file_itself(written, photos):
    path, page = written
    card = read_card(path)
    assert page == path.with_suffix(".md")
    assert [one.size for one in card.scores] == [32, 64]
    for one in card.scores:
        right = (predict(network(path)[0], photos, one.size).argmax(1).numpy() == photos.labels).sum()
        assert (one.right, one.photos) == (right, 24)
    assert card.machine
    assert card.versions["torch"] == torch.__version__.partition("+")[0] or card.versions["torch"] == torch.__version__
    assert replace(card, **{name: getattr(FACTS, name) for name in FOUND}) == FACTS


FOUND = ("machine", "scores", "weights", "sha256", "fits", "versions")


def test_the_page_says_everything(written):
    path, page = written
    card, text = read_card(path), page.read_text(encoding="utf-8")
    assert text == render(card)
    for words in (
        "# MobileNetV1 at alpha 0.25, 12 classes",
        "```sh\nmobiviz train v1 --alpha 0.25\n```",
        "| seed | 7 |",
        "| epochs | 3, to the end of the schedule |",
        "| time | 1 h 05 min |",
        "| data | drawn shapes \\| of ours |",
        "96 trained on, 24 held out",
        "smoothing 0.1",
        card.sha256,
        "plain disc, striped disc",
        "For tests alone.",
    ):
        assert words in text
    for one in card.scores:
        low, high = one.interval
        row = f"| {one.size} x {one.size} | {one.top1:.2%} | {low:.2%} to {high:.2%} | {one.right} of 24 |"
        assert row in text
    two = replace(card, recipes={"main": {"epochs": 3}, "finish": {"epochs": 2, "size": 128, "start_size": None}})
    for words in ("| epochs | 5, to the end of the schedules |", "| recipe, finish | epochs 2, size 128 |"):
        assert words in render(two)


def test_photos_may_be_read_at_each_size(written, photos):
    asked = []
    write_card(written[0], FACTS, lambda size: asked.append(size) or photos, (32, 64))
    assert asked == [32, 64]
    assert read_card(written[0]).scores[1].size == 64


def test_a_card_of_other_weights_is_refused(written, tmp_path):
    path, _ = written
    copy = tmp_path / "v1.safetensors"
    weights.save(MobileNet(V1, 0.25, 12), copy, weights.about(path)["classes"])
    assert read_card(copy) is None
    copy.with_suffix(".json").write_bytes(path.with_suffix(".json").read_bytes())
    with pytest.raises(ValueError, match="card of other weights"):
        read_card(copy)
    for damaged in ("{", "{}", "[]", json.dumps({"scores": [], "colour": 1})):
        copy.with_suffix(".json").write_text(damaged, encoding="utf-8")
        with pytest.raises(ValueError, match="cannot be read as a model card"):
            read_card(copy)


def test_other_photos_than_the_card_counts_are_refused(written, photos):
    with pytest.raises(ValueError, match=r"the card's 24 photos \(got 5\)"):
        write_card(written[0], FACTS, photos[:5])


@pytest.mark.parametrize(
    ("seconds", "words"), [(45, "45 s"), (720, "12 min"), (11_100, "3 h 05 min"), (3599, "1 h 00 min")]
)
def test_duration(seconds, words):
    assert cards.duration(seconds) == words


BUNDLED = weights.bundled()


def test_weights_are_bundled_within_their_room():
    assert sum(path.stat().st_size for path in BUNDLED) <= 12 * 2**20


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_every_bundled_file_has_its_card(path):
    card = read_card(path)
    assert card is not None, f"{path.name} has no card; write_card makes it"
    assert path.with_suffix(".md").read_text(encoding="utf-8") == render(card)
    assert card.weights == path.name
    assert card.fits == weights.about(path)
    assert [one.size for one in card.scores] == [64, 128]
    assert {one.photos for one in card.scores} == {card.held_out}
    assert tuple(card.fits["classes"]) == CIFAR10
    assert card.trained_on + card.held_out == 50_000
    assert path.name in assets.data("weights", "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_a_card_says_what_the_cat_photo_is_taken_for(path):
    card, (net, classes) = read_card(path), network(path)
    again = cards.seen(net, classes, 128)
    assert card.samples.keys() == again.keys() == {"cat"}
    said, p = card.samples["cat"]
    assert again["cat"][0] == said
    assert again["cat"][1] == pytest.approx(p, abs=0.01)
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert f"| the sample photo `cat` | {said}, with probability {p:.2f}, at 128 x 128" in page


def test_the_test_photos_are_within_what_the_cards_predict():
    """The table in words, of runs on photos that are not here: its shares follow from its counts, its verdict too."""
    text = (assets.data("weights") / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+\.safetensors)` \| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d,]+) \|$", text, re.MULTILINE)
    assert len(rows) == 2 * len(BUNDLED)
    for name, size, held_out, other, right in rows:
        (card,) = [each for each in read_card(assets.data("weights", name)).scores if each.size == int(size)]
        found = Score(int(size), int(right.replace(",", "")), 10_000)
        assert (f"{100 * card.top1:.1f}", f"{100 * found.top1:.1f}") == (held_out, other)
        assert found.verdict(card) == "within"
