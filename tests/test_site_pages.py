"""The site as people meet it: every page opened from disk in a real browser."""

import re
import threading
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from axe_playwright_python.base import AXE_FILE_PATH
from books import FAULTS
from PIL import Image
from playwright.sync_api import TimeoutError
from test_site import NAMES, built  # noqa: F401, a fixture

import mobiviz as mv
from mobiviz import assets
from mobiviz.course.web import photo

pytestmark = pytest.mark.browser

AXE = "axe.run({preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
# Words that stand outside of the window, or of a box that cuts them and cannot be scrolled.
CUT = """() => {
  const faults = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement, range = document.createRange();
    if (!node.textContent.trim() || parent.closest("script, style, noscript, .mv-unseen, .skip, option")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
    range.selectNodeContents(node);
    const { left, right, width } = range.getBoundingClientRect();
    if (!width) continue;
    let from = 0, to = document.documentElement.clientWidth;
    for (let box = parent; box !== document.body; box = box.parentElement) {
      const { overflowX } = getComputedStyle(box), sides = box.getBoundingClientRect();
      if (/auto|scroll/.test(overflowX)) { from = -Infinity; to = Infinity; break; }
      if (/hidden|clip/.test(overflowX)) { from = Math.max(from, sides.left); to = Math.min(to, sides.right); }
    }
    if (left < from - 2 || right > to + 2) faults.push(`cut: ${node.textContent.trim().slice(0, 60)}`);
  }
  return faults;
}"""
# Buttons, links and pictures whose words have the colour of their ground, where the system chose both.
UNSEEN = """() => [...document.querySelectorAll(`a, button, select, summary, p, li, th, td, h1, h2,
    .mv svg text:not([style*=fill])`)]
  .filter((node) => node.textContent.trim() && node.getClientRects().length)
  .filter((node) => {
    const { color, fill } = getComputedStyle(node), ink = node.ownerSVGElement ? fill : color;
    for (let box = node; box; box = box.parentElement) {
      const { backgroundColor } = getComputedStyle(box);
      if (!backgroundColor.endsWith(", 0)")) return backgroundColor === ink;
    }
    return false;
  }).map((node) => node.outerHTML.slice(0, 120))"""
PAGES = ("index", "photo", "reference", "teaching", "measured", "search", *NAMES)


class Quiet(SimpleHTTPRequestHandler):
    """Python's own server, without a line for each request."""

    def log_message(self, *words):
        pass


def ended(host):
    """What a picture says when End was pressed."""
    host.locator(".mv-picture").press("End")
    return host.locator("[data-said]").text_content()


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
    with suppress(TimeoutError):  # a picture is laid out anew once it has noticed
        page.wait_for_function(f"!({FAULTS})().length", timeout=5000)
    assert page.evaluate(FAULTS) == []
    assert page.errors == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_at_twice_the_size(at, name):
    """A window of 1280 pixels, zoomed to 200%, has room for half as many, each twice as large."""
    page = at(name, still=True, width=640, height=400, scale=2)
    assert page.evaluate("[innerWidth, devicePixelRatio]") == [640, 2]
    assert page.evaluate(FAULTS) == []
    assert page.evaluate(CUT) == []
    assert page.errors == []


def test_the_scanners_see_what_they_should(chromium):
    page = chromium(width=640)
    long = "<p style='white-space:nowrap;width:200px;overflow:{}'>" + "long " * 40 + "</p>"
    page.set_content(
        long.format("hidden") + long.format("auto") + "<a href='#' style='color:#fff;background:#fff'>x</a>"
    )
    assert [fault[:9] for fault in page.evaluate(CUT)] == ["cut: long"]
    assert [node[:2] for node in page.evaluate(UNSEEN)] == ["<a"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_in_colours_that_the_system_forces(at, name):
    page = at(name, still=True)
    page.emulate_media(forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.evaluate(UNSEEN) == []
    assert page.evaluate(FAULTS) == []
    for host in page.locator("[data-live]").all():
        host.locator(".mv-picture").focus()
        outline = host.locator(".mv-picture").evaluate("node => getComputedStyle(node).outlineStyle")
        assert outline == "solid", "the focus can be seen"
    assert page.errors == []


def test_a_local_server_gives_the_same_pages(built, chromium):  # noqa: F811
    """Every page, with what its pictures say at their end, is the one that opens from disk; nothing is missing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            for name in PAGES:
                told = []
                for base in (built.as_uri(), f"http://127.0.0.1:{server.server_port}"):
                    page = chromium(still=True)
                    missing = []
                    page.on("response", lambda got, missing=missing: got.status >= 400 and missing.append(got.url))
                    page.goto(f"{base}/{name}.html")
                    if page.locator("[data-live], [data-plotly]").count():
                        page.wait_for_function("'awake' in document.documentElement.dataset", timeout=60_000)
                    told.append([ended(host) for host in page.locator("[data-live]").all()])
                    assert (missing, page.errors) == ([], [])
                    page.close()
                assert told[0] == told[1]
        finally:
            server.shutdown()


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
