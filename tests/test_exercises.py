"""Every exercise: its reference and other answers pass, its stub is TODO, each mutant fails with its own message."""

import re
from pathlib import Path

import pytest

from mobiviz import assets
from mobiviz.course import exercises
from mobiviz.course.checking import Raised, judge
from mobiviz.course.compare import difference
from mobiviz.course.exercise import read
from mobiviz.course.pictures import beside, svg

IDS = exercises.ids()
MUTANTS = [(i, mutant.__name__) for i in IDS for mutant in exercises.load(i).mutants]


def _mutant(exercise_id: str, name: str):
    exercise = exercises.load(exercise_id)
    return exercise, next(m for m in exercise.mutants if m.__name__ == name)


@pytest.mark.parametrize("exercise_id", IDS)
def test_its_own_right_answers_pass(exercise_id):
    exercise = exercises.load(exercise_id)
    for answer in (exercise.reference, *exercise.others):
        result = judge(exercise, answer if exercise.parameters else answer())
        assert result.state == "PASS", f"{answer.__name__}: {result}"


@pytest.mark.parametrize("exercise_id", IDS)
def test_it_has_what_an_exercise_needs(exercise_id):
    exercise = exercises.load(exercise_id)
    assert exercise_id.rpartition("_")[2].isdigit(), "an id ends in the number of its notebook"
    assert len(exercise.statement.split("\n\n", 1)[0].splitlines()) == 1, "a title, then a blank line"
    assert len(exercise.mutants) >= 3
    assert len(exercise.others) >= 2
    assert exercise.hints
    messages = [mutant.mutant_message for mutant in exercise.mutants]
    assert len(set(messages)) == len(messages)
    lines = Path(__import__(exercise.reference.__module__, fromlist=["x"]).__file__).read_text(encoding="utf-8")
    assert len(lines.splitlines()) <= 120, "an exercise is short"


def test_each_is_called_what_the_notebook_calls_it():
    """As a TODO and a failure show its call."""
    sources = "".join(path.read_text(encoding="utf-8") for path in assets.notebooks("source").glob("*.py"))
    checked = dict(re.findall(r'^check\("(\w+)", (\w+)\)', sources, flags=re.M))
    functions = [each for each in map(exercises.load, checked) if each.parameters]
    assert len(functions) > 30
    assert {each.id: each.name for each in functions} == {each.id: checked[each.id] for each in functions}
    todo = judge(exercises.load("inverted_residual_06"), lambda c_in, c_out, stride, t: ...)
    assert todo.state == "TODO"
    assert "\nInvertedResidual(c_in=" in repr(todo)


@pytest.mark.parametrize("exercise_id", IDS)
def test_the_stub_is_todo(exercise_id):
    exercise = exercises.load(exercise_id)
    assert judge(exercise, ...).state == "TODO"
    if exercise.parameters and not isinstance(exercise.reference, type):
        assert judge(exercise, lambda *case: ...).state == "TODO"


@pytest.mark.parametrize(("exercise_id", "name"), MUTANTS)
def test_each_mutant_fails_with_its_own_message_and_draws(exercise_id, name):
    exercise, mutant = _mutant(exercise_id, name)
    result = judge(exercise, mutant if exercise.parameters else mutant())
    assert result.state == "FAIL"
    assert mutant.mutant_message in result.words
    if result.want is not None:
        assert svg(result.figure()).startswith("<?xml")


@pytest.mark.parametrize("exercise_id", IDS)
def test_the_statement_gives_nothing_away(exercise_id):
    exercise = exercises.load(exercise_id)
    shown = exercises.statement(exercise_id)
    assert shown.startswith(f"{exercise.name}(")
    assert not any(mutant.mutant_message in shown for mutant in exercise.mutants)
    assert not any(hint in shown for hint in exercise.hints)


def test_the_mutation_score(record_property):
    caught = sum(judge(e, m if e.parameters else m()).state == "FAIL" for e, m in (_mutant(*key) for key in MUTANTS))
    record_property("score", f"mutants: {caught} of {len(MUTANTS)} wrong answers caught, {len(IDS)} exercises")
    assert caught == len(MUTANTS) >= 3 * len(IDS)


def _blind() -> dict:
    import importlib.util

    found = {}
    for path in sorted((Path(__file__).parent / "blind").glob("*_[0-9][0-9].py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        found[path.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found[path.stem])
    return found


BLIND = _blind()


@pytest.mark.parametrize("exercise_id", BLIND)
def test_answers_written_blind(exercise_id):
    exercise, module = exercises.load(exercise_id), BLIND[exercise_id]
    assert len(module.RIGHT) >= 3
    assert len(module.WRONG) >= 5
    refused = [f"{a}: {judge(exercise, a)}" for a in module.RIGHT if judge(exercise, a).state != "PASS"]
    assert not refused, "a right answer was refused"
    accepted = [str(a) for a in module.WRONG if judge(exercise, a).state == "PASS"]
    assert not accepted, "a wrong answer was accepted"


def test_the_first_try_score(record_property):
    """What came out when the blind answers met the checks for the first time, before anything was mended."""
    tries = {i: m.FIRST_TRY for i, m in BLIND.items()}
    right, wrong = (sum(score[i] for score in tries.values()) for i in (0, 1))
    of = [sum(len(getattr(m, kind)) for m in BLIND.values()) for kind in ("RIGHT", "WRONG")]
    words = f"{right} of {of[0]} right answers passed, {wrong} of {of[1]} wrong ones were caught"
    record_property("score", f"written blind, at the first try: {words}")
    assert set(tries) == set(IDS), "each exercise is tried by someone who sees only its statement"
    assert right <= of[0]
    assert wrong <= of[1]
    assert wrong <= of[1]


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'out_size_01'"):
        exercises.load("outsize_01")


def test_a_module_without_cases_is_no_exercise():
    import types

    with pytest.raises(AttributeError, match="reference"):
        read("empty_01", types.ModuleType("empty_01"))


SHAPES = [
    (None, [[1, 2], [3, 4]]),
    ([1, 2, 3], [[1, 2], [3, 4]]),
    (0, 0),
    (-3.5, 2),
    (float("inf"), 2),
    (10**400, 2),
    ("a word", [[1.0]]),
    ([[float("nan")]], [[1.0]]),
    ([], [[1.0]]),
    ({"a": 1}, {"a", "b"}),
    (Raised("TypeError", "TypeError: $x^"), 3),
    ([[[[1, 2]]]], [[1, 2]]),
    (object(), 1j),
]


@pytest.mark.parametrize(("got", "want"), SHAPES)
def test_the_picture_draws_whatever_comes(got, want):
    first = svg(beside(got, want))
    assert "<svg" in first
    assert svg(beside(got, want)) == first, "the same bytes each time"


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (None, 3, "is a return missing"),
        (3.0, 3, "float"),
        ([[1, 2]], [[1], [2]], "shape"),
        ({1}, {1, 2}, "missing"),
        ({1, 2, 3}, {1, 2}, "not part of it"),
        ({"a": 1}, {"a": 2}, "a: It is 1"),
        ({}, {"a": 2}, "no a"),
        ("x", "y", "should be"),
        (True, 1, None),
        ([1.0], [1], None),
        (1.0000001, 1.0, None),
        (float("nan"), 1.0, "nan"),
        (("a", 1), ("a", 2), "Item 1"),
    ],
)
def test_differences_in_words(got, want, words):
    found = difference(got, want, 1e-5 if isinstance(want, float) else 0)
    assert found is None if words is None else words in found
