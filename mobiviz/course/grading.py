"""What a hidden test cell calls: the points of an answer, one for the course's cases and one for a teacher's."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from typing import Any

from mobiviz.course.checking import Result, judge
from mobiviz.course.drawing import drawn
from mobiviz.course.exercise import Exercise
from mobiviz.course.exercises import load

POINTS = 2  # of each exercise


def grade(exercise_id: str, answer: Callable[[], Any], seed: str | int) -> int:
    """The points of the answer that a call gives, 0 to 2; prints which cases gave them.

    The library's own answer is nobody's: 0. Where an exercise asks for a value there are no other cases, and the
    course's give both points. An answer that does not exist, because its cell raised, has 0.

    Raises: ValueError for an unknown id, naming the nearest.
    """
    exercise = load(exercise_id)
    with _quiet():
        try:
            points, result = _judged(exercise, answer(), seed)
        except NameError as error:
            points, result = 0, Result(exercise_id, "TODO", f"{error}: its cell did not run to the end.")
    print(f"{points} of {POINTS} points. {result}")
    return points


def _judged(exercise: Exercise, answer: Any, seed: str | int) -> tuple[int, Result]:
    if getattr(answer, "__module__", None) == exercise.reference.__module__:
        return 0, Result(exercise.id, "FAIL", "this is the library's own answer.")
    result = judge(exercise, answer)
    if result.state != "PASS":
        return 0, result
    cases = drawn(exercise, seed)
    if not cases:
        return POINTS, result
    new = judge(replace(exercise, cases=lambda: cases), answer)
    return POINTS if new.state == "PASS" else 1, replace(new, words=f"{result.words} The teacher's: {new.words}")


@contextmanager
def _quiet() -> Iterator[None]:
    """nbgrader gives no point to a cell that writes to stderr, and a library's warning is no fault of a learner."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere), warnings.catch_warnings():
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
