"""Claims court: verdicts follow from numbers, each of the notebook's changes with them, and the docket shows them."""

import ast
import re
from xml.etree import ElementTree

import pytest
from books import FAULTS, write_book

from mobiviz import assets, plot
from mobiviz.course import court
from mobiviz.widgets.docket import Card, Docket, cards_of

SOURCE = (assets.notebooks() / "source" / "13_claims_court.py").read_text(encoding="utf-8")
CLOCK = "fewer_macs_faster"  # judged by the learner's own milliseconds


@pytest.fixture(scope="module")
def judged():
    """The numbers that the notebook's own cells compute, claim by claim, with what they are compared with."""
    calls, space = {}, {}

    def stamp(name, computed, want=None):
        calls[name] = (dict(computed), dict(want or {}))

    cells = re.split(r"^# %%(.*)\n", SOURCE, flags=re.M)[1:]
    for tags, cell in zip(cells[::2], cells[1::2], strict=True):
        if any(kind in tags for kind in ("markdown", "measure", "visual", "guess", "quiz", "exercise", "check")):
            continue
        code = re.sub(r"^(from mobiviz.course.*|print\(.*|reveal\(.*)$", "", cell, flags=re.M)
        if "findings()" in code or "sentences()" in code:
            continue
        space.setdefault("stamp", stamp)
        space.setdefault(
            "use", lambda name: __import__("mobiviz.course.exercises.count_macs_13", fromlist=["x"]).reference
        )
        exec(compile(ast.parse(code), "cell", "exec"), space)
    return calls


def test_each_sentence_is_judged_by_one_cell(judged):
    assert len(court.sentences()) >= 15
    assert set(judged) | {CLOCK} == set(court.sentences())
    assert SOURCE.count('stamp("') == len(court.sentences())
    assert all(len(each.quote.split()) > 5 and each.source for each in court.sentences().values())


VERDICTS = {
    "saves_8_9": "TRUE IF", "saves_k_squared": "TRUE IF", "params_8_10": "TRUE IF", "smaller_10_20": "FALSE",
    "macs_10_20": "TRUE IF", "small_66_29": "FALSE", "small_66_25": "FALSE", "v2_14": "FALSE",
    "table_params": "TRUE IF", "table_macs": "TRUE IF", "competitive": "TRUE IF", "real_time": "TRUE IF",
    "alpha_squared": "TRUE IF", "rho_names": "TRUE", "classifier_1024": "TRUE IF", "bias_before_norm": "FALSE",
    "h_times_w": "TRUE IF",
}  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_follows_from_the_cells_own_numbers(judged, name):
    computed, want = judged[name]
    assert court.stamp(name, computed, want).verdict == VERDICTS[name]


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_changes_when_a_number_of_its_input_changes(judged, name, monkeypatch):
    """Once with the claim's own numbers moved, once with the computed ones."""
    computed, want = judged[name]
    sentence = court.sentences()[name]
    others = set()
    bounds = {"between": [{"low": 0, "high": 1e9}, {"low": -2, "high": -1}], "least": [{"low": -1e9}, {"low": 1e9}],
              "near": [{"part": 1e9}, {"part": -1}],
              "prints": [{k: f"{v:.3f}" for k, v in computed.items()}, dict.fromkeys(computed, "-1")]}  # fmt: skip
    for numbers in bounds[sentence.rule]:
        moved = court.Sentence(name, sentence.quote, sentence.source, sentence.rule, numbers, sentence.joint)
        monkeypatch.setattr(court, "sentences", lambda moved=moved: {name: moved})
        others.add(court.stamp(name, computed, want).verdict)
    assert others == {"TRUE", "FALSE"}
    monkeypatch.undo()
    far = dict.fromkeys(computed, -1000000000000.0)
    assert court.stamp(name, far, want).verdict == "FALSE"
    assert court.stamp(name, computed | {next(iter(computed)): None}, want).verdict == "CANNOT TELL"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: court.stamp("saves_89", {"a": 1}), "did you mean 'saves_8_9'"),
        (lambda: court.stamp("saves_8_9", {}), "a verdict needs numbers"),
        (lambda: court.stamp("small_66_29", {"mcas": 1.0}), "did you mean 'macs'"),
        (lambda: court.stamp("h_times_w", {"a": 1.0}), "want needs what a is compared with"),
    ],
)
def test_a_stamp_without_its_numbers_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def cards():
    return [Card(f"Claim {i} of many words", "a source", [("a", "1.5")], verdict, "why", "TRUE")
            for i, verdict in enumerate(("TRUE", "TRUE IF", "FALSE", "CANNOT TELL", "FALSE"))]  # fmt: skip


