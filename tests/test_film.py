"""Films of the pictures: their frames and size, the complete picture at their end, and what goes wrong, in words."""

import subprocess
import sys
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from mobiviz import cli, widgets
from mobiviz.course import camera, film, gallery

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = {getattr(getattr(widgets, name), "script", "") for name in widgets.__all__} - {""}


def frames_of(path):
    found = []
    with Image.open(path) as image:
        for at in range(image.n_frames):
            image.seek(at)
            found.append((image.convert("RGB"), image.info["duration"]))
        return found, image.info.get("loop")


def test_every_picture_of_the_course_is_in_the_gallery():
    assert len(gallery.pieces()) == len(SCRIPTS) == 17, "build with --run keeps what a notebook's pictures know"
    assert {*film.FILLED, *film.TURNED, *film.PATHS} <= set(gallery.pieces())
    for idea, names in film.TURNED.items():
        assert {*names} <= {control["name"] for control in gallery.piece(idea).state["data"]["controls"]}


def test_without_a_browser_the_error_names_the_remedy(monkeypatch):
    # Before the tests that hold a browser: playwright runs once in a process.
    pytest.importorskip("playwright")
    monkeypatch.setattr(camera.shutil, "which", lambda name: None)
    monkeypatch.setattr(Path, "exists", lambda path: False)
    with pytest.raises(FileNotFoundError, match="python -m playwright install chromium"), camera.chromium():
        pass
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(ImportError, match=r"pip install 'mobiviz\[film\]'"), camera.chromium():
        pass


@pytest.mark.browser
def test_a_film_ends_on_the_complete_picture(tmp_path, chromium):
    out = tmp_path / "race.webp"
    command = [sys.executable, "-m", "mobiviz", "film", "race", "--out", str(out), "--seconds", "4", "--width", "400"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert f"{out}: 37 frames of 400 x " in told
    found, loop = frames_of(out)
    assert len(found) == 972 // 27 + 1, "a frame for each position, and one before the first"
    assert [round(duration) for _, duration in found] == [111] * 36 + [film.HOLD_MS]
    assert loop == 0, "again and again"
    assert out.stat().st_size < film.BUDGET_BYTES
    page = chromium(width=400, height=900, still=True)
    page.goto(gallery.write_page(gallery.piece("race"), tmp_path / "page.html", film._STYLE).as_uri())
    page.wait_for_selector(".mv-picture > svg")
    (end,) = film.shots(page, [["End"]])
    box = page.locator(".mv .mv-picture").bounding_box()
    shown = (0, 0, 400, round(box["y"] + box["height"]))
    first, last = (frame.crop(shown) for frame in (found[0][0], found[-1][0]))
    assert ImageChops.difference(last, end.crop(shown)).getbbox() is None, "the last frame is what End shows"
    assert ImageChops.difference(last, first).getbbox()
    assert page.errors == []


@pytest.mark.browser
def test_a_knob_is_turned_through_and_back(tmp_path, chromium_browser, monkeypatch):
    monkeypatch.setattr(camera, "chromium", lambda: nullcontext(chromium_browser))
    out = tmp_path / "crusher.gif"
    looks = film.Looks(seconds=1, width=400, dark=True, once=True)
    (made,) = film.films(["crusher"], out, looks)
    found, loop = frames_of(out)
    values = gallery.piece("crusher").state["data"]["controls"][0]["values"]
    assert made.frames == len(found) == len(values) + 1
    assert loop is None, "once"
    assert all(ImageChops.difference(one, other).getbbox() for (one, _), (other, _) in pairwise(found))
    assert ImageChops.difference(found[0][0], found[-1][0]).getbbox() is None
    assert sum(found[0][0].getpixel((1, 1))) < 150, "dark paper"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rase"], "did you mean 'race'?"),
        ([], "name one picture"),
        (["race", "--all", "x"], "name one picture"),
        (["race", "--out", "race.mp4"], "written as .webp or .gif (got 'race.mp4')"),
        (["race", "--seconds", "0"], "seconds must be > 0"),
        (["race", "--width", "100"], "width must be from 320 to 3840 pixels (got 100)"),
    ],
)
def test_mistakes_are_one_line(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["film", *words]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_pictures_are_listed(capsys):
    assert cli.main(["film", "list"]) == 0
    assert "race: Split in two" in capsys.readouterr().out
