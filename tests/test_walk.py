"""Random networks of known and unknown layers, shared and nested: booked layer by layer and in stretches, the same."""

import random

import pytest
import torch
from test_direct import both_ways, rows
from torch import nn

from mobiviz.meters import Compute

C = 4  # channels everywhere, so that any layer fits behind any other


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Twice(nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, x):
        return self.inside(self.inside(x))


class View(nn.Module):
    def forward(self, x):
        return x.reshape(x.shape)


class OnTheInput(nn.Module):
    """Writes on what it is given."""

    def forward(self, x):
        return x.add_(1)


def network(rng, depth=0, pool=None):
    """Some layers; now and then one that stands elsewhere already."""
    pool = [] if pool is None else pool
    inside = []
    for _ in range(rng.randrange(1, 6)):
        draw = rng.randrange(12)
        if draw < 3:
            k = rng.choice([1, 3])
            made = nn.Conv2d(C, C, k, padding=k // 2, groups=rng.choice([1, C]), bias=rng.random() < 0.5)
        elif draw < 5:
            made = nn.BatchNorm2d(C, affine=rng.random() < 0.8)
        elif draw < 8:
            made = rng.choice([nn.ReLU6, nn.ReLU, nn.Hardswish, nn.SiLU])(inplace=rng.random() < 0.6)
        elif draw == 8:
            made = rng.choice([View, OnTheInput, nn.Dropout, nn.Identity, nn.Sigmoid])()
        elif draw == 9 and pool:
            made = rng.choice(pool)
        elif depth < 3:
            made = network(rng, depth + 1, pool)
        else:
            made = nn.Tanh()
        pool.append(made)
        inside.append(made)
    net = rng.choice([nn.Sequential, nn.Sequential, Residual])(*inside)
    return Twice(net) if rng.random() < 0.2 else net


@pytest.mark.parametrize("seed", range(80))
def test_a_random_network_both_ways(seed, monkeypatch):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    net, x = network(rng), torch.randn(1, C, 9, 9)
    convs = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    if len(convs) > 1 and convs[0].weight.shape == convs[-1].weight.shape:
        convs[-1].weight = convs[0].weight
    before, tensors = x.clone(), {name: tensor.clone() for name, tensor in net.state_dict().items()}
    quick, shown = both_ways(monkeypatch, net, x, Compute(), dry=seed % 3 == 0)
    assert rows(quick) == rows(shown)
    assert quick.total == shown.total
    assert torch.equal(x, before)
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in net.state_dict().items())


def test_a_convolution_never_works_in_the_memory_of_its_input(monkeypatch):
    net = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Sequential(nn.Conv2d(2, 8, 1), nn.Conv2d(8, 8, 1), nn.Conv2d(8, 1, 1)))
    quick, shown = both_ways(monkeypatch, net, torch.randn(1, 1, 5, 5), Compute())
    assert quick.total.peak_fused == shown.total.peak_fused == 16 * 25 * 4  # the map of 8 channels, twice


class LastFirst(nn.Module):
    """Calls its two parts in the other order, on one input; `last` holds a layer that `first` holds too."""

    def __init__(self):
        super().__init__()
        shared = nn.Conv2d(C, C, 1)
        self.first = nn.Sequential(nn.ReLU(inplace=True), shared, nn.Conv2d(C, C, 3))
        self.last = nn.Sequential(nn.ReLU(inplace=True), shared, nn.Conv2d(C, C, 3))

    def forward(self, x):
        y = self.last(x)
        return y, self.first(x)


def test_a_shared_layer_is_named_where_it_is_called(monkeypatch):
    net, x = (
        nn.Sequential(nn.Sequential(nn.Conv2d(C, C, 1), nn.ReLU(inplace=True)), LastFirst()),
        torch.randn(1, C, 6, 6),
    )
    quick, shown = both_ways(monkeypatch, net, x, Compute())
    assert rows(quick) == rows(shown)
    assert [call.path for call in quick if call.type == "Conv2d"] == [
        "0.0",
        "1.last.1",
        "1.last.2",
        "1.first.1",
        "1.first.2",
    ]


class Branches(nn.Module):
    """Activates what it has made, then its input, both in place."""

    def __init__(self):
        super().__init__()
        self.made = nn.Sequential(nn.Conv2d(C, C, 1), nn.ReLU(inplace=True))
        self.given = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(C, C, 1))

    def forward(self, x):
        return self.made(x) + self.given(x)


def test_an_input_that_a_known_layer_overwrites_is_put_back(monkeypatch):
    net, x = Branches(), torch.randn(1, C, 6, 6)
    before = x.clone()
    quick, shown = both_ways(monkeypatch, net, x, Compute())
    assert rows(quick) == rows(shown)
    assert torch.equal(x, before)


class SqueezeExcitation(nn.Sequential):
    """A gate that is a Sequential: what it holds is of its kind."""


def test_what_a_sequential_gate_holds_is_squeeze_and_excite(monkeypatch):
    gate = SqueezeExcitation(nn.Conv2d(C, C, 1), nn.ReLU(), nn.Conv2d(C, C, 1), nn.Hardsigmoid())
    net = nn.Sequential(nn.Conv2d(C, C, 1), nn.ReLU(), nn.Hardsigmoid(), gate)
    quick, shown = both_ways(monkeypatch, net, torch.randn(1, C, 5, 5), Compute())
    assert rows(quick) == rows(shown)
    assert {call.kind for call in quick if call.path.startswith("3.") and call.works} == {"se"}
