"""What a learner meets: check, hint, use, guess, reveal and quiz, and the watchdog behind them."""

import json
import math
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
import torch

from mobiviz import surprises
from mobiviz.course import check, checking, guess, hint, predictions, quiz, quizzes, reveal, use, watchdog
from mobiviz.course.exercises import load
from mobiviz.course.resnet50 import convs
from mobiviz.pricing import cost
from mobiviz.tables import V1, V3_SMALL


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("MOBIVIZ_STRICT", raising=False)
    for kept in (checking._passed, checking._hints_given, predictions._here):
        kept.clear()


def right(size, k, stride, padding):
    return (size + 2 * padding - k) // stride + 1


def wrong(size, k, stride, padding):
    return size


def raises(size, k, stride, padding):
    return sise / 2  # noqa: F821


def test_the_states_one_after_another(capsys):
    assert check("out_size_01", ...).state == "TODO"
    assert check("out_size_01", lambda *_: ...).state == "TODO"
    assert check("out_size_01", raises).state == "FAIL"
    assert check("out_size_01", wrong).state == "FAIL"
    assert use("out_size_01") is load("out_size_01").reference
    assert check("out_size_01", right).state == "PASS"
    assert use("out_size_01") is right
    assert check("out_size_01", wrong).state == "FAIL"
    assert use("out_size_01") is load("out_size_01").reference
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("using ")[1].split(",")[0] for line in printed] == ["the reference", "yours", "the reference"]


def test_a_state_is_word_sign_and_colour():
    for answer, state, sign in ((right, "PASS", "✓"), (..., "TODO", "…"), (wrong, "FAIL", "✗")):
        result = check("out_size_01", answer)
        assert repr(result).startswith(f"{sign} {state} out_size_01: ")
        assert f"{sign} {state}" in result._repr_html_()
        assert checking._FILLS[state] in result._repr_html_()
        assert "0x" not in repr(result)


def test_a_failure_shows_a_case_small_enough_to_work_out():
    words = check("out_size_01", wrong).words
    assert "out_size(size=5, k=3, stride=1, padding=0)\ntarget 3\nyours  5" in words
    assert "alt='Target: 3. Yours: 5.'" in check("out_size_01", wrong)._repr_html_()


def test_two_differences_are_named_and_each_has_its_lines():
    torch = pytest.importorskip("torch.nn")

    def block(c_in, c_out, stride):
        layers = [torch.Conv2d(c_in, c_in, 3, stride, 1, bias=False), torch.BatchNorm2d(c_in), torch.ReLU()]
        return torch.Sequential(*layers, torch.Conv2d(c_in, c_out, 1, bias=False), torch.BatchNorm2d(c_out))

    result = check("block_04", block)
    assert result.words.splitlines() == [
        "shapes of the parameters: Item 0 (counted from 0) is (2, 2, 3, 3); it should be (2, 1, 3, 3). "
        "MACs: It is 3024; it should be 1728. 1 more differs.",
        "block(c_in=2, c_out=3, stride=1)",
        "shapes of the parameters",
        "target [(2, 1, 3, 3), (2,), (2,), (3, 2, 1, 1), (3,), (3,)]",
        "yours  [(2, 2, 3, 3), (2,), (2,), (3, 2, 1, 1), (3,), (3,)]",
        "MACs",
        "target 1728",
        "yours  3024",
    ]
    assert "<img" not in result._repr_html_(), "words are enough"


@pytest.mark.parametrize("rows", [1, 8])
def test_what_an_answer_prints_is_shown_once(rows, capsys):
    def loud(*case):
        print(*range(rows), sep="\n")
        return right(*case)

    words = check("out_size_01", loud).words
    assert capsys.readouterr().out == ""
    shown = words.split("In one case it printed:\n")[1].splitlines()
    assert shown == (["0"] if rows == 1 else ["0", "1", "2", "3", "4", "and 3 lines more"])
    assert "In one case it printed:\n0" in check("out_size_01", lambda *case: loud(*case) + 1).words


def test_the_picture_follows_the_theme():
    for want, got in ((3, 5), ([[1.0, 2.0]], [[1.0, 3.0]]), ([[[1]], [[2]]], [[[1]], [[3]]])):
        drawn = checking.Result("out_size_01", "FAIL", "", got, want).figure().svg()
        assert "prefers-color-scheme:dark" in drawn
        assert ">target<" in drawn
        assert ">yours<" in drawn
    assert "[1], the first that differs" in drawn


def test_an_exception_is_a_failure_with_its_own_last_line():
    words = check("out_size_01", raises).words
    assert words.startswith("NameError: name 'sise' is not defined")
    assert "return sise / 2" in words


