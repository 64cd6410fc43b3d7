"""quiz: the exit ticket of a notebook, whose answers unfold by mouse or keyboard and need no kernel.

The questions are in `tickets/<NN>.toml`: a `text` and `options`, each with its words and a `why`; one is `right`.
"""

import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from mobiviz.names import unknown

_TICKETS = Path(__file__).parent / "tickets"


@dataclass(frozen=True)
class Option:
    """One answer to choose, and why it is right or not."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """One question with its options."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Ticket:
    """The exit ticket of one notebook."""

    number: str
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {question.text}")
            lines.extend(f"   {letter}) {option.text}" for letter, option in zip("abcdef", question.options))  # noqa: B905
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = []
        for number, question in enumerate(self.questions, 1):
            options = "".join(map(_details, "abcdef", question.options))
            parts.append(f"<p style='margin:.9em 0 .3em'><b>{number}. {escape(question.text)}</b></p>{options}")
        return f"<div role='group' aria-label='exit ticket'>{''.join(parts)}</div>"


def quiz(number: str) -> Ticket:
    """The exit ticket of notebook `number`, such as "01": choose an answer to unfold why.

    Raises: ValueError where this notebook has no ticket, naming the nearest that has.
    """
    known = sorted(path.stem for path in _TICKETS.glob("*.toml"))
    if number not in known:
        raise ValueError(unknown("exit ticket", number, known))
    with open(_TICKETS / f"{number}.toml", "rb") as file:
        found = tomllib.load(file)["question"]
    questions = (Question(q["text"], tuple(Option(**option) for option in q["options"])) for q in found)
    return Ticket(number, tuple(questions))


def _details(letter: str, option: Option) -> str:
    verdict = "✓ Right." if option.right else "✗ Not this."
    # JupyterLab keeps Enter and the arrows for itself unless the element that has the focus says otherwise.
    return (
        "<details style='margin:.15em 0 .15em 1em'>"
        f"<summary data-lm-suppress-shortcuts='true' style='cursor:pointer'>{letter}) {escape(option.text)}</summary>"
        f"<p style='margin:.2em 0 .5em 1.6em'><b>{verdict}</b> {escape(option.why)}</p></details>"
    )
