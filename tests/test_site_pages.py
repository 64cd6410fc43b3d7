"""The site as people meet it: every page opened from disk in a real browser."""

import re

import numpy as np
import pytest
import torch
from axe_playwright_python.base import AXE_FILE_PATH
from books import FAULTS
from PIL import Image
from test_site import NAMES, built  # noqa: F401, a fixture

import mobiviz as mv
from mobiviz import assets
from mobiviz.course.web import photo

pytestmark = pytest.mark.browser

AXE = "axe.run({preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
PAGES = ("index", "photo", "reference", "search", *NAMES)


@pytest.fixture
def at(built, chromium):  # noqa: F811
    """Open a page of the site; wait until its pictures are awake."""

    def open_page(name, after="", **ways):
        page = chromium(**ways)
        page.goto((built / f"{name}.html").as_uri() + after)
        if page.locator("[data-live], [data-plotly]").count():
            page.wait_for_function("'awake' in document.documentElement.dataset", timeout=60_000)
        return page

    return open_page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_nobody_out(at, name):
    page = at(name, still=True)
    page.add_script_tag(path=AXE_FILE_PATH)
    found = page.evaluate(AXE)["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate(FAULTS) == []
    assert page.errors == []


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_steps_and_ends_on_python_s_numbers(at, name):
    """Python's are those in the data that it gave; JavaScript has counted up to them step by step."""
    page = at(name, still=True)
    for host in page.locator("[data-live]").all():
        picture = host.locator(".mv-picture")
        first = host.locator(".mv").get_attribute("data-at")
        picture.press("Home")
        picture.press("ArrowRight")
        assert int(host.locator(".mv").get_attribute("data-at")) > 0, first
        picture.press("End")
        assert host.locator(".mv-scrub").input_value() == host.locator(".mv-scrub").get_attribute("max")
        assert host.locator("[data-said]").text_content()
    assert page.errors == []


def test_the_race_runs_once_and_ends_on_the_complete_frame(at):
    page = at("index")
    page.wait_for_function("document.querySelector('.mv').dataset.at === '972'", timeout=20_000)
    counts = page.locator("[data-count]").all_inner_texts()
    assert counts == [str(mv.pricing.conv(3, 4, 3, 5).macs), str(mv.pricing.separable(3, 4, 3, 5).macs)]
    still = at("index", still=True)
    assert still.evaluate("document.getAnimations().length") == 0


def test_a_link_brings_back_what_a_picture_shows(at):
    page = at("04_mobilenet_v1")
    page.locator("[data-idea=skyline] .mv-picture").press("ArrowRight")
    page.get_by_role("button", name="Copy link").click()
    address = page.evaluate("location.hash")
    assert re.fullmatch(r"#skyline\?.*at=1", address)
    again = at("04_mobilenet_v1", f"?present{address}")
    assert again.locator("[data-idea=skyline]").get_attribute("data-at") == "1"
    assert not again.locator("h1").is_visible()
    assert again.locator("[data-idea=skyline] .mv-picture").is_visible()


def test_search_leads_to_the_section(at):
    page = at("search", "?q=depthw mixes")
    assert "place" in page.locator("#found").inner_text()
    page.locator("#hits a").first.click()
    assert "#" in page.url or page.url.endswith(".html")
    assert page.errors == []


def test_the_photo_page_answers_as_python_does(at, tmp_path):
    torch.set_num_threads(1)
    net, names = photo.network()
    own = tmp_path / "own.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (301, 467, 3), dtype=np.uint8)).resize((233, 301)).save(
        own
    )
    page = at("photo")
    page.wait_for_function("document.querySelectorAll('#classes tr').length === 10", timeout=60_000)
    for file in (None, own, assets.data("photos", "rocket.jpg")):
        if file:
            before = page.locator("#classes").inner_text()
            page.locator("#file").set_input_files(file)
            page.wait_for_function("old => document.querySelector('#classes').innerText !== old", arg=before)
        with torch.no_grad():
            want = net(mv.image(file or "cat", size=photo.SIZE))[0].numpy()
        rows = page.locator("#classes tr").evaluate_all(
            "all => all.map(r => [r.cells[0].innerText, Number(r.dataset.logit)])"
        )
        got = np.array([dict(rows)[name] for name in names])
        assert np.abs(got - want).max() <= 1e-4 * np.abs(want).max()
    assert page.errors == []


def test_the_photo_page_says_what_is_no_picture(at, tmp_path):
    (tmp_path / "no.jpg").write_text("words", encoding="utf-8")
    page = at("photo")
    page.wait_for_function("document.querySelectorAll('#classes tr').length === 10", timeout=60_000)
    page.locator("#file").set_input_files(tmp_path / "no.jpg")
    page.get_by_text("cannot be read as a picture here").wait_for()
