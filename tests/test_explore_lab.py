"""The feature-map explorer in JupyterLab: a layer that the page does not hold, another page, a photo of one's own."""

import numpy as np
import pytest
from books import focus, press
from live_lab import jupyterlab, run_all
from PIL import Image

import mobiviz as mv

pytestmark = pytest.mark.browser

CELLS = (
    """import torch, mobiviz as mv
torch.set_num_threads(1)
net = mv.weights.load(mv.MobileNet(mv.V2, 0.5, num_classes=10), "cifar10").eval()
explorer = mv.explore(net)
explorer""",
)
PICTURE = ".mv[data-idea=down]"
WAITED = "(words) => document.querySelector('.mv[data-idea=down] .mv-title').textContent.includes(words)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with jupyterlab(tmp_path_factory.mktemp("lab"), *CELLS) as address:
        yield address


def value(page):
    return float(page.locator(f"{PICTURE} [data-count=value]").inner_text().replace("−", "-"))


def test_every_layer_and_any_photo(lab, chromium, tmp_path):
    page = chromium()
    run_all(page, lab)
    page.locator(f"{PICTURE} .mv-picture image").first.wait_for()
    net = mv.weights.load(mv.MobileNet(mv.V2, 0.5, num_classes=10), "cifar10").eval()
    record = mv.watch(net, mv.image("cat"))
    bars = [call.path for call in record if call.macs]
    at = bars.index("features.9.expand.conv")
    page.locator(f"{PICTURE} [data-setting=layer]").select_option(index=at)
    page.wait_for_function(WAITED, arg="numbers of features.9.expand")
    focus(page, "down")
    press(page, "PageDown")
    page.wait_for_function(f"document.querySelector('{PICTURE}').dataset.address.includes('page=2')")
    page.locator(f"{PICTURE} [data-count=channel]", has_text="Channel 16").wait_for()
    press(page, "ArrowRight", "Enter")
    page.wait_for_function(WAITED, arg="Why channel 17 of features.9.expand")
    row, column = where(page)
    assert value(page) == pytest.approx(mv.explain(record, "features.9.expand", 17, row, column).kept, rel=1e-5)
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 1200, 3), dtype=np.uint8)).save(tmp_path / "my.png")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="a photo of your own").click()
    chosen.value.set_files(tmp_path / "my.png")
    page.get_by_text("my.png: the network says class").wait_for()
    mine = mv.watch(net, mv.image(tmp_path / "my.png"))
    wanted = mv.explain(mine, "features.9.expand", 17, row, column).kept
    page.wait_for_function(
        "(wanted) => Math.abs(Number(document.querySelector('.mv[data-idea=down] [data-count=value]').textContent"
        ".replace('−', '-')) - wanted) < 1e-4",
        arg=wanted,
    )
    assert where(page) == (row, column), "the reader stays where they were"
    focus(page, "down")
    press(page, "Escape", "Escape", "Escape")
    assert page.locator(f"{PICTURE} .mv-title").inner_text().startswith("Pointwise layers take ")
    assert page.locator(f"{PICTURE} .mv-picture").evaluate("node => node === document.activeElement")
    assert [error for error in page.errors if "favicon" not in error] == []


def where(page):
    words = page.locator(f"{PICTURE} .mv-caption").inner_text().replace(",", "").replace(".", "").split()
    return int(words[1]), int(words[3])
