"""check, hint and use: three states, PASS, TODO and FAIL, and never an exception to the learner."""

import base64
import os
import traceback
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any

from mobiviz.course import progress, watchdog
from mobiviz.course.compare import difference, drawable, holds_ellipsis, short
from mobiviz.course.exercise import Exercise
from mobiviz.course.exercises import load

_SIGNS = {"PASS": "✓", "TODO": "…", "FAIL": "✗"}
_FILLS = {"PASS": "#1a6b33", "TODO": "#57606a", "FAIL": "#a3211b"}  # each 5:1 or more under white text
_LINES = 5  # of what an answer prints
_passed: dict[str, Any] = {}
_hints_given: dict[str, int] = {}


@dataclass(frozen=True)
class Raised:
    """What an answer left instead of a value: the name of its exception, and words for its author."""

    error: str
    words: str


@dataclass(frozen=True)
class Result:
    """What a check found: a state, words for the learner, and a target beside theirs to draw."""

    id: str
    state: str
    words: str
    got: Any = None
    want: Any = None

    def __repr__(self) -> str:
        return f"{_SIGNS[self.state]} {self.state} {self.id}: {self.words}"

    def _repr_html_(self) -> str:
        lines = escape(self.words).splitlines()
        # JupyterLab breaks a line of <pre> anywhere, also inside a number, unless told otherwise.
        look = "margin:.4em 0;white-space:pre-wrap;word-break:normal;overflow-wrap:break-word"
        more = f"<pre style='{look}'>{'<br>'.join(lines[1:])}</pre>" if lines[1:] else ""
        more += self._reward()
        badge = f"background:{_FILLS[self.state]};color:#fff;padding:.1em .6em;border-radius:.6em;font-weight:600"
        return (
            f"<div role='status'><span style='{badge}'>{_SIGNS[self.state]} {self.state}</span> "
            f"<b>{self.id}</b>: {lines[0]}{more}{self._picture()}</div>"
        )

    def figure(self):
        """The target beside the learner's answer, as a Picture."""
        from mobiviz.course.pictures import beside

        return beside(self.got, self.want)

    def _reward(self) -> str:
        from mobiviz.course.animals import animal

        return animal(self.id) if self.state == "PASS" and load(self.id).rules else ""

    def _picture(self) -> str:
        if self.state == "PASS" or self.want is None:
            return ""
        from mobiviz.course.pictures import svg

        drawn = self.figure()
        data = base64.b64encode(svg(drawn).encode()).decode()
        alt = escape(drawn.alt, quote=True)
        return f"<img style='max-width:100%' alt='{alt}' src='data:image/svg+xml;base64,{data}'>"


def check(exercise_id: str, answer: Any) -> Result:
    """Whether `answer`, a function unless the exercise asks for a value, is right.

    Raises: ValueError for an unknown id, naming the nearest; AssertionError unless PASS where MOBIVIZ_STRICT=1.
    """
    exercise = load(exercise_id)
    if answer is exercise.reference:  # `f = use(...)` and the check again, without the learner's own cell between
        words = "this is the reference that use() gave you. Run the cell with your own first, then this one."
        result = Result(exercise_id, "TODO", words)
    else:
        result = judge(exercise, answer)
    if result.state == "PASS":
        _passed[exercise_id] = answer
    else:
        _passed.pop(exercise_id, None)
    progress.note(exercise_id, result.state)
    if result.state != "PASS" and os.environ.get("MOBIVIZ_STRICT") == "1":
        raise AssertionError(repr(result))
    return result


def hint(exercise_id: str) -> None:
    """Print the next hint of an exercise.

    Raises: ValueError for an unknown id, naming the nearest.
    """
    hints = load(exercise_id).hints
    given = _hints_given.get(exercise_id, 0)
    if given < len(hints):
        _hints_given[exercise_id] = given + 1
        print(f"Hint {given + 1} of {len(hints)}: {hints[given]}")
    else:
        print(f"That was the last hint. Go on without it: later cells use the reference of {exercise_id}.")


def use(exercise_id: str) -> Any:
    """The learner's answer if it passed its check, else the reference; prints which.

    Raises: ValueError for an unknown id, naming the nearest.
    """
    exercise = load(exercise_id)
    if exercise_id in _passed:
        print(f"{exercise_id}: using yours, which passed.")
        return _passed[exercise_id]
    print(f"{exercise_id}: using the reference, because yours has not passed yet.")
    return exercise.reference if exercise.parameters else exercise.reference()


