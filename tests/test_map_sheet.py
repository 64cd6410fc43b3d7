"""The contact sheet: what it shows is what it was given, in its data, on its poster and in a browser."""

import base64
import io
import itertools
import re

import numpy as np
import pytest
import torch
from books import write_book
from PIL import Image
from torch import nn

import mobiviz as mv
from mobiviz.findings import Ablation, Axis, Field, Look
from mobiviz.probe import look
from mobiviz.widgets import ContactSheet

COUNT, SIDE = 32, 16
TUBE = [("a", 8, 16), ("b", 16, 8), ("c", 32, 4)]


def made_look(path="a.conv", seed=0, axis=None):
    """A layer of 32 maps: map c is c in one pixel, and muting channel c costs c - 2 points of the answer."""
    random = np.random.default_rng(seed)
    maps = np.zeros((COUNT, SIDE, SIDE))
    for c in range(COUNT):
        maps[c, c % SIDE, (3 * c) % SIDE] = c
    after = np.array([[0.9 - (c - 2) / 100, 0.1 + (c - 2) / 100] for c in range(COUNT)])
    found = Ablation(path, 40, tuple((c,) for c in range(COUNT)), np.array([0.9, 0.1]), after, ("cat", "dog"))
    axis = axis or Axis(5, 2, -1)
    field = Field(path, (32, 32), (SIDE, SIDE), (axis, axis), (8, 8), None, True)
    return Look(maps, random.normal(size=(COUNT, 3, 3)), found, field)


def made():
    photo = np.random.default_rng(1).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    return ContactSheet([made_look(), made_look("b.conv", 1, Axis(9, 2, -4))], photo, TUBE)


def test_the_bytes_are_the_maps_on_one_scale():
    widget = made()
    layer, second = widget.data["layers"]
    grids = np.frombuffer(widget.grids, dtype=np.int8).reshape(2, COUNT, SIDE, SIDE)
    assert second["offset"] == COUNT * SIDE * SIDE
    np.testing.assert_allclose(grids[0] / 127 * layer["top"], made_look().maps, atol=layer["top"] / 254)
    assert layer["top"] == COUNT - 1


def test_words_and_orders_are_the_ablation_s():
    layer = made().data["layers"][0]
    assert layer["orders"]["drop"] == list(range(COUNT))[::-1]
    assert layer["orders"]["looks"] == list(range(COUNT))[::-1]
    assert layer["drops"][:4] == ["−2.0", "−1.0", "0.0", "1.0"]
    assert layer["words"][12] == "Muted, cat goes from 90.0% to 80.0%: the answer stays."
    assert layer["peaks"][5] == [5, 15]
    assert layer["title"] == "The biggest-looking map, channel 31, is worth the most too: 29.0 points"
    assert len(made().table()) == 2 * COUNT


def test_an_answer_that_changes_is_named():
    one = made_look()
    one.ablation.after[31] = [0.2, 0.8]
    one.maps[30] *= 2
    layer = ContactSheet([one], np.zeros((32, 32, 3), np.uint8)).data["layers"][0]
    assert layer["words"][31] == "Muted, cat goes from 90.0% to 20.0%: the answer becomes dog, 80.0%."
    assert layer["title"] == "Channel 30 looks biggest and is worth 28.0 points of cat; channel 31 is worth 70.0"


def test_fields_are_those_of_the_layer():
    widget = made()
    for at, look_ in enumerate((made_look(), made_look("b.conv", 1, Axis(9, 2, -4)))):
        layer = widget.data["layers"][at]
        for y, x in itertools.product(range(SIDE), repeat=2):
            assert (tuple(layer["rows"][y]), tuple(layer["columns"][x])) == look_.field.box(y, x)
    assert widget.data["layers"][0]["field"] == "5 × 5"


def test_the_tube_knows_its_layers():
    assert [block["layer"] for block in made().data["tube"]] == [0, 1, -1]


