"""explain: the products of any number of any kept map sum to it, with or without torch; what it says otherwise."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import mobiviz as mv
from mobiviz.explaining import CLOSE

SHAPE = (2, 12, 11, 13)


def drawn(net, seed=0):
    """Weights and statistics that leave no number at its default."""
    random = torch.Generator().manual_seed(seed)
    for name, tensor in (*net.named_parameters(), *net.named_buffers()):
        if tensor.is_floating_point():
            fresh = torch.rand(tensor.shape, generator=random)
            tensor.data = 0.5 + fresh if "var" in name else fresh - 0.4
    return net.eval()


def x_of(shape=SHAPE, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def geometry(seed):
    """A convolution as somebody might write it."""
    draw = np.random.default_rng(seed)
    groups = int(draw.choice([1, 1, 2, 3, 12]))
    kernel = tuple(int(k) for k in draw.integers(1, 5, 2))
    dilation = tuple(int(d) for d in draw.integers(1, 3, 2))
    stride = tuple(int(s) for s in draw.integers(1, 4, 2))
    padding = tuple(int(p) for p in draw.integers(0, 4, 2))
    if draw.random() < 0.2:
        stride, padding, kernel = 1, "same", (3, 5)
    mode = str(draw.choice(["zeros", "zeros", "reflect", "circular"]))
    rest = {"dilation": dilation, "groups": groups, "bias": bool(draw.random() < 0.5), "padding_mode": mode}
    return nn.Conv2d(12, groups * int(draw.integers(1, 4)), kernel, stride, padding, **rest)


def every_place(record, path, count=25, items=1):
    """Explanations of places of the map, its corners among them."""
    draw = np.random.default_rng(0)
    shape = record[path].output.shape[1:]
    places = [(0,) * len(shape), tuple(n - 1 for n in shape)]
    places += [tuple(int(draw.integers(n)) for n in shape) for _ in range(count)]
    for at in places:
        for item in range(items):
            yield mv.explain(record, path, *at, item=item)


def assert_explained(record, path, items=1):
    for found in every_place(record, path, items=items):
        assert abs(found.value - found.kept) <= CLOSE * found.size
        steps = found.products.sum() + found.bias
        assert found.sum == pytest.approx(steps, abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_any_convolution(seed):
    conv = drawn(geometry(seed), seed)
    record = mv.watch(conv, x_of())
    assert_explained(record, "", items=2)
    found = mv.explain(record, "", 0, 0, 0, item=1)
    assert found.kept == record[""].output[1, 0, 0, 0]
    np.testing.assert_array_equal(found.kernel, conv.weight[0].detach().double().numpy())


@pytest.mark.parametrize("seed", range(10))
def test_the_inputs_are_those_of_the_photo_where_they_lie_on_it(seed):
    conv = geometry(seed)
    conv.padding_mode = "zeros"
    x = x_of()
    record = mv.watch(conv, x)
    for found in every_place(record, ""):
        for c, i, j in np.ndindex(found.inputs.shape):
            row, column = found.rows[i], found.columns[j]
            on = 0 <= row < x.shape[2] and 0 <= column < x.shape[3]
            assert found.inside[i, j] == on
            assert found.inputs[c, i, j] == (x[0, found.channels[c], row, column] if on else 0)


@pytest.mark.parametrize("dialect", ["torch", "tf"])
@pytest.mark.parametrize("table", ["V1", "V2", "V3_SMALL"])
def test_every_layer_of_a_network(table, dialect):
    net = drawn(mv.MobileNet(getattr(mv, table), 0.25, num_classes=7, dialect=dialect))
    record = mv.watch(net, x_of((1, 3, 65, 64)))
    kinds = set()
    for call in record:
        if not call.macs:
            continue
        kinds.add(call.kind)
        inside = call.path.rpartition(".")[0]
        paths = [call.path] + [inside] * (call.path.endswith(".conv") and inside != "features.0.conv")
        for path in paths:
            for found in every_place(record, path, count=3):
                assert abs(found.value - found.kept) <= CLOSE * found.size
    assert {"standard", "depthwise", "pointwise", "linear"} <= kinds


def test_the_authors_padding_is_told_apart_from_the_map():
    net = drawn(mv.MobileNet(mv.V2, 0.25, num_classes=7, dialect="tf"))
    record = mv.watch(net, x_of((1, 3, 64, 64)))
    last = mv.explain(record, "features.0", 0, 31, 31)
    assert list(last.rows) == [62, 63, 64]
    assert last.inside.tolist() == [[True, True, False]] * 2 + [[False] * 3]
    assert last.inputs.shape == (3, 3, 3)
    odd = mv.watch(net, x_of((1, 3, 65, 65)))
    assert list(mv.explain(odd, "features.0", 0, 0, 0).rows) == [-1, 0, 1]


def test_a_batch_norm_is_a_step_and_folded_it_is_none():
    net = drawn(mv.MobileNet(mv.V2, 0.25, num_classes=7))
    x = x_of((1, 3, 64, 64))
    whole, folded = mv.watch(net, x), mv.watch(net.fold(), x)
    for path, last in (("features.3.depthwise", "ReLU6"), ("features.3.project", "batch norm")):
        a, b = mv.explain(whole, path, 1, 2, 2), mv.explain(folded, path, 1, 2, 2)
        assert next(step.name for step in a.steps) == "batch norm"
        assert a.steps[-1].name == last
        assert [step.name for step in b.steps] == (["ReLU6"] if last == "ReLU6" else [])
        assert a.value == pytest.approx(b.value, abs=1e-4)
    assert mv.explain(folded, "features.3.depthwise", 1, 2, 2).bias != 0


def test_other_modules_than_ours():
    net = drawn(nn.Sequential(nn.Conv2d(12, 6, 3, bias=True), nn.BatchNorm2d(6, affine=False), nn.SiLU()))
    assert_explained(mv.watch(net, x_of()), "")

    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(5, 12, 3, 3))

        def forward(self, x):
            return nn.functional.conv2d(nn.functional.pad(x, (1, 2, 3, 0)), self.weight, stride=2)

    record = mv.watch(Functional(), x_of())
    assert_explained(record, "")
    assert list(mv.explain(record, "", 0, 0, 0).rows) == [-3, -2, -1]
    linear = mv.watch(drawn(nn.Linear(9, 4)), torch.randn(3, 9))
    assert mv.explain(linear, "", 3, item=2).kept == linear[""].output[2, 3]


def test_a_layer_that_runs_twice():
    conv = drawn(nn.Conv2d(12, 12, 3, padding=1))
    record = mv.watch(nn.Sequential(conv, nn.ReLU(inplace=True), conv), x_of())
    for nth in (0, 1):
        found = mv.explain(record, ("0", nth), 2, 3, 3)
        assert found.kept == record["0", nth].output[0, 2, 3, 3]
    assert mv.explain(record, ("0", 1), 2, 3, 3).inputs.min() == 0, "what ReLU has left"


def test_what_is_overwritten_in_place_is_kept_as_it_was_read():
    class Overwrites(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(12, 12, 3, padding=1)

        def forward(self, x):
            x = x * 2
            y = self.conv(x)
            x.zero_()
            return y

    assert_explained(mv.watch(drawn(Overwrites()), x_of()), "conv")


def test_no_input_is_kept_a_second_time():
    net = mv.MobileNet(mv.V2, 0.25, num_classes=7).eval()
    record = mv.watch(net, x_of((1, 3, 64, 64)))
    outputs = {id(array) for call in record for array in call.outputs.values()}
    fresh = [call.path for call in record if call.made and id(call.made.input) not in outputs]
    assert fresh == ["features.0.conv"], "the photo"
    assert np.shares_memory(record["features.3.expand.conv"].made.weight, net.features[3].expand.conv.weight.detach())


def test_saved_and_pickled_it_explains_without_torch(tmp_path):
    net = drawn(mv.MobileNet(mv.V2, 0.25, num_classes=7))
    record = mv.watch(net, x_of((1, 3, 64, 64)))
    wanted = mv.explain(record, "features.3.depthwise", 1, 2, 3)
    path = record.save(tmp_path / "record.npz")
    (tmp_path / "record.pickle").write_bytes(pickle.dumps(record))
    code = """
