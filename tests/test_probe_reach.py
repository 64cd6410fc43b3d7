"""receptive_field: arithmetic against the gradient, on stacks worked out by hand and on foreign networks."""

import itertools

import numpy as np
import pytest
import torch
from test_foreign import CASES, Of, build, unchanged
from torch import nn
from torch.nn import functional as F

import mobiviz as mv
from mobiviz.engine import watch
from mobiviz.findings import Axis, hull
from mobiviz.probe import receptive_field

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning", "ignore::UserWarning")


def by_formula(layers):
    """Size and jump of a stack of (k, stride, dilation)."""
    size, jump = 1, 1
    for k, stride, dilation in layers:
        size, jump = size + (k - 1) * dilation * jump, jump * stride
    return size, jump


STACKS = [
    [(3, 1, 1)],
    [(3, 2, 1), (3, 1, 1)],
    [(3, 2, 1), (3, 2, 1), (5, 1, 1)],
    [(1, 1, 1), (7, 2, 1), (3, 1, 2)],
    [(2, 2, 1), (3, 1, 1), (3, 2, 1), (3, 1, 1)],
]


@pytest.mark.parametrize("layers", STACKS, ids=str)
@pytest.mark.parametrize("padded", [False, True])
def test_stacks_of_convolutions(layers, padded):
    convs = [nn.Conv2d(1, 1, k, s, (k - 1) * d // 2 if padded else 0, d) for k, s, d in layers]
    net, x = nn.Sequential(*convs), torch.randn(1, 1, 60, 47)
    field = unchanged(net, x, lambda: receptive_field(net, x, str(len(layers) - 1)))
    size, jump = by_formula(layers)
    assert field.size == (size, size)
    assert [axis.jump for axis in field.axes] == [jump, jump]
    assert field.checked
    assert field.mask.sum() == np.prod([stop - start for start, stop in field.box()]) or any(d > 1 for *_, d in layers)


def brute_mask(net, x, at):
    """Which pixels of the photo change the output at a position when they alone change; for a stack without zeros."""
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(net(x)[(0, slice(None), *at)].sum(), x)
    return (gradient[0] != 0).any(0).numpy()


def test_the_box_of_every_position_is_the_gradient_s():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3, 2, 1), nn.Conv2d(3, 3, 3, 1, 1), nn.AvgPool2d(2), nn.Conv2d(3, 2, 3, 1, 1))
    net, x = net.double(), torch.randn(1, 1, 33, 28, dtype=torch.float64)
    field = receptive_field(net, x, "3")
    for at in itertools.product(*map(range, field.map)):
        assert field.box(*at) == hull(brute_mask(net, x, at)), at


@pytest.mark.parametrize("table", [mv.V1, mv.V2], ids=lambda table: table.name)
def test_the_papers_networks(table):
    net, x = mv.MobileNet(table, 0.35, num_classes=10), torch.randn(1, 3, 96, 96)
    layers = [(unit.k, unit.s, 1) for unit in table.units() if unit.path.startswith("features")]
    for at in (0, 1, 4, len(layers) - 1):
        field = receptive_field(net, x, f"features.{at}")
        assert field.size == (by_formula(layers[: at + 1])[0],) * 2
        assert field.checked
        assert not field.whole


def test_squeeze_and_excite_sees_the_whole_photo_and_says_so():
    net, x = mv.MobileNet(mv.V3_SMALL, num_classes=10), torch.randn(1, 3, 96, 96)
    before, after = (receptive_field(net, x, path) for path in ("features.1.depthwise", "features.1"))
    assert before.size == (7, 7)
    assert not before.whole
    assert after.whole
    assert after.checked
    assert after.size == (96, 96)
    assert "features.1.se takes its mean over positions" in repr(after)
    assert "the whole photo, whatever its size" in repr(after)
    head = receptive_field(net, x, "classifier")
    assert head.whole
    assert head.map == head.at == ()
    assert head.box() == ((0, 96), (0, 96))


def roll(net, x):
    return net.b(torch.roll(net.a(x), 5, dims=3))


def shortcut(net, x):
    return net.b(F.relu(net.a(x) + x[:, :2]))


def wide(net, x):
    return torch.cat([net.a(x), net.b(x)], 1)


def upper(net, x):
    return net.a(x[:, :, :8])


