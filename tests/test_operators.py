"""Simple operators applied to every reference: its check catches the change, or `survivors.toml` says why it need not.

A change is caught where an exercise's own cases tell it from the reference, it raises, or it does not end in time.
"""

import random
import tomllib
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import replace
from functools import cache
from importlib import import_module
from io import StringIO
from pathlib import Path

import operators
import pytest

from mobiviz.course import exercises
from mobiviz.course.checking import Raised, outcome
from mobiviz.course.compare import difference

IDS = exercises.ids()
LISTED = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text(encoding="utf-8"))
EXPLAINED = {i: [name for each in groups for name in each["changes"]] for i, groups in LISTED.items()}
LEAST = 0.95
PASSED, CAUGHT, LATE = "passed", "caught", "late"


@cache
def outcomes(exercise_id: str) -> dict[str, str]:
    """What became of every change to an exercise's reference."""
    import torch

    exercise = exercises.load(exercise_id)
    module = import_module(exercise.reference.__module__)
    source = Path(module.__file__).read_text(encoding="utf-8")
    known = [(case, exercise.observe(exercise.reference, *deepcopy(case))) for case in exercise.cases()]
    quick = replace(exercise, limit_s=max(0.5, exercise.limit_s / 30))  # a change that never ends costs no more

    def tried(change):
        random.seed(0), torch.manual_seed(0)
        try:
            answer = operators.answer(source, module, change)
        except Exception:  # a constant that cannot be made
            return CAUGHT
        return _judged(quick, answer, known)

    assert tried(None) == PASSED, "the reference, taken apart and put together, is right"
    return {change.name: tried(change) for change in operators.changes(source)}


def _judged(exercise, answer, known) -> str:
    for case, want in known:
        with redirect_stdout(StringIO()):
            got = outcome(exercise, answer, case)
        if isinstance(got, Raised):
            return LATE if got.error == "TimeUp" else CAUGHT
        if difference(got, want, exercise.tolerance):
            return CAUGHT
    return PASSED


@pytest.mark.parametrize("exercise_id", IDS)
def test_every_change_is_caught_or_explained(exercise_id):
    found, listed = outcomes(exercise_id), EXPLAINED.get(exercise_id, [])
    holes = [name for name, state in found.items() if state == PASSED and name not in listed]
    assert not holes, "add a case that tells these from the reference, or say in survivors.toml why they are right"
    gone = [name for name in listed if found.get(name, CAUGHT) == CAUGHT]  # on a busy machine some may come late
    assert not gone, "survivors.toml lists changes that do not survive, or that nobody makes: take them out"


def test_the_score_of_the_simple_operators(record_property):
    states = [state for exercise_id in IDS for state in outcomes(exercise_id).values()]
    survived = sum(len(names) for names in EXPLAINED.values())
    caught, kinds = len(states) - survived, sum(map(len, LISTED.values()))
    share = caught / len(states)
    words = f"{caught:,} of {len(states):,} changes caught ({share:.1%}), {survived} survive for {kinds} stated reasons"
    record_property("score", f"simple operators on {len(IDS)} references: {words}")
    assert share >= LEAST


def test_each_survivor_has_a_reason_of_its_own():
    assert set(LISTED) <= set(IDS)
    for exercise_id, groups in LISTED.items():
        names = EXPLAINED[exercise_id]
        assert len(set(names)) == len(names), exercise_id
        assert all(len(group["why"].split()) >= 5 and group["changes"] for group in groups), exercise_id


SAMPLE = '''
LIMIT = 3

def unused(x):
    return x + 1

def helper(a, b, wrong=False):
    """Words that are left alone: 1 < 2."""
    return b - a if wrong else max(a, b) - LIMIT

def reference(a, b):
    if not a < b:
        raise ValueError("1 < 2")
    return helper(a, b)
'''


def test_the_operators_change_what_they_should():
    names = {change.name for change in operators.changes(SAMPLE)}
    for piece, words in {
        "swaps arguments": "reference: helper(a, b) -> helper(b, a)",
        "flips a comparison": "reference: a < b -> a >= b",
        "moves its edge": "reference: a < b -> a <= b",
        "removes a not": "reference: not a < b -> a < b",
        "adds one": "reference: return helper(a, b) -> return helper(a, b) + 1",
        "returns the input": "reference: all of it -> return b",
        "drops a term": "helper: max(a, b) - LIMIT -> max(a, b)",
        "puts min for max": "helper: max -> min",
        "replaces a constant": "LIMIT: 3 -> 4",
    }.items():
        assert words in names, piece
    assert not any("wrong" in name or "unused" in name or "1 < 2" in name for name in names)
    assert not any("max(b, a)" in name for name in names), "the order of max says nothing"


def test_a_change_reaches_the_reference_and_leaves_the_module_alone():
    from types import ModuleType

    module = ModuleType("sample")
    exec(SAMPLE, vars(module))
    changed = {change.name: change for change in operators.changes(SAMPLE)}
    assert operators.answer(SAMPLE, module)(1, 9) == 6
    assert operators.answer(SAMPLE, module, changed["LIMIT: 3 -> 4"])(1, 9) == 5
    assert operators.answer(SAMPLE, module, changed["helper: max -> min"])(1, 9) == -2
    assert module.reference(1, 9) == 6
