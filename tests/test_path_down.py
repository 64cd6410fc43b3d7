"""The path down: what it holds is what the Record says, number by number, for the papers' networks and for others."""

import re

import numpy as np
import pytest
import torch
from test_explaining import drawn, x_of
from torch import nn

import mobiviz as mv
from mobiviz.explaining import CLOSE
from mobiviz.widgets import PathDown
from mobiviz.widgets.path_layers import LEVEL, PAGE, layer, unit_at


def watched(table="V2", side=64, **net):
    net = drawn(mv.MobileNet(getattr(mv, table), 0.25, num_classes=7, **net))
    return mv.watch(net, x_of((1, 3, side, side)))


@pytest.fixture(scope="module")
def record():
    return watched()


@pytest.fixture(scope="module")
def picture(record):
    return PathDown(record)


def numbers(facts, grids):
    """The float32 parts of a layer, shaped."""
    maps, places = len(facts["channels"]), len(facts["rows"]) * len(facts["columns"])
    each = int(np.prod(facts["reads"]))
    shapes = {
        "inputs": (1 if facts["shared"] else maps, places, each),
        "kernels": (maps, each),
        "bias": (maps,),
        "values": (len(facts["steps"]) + 1, maps, places),
    }
    found = {}
    for name, shape in shapes.items():
        start = facts["start"] + facts["offsets"][name]
        found[name] = np.frombuffer(grids, "<f4", int(np.prod(shape)), start).reshape(shape)
    return found


def assert_as_explained(record, facts, grids):
    """Every place that a layer holds says what `explain` says."""
    held = numbers(facts, grids)
    for m, channel in enumerate(facts["channels"]):
        for p, (row, column) in enumerate((r, c) for r in facts["rows"] for c in facts["columns"]):
            found = mv.explain(record, facts["path"], channel, row, column)
            read = held["inputs"][0 if facts["shared"] else m, p]
            np.testing.assert_array_equal(np.nan_to_num(read), found.inputs.ravel().astype(np.float32))
            assert np.isnan(read).reshape(facts["reads"])[0].tolist() == (~found.inside).tolist()
            np.testing.assert_array_equal(held["kernels"][m], found.kernel.ravel().astype(np.float32))
            assert held["bias"][m] == pytest.approx(found.bias)
            values = [found.sum, *(step.value for step in found.steps)]
            assert np.abs(held["values"][:, m, p] - values).max() <= CLOSE * found.size * 10
            assert held["values"][-1, m, p] == np.float32(found.kept) or not found.steps
            assert facts["first"][m] == found.channels[0]
    assert [step["name"] for step in facts["steps"]] == [step.name for step in found.steps]


def test_every_number_that_it_holds_is_explained(record, picture):
    facts = picture.data["layers"]
    assert len(facts) == 6
    assert {tuple(one["reads"][1:]) for one in facts.values()} == {(1, 1), (3, 3)}
    for one in facts.values():
        assert_as_explained(record, one, picture.grids)


@pytest.mark.parametrize("dialect", ["torch", "tf"])
@pytest.mark.parametrize("table", ["V1", "V3_SMALL"])
def test_the_other_networks_too(table, dialect):
    record = watched(table, dialect=dialect)
    picture = PathDown(record)
    for one in picture.data["layers"].values():
        assert_as_explained(record, one, picture.grids)


def test_maps_are_bytes_on_their_own_scale(record, picture):
    for one in picture.data["layers"].values():
        start, shape = one["start"] + one["offsets"]["maps"], (len(one["channels"]), *one["drawn"])
        levels = np.frombuffer(picture.grids, np.int8, int(np.prod(shape)), start).reshape(shape)
        tops = np.array(one["tops"])[:, None, None]
        assert one["drawn"] == one["shape"]
        np.testing.assert_allclose(
            levels / LEVEL * tops, record[one["path"]].output[0][one["channels"]], atol=tops.max() / 200
        )


