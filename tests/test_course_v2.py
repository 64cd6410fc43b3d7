"""Notebook 06's ticket and exercises: every number in their words is recomputed, and the cells say what they should."""

import pytest
import torch

from mobiviz import Compute, MobileNet, cost, watch
from mobiviz.course import quiz
from mobiviz.course.exercises import load
from mobiviz.course.modules import seen
from mobiviz.tables import V1, V2


def peaks():
    x = torch.zeros(1, 3, 224, 224)
    return [watch(MobileNet(table), x, Compute(), dry=True).total.peak_fused for table in (V1, V2)]


def test_the_ticket_explains_every_option():
    ticket = quiz("06")
    assert len(ticket.questions) == 3
    for question in ticket.questions:
        assert [option.right for option in question.options].count(True) == 1
        assert all(option.why for option in question.options)


def test_the_numbers_of_ticket_06():
    first, _, third = quiz("06").questions
    assert f"{6 * 24} channels in the middle" in next(option.text for option in first.options if option.right)
    assert f"{24 // 6} channels in the middle" in first.options[2].text
    assert f"{1 - cost(V2).macs / cost(V1).macs:.0%} fewer MACs" in third.text
    v1, v2 = peaks()
    assert v2 / v1 == 1.25
    why = next(option.why for option in third.options if option.right)
    assert "96 channels of 112 x 112 meet 96 of 56 x 56" in why
    assert v2 == 4 * (96 * 112**2 + 96 * 56**2)
    assert "32 and 64 channels of 112 x 112" in why
    assert v1 == 4 * (32 + 64) * 112**2


def test_the_peak_of_v2_s_blocks_is_that_of_the_whole_network():
    *_, (all_blocks,), _, _, _ = load("peak_memory_06").cases()
    assert load("peak_memory_06").reference(all_blocks) == peaks()[1]


def test_moving_the_skip_leaves_macs_and_parameters_where_they_are():
    from mobiviz.blocks import InvertedResidual

    thin, thick = InvertedResidual(64, 64, 1, 6), load("thick_skip_06").reference(64, 6)
    a = watch(thin, torch.zeros(1, 64, 14, 14), Compute(), dry=True).total
    b = watch(thick, torch.zeros(1, 384, 14, 14), Compute(), dry=True).total
    assert (a.macs, a.params) == (b.macs, b.params)
    assert b.peak_fused > a.peak_fused


def test_v2_moves_more_than_v1_with_fewer_macs():
    x = torch.zeros(1, 3, 224, 224)
    v1, v2 = (watch(MobileNet(table), x, Compute(), dry=True).total for table in (V1, V2))
    assert v2.macs < v1.macs
    assert v2.read_bytes + v2.write_bytes > v1.read_bytes + v1.write_bytes
    assert v2.intensity < v1.intensity


@pytest.mark.parametrize("nothing", [..., None])
def test_a_module_that_is_not_written_yet_is_handed_through(nothing):
    class Empty(torch.nn.Module):
        def forward(self, x):
            return nothing

    x = torch.zeros(1, 1, 4, 4)
    assert seen(nothing, x) is nothing
    assert seen(Empty(), x) is nothing
    with pytest.raises(TypeError, match="should be a torch module; it is a int"):
        seen(3, x)


def test_what_a_module_is_seen_to_do_does_not_depend_on_how_it_holds_its_layers():
    class Backwards(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.first = torch.nn.Conv2d(3, 2, 1), torch.nn.Conv2d(2, 3, 1)

        def forward(self, x):
            return self.second(self.first(x))

    x = torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    plain = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), torch.nn.Conv2d(3, 2, 1))
    one, two = seen(Backwards(), x), seen(plain, x)
    assert (one.pop("output") == two.pop("output")).all()
    assert one == two
    assert one["MACs"] == 16 * (6 + 6)
