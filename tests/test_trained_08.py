"""What notebook 08 shows of the bundled weights, each beside twenty untrained networks."""

import re
from itertools import combinations

import numpy as np
import pytest
import torch

import mobiviz as mv
from mobiviz import assets
from mobiviz.course.scene import ALPHA, muted, scene
from mobiviz.probe import ablate

LAYER = "features.1.depthwise"


def fresh(seed):
    torch.manual_seed(seed)
    return mv.MobileNet(mv.V2, ALPHA, num_classes=10).eval()


def in_four(maps):
    """The share of all brightness of the first 32 maps that is in the four brightest."""
    looks = np.sort(np.abs(maps[:32]).mean((1, 2)))
    return looks[-4:].sum() / looks.sum()


def threes(found):
    return tuple(combinations([int(channel) for channel in found.order[:8]], 3))


def test_maps_of_trained_weights_differ_from_those_of_any_untrained_seed():
    _, photo, record = scene()
    second = "features.2.depthwise"
    trained = in_four(record[second].output[0])
    untrained = [in_four(mv.watch(fresh(seed), photo)[second].output[0]) for seed in range(20)]
    assert trained < min(untrained), "random filters drown most maps in a few"


def test_three_channels_change_the_answer_and_by_far_more_than_in_any_untrained_network():
    _, photo, _ = scene()
    found = muted(LAYER, threes(muted(LAYER)))
    assert found.changing
    assert found.drops.max() > found.score / 2
    for seed in range(20):
        net = fresh(seed)
        alone = ablate(net, photo, LAYER)
        assert ablate(net, photo, LAYER, threes(alone)).drops.max() < 1e-4, "a change of the answer there is no drop"


@pytest.mark.parametrize("name", ["coffee", "rocket", "astronaut", "motorcycle"])
def test_a_photo_of_no_known_class_gets_all_of_the_probability(name):
    net, _, _ = scene()
    assert name not in mv.images.CIFAR10
    with torch.inference_mode():
        p = net.eval()(mv.image(name, 128)).softmax(1)[0]
    assert p.sum() == pytest.approx(1)
    assert p.max() > 0.1, "and some class gets more than its tenth"


def test_the_notebook_and_its_check_look_into_the_same_network():
    source = (assets.notebooks() / "source" / "08_what_the_network_sees.py").read_text(encoding="utf-8")
    assert re.findall(r"^alpha = (.*)$", source, flags=re.M) == [str(ALPHA)]
    assert 'mv.MobileNet(mv.V2, alpha, num_classes=10), "cifar10")' in source
    assert 'photo = mv.image("cat", size=128)' in source


def test_the_same_search_at_full_width():
    """The notebook looks into alpha 0.5, which a laptop mutes four times as fast; alpha 1 gives three channels too."""
    net, photo = mv.MobileNet(mv.V2, num_classes=10), mv.image("cat", 128)
    mv.weights.load(net, "cifar10")
    alone = ablate(net, photo, LAYER)
    found = ablate(net, photo, LAYER, threes(alone))
    assert found.changing
    assert found.drops.max() > found.score / 2