def test_the_poster_holds_small_pictures_of_all_maps():
    poster = made().poster()
    tiles = re.findall(r'href="data:image/png;base64,([^"]+)"', poster)
    assert len(tiles) == COUNT
    first = np.asarray(Image.open(io.BytesIO(base64.b64decode(tiles[0]))).convert("RGB")).sum(axis=2)
    assert np.unravel_index(first.argmax(), first.shape) == (31 % SIDE, 93 % SIDE), "the one with the largest drop"
    assert len(poster) < 60_000
    one, axis = made_look(), Axis(3, 1, -1)
    field = Field("a.conv", (32, 32), (64, 64), (axis, axis), (8, 8), None, True)
    noise = Look(np.random.default_rng(0).random((COUNT, 64, 64)), one.kernels, one.ablation, field)
    assert len(ContactSheet([noise], np.zeros((32, 32, 3), np.uint8)).poster()) < 100_000


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: ContactSheet([], np.zeros((32, 32, 3), np.uint8)), r"1 to 6 layers \(got 0\)"),
        (lambda: ContactSheet([made_look()], np.zeros((31, 32, 3), np.uint8)), r"photo must be uint8 \(32, 32, 3\)"),
        (
            lambda: ContactSheet([made_look()], np.zeros((32, 32, 3), np.uint8), order="x"),
            "order must be one of channel",
        ),
        (
            lambda: ContactSheet(
                [Look(np.zeros((COUNT, 9, 9)), made_look().kernels, made_look().ablation, made_look().field)],
                np.zeros((32, 32, 3), np.uint8),
            ),
            r"maps of a.conv must be 16 x 16, as its field \(got 9 x 9\)",
        ),
        (lambda: look(mv.MobileNet(mv.V2, 0.35), torch.zeros(1, 3, 64, 64), ["features.3.expand"]), "no depthwise"),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()


def test_look_asks_what_the_parts_say():
    torch.manual_seed(0)
    net, x = mv.MobileNet(mv.V2, 0.35, num_classes=10).eval(), torch.randn(1, 3, 64, 64)
    for norm in (each for each in net.modules() if isinstance(each, nn.BatchNorm2d)):
        norm.running_var.uniform_(0.5, 2)
        norm.weight.data.uniform_(-1, 2)
    (one,) = look(net, x, ["features.3.depthwise"], channels=7)
    record = mv.watch(net, x)
    np.testing.assert_array_equal(one.maps, record["features.3.depthwise"].output[0][:7])
    np.testing.assert_array_equal(one.ablation.after, mv.probe.ablate(net, x, "features.3.depthwise", range(7)).after)
    before, layer = record["features.3.expand"].output, net.features[3].depthwise
    shift = layer.bn.bias - layer.bn.running_mean * layer.bn.weight / (layer.bn.running_var + layer.bn.eps).sqrt()
    kernels = torch.from_numpy(one.kernels)[:, None].float()
    made_by = nn.functional.conv2d(torch.from_numpy(before)[:, :7], kernels, shift[:7], padding=1, groups=7).clamp(0, 6)
    np.testing.assert_allclose(one.maps, made_by[0].detach().numpy(), atol=1e-4)
    assert one.field.size == mv.probe.receptive_field(net, x, "features.3.depthwise").size


@pytest.fixture(scope="module")
def book(tmp_path_factory):

    folder = tmp_path_factory.mktemp("sheet")
    return write_book(folder, made())


def opened(chromium, book, **ways):
    page = chromium(**ways)
    page.goto(book)
    page.locator(".mv-picture image[data-map]").first.wait_for()
    page.locator(".mv-picture").focus()
    return page


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def said(page):
    return page.locator("[data-said]").text_content()


def box_on_photo(page):
    """Where the frame on the photo is, in the photo's own pixels."""
    photo = page.locator(".mv-picture image:not([data-map])").bounding_box()
    frame = page.locator("[data-field]").last.evaluate("n => n.getBoundingClientRect().toJSON()")
    scale = photo["width"] / 32
    left, top = (frame["x"] - photo["x"]) / scale, (frame["y"] - photo["y"]) / scale
    return tuple(round(v) for v in (top, top + frame["height"] / scale, left, left + frame["width"] / scale))


