"""The budget dial: its numbers, its poster, and the picture in a real browser."""

from xml.etree import ElementTree

import pytest
from books import FAULTS, write_book

import mobiviz as mv
from mobiviz import published, units
from mobiviz.widgets import BudgetDial

ROWS = [row for row in published(model="mobilenet_v2", source="slim") if row.pixel1_ms and row.alpha <= 1]


def dial(**options):
    return BudgetDial(
        {(row.alpha, row.resolution): mv.cost(mv.V2, row.alpha, row.resolution) for row in ROWS}, ROWS, **options
    )


def test_every_published_setting_is_there_with_its_own_numbers():
    made = dial()
    assert len(made.data["cells"]) == len(ROWS) == 20
    whole = mv.cost(mv.V2)
    for row in ROWS:
        cell, price = made.data["cells"][f"{row.alpha},{row.resolution}"], mv.cost(mv.V2, row.alpha, row.resolution)
        assert cell["shares"]["macs"] == price.macs / whole.macs
        assert cell["shares"]["params"] == price.params / whole.params
        assert units.exact(price.macs) in cell["words"]["macs"]
        assert cell["shown"]["top1"] == f"{row.top1}% top-1"
        assert 0 <= cell["at"][0] <= 1
        assert 0 <= cell["at"][1] <= 1
    assert made.table()[0]["MACs"] == whole.macs


def test_own_times_stand_where_they_were_measured():
    made = dial(ms={(1.0, 224): 20.0, (0.5, 224): 8.0}, clock="your laptop", start=(0.5, 224))
    assert made.data["cells"]["0.5,224"]["shares"]["ms"] == 0.4
    assert made.data["cells"]["0.35,96"]["shown"]["ms"] == "not measured"
    assert "not measured" in dial(ms={}).poster()


def test_a_setting_without_a_row_or_a_price_is_named():
    costs = {(row.alpha, row.resolution): mv.cost(mv.V2, row.alpha, row.resolution) for row in ROWS}
    with pytest.raises(ValueError, match=r"needs its published row \(there is none for \(1.0, 64\)\)"):
        BudgetDial({**costs, (1.0, 64): mv.cost(mv.V2, 1.0, 64)}, ROWS)
    with pytest.raises(ValueError, match=r"there is no price for \(0.35, 96\)"):
        BudgetDial({key: value for key, value in costs.items() if key != (0.35, 96)}, ROWS)


def test_the_poster_is_a_whole_figure():
    made = dial(start=(0.75, 160))
    root = ElementTree.fromstring(made.poster())
    assert made.poster() == made.poster()
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 21
    words = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert made.data["title"] in words
    assert "outlined: MobileNetV2, alpha 1, 224 pixels" in words


@pytest.mark.browser
@pytest.mark.parametrize("way", [{}, {"dark": True}, {"width": 400}, {"still": True}])
def test_the_knobs_turn_and_the_gauges_are_read_by_key(chromium, tmp_path, way):
    page = chromium(**way)
    page.goto(write_book(tmp_path, dial(start=(0.5, 224))))
    page.locator(".mv .mv-picture").focus()
    assert page.evaluate(FAULTS) == []

    def shown(alpha, size):
        macs = units.macs(mv.cost(mv.V2, alpha, size).macs).removesuffix(" MACs")
        return page.locator("[data-count=macs]").inner_text() == macs

    assert shown(0.5, 224)
    page.keyboard.press("ArrowRight")
    said = page.locator("[data-said]").text_content()
    assert units.exact(mv.cost(mv.V2, 0.5).macs) in said
    page.keyboard.press("ArrowRight")
    assert "The resolution is not in them" in page.locator(".mv-caption").inner_text()
    page.locator("[data-setting=alpha]").press("ArrowRight")
    assert shown(0.75, 224)
    page.locator("[data-setting=size]").press("Home")
    assert shown(0.75, 96)
    assert "alpha 0.75 at 96" in page.locator(".mv-title").inner_text()
    assert page.evaluate(FAULTS) == []
    assert page.errors == []