def test_a_large_map_is_drawn_small_by_means():
    conv = drawn(nn.Conv2d(3, 2, 3, padding=1))
    record = mv.watch(conv, x_of((1, 3, 130, 70)))
    facts, grids = layer(record, unit_at(record, ""), places=5, side=64)
    assert facts["drawn"] == [43, 23]
    assert facts["shape"] == [130, 70]
    assert len(facts["rows"]) <= 5
    levels = np.frombuffer(grids, np.int8, 2 * 43 * 23, facts["offsets"]["maps"]).reshape(2, 43, 23)
    first = record[""].output[0, 0, :129, :69].reshape(43, 3, 23, 3).mean((1, 3))
    np.testing.assert_allclose(levels[0] / LEVEL * facts["tops"][0], first, atol=facts["tops"][0] / 200)
    assert_as_explained(record, facts | {"start": 0}, grids)


def test_the_bars_are_the_network_s(record, picture):
    net = picture.data["net"]
    assert net["macs"] == record.total.macs
    assert [bar["path"] for bar in net["bars"]] == [call.path for call in record if call.macs]


@pytest.mark.parametrize("table", ["V1", "V2", "V3_SMALL", "V3_LARGE"])
def test_blocks_cost_what_the_table_says(table):
    net = mv.MobileNet(getattr(mv, table), num_classes=1000).eval()
    picture = PathDown(mv.watch(net, torch.zeros(1, 3, 64, 64), mv.Features(2**28)))
    layers = mv.cost(getattr(mv, table), resolution=64).layers
    tubes = picture.data["tubes"]
    bars = [bar for tube in tubes for step in tube["bars"] for bar in step]
    assert bars == list(range(len(picture.data["net"]["bars"])))
    for tube in tubes:
        own = [one for one in layers if one.path == tube["path"] or one.path.startswith(f"{tube['path']}.")]
        assert (tube["macs"], tube["params"]) == (sum(o.macs for o in own), sum(o.params for o in own)), tube["path"]
        assert tube["skip"] == (own[-1].kind == "other")
        assert len(tube["bars"]) == len(tube["steps"])
    theirs = mv.widgets.Tube({"x": (getattr(mv, table), tubes[3]["path"])}).data["tubes"][0] if table == "V2" else None
    if theirs:
        assert [step["name"] for step in theirs["steps"]] == [step["name"] for step in tubes[3]["steps"]]


def test_where_a_map_goes(record):
    def goes(path, page=0):
        return layer(record, unit_at(record, path), page)[0]["goes"]

    assert goes("features.3.expand.conv")[2] == "features.3.depthwise.conv: filter 2 alone reads it"
    weights = record["features.3.project.conv"].made.weight
    most = int(np.abs(weights[:, 1, 0, 0]).argmax())
    told = goes("features.3.depthwise.conv")[1]
    assert told.startswith(f"features.3.project.conv: all 8 channels read it, most of all channel {most}, weight ")
    assert float(told.split()[-1].replace("−", "-")) == pytest.approx(weights[most, 1, 0, 0], rel=0.05)
    assert goes("features.3.project.conv")[0] == (
        "it is added to the input of features.3, and features.4.expand.conv reads the sum"
    )
    assert goes("features.18.conv")[0] == "it goes on to pool"
    assert goes("classifier.1")[0] == "it is the answer"
    small = watched("V3_SMALL")
    assert layer(small, unit_at(small, "features.1.depthwise.conv"))[0]["goes"][0] == "it goes on to features.1.se"


def test_units_reach_as_far_as_one_map():
    record = watched("V3_SMALL")
    for path, unit in (
        ("features.0.conv", "features.0"),
        ("features.4.depthwise.conv", "features.4.depthwise"),
        ("features.4.project.conv", "features.4.project"),
        ("features.4.se.reduce", "features.4.se.reduce"),
        ("classifier.0", "classifier.0"),
    ):
        assert unit_at(record, path).path == unit