def test_the_docket_counts_its_verdicts_and_your_hits():
    made = Docket(cards())
    assert made.data["title"] == "Of 5 claims: 1 TRUE, 1 TRUE IF, 2 FALSE, 1 CANNOT TELL"
    assert [(card["right"], card["guessed"]) for card in made.data["cards"]] == [(1, n) for n in range(1, 6)]
    root = ElementTree.fromstring(made.poster())
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == 6
    with pytest.raises(ValueError, match="needs at least one card"):
        Docket([])
    with pytest.raises(ValueError, match="a verdict is one of TRUE"):
        Docket([Card("a", "b", [], "MAYBE", "c")])


def test_cards_hold_what_was_found():
    found = court.stamp("small_66_25", {"macs": 56.51, "params": 2.54})
    (card,) = cards_of([found], {"small_66_25": "TRUE IF"})
    assert (card.verdict, card.yours) == ("FALSE", "TRUE IF")
    assert card.computed == [("macs", "56.5 M"), ("params", "2.54 M")]
    assert "2.5" in repr(found)


def test_every_number_on_a_card_has_its_unit(judged):
    for name, (computed, want) in judged.items():
        found = court.stamp(name, computed, want)
        unit = found.sentence.unit
        assert unit if isinstance(unit, str) else set(unit) == set(computed), name
        for part, words in found.shown:
            assert words.endswith(unit if isinstance(unit, str) else unit[part])
            assert re.fullmatch(r"-?[\d.,e-]+(x| [A-Za-z].*)", words), words
    unknown = court.stamp(CLOCK, {"V2": None, "V3-Small": 2.614}, {"V2": 1.9, "V3-Small": 10.1})
    assert unknown.shown == [("V2", "?"), ("V3-Small", "2.61x")]


@pytest.mark.browser
@pytest.mark.parametrize("way", [{}, {"dark": True}, {"width": 400}, {"still": True}])
def test_cards_turn_by_key(chromium, tmp_path, way):
    page = chromium(**way)
    page.goto(write_book(tmp_path, Docket(cards())))
    page.locator(".mv .mv-picture").focus()
    assert page.evaluate(FAULTS) == []
    for turned, card in enumerate(cards(), 1):
        page.keyboard.press("ArrowRight")
        assert page.locator("[data-count=judged]").inner_text() == str(turned)
        assert card.verdict in page.locator("[data-said]").text_content()
    assert page.locator("[data-count=right]").inner_text() == "1"
    assert page.evaluate(FAULTS) == []
    assert page.errors == []


def test_the_calibration_plot_says_which_way_you_err():
    low = {f"g{i}": (1.0, 2.0) for i in range(5)}
    picture = plot.calibration(low)
    assert picture.title == "Your typical guess is off by a factor of 2.00, too low as a rule"
    assert picture.svg() == plot.calibration(low).svg()
    both = plot.calibration({"a": (1.0, 3.0), "b": (3.0, 1.0), "c": (1.0, 1.0)})
    assert "on both sides" in both.title
    assert "g4: 0.500x" in picture.alt
    alone = plot.calibration({"a": (5.0, 5.0)})
    assert (alone.title, alone.note.partition(" as ")[0]) == ("What you guessed is right", "1 guess,")
    assert plot.calibration({"a": (5.0, 5.0), "b": (2.0, 2.0)}).title == "What you guessed is right, each time"
    with pytest.raises(ValueError, match="needs guesses"):
        plot.calibration({})
    with pytest.raises(ValueError, match=r"must be > 0 to compare them by a factor \(got a"):
        plot.calibration({"a": (0.0, 1.0)})


def test_guesses_with_answers_are_kept_over_the_course(tmp_path, monkeypatch):
    from mobiviz.course import predictions

    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path))
    monkeypatch.setattr(predictions, "_here", {})
    assert predictions.answered() == {}
    predictions.guess("a_99", 4.0, unit="x")
    predictions.guess("b_99", 5.0)
    predictions.guess("word_99", "TRUE")
    predictions.reveal("a_99", 8.0)
    predictions.reveal("word_99", "FALSE")
    assert predictions.answered() == {"a_99": (4.0, 8.0)}
