"""report and the class picture: what a teacher sees, what nobody may see, and files that are no reports."""

import getpass
import json
import os
import platform
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mobiviz import cli, machine
from mobiviz.course import check, checking, classroom, exercises, guess, kept, predictions, progress, report, reveal
from mobiviz.course.reporting import KIND
from mobiviz.plot import crowds
from mobiviz.record import Race, Timing

USER, HOST = "ana.q", "anas-laptop"


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path / "own"))
    monkeypatch.delenv("MOBIVIZ_STRICT", raising=False)
    for each in (checking._passed, predictions._here, progress._here):
        each.clear()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to write in, on a machine with names that must not get out."""
    place = tmp_path / "home" / USER / "course"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.setattr(getpass, "getuser", lambda: USER)
    monkeypatch.setattr(platform, "node", lambda: f"{HOST}.school.example")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home" / USER)
    real = machine.facts()
    named = SimpleNamespace(**{**vars(real), "os": f"Linux 6.8.0-41-{HOST}", "cpu": f"Processor of {HOST}"})
    monkeypatch.setattr(machine, "facts", lambda: named)
    return place


def right(size, k, stride, padding):
    return (size + 2 * padding - k) // stride + 1


def wrong(size, k, stride, padding):
    return size


def race():
    samples = {"V2": np.linspace(7, 8, 21), "V3 small": np.linspace(2, 3, 21)}
    return Race.of({name: Timing.of(name, ms) for name, ms in samples.items()})


def worked():
    for answer in (..., wrong, wrong, right, wrong):
        check("out_size_01", answer)
    check("macs_conv_01", wrong)
    guess("ratio_02", 4.0, unit="x")
    guess("never_revealed", 3)
    guess("told_02", f"it is in /home/{USER}/secret/file.txt, said {USER.upper()} on {HOST}")
    reveal("ratio_02", 8.4)


def test_states_are_the_best_and_count_answers_until_one_was_right():
    worked()
    assert progress.states()["out_size_01"] == {"state": "PASS", "answers": 3}
    assert progress.states()["macs_conv_01"] == {"state": "FAIL", "answers": 1}
    progress._here.clear()
    assert progress.states()["out_size_01"] == {"state": "PASS", "answers": 3}, "another notebook reads it too"
    check("out_size_01", ...)
    assert progress.states()["out_size_01"]["state"] == "PASS", "a fresh copy begins with TODO and takes nothing back"


def test_a_build_is_no_learner(monkeypatch):
    monkeypatch.setenv("MOBIVIZ_STRICT", "1")
    check("out_size_01", right)
    assert progress.states() == {}


def test_states_survive_a_file_that_is_damaged_or_cannot_be_written(monkeypatch):
    check("out_size_01", right)
    file = kept.home() / "checks.json"
    file.write_text('{"out_size_01": {"state": "KING", "answers": "many"}}', encoding="utf-8")
    progress._here.clear()
    assert progress.states() == {}
    monkeypatch.setenv("MOBIVIZ_HOME", str(file))
    check("out_size_01", right)
    assert progress.states()["out_size_01"]["state"] == "PASS"


def test_a_report_is_shown_first_and_written_when_asked(folder):
    worked()
    shown = report()
    assert not list(folder.iterdir()), "showing writes nothing"
    assert "Nothing is written yet" in repr(shown)
    assert f"1 PASS, 1 FAIL, {len(exercises.ids()) - 2} TODO" in repr(shown)
    made = report(folder, name="Team 7", race=race(), macs={"V2": 300_774_272}, write=True)
    assert [path.name for path in made.written] == ["mobiviz-report-Team_7.json", "mobiviz-report-Team_7.html"]
    content = json.loads(made.written[0].read_text(encoding="utf-8"))
    assert content["exercises"]["out_size_01"] == {"state": "PASS", "answers": 3}
    assert content["guesses"]["ratio_02"] == {"guess": 4.0, "unit": "x", "answer": 8.4}
    assert content["timings"]["V2"]["macs"] == 300_774_272
    assert content["timings"]["V3 small"]["macs"] is None
    assert set(content) == {"kind", "mobiviz", "name", "exercises", "guesses", "timings", "machine"}
    page = made.written[1].read_text(encoding="utf-8")
    assert made.body() in page
    assert made.body() in made._repr_html_(), "what is shown is what is written"
    for words in ("out_size_01", "300,774,272", "7.5 ms", "8.40x", "Team 7", content["machine"]["python"]):
        assert words in page


def test_no_name_and_no_path_gets_out(folder):
    worked()
    made = report(race=race(), write=True)
    assert re.fullmatch(r"mobiviz-report-[0-9a-f]{8}\.json", made.written[0].name)
    for path in made.written:
        text = path.read_text(encoding="utf-8")
        for private in (USER, HOST, "school.example", str(folder), "/home/", "secret", os.sep + "course"):
            assert private.lower() not in text.lower(), f"{path.name} tells {private}"
        assert not re.search(r"\b20\d\d-\d\d-\d\dT", text), "nor when anybody worked"
    told = json.loads(made.written[0].read_text(encoding="utf-8"))
    assert told["guesses"]["told_02"]["guess"] == "it is in … said … on …"
    assert told["machine"]["system"] == "Linux 6.8"
    assert report(race=race(), write=True).written == made.written, "the same work has the same name"


@pytest.mark.parametrize("name", ["../up", "a/b", "x" * 41, "\n", ".hidden"])
def test_a_name_makes_a_file_name(folder, name):
    with pytest.raises(ValueError, match="a name has up to forty letters"):
        report(name=name, write=True)
    assert not list(folder.iterdir())


def written(folder, name, states=(), guesses=(), timings=()):
    content = {"kind": KIND, "exercises": {i: {"state": s} for i, s in states}, "guesses": dict(guesses)}
    content["timings"] = {net: {"macs": macs, "ms": [ms, ms, ms]} for net, macs, ms in timings}
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_a_class_is_drawn_and_junk_is_listed(folder, capsys):
    place = folder / "reports"
    worked()
    place.mkdir()
    report(place, name="one", race=race(), macs={"V2": 300_774_272, "V3 small": 56_510_400}, write=True)
    for at in range(2, 6):
        states = [("out_size_01", "PASS"), ("ratio_02", "FAIL" if at < 5 else "PASS"), ("no_such_01", "PASS")]
        guesses = [("ratio_02", {"guess": at, "answer": 8.4}), ("odd_02", {"guess": "x", "answer": 1})]
        written(place, f"sub/{at}.json", states, guesses, [("V2", 300_774_272, 6 + 3 * at), ("V2 0.5", 0, -1)])
    written(place, "copy.json", *([("out_size_01", "PASS")],))
    written(place, "zcopy.json", *([("out_size_01", "PASS")],))
    junk = {
        "photo.png": b"\x89PNG",
        "empty.json": b"",
        "list.json": b"[1]",
        "deep.json": b"[" * 100_000,
        "other.json": b'{"kind": "a letter"}',
        "broken.json": json.dumps({"kind": KIND, "exercises": [], "guesses": {}, "timings": {}}).encode(),
        "states.json": json.dumps(
            {"kind": KIND, "exercises": {"a": {"state": "<b>"}}, "guesses": {}, "timings": {}}
        ).encode(),
        "huge.json": b" " * (classroom.LARGEST + 1),
        "latin.json": b'{"kind": "\xff"}',
        "<script>.txt": b"x",
    }
    for name, data in junk.items():
        (place / name).write_bytes(data)
    assert cli.main(["class", str(place), "--out", str(place / "class.html")]) == 0
    told = capsys.readouterr().out
    assert "class.html: 6 reports" in told
    for name in junk:
        assert f"skipped {name}: " in told
    assert "skipped zcopy.json: the same as another report" in told
    page = (place / "class.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "Hardest is ratio_02: 3 tried it and have not passed" in page
    assert "V2 takes 2.80x as long on the slowest laptop as on the fastest" in page
    assert "<script" not in page
    assert "odd_02" not in page
    first = (place / "class.html").read_bytes()
    assert cli.main(["class", str(place), "--out", str(place / "class.html")]) == 0
    assert (place / "class.html").read_bytes() == first, "its own page is no junk, and nothing is left to chance"


def test_a_folder_without_reports_says_why(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("hello", encoding="utf-8")
    assert cli.main(["class", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "no file in" in said
    assert "skipped letter.txt: not a report" in said
    assert cli.main(["class", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_the_pictures_of_a_class_refuse_what_they_cannot_draw():
    for draw, wrong_ones in (
        (crowds.standing, ({}, {"a": (0, 0, 0)})),
        (crowds.predictions, ({}, {"a": []}, {"a": [(0, 1)]})),
        (crowds.laptops, ({}, {"a": {}}, {"a": {"V2": (1, 0)}})),
    ):
        for each in wrong_ones:
            with pytest.raises(ValueError, match=draw.__name__):
                draw(each)


def test_the_pictures_of_a_class_say_their_finding():
    assert crowds.standing({"a_01": (3, 0, 1)}).title == "Nobody is stuck: who began an exercise passed it"
    picture = crowds.predictions({"a_01": [(1, 2), (1, 4), (1, 8)], "b_01": [(2, 2)]})
    assert picture.title == "Furthest off is a_01: the middle guess by a factor of 4.00"
    alone = crowds.laptops({"one": {"V2": (3e8, 7.0)}})
    assert alone.title == "No network was timed on two laptops yet"
    for each in (picture, alone):
        assert each.svg() == each.svg()
        assert each.alt in each.svg() or each.alt.split(".")[0] in each.svg()
