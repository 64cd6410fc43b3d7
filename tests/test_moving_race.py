"""The README's moving picture: current, over in five seconds, still where that is asked for, and true to the widget."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobiviz import cli
from mobiviz.widgets import Race

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/pictures/race.svg"
SHOWN = """() => [...document.querySelectorAll("text")]
  .filter((node) => +getComputedStyle(node.parentNode).opacity > 0.5).map((node) => node.textContent)"""
TICKS = 972
LONGEST_MS = 5000
EDGE = 80  # a cell's edge is smoothed otherwise on a layer that moved

pytestmark = pytest.mark.browser


# A slow machine may come when some are over and no longer listed: with its style anew, all begin again.
HELD = """(ms) => {
  if (!window.held) {
    const sheets = [...document.querySelectorAll("style")], texts = sheets.map((one) => one.textContent);
    sheets.forEach((one) => { one.textContent = ""; });
    document.getAnimations();
    sheets.forEach((one, i) => { one.textContent = texts[i]; });
    window.held = document.getAnimations();
    held.forEach((one) => one.pause());
  }
  held.forEach((one) => { one.currentTime = ms; });
}"""


def at(page, ms):
    """The words that are shown at a moment, at which the picture then stands."""
    page.evaluate(HELD, ms)
    return page.evaluate(SHOWN)


def seen(page):
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def test_it_is_what_the_command_writes_now(tmp_path, capsys):
    assert cli.main(["course", "pictures", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "race.svg").read_bytes() == PICTURE.read_bytes(), "run: mobiviz course pictures"


def test_it_asks_for_nothing_from_elsewhere_and_runs_no_script():
    words = PICTURE.read_text(encoding="utf-8")
    ET.fromstring(words)
    assert not re.search(r"<script|href=|url\((?!#)|@import|@font-face", words)
    assert PICTURE.stat().st_size < 100_000


def test_the_readme_shows_it_with_the_widgets_words():
    words = (ROOT / "README.md").read_text(encoding="utf-8")
    (alt,) = re.findall(r"!\[([^\]]+)\]\(docs/pictures/race\.svg\)", words)
    assert alt == Race().data["alt"]
    assert words.index("docs/pictures/race.svg") < words.index("```"), "the picture comes first"


def test_it_moves_and_rests_in_time_on_the_finished_frame(chromium):
    page = chromium(width=800, height=486)
    page.goto(PICTURE.as_uri())
    start = at(page, 0)
    began = seen(page)
    ends = page.evaluate("held.map((one) => one.effect.getComputedTiming().endTime)")
    assert max(ends) <= LONGEST_MS
    assert start.count("0 MACs") == 2
    finished = at(page, LONGEST_MS)
    data = Race().data
    for words in ("972 MACs", "243 + 108 = 351 MACs", data["answer"]):
        assert words in finished
    last = seen(page)
    still = chromium(width=800, height=486, still=True)
    still.goto(PICTURE.as_uri())
    assert still.evaluate("document.getAnimations().length") == 0
    assert abs(seen(still) - last).max() < EDGE, "without motion it is the finished frame"
    assert abs(began - last).max() > 2 * EDGE
    assert page.errors == still.errors == []


def test_both_lanes_count_one_mac_per_tick(chromium):
    page = chromium(width=800, height=486)
    page.goto(PICTURE.as_uri())
    for tick, lower in ((90, "90 MACs"), (243, "243 MACs"), (252, "243 + 9 = 252 MACs"), (351, None), (900, None)):
        shown = at(page, 300 + 4400 * (tick + 4) / TICKS)
        assert f"{tick} MACs" in shown
        assert (lower or "243 + 108 = 351 MACs, done") in shown
        assert sum("MACs" in words and words[0].isdigit() and "kernels" not in words for words in shown) == 2


def test_it_is_drawn_in_the_readers_theme(chromium):
    paper = []
    for dark in (False, True):
        page = chromium(width=800, height=486, dark=dark)
        page.goto(PICTURE.as_uri())
        paper.append(tuple(seen(page)[2, 2]))
    assert paper == [(255, 255, 255), (20, 23, 28)]
