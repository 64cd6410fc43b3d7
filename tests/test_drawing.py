"""Cases from a teacher's seed: new, the same for the same seed, fair to every right answer, and hard on a memory."""

import importlib.util
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mobiviz.course import exercises
from mobiviz.course.checking import judge
from mobiviz.course.compare import difference
from mobiviz.course.drawing import again, drawn
from mobiviz.course.draws import DRAWS

# Their cases are theirs for a reason: three words there are, and chance itself can be unkind to a right answer.
AS_THEY_ARE = {"state_00", "evolve_11"}
SLOW = {"features_12", "bugs_12"}  # each case is a training
FUNCTIONS = [each for each in exercises.ids() if exercises.load(each).parameters and each not in AS_THEY_ARE]


def on(exercise, cases):
    return replace(exercise, cases=lambda: cases)


@cache
def blind(exercise_id):
    """The right answers of those who saw only the statement."""
    path = Path(__file__).parent / "blind" / f"{exercise_id}.py"
    spec = importlib.util.spec_from_file_location(f"drawn_{exercise_id}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.RIGHT


@pytest.mark.parametrize("exercise_id", FUNCTIONS)
def test_no_right_answer_is_refused(exercise_id):
    exercise = exercises.load(exercise_id)
    for seed in range(1 if exercise_id in SLOW else 5):
        cases = drawn(exercise, seed)
        assert len(cases) >= 2
        for answer in (exercise.reference, *exercise.others, *blind(exercise_id)):
            result = judge(on(exercise, cases), answer)
            assert result.state == "PASS", f"seed {seed}, {answer}: {result}"


def test_the_drawn_cases_alone_catch_nearly_all_wrong_answers(record_property):
    caught, missed = 0, []
    for exercise_id in FUNCTIONS:
        exercise = exercises.load(exercise_id)
        harder = on(exercise, drawn(exercise, "a seed"))
        found = {mutant.__name__: judge(harder, mutant).state for mutant in exercise.mutants}
        caught += sum(state == "FAIL" for state in found.values())
        missed += [f"{exercise_id}.{name}" for name, state in found.items() if state != "FAIL"]
        assert "FAIL" in found.values(), f"{exercise_id}: its drawn cases catch nobody"
    record_property("score", f"drawn cases alone: {caught} of {caught + len(missed)} wrong answers caught")
    assert caught >= 0.9 * (caught + len(missed)), missed


@pytest.mark.parametrize("exercise_id", FUNCTIONS)
def test_what_is_drawn_is_new_and_is_the_same_for_the_same_seed(exercise_id):
    exercise = exercises.load(exercise_id)
    first, same, other = (observed(exercise, drawn(exercise, seed)) for seed in ("one", "one", "two"))
    assert alike(first, same)
    assert not alike(first, other)
    assert not alike(first, observed(exercise, list(exercise.cases())))


def observed(exercise, cases):
    """What the reference makes of the cases, with the cases: modules have no equality of their own."""
    return [(shown(case), exercise.observe(exercise.reference, *deepcopy(case))) for case in cases]


def shown(case):
    def flat(value):
        if hasattr(value, "state_dict"):
            return repr(value), [flat(each) for each in value.state_dict().values()]
        return value.tolist() if hasattr(value, "tolist") else repr(value)

    return [flat(value) for value in case]


def alike(first, second):
    if len(first) != len(second):
        return False
    return all(a == b and difference(x, y, 1e-6) is None for (a, x), (b, y) in zip(first, second, strict=True))


def test_an_answer_that_only_remembers_is_found_out():
    exercise = exercises.load("ratio_02")
    known = {case: exercise.reference(*case) for case in exercise.cases()}

    def remembers(N, k):
        return known.get((N, k), 0.0)

    assert judge(exercise, remembers).state == "PASS"
    assert judge(on(exercise, drawn(exercise, "secret")), remembers).state == "FAIL"


def test_values_and_kept_cases_have_none_to_draw():
    for exercise_id in set(exercises.ids()) - set(FUNCTIONS):
        assert drawn(exercises.load(exercise_id), "a seed") == []
    assert set(DRAWS) <= set(FUNCTIONS), "a draw of no exercise"


def test_a_value_drawn_again_keeps_what_it_is():
    from random import Random

    random = Random(1)
    assert again((3, "word", True), random) == (3, "word", True)
    assert again(np.array([0.0, 0.0]), random).tolist() == [0, 0]
    whole = again(np.arange(10.0), random)
    assert set(whole) <= set(range(10))
    assert again(np.zeros((2, 2), np.uint8), random).max() > 0
    scales = np.array([1e-6, 1.0, 1e6])
    assert (np.abs(again(scales, random) / scales - 1) <= 0.5).all()
