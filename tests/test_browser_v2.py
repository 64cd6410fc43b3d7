"""The pictures of notebook 06 in a real browser, from disk without a kernel: keys pressed, counters read."""

import itertools

import pytest
from books import FAULTS, WAYS, count, focus, press, said, write_book

from mobiviz.widgets import Crusher, Tube
from mobiviz.widgets.relu_crusher import CHANNELS

pytestmark = pytest.mark.browser

IDEAS = ("crusher", "tube")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    return write_book(folder, Crusher(), Tube())


def shown(page, idea, name):
    return page.locator(f".mv[data-idea={idea}] [data-count={name}]").inner_text()


def formula(page, idea):
    return page.locator(f".mv[data-idea={idea}] [data-formula]").inner_text()


def test_the_crusher_s_slider_holds_what_was_computed(opened):
    page, cases = opened("crusher"), Crusher().data["cases"]
    for n in CHANNELS:
        case = cases[str(n)]
        slider = page.locator(".mv[data-idea=crusher] [data-setting=n]")
        assert slider.get_attribute("aria-valuetext") == str(n)
        assert (shown(page, "crusher", "lost"), shown(page, "crusher", "bent")) == (case["share"], case["bent"])
        assert page.locator(".mv[data-idea=crusher] .mv-title").inner_text() == case["title"]
        assert formula(page, "crusher") == case["formula"]
        slider.focus()
        press(page, "ArrowRight")
    assert page.errors == []


@pytest.mark.parametrize("n", [2, 5, 30])
def test_the_crusher_walks_along_the_spiral(opened, n):
    page, case = opened("crusher", f"#crusher?n={n}"), Crusher().data["cases"][str(n)]
    found = []
    for _ in case["live"]:
        press(page, "ArrowRight")
        found.append(shown(page, "crusher", "live"))
    assert found == [f"{live} of {n}" for live in case["live"]]
    assert f"Point 48 of 48: {case['live'][-1]} channels are left" in said(page, "crusher")
    press(page, "Home")
    assert page.locator(".mv[data-idea=crusher] [data-count=live]").count() == 0
    assert page.errors == []


def test_the_crusher_draws_each_point_as_what_becomes_of_it(opened):
    page, case = opened("crusher"), Crusher().data["cases"]["2"]
    crosses = page.locator(".mv[data-idea=crusher] .mv-picture path[style*='stroke-width:1.8']").count()
    assert crosses == 3 * case["lost"][0] + 1, (
        "in the plane, in the row below the channels and projected back; one in the key"
    )
    assert page.locator(".mv[data-idea=crusher] .mv-picture path[style*='--mv-other']").count() == len(case["sectors"])


def test_the_ring_stands_on_the_point(opened):
    page = opened("crusher")
    press(page, *["ArrowRight"] * 7)
    ring, dot = page.evaluate("""() => {
      const frame = document.querySelector(".mv[data-idea=crusher] circle.frame");
      const dots = [...frame.parentNode.children].filter((node) => node.matches("circle, path"));
      const at = dots.indexOf(frame), box = (node) => node.getBBox(), own = dots[at - 48 + 6];
      return [box(frame), box(own)].map((b) => [b.x + b.width / 2, b.y + b.height / 2]);
    }""")
    assert ring == pytest.approx(dot, abs=0.5)


def test_the_tube_by_keyboard(opened):
    page, tube = opened("tube"), Tube().data["tubes"][0]
    assert count(page, "tube") == tube["macs"] == 10_311_168
    assert count(page, "tube", "bytes") == tube["peak"] == 652_288
    assert "637 KiB" in formula(page, "tube")
    for number, step in enumerate(tube["steps"], 1):
        press(page, "ArrowRight")
        assert count(page, "tube") == step["macs"]
        assert count(page, "tube", "bytes") == step["bytes"]
        assert count(page, "tube", "params") == step["params"]
        assert f"Step {number} of 4, {step['name']}: {step['in']} in, {step['out']} out" in said(page, "tube")
        assert formula(page, "tube") == f"alive: {step['sum']}"
    press(page, "Home")
    assert count(page, "tube") == tube["macs"]
    assert page.errors == []


