"""Scores: their intervals, what they agree with, and classes matched by name."""

import numpy as np
import pytest
import torch

from mobiviz import stats, weights
from mobiviz.images import Photos, shapes
from mobiviz.nets import MobileNet
from mobiviz.scoring import Score, confusion, named, network, score
from mobiviz.tables import V1, V2, table
from mobiviz.train import predict


# (right, count): the score interval as Newcombe 1998 prints it, Table I, method 3
@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(right, count, low, high):
    assert stats.wilson(right, count) == pytest.approx((low, high), abs=6e-5)


def test_wilson_covers():
    draw = np.random.default_rng(0)
    for share in (0.1, 0.87, 0.99):
        found = [stats.wilson(int(right), 500) for right in draw.binomial(500, share, 400)]
        assert np.mean([low <= share <= high for low, high in found]) > 0.91


@pytest.mark.parametrize(("right", "count"), [(-1, 5), (6, 5), (0, 0)])
def test_wilson_refuses_what_is_no_share(right, count):
    with pytest.raises(ValueError, match=r"right must lie in 0\.\.count"):
        stats.wilson(right, count)


# Newcombe 1998, Interval estimation for the difference, Table II, method 10
@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)],
)
def test_the_difference_gives_the_published_intervals(a, b, low, high):
    assert stats.difference(*a, *b) == pytest.approx((low, high), abs=6e-5)


def test_a_score_says_itself_and_agrees_or_not():
    card = Score(64, 4365, 5000)
    assert str(card) == "87.3% [86.3%, 88.2%], 4,365 of 5,000"
    assert card.verdict(card) == "equal"
    assert Score(64, 866, 1000).verdict(card) == "within"
    assert Score(64, 800, 1000).verdict(card) == "less"
    assert Score(64, 940, 1000).verdict(card) == "more"


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return MobileNet(V1, 0.25, 12)


def test_confusion_counts_every_photo_where_it_belongs(net):
    photos = shapes(50, 32)
    counts = confusion(net, photos, 32)
    answers = predict(net, photos, 32).argmax(1).tolist()
    expected = np.zeros((12, 12), int)
    for label, answer in zip(photos.labels, answers, strict=True):
        expected[label, answer] += 1
    assert (counts == expected).all()
    assert score(counts, 32) == Score(32, int(expected.trace()), 50)


def test_a_network_is_built_from_what_its_file_says(net, tmp_path):
    classes = tuple("abcdefghijkl")
    for made in (net, MobileNet(V2, 0.35, 12, dialect="tf"), MobileNet(table(str(V1)), 0.25, 12)):
        path = weights.save(made, tmp_path / "x.safetensors", classes)
        read, names = network(path)
        assert names == classes
        assert (read.table, read.alpha, read.dialect) == (made.table, made.alpha, made.dialect)
        assert not read.training
        for a, b in zip(read.state_dict().values(), made.state_dict().values(), strict=True):
            assert torch.equal(a, b.half().to(a.dtype))


def test_files_that_do_not_fit_are_refused(net, tmp_path):
    path = weights.save(net, tmp_path / "x.safetensors", tuple("abcdefghijkl"))
    with pytest.raises(ValueError, match=r"MobileNetV1 at alpha 0.25.*this network is MobileNetV2 at alpha 0.25"):
        network(path, V2, 0.25)
    with pytest.raises(ValueError, match=r"this network is MobileNetV1 at alpha 0\.5"):
        network(path, V1, 0.5)
    with pytest.raises(FileNotFoundError, match="no file 'cifar100'"):
        network("cifar100")
    with pytest.raises(ValueError, match="does not name its classes"):
        network(weights.save(net, tmp_path / "y.safetensors"))


def test_classes_are_matched_by_name():
    pixels = np.zeros((3, 8, 8, 3), np.uint8)
    photos = Photos(pixels, np.array([0, 1, 1]), ("cat", "dog"))
    matched = named(photos, ("dog", "bird", "cat"))
    assert matched.labels.tolist() == [2, 0, 0]
    assert matched.classes == ("dog", "bird", "cat")
    with pytest.raises(
        ValueError, match=r"class 'cat' is not one of cats, dogs; did you mean 'cats'\? \(nor are dog\)"
    ):
        named(photos, ("cats", "dogs"))
