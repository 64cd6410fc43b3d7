"""Two clocks: its numbers, its poster, and the picture in a real browser."""

from xml.etree import ElementTree

import numpy as np
import pytest
from books import FAULTS, write_book

from mobiviz import published, stats
from mobiviz.widgets import TwoClocks

PIXELS = ("pixel1_ms", "pixel2_ms", "pixel3_ms")


def authors():
    rows = [row for row in published(source="nets/mobilenet/README") if row.pixel3_ms]
    names = [f"{row.model.removeprefix('mobilenet_').replace('minimalistic', 'min')} {row.alpha:g}" for row in rows]
    names = [
        name.replace("_large", "-L").replace("_small", "-S").replace("_8bit", " 8-bit").replace("_min", " min")
        for name in names
    ]
    return {pixel: dict(zip(names, (getattr(row, pixel) for row in rows), strict=True)) for pixel in PIXELS}


def test_pairs_ranks_and_rho_are_counted():
    columns = authors()
    made = TwoClocks(columns, start=(0, 2))
    pair = made.data["pairs"]["0,2"]
    first, last = (columns[each] for each in ("pixel1_ms", "pixel3_ms"))
    names = list(first)
    swapped = sum((first[a] - first[b]) * (last[a] - last[b]) < 0 for i, a in enumerate(names) for b in names[:i])
    assert (pair["swapped"], pair["total"], pair["open"]) == (swapped, 36, 0)
    assert swapped == 3
    rho = stats.spearman(np.array(list(first.values())), np.array(list(last.values())))
    assert pair["rho"] == f"Spearman's rho = {rho:.2f}"
    for row in pair["rows"]:
        assert row["left_at"] == sorted(first.values()).index(first[row["name"]])
        assert row["right_at"] == sorted(last.values()).index(last[row["name"]])
    assert made.data["pairs"]["2,0"]["swapped"] == swapped
    assert len(made.table()) == 9


def test_overlapping_intervals_are_left_open():
    columns = {
        "laptop": {"a": (1.0, 0.9, 1.1), "b": (1.05, 1.0, 1.2), "c": (3.0, 2.9, 3.1)},
        "phone": {"a": 9.0, "b": 8.0, "c": 7.0},
    }
    pair = TwoClocks(columns).data["pairs"]["0,1"]
    assert (pair["swapped"], pair["open"], pair["total"]) == (2, 1, 3)
    assert pair["title"] == "2 of 3 pairs change places between laptop and phone; 1 cannot be told"


def test_only_what_both_have_stands_side_by_side():
    columns = {"laptop": {"a": 1.0, "b": 2.0, "c": 3.0}, "phone": {"c": 1.0, "a": 2.0}}
    assert [row["name"] for row in TwoClocks(columns).data["pairs"]["0,1"]["rows"]] == ["a", "c"]
    with pytest.raises(ValueError, match="must share two networks"):
        TwoClocks({"laptop": {"a": 1.0, "b": 2.0}, "phone": {"a": 2.0}})
    with pytest.raises(ValueError, match="two devices or more"):
        TwoClocks({"laptop": {"a": 1.0}})


def test_ties_move_nobody():
    rows = TwoClocks({"one": {"a": 1.0, "b": 1.0}, "two": {"b": 2.0, "a": 2.0}}).data["pairs"]["0,1"]["rows"]
    assert not any(row["moved"] for row in rows)


def test_the_poster_is_a_whole_figure():
    made = TwoClocks(authors(), yours=["pixel3_ms"], start=(0, 2))
    root = ElementTree.fromstring(made.poster())
    assert made.poster() == made.poster()
    words = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert made.data["title"] in words
    assert words.count("v3-L 1") == 2
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) == 9
    assert "Spearman" in made.poster()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clocks")
    return write_book(folder, TwoClocks(authors(), yours=["pixel3_ms"], start=(0, 2)))


@pytest.mark.browser
@pytest.mark.parametrize("way", [{}, {"dark": True}, {"width": 400}, {"still": True}])
def test_by_keyboard_in_a_browser(book, chromium, way):
    page = chromium(**way)
    page.goto(book)
    page.locator(".mv .mv-picture").focus()
    assert page.evaluate(FAULTS) == []
    rows = TwoClocks(authors(), start=(0, 2)).data["pairs"]["0,2"]["rows"]
    for row in rows:
        page.keyboard.press("ArrowRight")
        said = page.locator("[data-said]").text_content()
        assert row["said"] in said
        assert f"{row['left_at'] + 1} → {row['right_at'] + 1} rank of {row['name']}" in said
        heavy = page.locator(".mv .wire").evaluate_all("all => all.map((line) => line.style.strokeWidth === '2.5')")
        assert heavy == [each is row for each in rows]
    page.keyboard.press("Home")
    assert page.locator("[data-count=swapped]").inner_text() == "3"
    page.locator("[data-setting=right]").select_option(label="pixel1_ms")
    assert "between pixel1_ms and pixel2_ms" in page.locator(".mv-title").inner_text(), "never a clock beside itself"
    page.locator("[data-setting=left]").select_option(label="pixel2_ms")
    page.locator("[data-setting=right]").select_option(label="pixel3_ms")
    assert page.locator("[data-count=swapped]").inner_text() == "0"
    assert page.evaluate(FAULTS) == []
    assert page.errors == []
