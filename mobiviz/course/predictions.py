"""guess and reveal: what the learner expects, kept in a small local file, and how it compares."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from mobiviz import units
from mobiviz.course import kept
from mobiviz.course.compare import short

_here: dict[str, dict] = {}  # this session's guesses, for when the file cannot be written


@dataclass(frozen=True)
class Revealed:
    """A guess against the answer: a sentence, and a line where both are numbers."""

    id: str
    guess: Any
    answer: Any
    unit: str

    def __repr__(self) -> str:
        answer = said(self.answer, self.unit)
        if self.guess is None:
            return _filled(f"{self.id}: you did not guess. It is {answer}.")
        return _filled(f"{self.id}: you said {said(self.guess, self.unit)}; it is {answer}{self._distance()}")

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        drawn = {"image/svg+xml": self._picture().svg()} if _number(self.guess) and _number(self.answer) else {}
        return {"text/plain": repr(self), **drawn}

    def _distance(self) -> str:
        if not (_number(self.guess) and _number(self.answer)):
            return ", as you said" if self.guess == self.answer else ""
        if self.guess == self.answer:
            return ", as you said"
        if self.guess <= 0 or self.answer <= 0:
            return f", off by {said(abs(self.answer - self.guess), self.unit)}"
        ratio = max(self.answer / self.guess, self.guess / self.answer)
        far = f"{ratio:.3g} times " + ("more" if self.answer > self.guess else "less")
        return ", close to what you said" if ratio < 1.005 else f", {far}"

    def _picture(self):
        """Both on one line, the answer above it and the guess below; by ratio where they are far apart."""
        from mobiviz.plot.style import PAD, SMALL, WIDTH, Picture, text_width

        ticks, place = _scale(self.guess, self.answer)
        note = "a log scale: each step is the same factor" if ticks[0] > 0 else ""
        left, room = PAD + 30, WIDTH - 2 * PAD - 60

        def paint(canvas) -> None:
            def label(at: float, y: float, words: str, role: str) -> None:
                half = text_width(words, SMALL) / 2
                canvas.text(min(max(at, PAD + half), WIDTH - PAD - half), y, words, role, anchor="center")

            canvas.line([left, left + room], [52, 52])
            for tick in ticks:
                at = left + room * place(tick)
                canvas.line([at, at], [52, 58])
                label(at, 73, units.short(tick, digits=2) if tick >= 10_000 else said(tick, self.unit), "muted")
            for words, value, kind, role, y, top in (
                ("it is", self.answer, "other", "text", 17, 24),
                ("you said", self.guess, "yours", "yours-ink", 123, 80),
            ):
                at = left + room * place(value)
                canvas.bars([(at - 4, top, 8, 28)], kind)
                label(at, y, f"{words} {said(value, self.unit)}", role)

        return Picture(repr(self), repr(self), note, 132, paint)


def guess(guess_id: str, value: Any, unit: str = "") -> None:
    """Keep a prediction, a number where it has a unit; `...` or None is no prediction yet and stops nothing."""
    if value is None or value is Ellipsis:
        _here.setdefault(guess_id, {"unit": unit})
        print(f"{guess_id}: no guess yet. Type one above and run this cell again, or read on.")
        return
    value = _typed(_plain(value), unit)
    if unit and not _number(value):
        _here.setdefault(guess_id, {"unit": unit})
        print(f"{guess_id}: {short(value, 60)} is not a number. Type one, such as 2 or 0.5, and run this cell again.")
        return
    entry = {"guess": value, "unit": unit, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    saved = _remember(guess_id, entry)
    print(f"{guess_id}: your guess is {said(value, unit)}." + ("" if saved else " It was not saved."))


def reveal(guess_id: str, value: Any) -> Revealed:
    """The kept guess against the answer."""
    entry = {**_read().get(guess_id, {}), **_here.get(guess_id, {})}
    if "guess" in entry:
        _remember(guess_id, {**entry, "answer": _plain(value)})
    return Revealed(guess_id, entry.get("guess"), _plain(value), entry.get("unit", ""))


def answered() -> dict[str, tuple[float, float]]:
    """Every guess of the course that has its answer, both numbers above 0: (guess, answer) by id."""
    pairs = {guess_id: (entry.get("guess"), entry.get("answer")) for guess_id, entry in entries().items()}
    return {
        guess_id: (float(a), float(b))
        for guess_id, (a, b) in pairs.items()
        if _number(a) and _number(b) and min(a, b) > 0
    }


def _filled(words: str) -> str:
    """Lines that a notebook's column holds without breaking a word."""
    return textwrap.fill(words, 100, subsequent_indent="    ")


def said(value: Any, unit: str = "") -> str:
    """A value with its unit as every sentence and scale here prints it: counts in full, the rest to three digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):  # a ranking
        return ", ".join(map(said, value))
    if not _number(value) or isinstance(value, int):
        text = short(value)
    else:
        text = units.ratio(value).removesuffix("x") if abs(value) < 1000 else short(round(value))
        if unit == "%" and abs(value) >= 1:
            text = units.percent(value / 100).removesuffix("%")
    return f"{text}{'' if unit in ('x', '%') else ' '}{unit}".strip()


def guesses_file() -> Path:
    """Where guesses are kept: `guesses.json` in the folder MOBIVIZ_HOME, else in `.mobiviz` at home."""
    return kept.home() / "guesses.json"


def entries() -> dict[str, dict]:
    """Every guess by id, this session's over the file's: its `guess` and `unit`, and its `answer` where it has one."""
    saved = _read()
    return saved | {guess_id: {**saved.get(guess_id, {}), **entry} for guess_id, entry in _here.items()}


def _remember(guess_id: str, entry: dict) -> bool:
    """Whether the entry could be saved; it counts in this session in any case."""
    _here[guess_id] = entry
    return kept.put(guesses_file(), guess_id, entry)


def _read() -> dict[str, dict]:
    return kept.read(guesses_file())


def _plain(value: Any) -> Any:
    """A value as JSON has it: numpy's numbers as Python's."""
    value = value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _typed(value: Any, unit: str) -> Any:
    """A number typed as text, with or without its unit, as a number; all else as it is."""
    if not (unit and isinstance(value, str)):
        return value
    text = value.strip().removesuffix(unit).strip()
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            pass
    return value


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1e300 < value < 1e300


def _scale(guess: float, answer: float) -> tuple[list[float], Callable[[float], float]]:
    """The ticks of a line that holds both, and from a value to its place from 0 to 1."""
    low, high = sorted((guess, answer))
    if low > 0 and high / low > 20:
        first, last = floor(log10(low)), ceil(log10(high))
        ticks = [10**power if power >= 0 else 10.0**power for power in range(first, last + 1, 1 + (last - first) // 9)]
        return ticks, lambda value: (log10(value) - first) / (last - first)
    low, high = min(low, 0), max(high, 0)
    step = 10.0 ** floor(log10((high - low) or 1))
    step *= next(part for part in (0.2, 0.5, 1, 2) if (high - low) / (part * step) <= 6)
    first, last = floor(low / step), max(ceil(high / step), 1)
    ticks = [number * step for number in range(first, last + 1)]
    ticks = [round(tick) if step >= 1 else tick for tick in ticks]
    return ticks, lambda value: (value / step - first) / (last - first)
