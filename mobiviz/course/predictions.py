"""guess and reveal: what the learner expects, kept in a small local file, and how it compares."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from math import isfinite, log10
from pathlib import Path
from typing import Any

from mobiviz.course.compare import short
from mobiviz.plot.palette import IDEAS, THEMES

_here: dict[str, dict] = {}  # this session's guesses, for when the file cannot be written


@dataclass(frozen=True)
class Revealed:
    """A guess against the answer, on one line."""

    id: str
    guess: Any
    answer: Any
    unit: str

    def __repr__(self) -> str:
        said = "you did not guess" if self.guess is None else f"you said {_with_unit(self.guess, self.unit)}"
        return f"{self.id}: {said}; it is {_with_unit(self.answer, self.unit)}{self._distance()}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        drawn = {"image/svg+xml": self._svg()} if _number(self.answer) else {}
        return {"text/plain": repr(self), **drawn}

    def _distance(self) -> str:
        if not (_number(self.guess) and _number(self.answer)):
            return "" if self.guess is None else (", as you said" if self.guess == self.answer else "")
        if self.guess == self.answer:
            return ", as you said"
        if self.guess <= 0 or self.answer <= 0:
            return f", off by {short(self.answer - self.guess)}"
        ratio = self.answer / self.guess
        return f", {max(ratio, 1 / ratio):.3g} times " + ("more" if ratio > 1 else "less")

    def _svg(self) -> str:
        theme, yours = THEMES["light"], IDEAS["yours"]
        marks = [("it is", self.answer, theme.text, theme.text, 24, 40)]
        if _number(self.guess):
            marks.append(("you said", self.guess, yours.ink, yours.fill, 92, 72))
        values = [mark[1] for mark in marks]
        ratio = min(values) > 0 and max(values) / min(values) > 20
        place = _scale(values, ratio)
        body = []
        for word, value, ink, fill, text_y, tip_y in marks:
            x = place(value)
            label = f"{word} {_with_unit(value, self.unit)}"
            anchor = "start" if x < 150 else "end" if x > 450 else "middle"
            body.append(
                f'<path d="M{x:.1f} 56L{x - 6:.1f} {tip_y}L{x + 6:.1f} {tip_y}Z" fill="{fill}" stroke="{ink}" '
                f'stroke-width="1.5"/><text x="{x:.1f}" y="{text_y}" fill="{ink}" '
                f'text-anchor="{anchor}">{escape(label)}</text>'
            )
        if ratio:
            body.append(f'<text x="590" y="106" fill="{theme.muted}" text-anchor="end" font-size="12">log scale</text>')
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 112" width="600" height="112" role="img" '
            f'font-family="system-ui,sans-serif" font-size="15"><title>{escape(repr(self))}</title>'
            f'<rect width="600" height="112" fill="{theme.paper}"/>'
            f'<path d="M20 56H580" stroke="{theme.line}" stroke-width="1.5"/>{"".join(body)}</svg>'
        )


def guess(guess_id: str, value: Any, unit: str = "") -> None:
    """Keep a prediction; `...` or None is no prediction yet and stops nothing."""
    if value is None or value is Ellipsis:
        _here.setdefault(guess_id, {"unit": unit})
        print(f"{guess_id}: no guess yet. Type one above and run this cell again, or read on.")
        return
    entry = {"guess": _plain(value), "unit": unit, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    saved = _remember(guess_id, entry)
    print(f"{guess_id}: your guess is {_with_unit(entry['guess'], unit)}." + ("" if saved else " It was not saved."))


def reveal(guess_id: str, value: Any) -> Revealed:
    """The kept guess against the answer."""
    entry = {**_read().get(guess_id, {}), **_here.get(guess_id, {})}
    if "guess" in entry:
        _remember(guess_id, {**entry, "answer": _plain(value)})
    return Revealed(guess_id, entry.get("guess"), _plain(value), entry.get("unit", ""))


def guesses_file() -> Path:
    """Where guesses are kept: `guesses.json` in the folder MOBIVIZ_HOME, else in `.mobiviz` at home."""
    return Path(os.environ.get("MOBIVIZ_HOME") or Path.home() / ".mobiviz") / "guesses.json"


def _remember(guess_id: str, entry: dict) -> bool:
    """Whether the entry could be saved; it counts in this session in any case."""
    _here[guess_id] = entry
    path = guesses_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        draft.write_text(json.dumps({**_read(), guess_id: entry}, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(draft, path)
    except OSError:
        return False
    return True


def _read() -> dict[str, dict]:
    path = guesses_file()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and all(isinstance(entry, dict) for entry in found.values()):
            return found
    except OSError:
        return {}
    except ValueError:
        pass
    aside, number = path.with_suffix(".broken"), 0
    while aside.exists():  # never over an earlier one
        number += 1
        aside = path.with_suffix(f".broken{number}")
    os.replace(path, aside)
    return {}


def _plain(value: Any) -> Any:
    """A value as JSON has it: numpy's numbers as Python's."""
    value = value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _with_unit(value: Any, unit: str) -> str:
    text = value if isinstance(value, str) else short(value)
    return f"{text} {unit}".strip()


def _scale(values: list[float], by_ratio: bool):
    """From a value to a place between 60 and 540 on the line; by ratio where the values are far apart."""
    if by_ratio:
        low, high = log10(min(values)), log10(max(values))
        return lambda value: 60 + 480 * (log10(value) - low) / (high - low)
    low, high = min(0, *values), max(0, *values)
    return lambda value: 60 + 480 * (value - low) / ((high - low) or 1)
