"""The exercises, one file each: which there are, and how one is loaded by its id."""

from importlib import import_module
from pkgutil import iter_modules

from mobiviz.course.exercise import Exercise, read
from mobiviz.names import unknown


def ids() -> list[str]:
    """Every exercise's id, sorted."""
    return sorted(module.name for module in iter_modules(__path__))


def load(exercise_id: str) -> Exercise:
    """The exercise with this id.

    Raises: ValueError for an unknown id, naming the nearest.
    """
    if exercise_id not in ids():
        raise ValueError(unknown("exercise", exercise_id, ids()))
    return read(exercise_id, import_module(f"{__name__}.{exercise_id}"))


def statement(exercise_id: str) -> str:
    """The call and the statement, and nothing that gives the answer away."""
    exercise = load(exercise_id)
    rules = f"\n\nRule: {exercise.rules}." if exercise.rules else ""
    return f"{exercise.name}({', '.join(exercise.parameters)})\n\n{exercise.statement}{rules}"
