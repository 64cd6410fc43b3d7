"""Networks: golden totals, the three roads to one number, folding, new classes, and what bad input says."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import mobiviz as mv
from mobiviz.nets import VGG16, MobileNet, ResNet50

TABLES = {"V1": mv.V1, "V2": mv.V2, "V3_LARGE": mv.V3_LARGE, "V3_SMALL": mv.V3_SMALL}
ALPHAS = (0.25, 0.35, 0.5, 0.75, 1.0, 1.4)
RESOLUTIONS = (96, 161, 224)
GOLDEN = {  # parameters, all trainable; MACs at 224, convolutions and linears alone
    "V1": (4_231_976, 568_740_352),
    "V2": (3_504_872, 300_774_272),
    "V3_LARGE": (5_483_032, 216_589_760),
    "V3_SMALL": (2_542_856, 56_510_400),
}


def meta(make, resolution=224):
    """A network and a picture without arithmetic or memory."""
    with torch.device("meta"):
        return make().eval(), torch.empty(1, 3, resolution, resolution)


def torch_macs(net, x):
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        net(x)
    return counter.get_total_flops() // 2


def parameters(net):
    return sum(parameter.numel() for parameter in net.parameters())


def calibrated(net, size=64):
    """The network with batch norms that have seen noise: an untrained one's logits are too small to compare."""
    net.train()
    with torch.no_grad():
        for _ in range(3):
            net(torch.randn(8, 3, size, size))
    return net.eval()


def test_golden_totals():
    for name, (params, macs) in GOLDEN.items():
        net, x = meta(lambda name=name: MobileNet(TABLES[name]))
        assert (parameters(net), torch_macs(net, x)) == (params, macs), name


@pytest.mark.parametrize("name", TABLES)
def test_three_roads_lead_to_one_number(name):
    for alpha in ALPHAS:
        net, _ = meta(lambda alpha=alpha: MobileNet(TABLES[name], alpha))
        for resolution in RESOLUTIONS:
            cost = mv.cost(TABLES[name], alpha, resolution)
            x = torch.empty(1, 3, resolution, resolution, device="meta")
            total = mv.watch(net, x, mv.Compute(), dry=True).total
            where = (name, alpha, resolution)
            assert cost.macs == torch_macs(net, x) == total.macs, where
            assert cost.params == parameters(net) == total.params, where
            assert cost.out_bytes == total.out_bytes, where
            assert total.exact


@pytest.mark.parametrize("name", TABLES)
def test_every_priced_layer_is_a_module_of_that_shape(name):
    net, x = meta(lambda: MobileNet(TABLES[name], 0.75), 160)
    record = mv.watch(net, x, mv.Compute(), dry=True)
    for layer in mv.cost(TABLES[name], 0.75, 160).layers:
        call = record[layer.path]
        assert call.kind == layer.kind, layer
        assert call.macs == layer.macs, layer
        assert call.out_shape[1] == layer.out_shape[0], layer


def test_the_comparison_networks_are_the_papers():
    for make, params, macs in ((VGG16, 138_357_544, 15_470_264_320), (ResNet50, 25_557_032, 4_089_184_256)):
        net, x = meta(make)
        assert (parameters(net), torch_macs(net, x)) == (params, macs), make


@pytest.mark.parametrize("make", [lambda: MobileNet(mv.V1, 0.25), lambda: MobileNet(mv.V3_SMALL, 0.35), ResNet50])
def test_folding_changes_nothing_but_the_norms(make):
    torch.manual_seed(0)
    net = calibrated(make())
    before = {name: value.clone() for name, value in net.state_dict().items()}
    folded, x = net.fold(), torch.randn(2, 3, 65, 65)
    wanted = net(x)
    assert wanted.abs().max() > 1e-3
    assert (folded(x) - wanted).abs().max() <= 1e-5 * wanted.abs().max()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_new_classes_change_the_last_layer_alone(table):
    net = MobileNet(table, 0.25, 10)
    five = net.with_classes(5)
    last = f"classifier.{len(net.classifier) - 1}"
    assert five.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 5)
    for name, value in net.state_dict().items():
        assert torch.equal(value, five.state_dict()[name]) is not name.startswith(last) or "bias" in name
    net.classifier[-1] = nn.Linear(net.classifier[-1].in_features, 7)  # torchvision's way
    assert net.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 7)


def test_dialects_differ_where_a_stride_meets_an_even_map():
    torch.manual_seed(0)
    ours = calibrated(MobileNet(mv.V2, 0.35, 10))
    theirs = MobileNet(mv.V2, 0.35, 10, dialect="tf").eval()
    theirs.load_state_dict(ours.state_dict())
    assert {m.eps for m in ours.modules() if isinstance(m, nn.BatchNorm2d)} == {1e-5}
    assert {m.eps for m in theirs.modules() if isinstance(m, nn.BatchNorm2d)} == {1e-3}
    x = torch.randn(1, 3, 64, 64)
    assert theirs(x).shape == ours(x).shape
    assert not torch.allclose(theirs(x), ours(x), rtol=1e-2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: MobileNet(mv.V2, 0), ValueError, r"alpha must be > 0 \(got 0\)"),
        (lambda: MobileNet(mv.V2, -0.5), ValueError, r"alpha must be > 0 \(got -0.5\)"),
        (lambda: MobileNet(mv.V2, float("nan")), ValueError, r"alpha must be > 0 \(got nan\)"),
        (lambda: MobileNet(mv.V2, "1.0"), TypeError, "alpha must be a number"),
        (lambda: MobileNet("V2"), TypeError, "needs a table, such as mv.V2"),
        (lambda: MobileNet(mv.V2, num_classes=0), ValueError, "num_classes must be at least 1"),
        (lambda: MobileNet(mv.tables.table("\n".join(str(mv.V2).split("\n")[:4]))), ValueError, "a classifier after"),
        (lambda: MobileNet(mv.V2, dialect="tfx"), ValueError, "did you mean 'tf'"),
    ],
)
def test_wrong_arguments_say_the_rule(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_network_refuses_a_wrong_picture_and_stays_as_it_was():
    net = MobileNet(mv.V3_SMALL, 0.25)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for bad in (torch.zeros(1, 4, 64, 64), torch.zeros(1, 3, 31, 31), torch.zeros(0, 3, 64, 64)):
        with pytest.raises(ValueError, match=r"expected|resolution"):
            net(bad)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_table_that_one_writes_is_built_as_it_says():
    tiny = mv.tables.table("""
        Input  | Operator    | t | c  | n | s
        64²x3  | conv2d      | - | 8  | 1 | 2
        32²x8  | bottleneck  | 3 | 16 | 2 | 2
        16²x16 | avgpool 16x16 | - | -  | 1 | -
        1²x16  | conv2d 1x1  | - | k  | - | -
    """)
    net = MobileNet(tiny, num_classes=4).eval()
    assert net(torch.zeros(2, 3, 64, 64)).shape == (2, 4)
    assert parameters(net) == mv.cost(tiny, num_classes=4).params
