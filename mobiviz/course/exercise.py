"""What an exercise is: a module with a statement, a reference, cases, wrong answers and hints.

The module's docstring is the statement. Its functions `reference` and `cases` are needed, those marked
`@mutant(message)` and `@other` are the wrong and the other right answers, `HINTS` are shown one at a time.
Optional: `TOLERANCE` (0: exact), `LIMIT_S` (a case), `RULES` (how it may be written), `NAME` (in the notebook, where it
is not the id's, as a class's) and `observe(answer, *case)` (what is compared; by default the answer called with it).
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from mobiviz.course.rules import Rules

Answer = Callable[..., Any]


def mutant(message: str) -> Callable[[Answer], Answer]:
    """Mark a wrong answer that people really give, with the message that whoever gives it reads."""

    def mark(answer: Answer) -> Answer:
        answer.mutant_message = message
        return answer

    return mark


def other(answer: Answer) -> Answer:
    """Mark a right answer written another way than the reference."""
    answer.is_other = True
    return answer


@dataclass(frozen=True)
class Exercise:
    """One exercise, read from its module by `mobiviz.course.exercises.load`."""

    id: str
    statement: str
    reference: Answer
    cases: Callable[[], Iterable[tuple]]
    mutants: tuple[Answer, ...]
    others: tuple[Answer, ...]
    hints: tuple[str, ...]
    observe: Callable[..., Any]
    tolerance: float
    limit_s: float
    rules: Rules | None = None
    own_name: str = ""

    @property
    def name(self) -> str:
        """What the learner's function is called: the id without the notebook's number, unless it has its own name."""
        return self.own_name or self.id.rpartition("_")[0]

    @property
    def parameters(self) -> list[str]:
        """Names of the reference's parameters; empty where the answer is a value and not a function."""
        return list(inspect.signature(self.reference).parameters)


def read(exercise_id: str, module: ModuleType) -> Exercise:
    """The exercise that a module describes.

    Raises: AttributeError where the module lacks `reference`, `cases` or `HINTS`.
    """
    # A function imported from elsewhere is not this exercise's own, whatever mark it carries.
    own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
    return Exercise(
        id=exercise_id,
        statement=inspect.cleandoc(module.__doc__ or ""),
        reference=module.reference,
        cases=module.cases,
        mutants=tuple(value for value in own if hasattr(value, "mutant_message")),
        others=tuple(value for value in own if hasattr(value, "is_other")),
        hints=tuple(module.HINTS),
        observe=getattr(module, "observe", _call),
        tolerance=getattr(module, "TOLERANCE", 0),
        limit_s=getattr(module, "LIMIT_S", 5.0),
        rules=getattr(module, "RULES", None),
        own_name=getattr(module, "NAME", ""),
    )


def _call(answer: Answer, *case: Any) -> Any:
    return answer(*case)