@pytest.mark.browser
def test_by_keyboard(chromium, book):
    page, one = opened(chromium, book), made_look()
    press(page, "ArrowRight")
    assert said(page).startswith(
        "Channel 31 of a.conv. 29.0 points the answer drops. 0.121 mean |activation|. Muted, cat"
    )
    (top, bottom), (left, right) = one.field.box(31 % SIDE, 93 % SIDE)
    assert box_on_photo(page) == (top, bottom, left, right)
    kernel = [float(f"{w:.2g}") for w in np.round(one.kernels[31], 2).flat]
    shown = page.locator(".mv-picture g > text[text-anchor=middle]").all_text_contents()
    assert [float(text.replace("−", "-")) for text in shown if not text.isdigit()][-9:] == kernel
    press(page, "ArrowDown")
    assert said(page).startswith("Channel 23 of a.conv")
    press(page, "ArrowUp", "ArrowUp")
    assert said(page).startswith("Channel 31 of a.conv")
    press(page, "End")
    assert said(page).startswith("Channel 0 of a.conv. −2.0 points")
    press(page, "2", "ArrowRight")
    assert said(page).startswith("Channel 31 of b.conv")
    assert page.locator("[data-setting=layer]").evaluate("n => n.selectedIndex") == 1
    page.locator("[data-setting=order]").select_option(label="channel number")
    page.locator(".mv-picture").focus()
    press(page, *["ArrowRight"] * 6)
    assert said(page).startswith("Channel 5 of b.conv. 3.0 points")
    assert page.errors == []


@pytest.mark.browser
def test_pointing_at_a_pixel_frames_what_it_sees(chromium, book):
    page, one = opened(chromium, book), made_look()
    for slot, (y, x) in ((3, (0, 15)), (10, (7, 4)), (31, (15, 0))):
        tile = page.locator(f"image[data-map='{slot + 1}']")
        box = tile.bounding_box()
        page.mouse.move(box["x"] + (x + 0.5) * box["width"] / SIDE, box["y"] + (y + 0.5) * box["height"] / SIDE)
        (top, bottom), (left, right) = one.field.box(y, x)
        assert box_on_photo(page) == (top, bottom, left, right)
        assert f"Row {y}, column {x} sees 5 × 5" in page.locator("[data-formula]").inner_text()
        assert page.locator("[data-count=channel]").inner_text() == f"Channel {31 - slot}"
    page.locator("[data-layer='1']").click()
    assert page.locator("[data-count=maps]").inner_text() == "32"
    assert "b.conv" in page.locator(".mv-counters").inner_text()
    assert page.errors == []


@pytest.mark.browser
def test_the_painted_pixels_are_the_bytes(chromium, book):
    page, widget = opened(chromium, book), made()
    painted = page.locator("image[data-map='1']").evaluate("""async (node) => {
      const image = new Image(); image.src = node.getAttribute("href"); await image.decode();
      const canvas = document.createElement("canvas"); canvas.width = image.width; canvas.height = image.height;
      const pen = canvas.getContext("2d"); pen.drawImage(image, 0, 0);
      return [...pen.getImageData(0, 0, image.width, image.height).data];
    }""")
    shown = np.array(painted).reshape(SIDE, SIDE, 4)[..., :3]
    values = np.frombuffer(widget.grids, np.int8).reshape(2, COUNT, SIDE, SIDE)[0, 31]
    colours = np.array([list(bytes.fromhex(colour[1:])) for colour in widget.data["colours"]])
    np.testing.assert_array_equal(shown, colours[values.astype(int) + 127])


@pytest.mark.browser
@pytest.mark.parametrize("way", ["light", "dark", "narrow", "still", "forced"])
def test_looks(chromium, book, way):
    from books import FAULTS, WAYS

    page = opened(chromium, book, **WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    for keys in ([], ["ArrowRight"] * 3, ["End"], ["2", "End"]):
        press(page, *keys)
        assert page.evaluate(FAULTS) == []
    assert page.errors == []
