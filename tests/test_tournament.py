"""The tournament: its numbers, its poster, and the picture in a real browser."""

import random
from xml.etree import ElementTree

import pytest
from books import FAULTS, write_book

from mobiviz import search, units
from mobiviz.search import pixel
from mobiviz.widgets import Skin, Tournament

ARCHS = search.space()
DRAW = random.Random(5)
WORTH = {arch: 0.4 + 0.02 * arch.t + 0.05 * arch.alpha + 0.001 * arch.size + DRAW.gauss(0, 0.005) for arch in ARCHS}
SVG = "{http://www.w3.org/2000/svg}"


def skin(ms, asked=60, note=""):
    known = {arch: (WORTH[arch], ms(arch)) for arch in ARCHS}
    groups, fronts = search.generations(known, list(search.evolve(known.get, 0))[:asked])
    won = max(known, key=lambda arch: search.reward(*known[arch], 1.0))
    at = {arch: i for i, arch in enumerate(ARCHS)}
    as_places = [[[at[arch] for arch in each] for each in lists] for lists in (groups, fronts)]
    return Skin([ms(arch) for arch in ARCHS], *as_places, at[won], note)


def tournament(**skins):
    table, _, _ = search.recorded()
    given = skins or {
        "your laptop": skin(lambda arch: search.predict_ms(arch, table), note="Times are sums of blocks."),
        "Pixel 1 (modelled)": skin(lambda arch: pixel.ms(arch.cost()), note="Modelled: look at the order alone."),
    }
    sources = ["measured" if i % 5 == 0 else "predicted" for i in range(len(ARCHS))]
    return Tournament([str(arch) for arch in ARCHS], [WORTH[arch] for arch in ARCHS], sources, given)


def test_every_network_is_in_the_table_with_where_its_accuracy_is_from():
    made = tournament()
    rows = made.table()
    assert [row["network"] for row in rows] == [str(arch) for arch in ARCHS]
    assert {row["known how"] for row in rows} == {"measured", "predicted"}
    assert rows[7]["top-1"] == units.percent(WORTH[ARCHS[7]])
    assert f"{rows[7]['ms, Pixel 1 (modelled)']} ms" == units.ms(pixel.ms(ARCHS[7].cost()))


def test_each_generation_adds_what_it_asked_for():
    made = tournament()
    for each in made.data["skins"]:
        total = 0
        for group, front, count in zip(each["generations"], each["fronts"], each["counts"], strict=True):
            total += len(group)
            assert count == {"asked": total, "front": len(front)}
        assert total == 60
        assert all(0 <= across <= 1 for across in each["across"])
        assert (min(each["across"]), max(each["across"])) == (0, 1)


def test_the_title_says_whether_the_devices_agree():
    one, far = skin(lambda arch: arch.cost().macs), skin(lambda arch: 1.0 if arch == ARCHS[3] else 1e9)
    assert far.winner == 3 != one.winner
    assert tournament(a=one, b=one).data["title"] == "a and b choose the same network"
    assert "Two devices, two winners" in tournament(a=one, b=far).data["title"]
    assert "The winner on a is" in tournament(a=one).data["title"]


def test_lists_of_other_lengths_are_named():
    with pytest.raises(ValueError, match="accuracy must have one value a network, 2"):
        Tournament(["a", "b"], [0.5], ["measured"] * 2, {"x": Skin([1, 2], [[0]], [[0]], 0)})
    with pytest.raises(ValueError, match="x must have one value a network, 1"):
        Tournament(["a"], [0.5], ["measured"], {"x": Skin([1, 2], [[0]], [[0]], 0)})
    with pytest.raises(ValueError, match="at least one device"):
        Tournament(["a"], [0.5], ["measured"], {})


def test_the_poster_is_a_whole_figure():
    made = tournament()
    root = ElementTree.fromstring(made.poster())
    assert made.poster() == made.poster()
    assert len(list(root.iter(f"{SVG}circle"))) == len(ARCHS) + 1
    words = [node.text for node in root.iter(f"{SVG}text")]
    assert made.data["title"] in words
    assert made.data["names"][made.data["skins"][0]["winner"]] in words
    assert len(made.poster()) < 60_000


@pytest.mark.browser
@pytest.mark.parametrize("way", [{}, {"dark": True}, {"width": 400}, {"still": True}])
def test_the_generations_hop_by_key_and_the_devices_change(chromium, tmp_path, way):
    made = tournament()
    page = chromium(**way)
    page.goto(write_book(tmp_path, made))
    page.locator(".mv .mv-picture").focus()
    laptop, phone = made.data["skins"]

    def count(name):
        return int(page.locator(f"[data-count={name}]").inner_text())

    def asked():
        """Networks whose dots are filled, but those of the legend."""
        fills = "nodes => nodes.filter((node) => !node.style.fill.includes('none')).length"
        return page.locator(".mv-picture circle").evaluate_all(fills) - 2

    assert (count("asked"), asked()) == (0, 0)
    assert page.evaluate(FAULTS) == []
    for each in laptop["counts"][:3]:
        page.keyboard.press("ArrowRight")
        assert (count("asked"), count("front"), asked()) == (each["asked"], each["front"], each["asked"])
    page.keyboard.press("ArrowLeft")
    assert asked() == laptop["counts"][1]["asked"]
    assert page.evaluate(FAULTS) == []
    page.keyboard.press("End")
    winner = page.locator(".mv-picture text", has_text=made.data["names"][laptop["winner"]])
    assert winner.is_visible()
    assert laptop["won"] in page.locator(".mv-formula").inner_text()
    assert laptop["won"] in page.locator("[data-said]").text_content()
    assert page.evaluate(FAULTS) == []
    page.locator("[data-setting=skin]").select_option(index=1)
    assert count("asked") == phone["counts"][-1]["asked"], "it stays at its end"
    assert phone["won"] in page.locator(".mv-formula").inner_text()
    assert "look at the order alone" in page.locator(".mv-caption").inner_text()
    page.locator(".mv .mv-picture").focus()
    page.keyboard.press("Home")
    assert asked() == 0
    assert page.evaluate(FAULTS) == []
    assert page.errors == []
