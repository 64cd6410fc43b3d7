"""Weights in eight bits: the arithmetic, that batch norm is folded first, and that the depthwise layers suffer."""

import numpy as np
import pytest
import torch
from test_plot import words

import mobiviz as mv
from mobiviz import plot, rounding


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    net = mv.MobileNet(mv.V2, alpha=0.5, num_classes=10).eval()
    mv.weights.load(net, "cifar10")
    return net


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_a_weight_moves_by_half_a_step_at_most(per_channel, bits):
    w = (
        torch.randn(6, 3, 3, 3, generator=torch.Generator().manual_seed(0))
        * torch.logspace(-3, 0, 6)[:, None, None, None]
    )
    step = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / rounding.largest(bits)
    got = rounding.round_weights(w, per_channel, bits)
    assert ((got - w).abs() <= step / 2 * 1.0001).all()
    assert len(torch.unique((got / step).round())) <= 2**bits - 1


def test_a_channel_of_zeros_stays_so():
    w = torch.stack([torch.zeros(1, 3, 3), torch.ones(1, 3, 3)])
    assert torch.equal(rounding.round_weights(w, True), w)
    assert torch.equal(rounding.round_weights(w * 0, False), w * 0)


@pytest.mark.parametrize("bits", [1, 17, 8.0, True])
def test_bits_that_are_none(bits):
    with pytest.raises(ValueError, match="bits must be a whole number from 2 to 16"):
        rounding.largest(bits)


def test_only_the_kinds_that_were_asked_for(trained):
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    whole, folded = rounding.rounded(trained, False, ("depthwise",)), trained.fold()
    changed = {
        path
        for (path, one), other in zip(whole.named_modules(), folded.modules(), strict=True)
        if isinstance(one, torch.nn.Conv2d) and not torch.equal(one.weight, other.weight)
    }
    assert len(changed) == 17
    assert all("depthwise" in path for path in changed)
    assert all(torch.equal(value, before[name]) for name, value in trained.state_dict().items())


def test_depthwise_layers_suffer_and_a_scale_a_channel_mends_it(trained):
    crops = mv.images.crops(60, size=96)
    same = {
        (kind, own): rounding.agreement(trained, rounding.rounded(trained, own, (kind,), bits=6), crops)
        for kind in ("depthwise", "pointwise")
        for own in (False, True)
    }
    assert same["depthwise", False] < same["pointwise", False]
    assert same["depthwise", True] > same["depthwise", False] + 0.1
    assert rounding.agreement(trained, trained, crops) == 1


def test_the_picture_of_the_steps(trained):
    found = [layer for layer in rounding.ranges(trained) if layer.kind != "standard"]
    picture = plot.channel_steps(found)
    medians = {
        kind: np.median(np.concatenate([layer.steps() for layer in found if layer.kind == kind]))
        for kind in ("depthwise", "pointwise")
    }
    assert picture.title == (
        f"Of 127 steps the median channel has {medians['depthwise']:.0f} where depthwise, "
        f"{medians['pointwise']:.0f} where pointwise"
    )
    assert picture.svg() == plot.channel_steps(found).svg()
    assert all(size >= 12 for size, _ in words(picture))
    with pytest.raises(ValueError, match="needs layers"):
        plot.channel_steps([])
