"""explore: which picture suits what, and that its numbers are the thing's own."""

import pytest
import torch

import mobiviz as mv


def test_a_table_a_cost_and_a_record_show_the_same_network():
    with torch.device("meta"):
        net = mv.MobileNet(mv.V2)
    record = mv.watch(net, torch.empty(1, 3, 224, 224, device="meta"), mv.Compute(), dry=True)
    for thing in (mv.V2, mv.cost(mv.V2), record):
        bars = mv.explore(thing).data["nets"][0]["bars"]
        assert sum(bar["macs"] for bar in bars) == mv.cost(mv.V2).macs
        assert len(bars) == sum(layer.macs > 0 for layer in mv.cost(mv.V2).layers)


def test_a_twin_can_be_switched_to():
    picture = mv.explore(mv.V1, twin=mv.tables.V1_CONV)
    macs = [sum(bar["macs"] for bar in net["bars"]) for net in picture.data["nets"]]
    assert macs == [mv.cost(mv.V1).macs, mv.cost(mv.tables.V1_CONV).macs]
    assert "Conv MobileNet" in str(picture.data)


def test_anything_else_is_refused_in_words():
    with pytest.raises(TypeError, match=r"takes a table, one of its rows, .* or a network \(got int\)"):
        mv.explore(3)