@pytest.mark.parametrize("error", [SystemExit, MemoryError, RecursionError, StopIteration, GeneratorExit])
def test_no_exception_reaches_the_learner(error):
    def answer(*_):
        raise error

    assert error.__name__ in check("out_size_01", answer).words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "is a return missing"),
        (lambda *_: None, "is a return missing"),
        (3, "Hand over the function itself"),
        (lambda: 3, "TypeError"),
        (lambda *_: object(), "should be a number"),
    ],
)
def test_what_is_no_answer_is_said_in_words(answer, words):
    result = check("out_size_01", answer)
    assert result.state == "FAIL"
    assert words in result.words


def test_strict_raises_on_todo_and_fail_only(monkeypatch):
    monkeypatch.setenv("MOBIVIZ_STRICT", "1")
    check("out_size_01", right)
    for answer in (..., wrong, None):
        with pytest.raises(AssertionError, match="out_size_01"):
            check("out_size_01", answer)


def test_an_unknown_id_names_the_nearest():
    for call in (lambda: check("out_sise_01", right), lambda: hint("out_sise_01"), lambda: use("out_sise_01")):
        with pytest.raises(ValueError, match="did you mean 'out_size_01'"):
            call()


def test_a_learner_cannot_spoil_the_cases():
    def vandal(x, w):
        x[:], w[:] = 0, 0
        return load("conv_naive_01").reference(x, w)

    assert check("conv_naive_01", vandal).state == "FAIL"
    assert checking.judge(load("conv_naive_01"), load("conv_naive_01").reference).state == "PASS"


def test_the_reference_is_nobodys_answer(capsys):
    result = check("out_size_01", use("out_size_01"))
    assert result.state == "TODO"
    assert "your own" in result.words


def test_an_endless_loop_ends_in_words():
    def endless(*_):
        while True:
            pass

    def stubborn(*_):
        deadline = time.monotonic() + 30  # so that this test ends even where the watchdog is broken
        while time.monotonic() < deadline:
            try:
                time.sleep(0.001)
            except:
                raise

    exercise = replace(load("out_size_01"), limit_s=0.2)
    for answer in (endless, stubborn):
        result = checking.judge(exercise, answer)
        assert result.state == "FAIL"
        assert "still running after 0.2 s" in result.words
    assert checking.judge(exercise, right).state == "PASS"


def test_the_watchdog_leaves_no_thread_behind():
    before = threading.active_count()
    with pytest.raises(watchdog.TimeUp):
        watchdog.run(lambda: [None for _ in iter(int, 1)], 0.1)
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_hints_come_one_at_a_time(capsys):
    hints = load("out_size_01").hints
    for number, words in enumerate(hints, 1):
        hint("out_size_01")
        assert capsys.readouterr().out == f"Hint {number} of {len(hints)}: {words}\n"
    hint("out_size_01")
    assert "last hint" in capsys.readouterr().out


def test_a_guess_is_kept_and_revealed(tmp_path, capsys):
    guess("double_01", 2, unit="x")
    assert capsys.readouterr().out == "double_01: your guess is 2x.\n"
    shown = reveal("double_01", 4)
    assert repr(shown) == "double_01: you said 2x; it is 4x, 2 times more"
    kept = json.loads((tmp_path / "guesses.json").read_text(encoding="utf-8"))["double_01"]
    assert (kept["guess"], kept["answer"], kept["unit"]) == (2, 4, "x")
    drawn = shown._repr_mimebundle_()["image/svg+xml"]
    assert "#d55e00" in drawn
    assert "prefers-color-scheme:dark" in drawn
    for words in ("double_01: you said 2x", ">you said 2x<", ">it is 4x<", ">0x<", ">1x<"):
        assert words in drawn


@pytest.mark.parametrize("nothing", [..., None])
def test_an_empty_prediction_never_blocks(nothing, tmp_path, capsys):
    guess("double_01", nothing, unit="x")
    assert "no guess yet" in capsys.readouterr().out
    shown = reveal("double_01", 4)
    assert shown._repr_mimebundle_() == {"text/plain": "double_01: you did not guess. It is 4x."}
    assert not (tmp_path / "guesses.json").exists()


@pytest.mark.parametrize(
    ("said", "answer", "words"),
    [
        ("same", "same", "you said same; it is same, as you said"),
        (-1, 2, "off by 3"),
        (118e6, 118_013_952, "close to what you said"),
        (["a", "b"], ["b", "a"], "it is"),
    ],
)
def test_any_kind_of_guess_reveals(said, answer, words):
    guess("any_01", said)
    shown = reveal("any_01", answer)
    assert words in repr(shown)
    assert shown._repr_mimebundle_() == shown._repr_mimebundle_()


