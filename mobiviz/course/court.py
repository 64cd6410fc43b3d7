"""Claims court: published sentences, the numbers that were computed against them, and a verdict that follows from both.

A cell computes numbers and calls `stamp`; nothing here knows the outcome beforehand.
"""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mobiviz import assets
from mobiviz.names import unknown

TRUE, TRUE_IF, FALSE, CANNOT = "TRUE", "TRUE IF", "FALSE", "CANNOT TELL"
VERDICTS = (TRUE, TRUE_IF, FALSE, CANNOT)
_SOME = 1 / 3  # of the numbers must be as claimed for TRUE IF; with fewer they are exceptions
_RULES = ("between", "prints", "least", "near")
_found: dict[str, Finding] = {}


@dataclass(frozen=True)
class Sentence:
    """What somebody claims: the words, where they are from, the rule of comparison and its numbers.

    A `joint` one speaks of a single thing: one wrong number makes it FALSE. `unit` is that of all its numbers, or of
    each by its name.
    """

    id: str
    quote: str
    source: str
    rule: str
    numbers: dict[str, Any]
    joint: bool = False
    unit: str | Mapping[str, str] = ""

    def __repr__(self) -> str:
        return "\n".join([*_filled(f"{self.id}: {self.quote}"), *_filled(self.source, "    ")])

    def claims(self, name: str, want: Mapping[str, float]) -> str:
        """What it says of one number, in words."""
        said = self.numbers
        if self.rule == "between":
            return f"{said['low']:g} to {said['high']:g}"
        if self.rule == "least":
            return f"at least {said['low']:g}"
        return str(said[name]) if self.rule == "prints" else f"{_text(want[name])}, within {said['part']:.0%}"

    def shown(self, name: str, value: float | None) -> str:
        """A number that was computed for it, with its unit."""
        unit = self.unit if isinstance(self.unit, str) else self.unit.get(name, "")
        return _text(value) if value is None else f"{_text(value)}{'' if unit == 'x' else ' '}{unit}".rstrip()


@dataclass(frozen=True)
class Finding:
    """A verdict with the numbers that it follows from; `holds` names those that are as claimed."""

    sentence: Sentence
    verdict: str
    computed: dict[str, float | None]
    holds: tuple[str, ...]
    claimed: dict[str, str]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Each number's name, and the number with its unit."""
        return [(name, self.sentence.shown(name, value)) for name, value in self.computed.items()]

    @property
    def words(self) -> str:
        """Why, in one line."""
        if self.verdict == CANNOT:
            lacks = [name for name, value in self.computed.items() if value is None]
            return f"not known: {', '.join(lacks)}"
        fails = [name for name in self.computed if name not in self.holds]
        if self.verdict == TRUE_IF:
            return f"it holds for {', '.join(self.holds)}; not for {', '.join(fails)}"
        if self.verdict == FALSE:
            return "it holds for none" if not self.holds else f"but for {', '.join(self.holds)} alone"
        return "it holds for all"

    def __repr__(self) -> str:
        wide = max(map(len, self.computed))
        lines = _filled(f"{self.verdict}: {self.sentence.quote}")
        for name, value in self.computed.items():
            sign = "?" if value is None else "✓" if name in self.holds else "✗"
            lines.append(f"  {sign} {name:{wide}} {_text(value):>11}   claimed: {self.claimed[name]}")
        return "\n".join(lines)


@cache
def sentences() -> dict[str, Sentence]:
    """Every sentence of data/court.toml by its id.

    Raises: ValueError for an unknown rule.
    """
    found = {}
    for name, row in tomllib.loads(assets.data("court.toml").read_text(encoding="utf-8")).items():
        own = {key: row.pop(key) for key in ("quote", "source", "rule")}
        if own["rule"] not in _RULES:
            raise ValueError(f"{name}: {unknown('rule', own['rule'], _RULES)}")
        own |= {key: row.pop(key) for key in ("joint", "unit") if key in row}
        found[name] = Sentence(name, **own, numbers=row)
    return found


def stamp(sentence_id: str, computed: Mapping[str, float | None], want: Mapping[str, float] | None = None) -> Finding:
    """The verdict on a sentence from numbers that were just computed; `want` holds what `near` compares with.

    TRUE where all are as claimed, TRUE IF where a third or more are (never of a joint one), FALSE where fewer are,
    CANNOT TELL where one is None. The finding is kept for `findings`.

    Raises: ValueError for an unknown id, no numbers, or numbers that the sentence does not speak of.
    """
    if sentence_id not in sentences():
        raise ValueError(unknown("sentence", sentence_id, sentences()))
    sentence = sentences()[sentence_id]
    if not computed:
        raise ValueError(f"{sentence_id}: a verdict needs numbers (got none)")
    holds = tuple(
        name for name, value in computed.items() if value is not None and _holds(sentence, name, value, want or {})
    )
    share = len(holds) / len(computed)
    some = share >= _SOME and not sentence.joint
    verdict = TRUE if share == 1 else TRUE_IF if some else FALSE
    verdict = CANNOT if None in computed.values() else verdict
    claimed = {name: sentence.claims(name, want or {}) for name in computed}
    _found[sentence_id] = Finding(sentence, verdict, dict(computed), holds, claimed)
    return _found[sentence_id]


def findings() -> list[Finding]:
    """What was stamped in this session, in the order of the file."""
    return [_found[name] for name in sentences() if name in _found]


def _holds(sentence: Sentence, name: str, value: float, want: Mapping[str, float]) -> bool:
    numbers = sentence.numbers
    if sentence.rule == "between":
        return numbers["low"] <= round(value, 1) <= numbers["high"]
    if sentence.rule == "least":
        return value >= numbers["low"]
    if sentence.rule == "prints":
        if name not in numbers:
            raise ValueError(f"{sentence.id} {unknown('number', name, numbers)}")
        printed = str(numbers[name])
        return round(value, len(printed.partition(".")[2])) == float(printed)
    if name not in want:
        raise ValueError(f"{sentence.id}: want needs what {name} is compared with")
    return abs(value - want[name]) <= numbers["part"] * abs(want[name])


def _text(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _filled(words: str, indent: str = "") -> list[str]:
    """Lines that a notebook's column holds without breaking a word."""
    return textwrap.wrap(words, 100, initial_indent=indent, subsequent_indent=indent or "    ")
