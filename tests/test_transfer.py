"""Transfer: a frozen trunk keeps its bits, a head learns, and on new classes the bundled trunk beats random ones."""

import time

import numpy as np
import pytest
import torch

import mobiviz as mv
from mobiviz import images, transfer
from mobiviz.pricing import cost
from mobiviz.train import predict


@pytest.fixture(scope="module")
def trained():
    return mv.weights.load(mv.MobileNet(mv.V3_SMALL, num_classes=10), "cifar10")


def bits(net):
    return [value.clone() for value in net.state_dict().values()]


def blobs(n=30, classes=3, numbers=8, seed=0):
    draw = np.random.default_rng(seed)
    y = np.arange(n) % classes
    return (draw.normal(size=(n, numbers)) + 6 * np.eye(classes, numbers)[y]).astype(np.float32), y


def task_of(y, held=9):
    photos = images.Photos(np.zeros((len(y), 8, 8, 3), np.uint8), y, ("a", "b", "c"))
    return transfer.Task.of(photos, held)


def test_with_twenty_a_class_the_bundled_trunk_beats_random_ones(trained, record_property):
    """Three classes that no CIFAR-10 photo has; each draw takes another support set, another resample of the questions
    and another random trunk; the interval of the difference leaves out zero, and the trunk keeps its bits."""
    started, before = time.monotonic(), bits(trained)
    photos = images.forms(360)
    task = transfer.Task.of(photos, 180)
    x = transfer.vectors(trained, photos, 64)
    randoms = [transfer.vectors(transfer.random_like(trained, seed), photos, 64) for seed in range(3)]
    mean, low, high = transfer.margin(task, x, randoms, 20, draws=24)
    took = time.monotonic() - started
    words = (
        f"transfer, 20 a class: the trained trunk gets {mean:.0%} [{low:.0%}, {high:.0%}] more right, in {took:.0f} s"
    )
    record_property("score", words)
    assert low > 0
    assert all(torch.equal(a, b) for a, b in zip(before, bits(trained), strict=True))
    share = transfer.accuracy(task, randoms[0], 20, draws=6)[0]
    assert 0.36 < share < 0.95, "neither chance nor perfect: a random trunk can do the task a little"
    assert 0.5 < transfer.accuracy(task, x, 20, draws=6)[0] < 1


def test_vectors_leave_nothing_behind():
    torch.manual_seed(0)
    net = mv.MobileNet(mv.V3_SMALL, num_classes=4).train()
    net.features[3].eval()
    modes, before, photos = [module.training for module in net.modules()], bits(net), images.forms(6)
    x = transfer.vectors(net, photos, 32)
    assert x.shape == (6, 1024)
    assert [module.training for module in net.modules()] == modes
    assert all(torch.equal(a, b) for a, b in zip(before, bits(net), strict=True))
    again = transfer.vectors(net, photos[np.array([3])], 32)
    np.testing.assert_allclose(again[0], x[3], atol=1e-3 * np.abs(x).max(), err_msg="no picture changes another's")
    logits = net.eval().classifier[-1](torch.from_numpy(x))
    assert torch.allclose(logits, predict(net, photos, 32), atol=1e-5)


def test_a_random_trunk_is_the_same_network_and_moves_no_seed(trained):
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    net = transfer.random_like(trained, 3)
    assert torch.rand(1) == wanted
    assert [v.shape for v in net.state_dict().values()] == [v.shape for v in trained.state_dict().values()]
    assert torch.equal(bits(net)[0], bits(transfer.random_like(trained, 3))[0])
    assert not torch.equal(bits(net)[0], bits(transfer.random_like(trained, 4))[0])


def test_a_head_learns_step_by_step():
    x, y = blobs()
    heads = transfer.fit(x, y, 3, steps=6)
    assert len(heads) == 7
    assert not heads[0].weight.any()
    assert [head.passes for head in heads] == sorted({head.passes for head in heads})

    def loss(head):
        logits = head.logits(x)
        logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return -logs[np.arange(len(y)), y].mean() + transfer.DECAY * (head.weight**2).sum()

    losses = [loss(head) for head in heads]
    assert losses == sorted(losses, reverse=True)
    assert (heads[-1].logits(x).argmax(1) == y).all()


def test_a_head_comes_to_the_optimum():
    """At the minimum the gradient, written out by hand, is zero."""
    x, y = blobs()
    head = transfer.fit(x, y, 3, steps=100)[-1]
    z, logits = (x - head.mean) / head.scale, head.logits(x)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True) - np.eye(3)[y]
    assert np.abs(z.T @ p / len(y) + 2 * transfer.DECAY * head.weight).max() < 1e-5
    assert np.abs(p.mean(0)).max() < 1e-5


def test_a_number_that_never_moves_does_no_harm():
    x, y = blobs()
    x[:, 5] = 7
    assert (transfer.fit(x, y, 3)[-1].logits(x).argmax(1) == y).all()


def test_draws_are_balanced_nested_and_apart_from_what_is_asked():
    _, y = blobs(60)
    task = task_of(y, 18)
    assert task.most == 14
    for draw in range(3):
        many, few = task.support(10, draw), task.support(4, draw)
        assert (many[: len(few)] == few).all()
        assert np.bincount(y[many]).tolist() == [10] * 3
        assert len(set(many)) == 30
        assert not set(many) & set(task.held)
    assert (task.support(10, 0) != task.support(10, 1)).any()


def test_a_margin_is_about_the_same_photos():
    x, y = blobs(90)
    task, noise = task_of(y, 30), np.random.default_rng(1).normal(size=(90, 8)).astype(np.float32)
    assert transfer.margin(task, x, [x], 5, draws=5) == (0, 0, 0)
    mean, low, high = transfer.margin(task, x, [noise, noise], 5, draws=10)
    assert 0.3 < low <= mean <= high
    assert transfer.margin(task, noise, [x], 5, draws=10)[0] == pytest.approx(-mean, abs=0.05)
    mean, low, high = transfer.accuracy(task, noise, 5, draws=10)
    assert low < 1 / 3 < high


def test_a_lesson_has_as_many_counts_as_there_are_photos(trained):
    x, y = blobs(60)
    made = transfer.lesson("blobs", task_of(y, 18), x, macs=7, draws=2)
    assert list(made.heads) == list(made.accuracy) == [1, 2, 5, 10]
    assert all(len(heads) == transfer.STEPS + 1 for heads in made.heads.values())
    whole = cost(mv.V3_SMALL, 1.0, 64, 10).macs
    assert transfer.trunk_macs(trained, 64) == whole - 1024 * 10


def test_forms_are_the_shapes_without_their_textures():
    forms, shapes = images.forms(9, 48, seed=3), images.shapes(12, 48, seed=3)
    assert forms.classes == images.FORMS == ("disc", "square", "triangle")
    assert forms.labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert [name.split()[-1] for name in images.SHAPES[:9]] == [images.FORMS[kind] for kind in forms.labels]
    assert (forms.images == shapes.images[:9]).all()
    assert all(len(images.forms(n)) == n for n in (1, 9, 10, 100))


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: task_of(np.arange(30) % 3).support(8), r"n must lie in 1..7, .* \(got 8\)"),
        (lambda: transfer.fit(np.zeros((2, 4)), np.array([0, 3]), 3), r"one label of 0..2 a vector .* labels 0..3"),
        (lambda: transfer.fit(np.zeros((2, 4)), np.array([0]), 3), "got 2 vectors"),
        (lambda: images.forms(0), r"n must be an int >= 1 \(got 0\)"),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()
