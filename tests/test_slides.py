"""Slides of a notebook: what is on them, that no code and no answer is, and that a browser turns them."""

import re

import pytest

from mobiviz import assets, cli
from mobiviz.course.slides import slides

NUMBERS = sorted(path.name[:2] for path in assets.notebooks("source").glob("*.py"))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_notebook_has_slides_without_code(number, tmp_path):
    text = slides(number, tmp_path).read_text(encoding="utf-8")
    (source,) = assets.notebooks("source").glob(f"{number}_*.py")
    words = source.read_text(encoding="utf-8")
    sections = re.findall(r"^# ##? (.+)$", words, flags=re.M)
    assert text.count('<section class="slide">') >= max(3, len(sections) - 2)
    body = text[text.index("<body>") :]
    assert "your code here" not in body
    assert "highlight" not in body, "no code"
    assert not re.search(r'(src|href)="https?://', body), "no network"


def test_the_command(tmp_path, capsys):
    assert cli.main(["course", "slides", "2", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip().endswith("02_depthwise_plus_pointwise_slides.html")
    assert cli.main(["course", "slides", "77"]) == 1
    assert "there is no notebook '77'; there are 00, 01" in capsys.readouterr().err


@pytest.mark.browser
def test_slides_turn_and_their_pictures_move(tmp_path, chromium):
    page = chromium()
    page.goto(slides("02", tmp_path).as_uri())
    told = page.locator(".deck output")
    page.wait_for_function("document.querySelector('.deck output').textContent")
    count = int(told.text_content().split(" of ")[1])
    assert page.locator(".slide:visible").count() == 1
    page.keyboard.press("PageUp")
    assert told.text_content() == f"1 of {count}"
    while not page.locator(".mv .mv-picture:visible").count():
        page.keyboard.press("PageDown")
    picture = page.locator(".mv .mv-picture:visible").first
    before = told.text_content()
    picture.focus()
    figure = page.locator(".mv:visible").first
    shown = figure.inner_text()
    page.keyboard.press("ArrowRight")
    assert figure.inner_text() != shown
    assert told.text_content() == before, "arrow keys are the picture's"
    for _ in range(count):
        page.locator(".deck button").last.click()
    assert told.text_content() == f"{count} of {count}"
    assert page.url.endswith(f"#slide-{count}")
    page.reload()
    page.wait_for_function("document.querySelector('.deck output').textContent")
    assert told.text_content() == f"{count} of {count}"
    assert not page.errors