import pickle, sys
import mobiviz as mv
from mobiviz.record import Record
for record in (Record.load("record.npz"), pickle.loads(open("record.pickle", "rb").read())):
    print(repr(mv.explain(record, "features.3.depthwise", 1, 2, 3)))
    inputs = record["features.3.project.conv"].made.input
    print(inputs is record["features.3.depthwise"].output)
print("torch" in sys.modules)
"""
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert asked.stdout == 2 * f"{wanted!r}\nTrue\n" + "False\n"
    held = sum(array.nbytes for array in {id(a): a for c in record for a in c.outputs.values()}.values())
    weights = sum(p.nbytes for p in (*net.parameters(), *net.buffers()))
    assert path.stat().st_size < held + weights + 300_000, "each array once"


def test_the_table_has_a_row_for_each_product():
    record = mv.watch(drawn(nn.Conv2d(12, 6, 3, padding=1, groups=2)), x_of())
    found = mv.explain(record, "", 4, 0, 5)
    table = found.table()
    assert len(table) == 54
    assert table["channel"].unique().tolist() == [6, 7, 8, 9, 10, 11]
    assert table["padding"].sum() == 18
    assert table["product"].sum() + found.bias == pytest.approx(found.sum)
    assert (table["input"] * table["weight"] == table["product"]).all()


def a_record(**changes):
    net = drawn(nn.Sequential(nn.Conv2d(12, 6, 3), nn.ReLU()))
    return mv.watch(net, x_of(), **changes)


class Twice(nn.Module):
    """Doubles what its convolution puts out, where no module says so."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(12, 6, 3)

    def forward(self, x):
        return 2 * self.conv(x)


