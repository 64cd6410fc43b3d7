"""Notebook 07's ticket and words: every number in them is recomputed, and torchvision's rule against torchvision."""

import re

import pytest
import torch
from test_parity import torchvision  # noqa: F401 - a fixture
from torch.utils.flop_counter import FlopCounterMode

import mobiviz as mv
from mobiviz import assets, cost, tables
from mobiviz.blocks import SqueezeExcite
from mobiviz.course import quiz
from mobiviz.course.exercises import load
from mobiviz.pricing import linear, pointwise
from mobiviz.tables import V3_LARGE, V3_SMALL
from mobiviz.widgets.swish_magnifier import h_swish


def right(question):
    return next(option for option in question.options if option.right)


def test_the_ticket_explains_every_option():
    ticket = quiz("07")
    assert len(ticket.questions) == 3
    for question in ticket.questions:
        assert [option.right for option in question.options].count(True) == 1
        assert all(option.why for option in question.options)


def test_the_numbers_of_ticket_07():
    first, second, third = quiz("07").questions
    assert right(first).text == f"{h_swish(1.5)}"
    assert first.options[0].text == f"{h_swish(1.5) / 1.5}"
    whole = sum(parameter.numel() for parameter in SqueezeExcite(240, 64).parameters())
    assert right(second).text == f"{whole:,}"
    assert second.options[0].text == f"{linear(240, 64).params:,}"
    assert second.options[1].text == f"{2 * 240 * 64:,}"
    assert (240, 64) in {(unit.exp_ch, unit.se_ch) for unit in V3_SMALL.units()}
    assert f"{pointwise(9, 9, 7).macs // linear(9, 9).macs} times fewer" in right(third).text


def test_the_classifier_and_se_hold_what_the_notebook_finds():
    total = cost(V3_SMALL)
    shares = {
        kind: sum(layer.params for layer in total.layers if layer.kind == kind) / total.params
        for kind in ("linear", "se", "pointwise", "depthwise")
    }
    assert max(shares, key=shares.get) == "linear"
    assert (round(100 * shares["linear"]), round(100 * shares["se"])) == (64, 18)
    assert sum(layer.macs for layer in total.layers if layer.kind == "se") < 0.01 * total.macs


def of_the_notebook():
    """The function that a cell of the notebook defines, as readers see it."""
    source = (assets.notebooks() / "source" / "07_mobilenet_v3.py").read_text(encoding="utf-8")
    code = re.search(r"^def torchvision_macs.*?(?=^\n\nprint|\n\n\n)", source, re.M | re.S).group()
    scope = {"mv": mv}
    exec("from dataclasses import replace\n" + code, scope)
    return scope["torchvision_macs"]


@pytest.mark.parametrize("alpha", [0.75, 1.0])
def test_torchvision_s_rule_is_torchvision_s(torchvision, alpha):  # noqa: F811 - the fixture
    net = torchvision.models.mobilenet_v3_large(width_mult=alpha).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 3, 224, 224))
    assert of_the_notebook()(V3_LARGE, alpha) == counter.get_total_flops() // 2
    if alpha == 0.75:
        assert f"{counter.get_total_flops() / 2e6:.1f}" == "140.0"
        assert f"{cost(V3_LARGE, alpha=alpha).macs / 1e6:.1f}" == "154.6"


def test_the_variants_of_the_race_differ_in_one_thing():
    text = str(V3_SMALL)
    without, relu = tables.table(text.replace("✓", "-")), tables.table(text.replace("HS", "RE"))
    se = [layer for layer in cost(V3_SMALL).layers if layer.kind == "se"]
    assert cost(without).macs == cost(V3_SMALL).macs - sum(layer.macs for layer in se)
    assert cost(without).params == cost(V3_SMALL).params - sum(layer.params for layer in se)
    assert cost(relu).macs == cost(V3_SMALL).macs
    assert {unit.nl for unit in relu.units()} == {"RE", ""}


def test_hard_answers_of_late_pool():
    judge = load("late_pool_07").reference
    relu = torch.relu
    positive = torch.rand(1, 3, 4, 4)
    assert judge(positive, torch.rand(2, 3), relu) == (16, True), "nothing is cut, so nothing bends"
    assert judge(positive - 0.5, torch.randn(2, 3, generator=torch.Generator().manual_seed(0)), relu)[1] is False