def judge(exercise: Exercise, answer: Any) -> Result:
    """The state of an answer, with words that a mutant lends where the answer does what the mutant does."""
    if answer is Ellipsis:
        return Result(exercise.id, "TODO", _todo(exercise))
    if answer is None:
        return Result(exercise.id, "FAIL", "It is None: is a return missing?")
    if exercise.parameters and not callable(answer):
        call = f'check("{exercise.id}", {exercise.name})'
        return Result(exercise.id, "FAIL", f"This is a value. Hand over the function itself, without brackets: {call}")
    cases, outcomes, failed, printed = list(exercise.cases()), [], None, ""
    for case in cases:
        with redirect_stdout(StringIO()) as output:  # a print in the answer is shown once, not for every case
            got = outcome(exercise, answer, case)
        outcomes.append(got)
        if failed is None:
            want = exercise.observe(exercise.reference, *deepcopy(case))
            words = got.words if isinstance(got, Raised) else difference(got, want, exercise.tolerance)
            failed = (case, got, want, words) if words else None
            printed = output.getvalue() if failed else printed or output.getvalue()
            if holds_ellipsis(got):
                call = f"\n{_call(exercise, case)}\ntarget {_indent(short(want))}" if exercise.parameters else ""
                return Result(exercise.id, "TODO", _todo(exercise) + call + _printed(printed))
        if isinstance(got, Raised) and got.error == "TimeUp":
            break
    if failed is None:
        words = "right." if len(cases) == 1 else f"right in all {len(cases)} cases."
        return _by_the_rules(exercise, answer, words + _printed(printed))
    case, got, want, words = failed
    if not exercise.parameters:  # a value: the difference would tell the answer
        words = words if isinstance(want, (set, frozenset, dict)) else f"{short(got)} is not the answer."
    words = diagnosis(exercise, cases, outcomes) or words
    shown = f"\n{_call(exercise, case)}\n{_side_by_side(got, want)}" if case else ""
    want = want if exercise.parameters and drawable(got, want) else None
    return Result(exercise.id, "FAIL", words + shown + _printed(printed), got, want)


def _by_the_rules(exercise: Exercise, answer: Any, words: str) -> Result:
    """PASS, unless a right answer is not written as the puzzle allows."""
    if exercise.rules is None:
        return Result(exercise.id, "PASS", words)
    if broken := exercise.rules.broken(answer):
        return Result(exercise.id, "FAIL", f"Its values are right, and it breaks a rule: {broken}.")
    if not exercise.rules.readable(answer):
        words += f"\nYour code could not be read here, so its rule was not checked: {exercise.rules}."
    return Result(exercise.id, "PASS", words)


def diagnosis(exercise: Exercise, cases: list[tuple], outcomes: list) -> str | None:
    """The message of the first mutant that does in every case what the answer did."""
    for wrong in exercise.mutants:
        theirs = (outcome(exercise, wrong, case) for case in cases)
        if all(_alike(a, b, exercise.tolerance) for a, b in zip(outcomes, theirs, strict=False)):
            return wrong.mutant_message
    return None


def outcome(exercise: Exercise, answer: Any, case: tuple) -> Any:
    """What an answer gives for its own copy of a case, or how it raised, within the time limit."""
    as_function = answer if callable(answer) else lambda: deepcopy(answer)
    own = deepcopy(case)
    try:
        return watchdog.run(lambda: exercise.observe(as_function, *own), exercise.limit_s)
    except KeyboardInterrupt:
        raise
    except watchdog.TimeUp:
        return Raised("TimeUp", f"It was still running after {exercise.limit_s:g} s of work: does a loop never end?")
    except BaseException as error:
        return Raised(type(error).__name__, _own_words(error))


def _alike(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, Raised) or isinstance(b, Raised):
        return isinstance(a, Raised) and isinstance(b, Raised) and a.error == b.error
    return difference(a, b, tolerance) is None


def _todo(exercise: Exercise) -> str:
    return f'not written yet. Fill it in and run this cell again; hint("{exercise.id}") helps.'


def _call(exercise: Exercise, case: tuple) -> str:
    pairs = zip(exercise.parameters, case, strict=False)
    return f"{exercise.name}({', '.join(f'{name}={short(value, 120)}' for name, value in pairs)})"


def _side_by_side(got: Any, want: Any) -> str:
    """The target above theirs; of two dicts only what differs, each under its name."""
    if isinstance(got, dict) and isinstance(want, dict):
        apart = [key for key in want if key not in got or short(got[key]) != short(want[key])]
        return "\n".join(f"{key}\n{_side_by_side(got.get(key, Raised('', '')), want[key])}" for key in apart)
    yours = "no value" if isinstance(got, Raised) else short(got)
    return f"target {_indent(short(want))}\nyours  {_indent(yours)}"


def _printed(output: str) -> str:
    """The first lines that an answer printed in one case."""
    lines = output.splitlines()
    more = [f"and {len(lines) - _LINES} lines more"] * (len(lines) > _LINES)
    return "\n".join(["", "In one case it printed:", *(line[:100] for line in lines[:_LINES]), *more]) if lines else ""


def _indent(text: str) -> str:
    return text.replace("\n", "\n       ")


def _own_words(error: BaseException) -> str:
    """The last line of the learner's own traceback, and which of their lines it came from."""
    last = traceback.format_exception_only(error)[-1].strip()
    here = os.path.dirname(__file__)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(here)]
    own = [f for f in frames if "ipykernel" in f.filename or f.filename.startswith("<")] or frames
    where = f" (line {own[-1].lineno}" + (f": {own[-1].line})" if own[-1].line else ")") if own else ""
    return last + where