def test_the_tube_s_menu_changes_the_block(opened):
    page = opened("tube")
    for tube in Tube().data["tubes"]:
        page.locator(".mv[data-idea=tube] [data-setting=block]").select_option(label=tube["label"])
        assert (count(page, "tube"), count(page, "tube", "bytes")) == (tube["macs"], tube["peak"])
        assert page.locator(".mv[data-idea=tube] .mv-title").inner_text() == tube["title"]
        focus(page, "tube")
        press(page, "End")
        assert f"Step {len(tube['steps'])} of {len(tube['steps'])}" in said(page, "tube")
    assert page.errors == []


def test_only_the_running_step_is_lit(opened):
    page = opened("tube")
    layers = page.locator(".mv[data-idea=tube] .mv-picture svg > g")
    press(page, "ArrowRight", "ArrowRight")
    shapes = "all => all.map((g) => [...g.querySelectorAll('path, rect')].map((one) => one.style.opacity))"
    dim = [set(group) for group in layers.evaluate_all(shapes)]
    assert dim == [{"0.3"}, {""}, {"0.3"}, {"0.3"}, {""}], "the second step, and the skip that is kept meanwhile"
    press(page, "ArrowLeft")
    assert [set(group) for group in layers.evaluate_all(shapes)][-1] == {"0.3"}, "nothing is kept beside the input yet"


def test_both_play_and_stop_at_the_end(opened):
    for idea, end in (("crusher", "Point 48 of 48"), ("tube", "Step 4 of 4")):
        page = opened(idea)
        press(page, "Space")
        page.wait_for_function(f"Number(document.querySelector('.mv[data-idea={idea}]').dataset.at) >= 2")
        press(page, "Space", "End")
        assert end in said(page, idea)
        page = opened(idea, still=True)
        press(page, "Space")
        assert end in said(page, idea), "with reduced motion the end comes at once"
        assert page.evaluate("document.getAnimations().length") == 0


def test_the_address_holds_the_state(opened):
    page = opened("crusher", "#crusher?n=10&at=3")
    assert page.locator(".mv[data-idea=crusher]").get_attribute("data-address") == "n=10&at=3"
    page = opened("tube", "#tube?block=1&at=2")
    assert count(page, "tube", "bytes") == 6_021_120


@pytest.mark.parametrize("way", WAYS)
def test_looks(opened, way):
    page = opened("crusher", **WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    for idea, keys in itertools.product(IDEAS, ([], ["ArrowRight"] * 3, ["End"])):
        focus(page, idea)
        press(page, *keys)
        assert page.evaluate(FAULTS) == []
    assert page.errors == []


@pytest.mark.parametrize("width", [400, 1280])
def test_every_setting_has_room(opened, width):
    page = opened("crusher", width=width)
    for idea, name, values in (("crusher", "n", CHANNELS), ("tube", "block", range(4))):
        for value in values:
            page.evaluate(f"location.hash = '#{idea}?{name}={value}&at=1'")
            page.wait_for_function(
                f"document.querySelector('.mv[data-idea={idea}]').dataset.address.startsWith('{name}={value}&')"
            )
            assert page.evaluate(FAULTS) == []
    assert page.errors == []


@pytest.mark.parametrize("idea", IDEAS)
def test_a_screen_reader_finds_title_steps_and_table(opened, idea):
    page = opened(idea)
    root = page.locator(f".mv[data-idea={idea}]")
    assert root.get_by_role("application").get_attribute("aria-describedby")
    assert root.get_by_role("button").count() == 5
    assert root.get_by_role("slider", name="step").get_attribute("aria-valuetext").startswith("step 0 of")
    root.get_by_text("The numbers as a table").press("Enter")
    rows = {"crusher": Crusher, "tube": Tube}[idea]().table()
    assert root.get_by_role("row").count() == len(rows) + 1