@pytest.mark.parametrize(
    ("typed", "unit", "kept"),
    [("8x", "x", 8), (" 8.5 % ", "%", 8.5), ("12", "x", 12), (0.5, "x", 0.5), ("both", "", "both"), ("8x", "", "8x")],
)
def test_a_guess_may_be_typed_with_its_unit(typed, unit, kept):
    guess("typed_01", typed, unit)
    assert reveal("typed_01", 4).guess == kept


@pytest.mark.parametrize("typed", ["both", "", "8 %", "nan", float("inf"), [8], True, 10**400])
def test_a_guess_that_should_be_a_number_and_is_none_is_refused_in_words(typed, capsys):
    guess("double_01", 2, "x")
    guess("double_01", typed, "x")
    assert "is not a number. Type one" in capsys.readouterr().out
    assert reveal("double_01", 4).guess == 2, "the last good guess stands"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (8, "x", "8x"),
        (13.84, "x", "13.8x"),
        (1296.4, "x", "1296x"),
        (3.14, "%", "3.1%"),
        (0.04, "%", "0.0400%"),
        (7, "ms", "7 ms"),
        (2_000_000, "MACs", "2,000,000 MACs"),
        ("kernel", "", "kernel"),
    ],
)
def test_a_number_with_its_unit(value, unit, text):
    assert predictions.said(value, unit) == text


@pytest.mark.parametrize(
    "pair", [(1, 1000), (3, 0.002), (-2, 5), (0, 0), (1e-9, 1e9), (7, 7), (0.2, 0.3), (1, 10**200)]
)
def test_a_line_holds_both_and_has_few_ticks(pair):
    ticks, place = predictions._scale(*pair)
    assert 2 <= len(ticks) <= 11
    assert all(-1e-9 <= place(value) <= 1 + 1e-9 for value in (*pair, *ticks))
    assert [place(tick) for tick in ticks] == sorted(place(tick) for tick in ticks)


@pytest.mark.parametrize("broken", ["{", "[]", '{"a": 1}', "\x00"])
def test_a_broken_file_is_kept_aside(broken, tmp_path):
    for number in range(2):
        (tmp_path / "guesses.json").write_text(broken, encoding="utf-8")
        guess("double_01", number)
        assert json.loads((tmp_path / "guesses.json").read_text(encoding="utf-8"))["double_01"]["guess"] == number
    aside = sorted(path.name for path in tmp_path.iterdir() if "broken" in path.name)
    assert aside == ["guesses.broken", "guesses.broken1"]
    assert (tmp_path / "guesses.broken").read_text(encoding="utf-8") == broken


def test_a_file_that_cannot_be_written_costs_no_guess(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path / "file"))
    guess("double_01", 2)
    assert "not saved" in capsys.readouterr().out
    assert reveal("double_01", 4).guess == 2


@pytest.mark.parametrize("number", sorted(path.stem for path in quizzes._TICKETS.glob("*.toml")))
def test_every_ticket_explains_every_option(number):
    ticket = quiz(number)
    assert len(ticket.questions) == 3
    for question in ticket.questions:
        assert [option.right for option in question.options].count(True) == 1
        assert all(option.why for option in question.options)
    page = ticket._repr_html_()
    assert page.count("<summary data-lm-suppress-shortcuts='true'") == sum(len(q.options) for q in ticket.questions)
    assert "Right" not in repr(ticket)
    with pytest.raises(ValueError, match="did you mean '"):
        quiz("1")


def test_the_numbers_of_ticket_00():
    times = [2] * 10 + [46]
    _, median, _ = load("summarise_00").reference(times)
    right = next(option.text for option in quiz("00").questions[1].options if option.right)
    assert right == f"Median {median} ms, mean {sum(times) // len(times)} ms"
    assert sum(times) % len(times) == 0
    assert (min(times) + max(times)) / 2 == 24


def test_the_numbers_of_ticket_01():
    macs, stem = load("macs_conv_01").reference, convs()[0]
    assert f"{3 * 3 * 64}" == next(o.text for o in quiz("01").questions[0].options if o.right)
    assert macs(224, 8, 8, 3, 1, 1) == 4 * macs(112, 8, 8, 3, 1, 1)
    stem_macs = macs(224, stem.c_in, stem.c_out, stem.k, 2, 3)
    assert (round(stem_macs / 1e6), round(2 * stem_macs / 1e6)) == (118, 236)