C = nn.Conv2d
NETS = {
    "shortcut": (Of(shortcut, a=C(3, 2, 3, padding=1), b=C(2, 2, 3)), (5, 5)),
    "branches": (Of(wide, a=C(3, 2, 5, padding=2), b=C(3, 2, 3, padding=1)), (5, 5)),
    "dilated": (nn.Sequential(C(3, 2, 3, dilation=3, padding=3), nn.ReLU6(), C(2, 2, 3, padding=1)), (9, 9)),
    "same": (nn.Sequential(C(3, 2, (3, 5), padding="same"), C(2, 1, 1)), (3, 5)),
    "max pool": (nn.Sequential(C(3, 8, 3, padding=1), nn.MaxPool2d(3, 2, 1), nn.ReLU()), (5, 5)),
    "pad": (nn.Sequential(nn.ZeroPad2d((2, 0, 1, 0)), C(3, 2, 3)), (3, 3)),
    "adaptive pool": (nn.Sequential(C(3, 2, 3, padding=1), nn.AdaptiveAvgPool2d(4)), (6, 6)),
    "shuffle": (nn.Sequential(C(3, 4, 3, padding=1), nn.ChannelShuffle(2), C(4, 4, 3, padding=1)), (5, 5)),
    "batch norm in training": (nn.Sequential(C(3, 2, 3), nn.BatchNorm2d(2), nn.Dropout()).train(), (3, 3)),
}


@pytest.mark.parametrize("name", NETS)
def test_what_arithmetic_knows(name):
    net, size = NETS[name]
    field = receptive_field(net, torch.randn(1, 3, 16, 16), "")
    assert field.checked, field
    assert field.size == size


BY_GRADIENT = {
    "roll": (Of(roll, a=C(3, 2, 3, padding=1), b=C(2, 2, 1)), "no arithmetic for roll"),
    "transposed": (nn.Sequential(nn.ConvTranspose2d(3, 2, 3, 2), nn.ReLU()), "no arithmetic for conv_transpose2d in 0"),
    "upsampled": (nn.Sequential(nn.Upsample(scale_factor=2), C(3, 2, 3)), "arithmetic"),
    "a part": (Of(upper, a=C(3, 2, 3)), "no arithmetic for slice"),
}


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_what_it_does_not_know_is_the_gradient_s(name):
    net, why = BY_GRADIENT[name]
    field = receptive_field(net, torch.randn(1, 3, 16, 16), "")
    assert not field.checked
    assert field.axes is None
    assert field.size is None
    assert why in field.why
    assert field.box() == hull(field.mask) != ((0, 0), (0, 0))
    with pytest.raises(ValueError, match=r"only position .* is known"):
        field.box(0, 0)
    assert "by the gradient alone" in repr(field)


def test_wrong_arithmetic_is_found_out(monkeypatch):
    from mobiviz.probe import arithmetic

    right = arithmetic._conv_window
    wrong = lambda *a: [(k, 1, p, d) for k, s, p, d in right(*a)]  # noqa: E731 - forgets the strides
    monkeypatch.setattr(arithmetic, "_conv_window", wrong)
    net = nn.Sequential(C(3, 2, 3, 2, 1), C(2, 2, 3, 1, 1))
    field = receptive_field(net, torch.randn(1, 3, 16, 16), "")
    assert not field.checked
    assert field.why.startswith("arithmetic says")
    assert field.axes is None


@pytest.mark.parametrize("name", CASES)
def test_foreign_networks_are_asked_and_left_as_they_were(name):
    net, x, _ = build(name)
    photo = x[0] if isinstance(x, tuple) else x

    def run():
        if isinstance(photo, dict) or photo.dim() < 3 or not photo.is_floating_point():
            with pytest.raises(ValueError, match="batch of photos"):
                receptive_field(net, x, "")
            return None
        return receptive_field(net, x, "")

    field = unchanged(net, x, run)
    assert field is None or field.photo == tuple(photo.shape[2:])


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_after_an_exception(kind):
    def broken(net, x):
        net.steps.add_(1)
        net.a(x)
        raise kind("half-way")

    net, x = Of(broken, a=C(3, 4, 3), steps=nn.Buffer(torch.zeros(1))), torch.randn(1, 3, 6, 6)

    def run():
        with pytest.raises(kind, match="half-way"):
            receptive_field(net, x, "a")

    unchanged(net, x, run)


def test_positions_are_checked():
    net, x = nn.Sequential(C(3, 2, 3)), torch.randn(1, 3, 8, 8)
    with pytest.raises(ValueError, match=r"at must be a position of the map, one of \(6, 6\) \(got \(6, 0\)\)"):
        receptive_field(net, x, "0", at=(6, 0))
    with pytest.raises(KeyError, match="no layer '1' was called"):
        receptive_field(net, x, "1")
    field = receptive_field(net, x, "0", at=(0, 5))
    assert field.box() == ((0, 3), (5, 8))
    with pytest.raises(ValueError, match="position of the map, 6 x 6"):
        field.box(6, 6)


def test_an_axis_is_cut_at_the_border():
    axis = Axis(size=7, jump=4, start=-3)
    assert [axis.span(p, 12) for p in range(3)] == [(0, 4), (1, 8), (5, 12)]


def test_a_record_and_a_field_speak_of_the_same_map():
    net, x = mv.MobileNet(mv.V2, 0.35, num_classes=10), torch.randn(1, 3, 64, 64)
    record = watch(net, x)
    assert receptive_field(net, x, "features.5.depthwise").map == record["features.5.depthwise"].out_shape[2:]
