"""The contact sheet: it holds every picture, and what is said of a picture stands in it."""

import json
import re
from contextlib import nullcontext

import pytest
from PIL import Image

from mobiviz import cli
from mobiviz.course import camera, contact, gallery

ASKED = ("Finding", "Unit", "Proof", "Next")


def test_each_picture_is_answered_for():
    said = contact.answers()
    assert list(said) == list(gallery.pieces())
    for words in said.values():
        assert re.findall(r"^(Finding|Unit|Proof|Next): \S", words, re.MULTILINE) == list(ASKED)


@pytest.mark.parametrize("idea", gallery.pieces())
def test_each_number_of_an_answer_is_the_picture_s(idea):
    known = json.dumps(gallery.piece(idea).state, ensure_ascii=False)
    held = {number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", known)}
    scripts = gallery.script(gallery.piece(idea).widget)
    answer = contact.answers()[idea]
    for number in re.findall(r"\d[\d,]*(?:\.\d+)?", answer):
        plain = number.rstrip(",").replace(",", "")
        assert len(plain) == 1 or plain in held or plain in scripts, f"{idea} does not hold {number}"


@pytest.mark.browser
def test_the_sheet_is_rebuilt_by_one_command(tmp_path, chromium_browser, monkeypatch, capsys):
    monkeypatch.setattr(camera, "chromium", lambda: nullcontext(chromium_browser))
    assert cli.main(["course", "sheet", "race", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "index.html")
    sizes = {way: Image.open(tmp_path / f"race-{way}.png").size for way in contact.WAYS}
    assert sizes["light"][0] == sizes["dark"][0] == 1120
    assert sizes["narrow"][0] == 400
    assert sizes["projector"] == (1920, 1080)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("<img ") == len(contact.WAYS)
    assert "instead of 972" in text


def test_an_unknown_picture_is_named(capsys):
    assert cli.main(["course", "sheet", "rase"]) == 1
    assert "did you mean 'race'?" in capsys.readouterr().err
