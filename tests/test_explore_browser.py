"""The path down and the three blocks in a real browser, from disk without a kernel: keys pressed, numbers read."""

import itertools

import numpy as np
import pytest
from books import FAULTS, WAYS, press, said, write_book

import mobiviz as mv
from mobiviz.widgets import Blocks, PathDown

pytestmark = pytest.mark.browser

IDEAS = ("down", "blocks")
STATES = ("view=net&at=0", "view=net&at=9", "view=block&at=2", "view=maps&at=3", "view=sum&at=11")


@pytest.fixture(scope="module")
def record():
    net = mv.weights.load(mv.MobileNet(mv.V2, 0.5, num_classes=10), "cifar10")
    return mv.watch(net, mv.image("cat", size=64))


@pytest.fixture(scope="module")
def down(record):
    return PathDown(record)


@pytest.fixture(scope="module")
def book(down, tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    return write_book(folder, down, Blocks())


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def shown(page, name, idea="down"):
    return page.locator(f".mv[data-idea={idea}] [data-count={name}]").inner_text()


def title(page, idea="down"):
    return page.locator(f".mv[data-idea={idea}] .mv-title").inner_text()


def view(page):
    return page.locator(".mv[data-idea=down] [data-setting=view]").evaluate("n => n.value")


def layer_of(down, path):
    return next((int(at), one) for at, one in down.data["layers"].items() if one["path"] == path)


def assert_sum(page, record, path, channel, row, column):
    """What stands in the picture is what `explain` finds."""
    found = mv.explain(record, path, channel, row, column)
    assert title(page).startswith(f"Why channel {channel} of {path} says ")
    assert number(shown(page, "value")) == pytest.approx(found.kept, rel=1e-5, abs=1e-6)
    assert number(shown(page, "sum")) == pytest.approx(found.sum, rel=1e-4, abs=1e-5)
    assert number(shown(page, "products")) == found.products.size
    assert f"Row {row}, column {column}" in page.locator(".mv[data-idea=down] .mv-caption").inner_text()
    lines = page.locator(".mv[data-idea=down] [data-formula]").inner_text().split("\n")
    assert [line.split(" ")[0] for line in lines[1:]] == [step.name.split(" ")[0] for step in found.steps]
    for line, step in zip(lines[1:], found.steps, strict=True):
        assert number(line.split()[-1]) == pytest.approx(step.value, rel=1e-4, abs=1e-5)
    return found


def test_one_path_down_and_up_again(opened, record, down):
    page = opened()
    at, facts = layer_of(down, "features.4.depthwise")
    block = next(tube for tube in down.data["tubes"] if tube["path"] == "features.4")
    press(page, *["ArrowRight"] * (at + 1))
    assert number(shown(page, "macs")) == down.data["net"]["bars"][at]["macs"]
    press(page, "Enter")
    assert view(page) == "1"
    assert title(page).startswith("features.4: ")
    assert number(shown(page, "macs")) == block["steps"][1]["macs"]
    assert number(shown(page, "bytes")) == block["steps"][1]["bytes"]
    press(page, "Enter")
    assert view(page) == "2"
    assert title(page) == facts["title"]
    press(page, "ArrowRight", "ArrowRight")
    assert shown(page, "channel") == f"Channel {facts['channels'][2]}"
    assert facts["stats"][2] in page.locator(".mv[data-idea=down] [data-formula]").inner_text()
    assert facts["goes"][2] in said(page, "down")
    press(page, "Enter")
    row, column = divmod(facts["peaks"][2], len(facts["columns"]))
    assert_sum(page, record, facts["path"], 2, facts["rows"][row], facts["columns"][column])
    for back in ("2", "1", "0"):
        press(page, "Escape")
        assert view(page) == back
    assert number(shown(page, "macs")) == down.data["net"]["bars"][at]["macs"], "back on the bar it came from"
    press(page, "Escape")
    assert view(page) == "0"
    assert page.errors == []


def test_each_product_of_a_depthwise_sum(opened, record, down):
    at, facts = layer_of(down, "features.4.depthwise")
    places = len(facts["rows"]) * len(facts["columns"])
    page = opened(address=f"#down?view=sum&layer={at}&at={5 * places + 2}")
    found = assert_sum(page, record, facts["path"], 5, facts["rows"][0], facts["columns"][1])
    for part, wanted in (("read", found.inputs), ("weights", found.kernel), ("products", found.products)):
        cells = page.locator(f".mv[data-idea=down] [data-part={part}] title").all_text_contents()
        values = [0.0 if "padding" in one else number(one) for one in cells]
        np.testing.assert_allclose(values, wanted.ravel(), rtol=1e-6, atol=1e-7)
        outside = [("padding" in one) for one in cells]
        assert outside == (~found.inside).ravel().tolist() if part == "read" else not any(outside)
    sums = page.locator(".mv[data-idea=down] [data-sum]").evaluate_all("all => all.map((n) => Number(n.dataset.sum))")
    assert sums == pytest.approx([found.products.sum()])
    assert page.errors == []


def test_a_pointwise_sum_shows_the_largest_and_the_rest(opened, record, down):
    at, facts = layer_of(down, "features.4.project")
    page = opened(address=f"#down?view=sum&layer={at}&at=3")
    found = assert_sum(page, record, facts["path"], 0, facts["rows"][0], facts["columns"][2])
    products = found.products.ravel()
    order = np.argsort(-np.abs(products), kind="stable")
    told = page.locator(".mv[data-idea=down] [data-product]").evaluate_all(
        "all => all.map((n) => Number(n.dataset.product))"
    )
    np.testing.assert_allclose(told, products[order][:9], rtol=1e-6)
    rest = page.locator(".mv[data-idea=down] [data-rest]").evaluate("n => Number(n.dataset.rest)")
    assert rest == pytest.approx(products[order][9:].sum(), abs=1e-6)
    assert page.errors == []


def test_the_first_layer_sums_over_three_colours(opened, record, down):
    at, facts = layer_of(down, "features.0")
    page = opened(address=f"#down?view=sum&layer={at}&at=1")
    found = assert_sum(page, record, facts["path"], 0, facts["rows"][0], facts["columns"][0])
    sums = page.locator(".mv[data-idea=down] [data-sum]").evaluate_all("all => all.map((n) => Number(n.dataset.sum))")
    np.testing.assert_allclose(sums, found.products.sum(axis=(1, 2)), rtol=1e-5, atol=1e-7)
    assert page.errors == []


def test_keys_walk_from_place_to_place_and_map_to_map(opened, record, down):
    at, facts = layer_of(down, "features.4.depthwise")
    places, line = len(facts["rows"]) * len(facts["columns"]), len(facts["columns"])
    page = opened(address=f"#down?view=sum&layer={at}&at=1")
    steps = (("ArrowRight", 0, 1), ("ArrowDown", 1, 1), ("ArrowLeft", 1, 0), ("ArrowUp", 0, 0), ("ArrowUp", 0, 0))
    for key, row, column in steps:
        press(page, key)
        assert_sum(page, record, facts["path"], 0, facts["rows"][row], facts["columns"][column])
    press(page, "PageDown", "PageDown")
    assert_sum(page, record, facts["path"], 2, facts["rows"][0], facts["columns"][0])
    press(page, "End")
    assert_sum(page, record, facts["path"], facts["channels"][-1], facts["rows"][-1], facts["columns"][-1])
    assert int(page.locator(".mv[data-idea=down]").get_attribute("data-at")) == len(facts["channels"]) * places
    assert line > 1
    press(page, "6")
    last = down.data["layers"][str(down.data["held"][5])]
    assert f"of {last['path']} says" in title(page)
    assert page.errors == []


def test_clicks_go_the_same_way(opened, record, down):
    page = opened(address="#down?view=net&at=0")
    at, facts = layer_of(down, "features.4.depthwise")
    page.locator(".mv[data-idea=down] .mv-picture rect:has(title)").nth(at).click()
    assert title(page).startswith("features.4: ")
    page.locator(".mv[data-idea=down] [data-step='2'] text").first.click()
    assert title(page) == facts["title"]
    page.locator(".mv[data-idea=down] image[data-map='3']").click()
    assert shown(page, "channel") == "Channel 3"
    large = page.locator(".mv[data-idea=down] image[data-large='3']")
    box = large.bounding_box()
    row, column = facts["rows"][1], facts["columns"][2]
    inside = [(column + 0.5) / facts["shape"][1] * box["width"], (row + 0.5) / facts["shape"][0] * box["height"]]
    large.click(position={"x": inside[0], "y": inside[1]})
    assert_sum(page, record, facts["path"], 3, row, column)
    page.locator(".mv[data-idea=down] image[data-large='3']").click(position={"x": 3, "y": 3})
    assert_sum(page, record, facts["path"], 3, facts["rows"][0], facts["columns"][0])
    assert page.errors == []


PIXELS = """async (node) => {
  const image = new Image(); image.src = node.getAttribute("href"); await image.decode();
  const canvas = document.createElement("canvas"); canvas.width = image.width; canvas.height = image.height;
  const pen = canvas.getContext("2d"); pen.drawImage(image, 0, 0);
  return [...pen.getImageData(0, 0, image.width, image.height).data];
}"""


def test_a_scale_for_all_or_for_each(opened, record, down):
    at, facts = layer_of(down, "features.4.depthwise")
    colours = np.array([list(bytes.fromhex(colour[1:])) for colour in down.data["colours"]])
    maps = record[facts["path"]].output[0][facts["channels"]]
    for scale in ("one", "each"):
        page = opened(address=f"#down?view=maps&layer={at}&scale={scale}&at=1")
        for m in (0, 7):
            top = np.abs(maps if scale == "one" else maps[m]).max()
            drawn_ = np.array(page.locator(f".mv[data-idea=down] image[data-map='{m}']").evaluate(PIXELS))
            wanted = colours[np.round(maps[m] / top * 127).astype(int) + 127]
            assert np.abs(drawn_.reshape(*maps[m].shape, 4)[..., :3] - wanted).max() <= 6, "a level or so of rounding"
        assert page.errors == []


def test_a_layer_whose_maps_are_elsewhere_says_where_there_are_some(opened, down):
    absent = next(at for at in range(53) if str(at) not in down.data["layers"])
    page = opened(address=f"#down?view=maps&layer={absent}")
    assert "are not here" in title(page)
    assert "1: features.0" in page.locator(".mv[data-idea=down] .mv-caption").inner_text()
    press(page, "2")
    assert title(page) == down.data["layers"][str(down.data["held"][1])]["title"]
    page = opened(address=f"#down?view=block&layer={absent}&at=1")
    press(page, "Enter")
    assert view(page) == "1", "nothing to open"
    assert "not in this picture" in said(page, "down")
    assert page.errors == []


def test_the_menus_say_the_same(opened, down):
    page = opened()
    select = page.locator(".mv[data-idea=down] [data-setting=view]")
    for name, label in (("2", "3: its maps"), ("3", "4: the sum of a pixel"), ("1", "2: a block")):
        select.select_option(label=label)
        assert view(page) == name
    at, facts = layer_of(down, "features.18")
    page.locator(".mv[data-idea=down] [data-setting=layer]").select_option(index=at)
    assert title(page).startswith("features.18: ")
    select.select_option(label="3: its maps")
    assert title(page) == facts["title"]
    assert page.errors == []


def test_the_blocks_by_keyboard(opened):
    page, blocks = opened("blocks"), Blocks()
    tubes = [blocks.data["tubes"][name][blocks.start[name]] for name in ("V1", "V2", "V3")]
    assert title(page, "blocks") == blocks.data["title"]
    for at in range(6):
        for name, tube in zip(("V1", "V2", "V3"), tubes, strict=True):
            step = tube if not at else tube["steps"][at - 1] if at <= len(tube["steps"]) else None
            assert shown(page, name, "blocks") == (f"{step['macs']:,}" if step else "–")
        press(page, "ArrowRight")
    press(page, "Home")
    assert "52,283,392" in page.locator(".mv[data-idea=blocks] .mv-counters").inner_text()
    assert page.errors == []


def test_the_blocks_menus_choose_any_block(opened):
    page, blocks = opened("blocks"), Blocks()
    for name, at in (("V1", 12), ("V2", 0), ("V3", 20)):
        page.locator(f".mv[data-idea=blocks] [data-setting={name}]").select_option(index=at)
        assert shown(page, name, "blocks") == f"{blocks.data['tubes'][name][at]['macs']:,}"
    chosen = [blocks.data["tubes"][name][at] for name, at in (("V1", 12), ("V2", 0), ("V3", 20))]
    fewest = min(chosen, key=lambda tube: tube["macs"])
    assert fewest["net"] in title(page, "blocks")
    assert page.errors == []


def test_both_play_and_stop_at_the_end(opened):
    for idea, end in (("down", "layer 53"), ("blocks", "step 5")):
        page = opened(idea, still=True)
        press(page, "Space")
        assert end in said(page, idea).lower(), "with reduced motion the end comes at once"
        assert page.evaluate("document.getAnimations().length") == 0
        page = opened(idea)
        press(page, "Space")
        page.wait_for_function(f"Number(document.querySelector('.mv[data-idea={idea}]').dataset.at) >= 2")
        press(page, "Space")
        assert page.errors == []


@pytest.mark.parametrize("way", WAYS)
def test_looks(opened, way, down):
    page = opened(**WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    layers = down.data["held"][:: 1 if way in ("light", "narrow") else 2]
    for at, state in itertools.product(layers, STATES):
        page.evaluate(f"location.hash = '#down?layer={at}&scale=one&{state}'")
        wanted = f"{state.split('&')[0]}&layer={at}"
        page.wait_for_function(f"document.querySelector('.mv[data-idea=down]').dataset.address.includes('{wanted}')")
        assert page.evaluate(FAULTS) == [], (at, state)
    for v1, v2, v3, at in ((6, 7, 11, 0), (0, 0, 0, 2), (12, 16, 25, 5), (3, 1, 15, 1)):
        page.evaluate(f"location.hash = '#blocks?V1={v1}&V2={v2}&V3={v3}&at={at}'")
        wanted = f"V1={v1}&V2={v2}&V3={v3}"
        page.wait_for_function(f"document.querySelector('.mv[data-idea=blocks]').dataset.address.includes('{wanted}')")
        assert page.evaluate(FAULTS) == [], (v1, v2, v3)
    assert page.errors == []


@pytest.mark.parametrize("idea", IDEAS)
def test_a_screen_reader_finds_title_steps_and_table(opened, idea, down):
    page = opened(idea)
    root = page.locator(f".mv[data-idea={idea}]")
    assert root.get_by_role("application").get_attribute("aria-describedby")
    assert root.get_by_role("button").count() == 5
    assert root.get_by_role("slider", name="step").get_attribute("aria-valuetext").startswith("step 0 of")
    root.get_by_text("The numbers as a table").press("Enter")
    rows = {"down": down, "blocks": Blocks()}[idea].table()
    assert root.get_by_role("row").count() == len(rows) + 1