def test_statistics_are_those_of_the_map(record):
    facts, _ = layer(record, unit_at(record, "features.3.depthwise.conv"))
    array = record["features.3.depthwise"].output[0]
    for channel, told in zip(facts["channels"], facts["stats"], strict=True):
        mean, std, low, high, zeros, _ = (float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", told.replace("−", "-")))
        one = array[channel]
        assert (mean, std, low, high) == pytest.approx(
            (one.mean(), one.std(), one.min(), one.max()), rel=0.01, abs=1e-3
        )
        assert zeros == pytest.approx(100 * (one == 0).mean(), abs=0.51)


def test_a_branching_network_falls_apart_into_its_layers():
    record = mv.watch(mv.nets.ResNet50(num_classes=5).eval(), torch.randn(1, 3, 64, 64))
    tubes = PathDown(record).data["tubes"]
    paths = [tube["path"] for tube in tubes]
    assert "features.2.shortcut" in paths, "the block with a layer on its shortcut has no single way through"
    straight = next(tube for tube in tubes if tube["path"] == "features.3")
    assert straight["skip"]
    assert [step["name"] for step in straight["steps"]] == ["reduce 1×1", "conv 3×3", "expand 1×1", "addition"]
    assert tubes[0]["steps"][0]["name"] == "conv 7×7, s2"


def test_vgg_and_other_people_s_modules():
    for net in (nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 62 * 62, 5)),):
        picture = PathDown(mv.watch(drawn(net), x_of((1, 3, 64, 64))))
        assert [bar["path"] for bar in picture.data["net"]["bars"]] == ["0", "3"]
        assert [facts["path"] for facts in picture.data["layers"].values()] == ["0"]


def test_layers_can_be_named_and_names_are_checked(record):
    picture = PathDown(record, layers=["features.3.depthwise", "features.5.project.conv"])
    assert [one["path"] for one in picture.data["layers"].values()] == ["features.3.depthwise", "features.5.project"]
    with pytest.raises(KeyError, match=r"the nearest path is 'features\.3\.depthwise'"):
        PathDown(record, layers=["features.3.depthwse"])
    with pytest.raises(ValueError, match=r"features\.3 is no single product; name a convolution"):
        PathDown(record, layers=["features.3"])
    with pytest.raises(ValueError, match=r"holds 1 to 6 layers \(got 7\)"):
        PathDown(record, layers=[f"features.{n}.depthwise" for n in range(1, 8)])
    with pytest.raises(ValueError, match="view must be one of net, block, maps, sum"):
        PathDown(record, view="sky")
    counted = mv.watch(mv.MobileNet(mv.V2, 0.25), x_of((1, 3, 64, 64)), mv.Compute())
    with pytest.raises(ValueError, match=r"map of features\.0\.conv was not kept"):
        PathDown(counted)


def test_the_photo_is_what_the_network_saw(record):
    seen = PathDown(record).data["photo"]
    given = PathDown(record, np.zeros((64, 64, 3), np.uint8)).data["photo"]
    assert seen.startswith("data:image/jpeg")
    assert seen != given


def test_the_table_and_the_poster_say_it_without_a_script(record, picture):
    rows = picture.table()
    assert len(rows) == sum(len(one["channels"]) for one in picture.data["layers"].values())
    poster = picture.poster()
    assert len(poster) < 60_000
    bar, found = picture._example
    assert found.path == picture.data["layers"][str(bar)]["path"]
    assert f"{found.kept:.3g}".replace("-", "−") in poster
    products = [f"{v + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−") for v in found.products[0].ravel()]
    assert all(f">{product}</text>" in poster for product in products)


def test_a_live_one_answers_with_any_layer_and_page(record):
    live = PathDown(record, live=True)
    at = next(i for i, bar in enumerate(live.data["net"]["bars"]) if bar["path"] == "features.17.expand.conv")
    for page, channels in ((1, range(PAGE)), (99, range(240 - PAGE, 240))):
        live.wanted = {"layer": at, "page": page}
        assert live.extra["path"] == "features.17.expand"
        assert live.extra["channels"] == list(channels)
        assert_as_explained(record, live.extra, live.extra_grids)
    before = live.extra
    for nonsense in ({"layer": 999}, {"layer": "x"}, {}):
        live.wanted = nonsense
        assert live.extra == before
    other = mv.watch(drawn(mv.MobileNet(mv.V2, 0.25, num_classes=7)), x_of((1, 3, 64, 64), seed=5))
    live.wanted = {"layer": at, "page": 1}
    live.show(other)
    assert_as_explained(other, live.extra, live.extra_grids)