def reduced():
    return mv.watch(drawn(nn.Sequential(nn.Conv2d(12, 6, 3), nn.ReLU())), x_of(), mv.Features(max_bytes=2000))


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: mv.explain(a_record(), "0", 6, 0, 0), r"channel must be a whole number from 0 to 5 \(got 6\)"),
        (lambda: mv.explain(a_record(), "0", -1, 0, 0), r"channel must be .* \(got -1\)"),
        (lambda: mv.explain(a_record(), "0", True, 0, 0), r"channel must be .* \(got True\)"),
        (lambda: mv.explain(a_record(), "0", 0, 9, 0), r"y must be a whole number from 0 to 8 \(got 9\)"),
        (lambda: mv.explain(a_record(), "0", 0, 0, 1.5), r"x must be a whole number from 0 to 10 \(got 1.5\)"),
        (lambda: mv.explain(a_record(), "0", 0), "y must be .* which place of the map"),
        (lambda: mv.explain(a_record(), "0", 0, 0, 0, item=2), r"item must be one of the batch, 0 to 1 \(got 2\)"),
        (lambda: mv.explain(a_record(), "1", 0, 0, 0), r"1 \(ReLU\) holds no 2-d convolution or linear layer"),
        (
            lambda: mv.explain(reduced(), "0", 0, 0, 0),
            r"map of 0 was kept in part \(.*\); give Features\(max_bytes=...",
        ),
        (
            lambda: mv.explain(mv.watch(nn.Conv2d(12, 6, 3), x_of(), mv.Compute()), "", 0, 0, 0),
            r"map of the network was not kept; watch\(net, x, mv.Features\(\)\)",
        ),
        (
            lambda: mv.explain(mv.watch(mv.blocks.InvertedResidual(12, 12, 1, 2), x_of()), "", 0, 0, 0),
            "the network is made by 3 products; name one of them: expand.conv, depthwise.conv, project.conv",
        ),
        (
            lambda: mv.explain(mv.watch(nn.Conv1d(12, 6, 3), torch.zeros(1, 12, 9)), "", 0, 0, 0),
            "holds no 2-d convolution or linear layer",
        ),
        (
            lambda: mv.explain(mv.watch(nn.ConvTranspose2d(12, 6, 3), x_of()), "", 0, 0, 0),
            "ConvTranspose2d.* holds no 2-d convolution",
        ),
        (
            lambda: mv.explain(mv.watch(nn.Sequential(nn.Conv2d(12, 6, 3), nn.GELU()), x_of()), "", 0, 0, 0),
            "there is no arithmetic for GELU in 1; explain '0'",
        ),
        (lambda: mv.explain(mv.watch(drawn(Twice()), x_of()), "", 0, 0, 0), "does something more"),
    ],
)
def test_what_cannot_be_explained_is_said(act, words):
    with pytest.raises(ValueError, match=words):
        act()


def test_a_network_that_was_trained_since_is_noticed():
    net = drawn(nn.Sequential(nn.Conv2d(12, 6, 3), nn.ReLU()))
    record = mv.watch(net, x_of())
    mv.explain(record, "0", 0, 0, 0)
    net[0].weight.data += 0.1
    with pytest.raises(ValueError, match="the network has changed since \\(watch again\\)"):
        mv.explain(record, "0", 0, 0, 0)


def test_an_unknown_layer_names_the_nearest():
    with pytest.raises(KeyError, match="no layer '3'; the nearest path is"):
        mv.explain(a_record(), "3", 0, 0, 0)


def test_a_wrong_sum_is_never_shown():
    record = a_record()
    calls = list(record.calls)
    at = next(i for i, call in enumerate(calls) if call.path == "0")
    wrong = calls[at].output + 1e-2
    calls[at] = replace(calls[at], outputs={"out": wrong})
    with pytest.raises(ValueError, match="the products at 0 make"):
        mv.explain(replace(record, calls=tuple(calls)), "0", 0, 0, 0)
