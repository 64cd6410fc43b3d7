"""The pictures of notebook 07 in a real browser, from disk without a kernel: keys pressed, counters read."""

import itertools

import numpy as np
import pytest
from books import FAULTS, WAYS, focus, press, said, write_book
from test_widgets_v3 import a_photo, desk

from mobiviz.widgets import Magnifier
from mobiviz.widgets.mixing_desk import SIDE, STOPS

pytestmark = pytest.mark.browser

IDEAS = ("desk", "magnifier")
# The colour of each pixel of a picture inside the SVG, row by row.
PIXELS = """async (node) => {
  const image = new Image();
  image.src = node.getAttribute("href");
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(0, 0, image.width, image.height).data];
}"""


BOXES = "all => all.map((one) => one.getBBox()).map(({ y, height }) => [y, height])"
VISIBLE = "all => all.filter((one) => one.style.visibility !== 'hidden').length"


def attribute(name):
    return f"all => all.map((one) => one.getAttribute('{name}'))"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    return write_book(folder, desk(1, 2), Magnifier())


def shown(page, idea, name):
    return page.locator(f".mv[data-idea={idea}] [data-count={name}]").inner_text()


def choose(page, name, label):
    page.locator(f".mv[data-idea=desk] [data-setting={name}]").select_option(label=label)


def knobs(page):
    """How far up each fader stands, from 0 to 1, measured in the picture."""
    boxes = page.locator(".mv[data-idea=desk] [data-knob]").evaluate_all(BOXES)
    rails = page.locator(".mv[data-idea=desk] .wire").evaluate_all(BOXES)
    return [(top + tall - 12 - y) / (tall - 12) for (y, _), (top, tall) in zip(boxes, rails, strict=True)]


def colour(level):
    at = level / 127 * (len(STOPS) - 1)
    stops = [[int(stop[k : k + 2], 16) for k in (1, 3, 5)] for stop in STOPS]
    return [np.interp(at, range(len(STOPS)), [stop[k] for stop in stops]) for k in range(3)]


def test_the_desk_by_keyboard(opened):
    page, one = opened("desk"), desk(1, 2).data["photos"][0]
    assert page.locator(".mv[data-idea=desk] .mv-title").inner_text() == one["title"]
    for c, (mean, gate, after) in enumerate(one["rows"]):
        press(page, "ArrowRight")
        assert [shown(page, "desk", name) for name in ("gate", "mean", "after")] == [gate, mean, after]
        assert f"Channel {c}: " in said(page, "desk")
    assert f"{mean} × {gate} = {after}" in said(page, "desk")
    assert page.errors == []


def test_the_faders_stand_where_the_gates_are(opened):
    page = opened("desk")
    for seed in (1, 2):
        choose(page, "photo", f"photo {seed}")
        assert knobs(page) == pytest.approx(a_photo(seed)[2].tolist(), abs=0.01)
    choose(page, "se", "muted: all at 1")
    assert knobs(page) == pytest.approx([1] * 16, abs=0.01)
    assert "16 channels go on as they came" in page.locator(".mv[data-idea=desk] .mv-title").inner_text()
    focus(page, "desk")
    press(page, "ArrowRight")
    mean = desk(1, 2).data["photos"][1]["rows"][0][0]
    assert [shown(page, "desk", name) for name in ("gate", "mean", "after")] == ["1", mean, mean]


@pytest.mark.parametrize("channel", [0, 7, 15])
def test_a_map_after_its_gate_is_drawn_in_python_s_colours(opened, channel):
    page, gates = opened("desk"), a_photo(1)[2]
    images = page.locator(".mv[data-idea=desk] .mv-picture image")
    levels = np.frombuffer(desk(1, 2).grids, dtype=np.int8)[: 16 * SIDE * SIDE].reshape(16, -1)[channel]
    for which, gate in ((0, 1), (1, round(float(gates[channel]), 4))):
        drawn = np.array(images.nth(2 * channel + which).evaluate(PIXELS)).reshape(-1, 4)[:, :3]
        wanted = np.array([colour(np.floor(level * gate + 0.5)) for level in levels])
        assert np.abs(drawn - wanted).max() <= 1
    choose(page, "se", "muted: all at 1")
    hrefs = images.evaluate_all(attribute("href"))
    assert hrefs[2 * channel] == hrefs[2 * channel + 1], "muted, the map goes on as it came"


def test_the_large_pictures_are_the_chosen_channel_s(opened):
    page = opened("desk")
    press(page, *["ArrowRight"] * 5)
    hrefs = page.locator(".mv[data-idea=desk] .mv-picture image").evaluate_all(attribute("href"))
    assert hrefs[-2:] == hrefs[2 * 4 : 2 * 4 + 2]
    assert page.locator(".mv[data-idea=desk] .frame").evaluate_all(VISIBLE) == 1


def test_the_magnifier_by_keyboard(opened):
    page, points = opened("magnifier"), Magnifier().data["points"]
    assert shown(page, "magnifier", "apart") == "0.142"
    for point in points:
        press(page, "ArrowRight")
        values = [float(shown(page, "magnifier", name).replace("−", "-")) for name in ("apart", "swish", "h")]
        assert values == pytest.approx([point["apart"], point["swish"], point["h"]], abs=5.1e-5)
        assert page.locator(".mv[data-idea=magnifier] [data-formula]").inner_text() == point["words"]
    assert "x = 6" in said(page, "magnifier")
    assert page.errors == []


def test_the_magnifier_s_dots_stand_at_x(opened):
    page = opened("magnifier", "#magnifier?at=31")
    dots = page.locator(".mv[data-idea=magnifier] circle")
    middles, high = dots.evaluate_all(attribute("cx")), [float(y) for y in dots.evaluate_all(attribute("cy"))]
    assert len(set(middles)) == 1
    assert page.locator(".mv[data-idea=magnifier] .arrow").get_attribute("d").startswith(f"M{middles[0]} ")
    point = Magnifier().data["points"][30]
    assert high[1] - high[0] == pytest.approx(-28 * (point["h"] - point["swish"]), abs=1e-6)


def test_both_play_and_stop_at_the_end(opened):
    for idea, end in (("desk", "Channel 15"), ("magnifier", "x = 6")):
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
    page = opened("desk", "#desk?photo=1&se=0&at=3")
    assert page.locator(".mv[data-idea=desk]").get_attribute("data-address") == "photo=1&se=0&at=3"
    assert shown(page, "desk", "gate") == "1"


@pytest.mark.parametrize("way", WAYS)
def test_looks(opened, way):
    page = opened("desk", **WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    for idea, keys in itertools.product(IDEAS, ([], ["ArrowRight"] * 3, ["ArrowRight"] * 20, ["End"])):
        focus(page, idea)
        press(page, *keys)
        assert page.evaluate(FAULTS) == []
    choose(page, "se", "muted: all at 1")
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
    rows = {"desk": lambda: desk(1, 2), "magnifier": Magnifier}[idea]().table()
    assert root.get_by_role("row").count() == len(rows) + 1