def test_the_numbers_of_ticket_02():
    assert round(load("ratio_02").reference(64, 5)) == 18
    assert f"{1 / 64 + 1 / 25:.1%}" == "5.6%"
    assert f"{64 / (64 + 25):.0%}" == "72%"  # pointwise over pointwise and depthwise products at one position


def test_the_numbers_of_ticket_04():
    layers = cost(V1).layers
    shares = {
        kind: sum(x.macs for x in layers if x.kind == kind) / cost(V1).macs for kind in ("depthwise", "pointwise")
    }
    assert (f"{shares['depthwise']:.1%}", f"{shares['pointwise']:.0%}") == ("3.1%", "95%")
    assert f"{shares['depthwise'] / 2:.2%}" == "1.53%"
    assert load("same_macs_04").reference(28, 2) == 14
    assert round(load("same_macs_04").reference(28, 2) * 2**0.5) == 20  # the option of who doubles one end alone


def test_the_numbers_of_ticket_09():
    per_byte, limit = load("intensity_09").reference(128, 128, 3, 56, 128, 50, 20)
    assert (f"{per_byte:.2f}", f"{limit:.0f}") == ("1.12", "22")
    assert limit / 50 < 0.5, "it waits more than half of the time"
    assert 50 / 20 == 2.5
    macs = 9 * 128 * 56**2
    assert (f"{macs / 1e6:.1f}", f"{macs / per_byte / 1e6:.1f}") == ("3.6", "3.2")
    kept, given_back = (
        surprises.recorded("allocator")[name].median_ms for name in ("memory kept", "memory given back")
    )
    assert (f"{kept:.2f}", f"{given_back:.1f}") == ("0.17", "1.3")


def test_the_numbers_of_ticket_12():
    vector = V3_SMALL.units(num_classes=3)[-1].in_ch
    assert (vector, 3 * vector + 3, 60 * vector) == (1024, 3075, 61440)
    assert f"{cost(V3_SMALL, num_classes=10).params / 1e6:.1f}" == "1.5"
    assert f"{math.log(math.e + 3) - 1:.2f}" == "0.74"  # cross entropy of the logits 1, 0, 0, 0, of the first
    assert f"{math.log(math.e + 3):.2f}" == "1.74"  # and of the second


def test_the_numbers_of_ticket_08():
    seen = load("receptive_field_08").reference
    options = [option.text for option in quiz("08").questions[1].options]
    assert options == [str(seen([(3, 1), (3, 1)])), str(seen([(3, 2), (3, 1)])), str(3 * seen([(3, 2)]))]
    assert quiz("08").questions[1].options[1].right
    assert seen([(3, 2)]) + 2 * 2 == seen([(3, 2), (3, 1)])


def test_the_numbers_of_ticket_10():
    laptop, phone = {"A": (7.7, 7.5, 8.0), "B": (8.1, 7.9, 8.4)}, {"A": (45.0, 42.0, 49.0), "B": (60.0, 58.0, 63.0)}
    survives = load("survives_10").reference
    assert (survives(laptop, laptop), survives(phone, phone)) == (set(), {("A", "B")})
    got, want = torch.tensor([2e-9]), torch.tensor([1e-9])
    assert abs(float(got - want)) <= 1e-4
    assert not load("agree_10").reference(got, want)


def test_the_numbers_of_ticket_11():
    rho = load("trial_11").reference
    assert rho([2.0, 2.2], [1, 1], [2.9, 3.2])[0] == pytest.approx(1), "the table orders the two as the clock does"
    assert all(1.4 < took / told < 1.5 for told, took in ((2.0, 2.9), (2.2, 3.2)))
    worth = load("reward_11").reference
    assert worth(0.787, 2.0, 1.0, -0.07) == pytest.approx(worth(0.75, 1.0, 1.0, -0.07), abs=5e-4)
    assert worth(2 * 0.4, 2.0, 1.0, -1) == worth(0.4, 1.0, 1.0, -1)
    assert round(2**0.07, 2) == 1.05


def test_resnet50_as_published():
    """4.09 G MACs are torchvision's figure for ResNet-50; the classifier has 2048 x 1000."""
    total = sum(c.c_in * c.c_out * c.k**2 * c.out**2 for c in convs()) + 2048 * 1000
    assert (len(convs()), round(total / 1e9, 2)) == (53, 4.09)


def test_importing_the_course_is_cheap():
    code = "import sys, mobiviz.course as c; c.check; print(*(m in sys.modules for m in ('torch', 'matplotlib')))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
