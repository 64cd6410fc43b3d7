"""One line of doctor's report, and the three levels that it can have."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One line of the report: `ok`, `note` (works, worth knowing) or `problem`, and what to do."""

    level: str
    text: str
    remedy: str = ""


def ok(text: str) -> Finding:
    return Finding("ok", text)


def note(text: str, remedy: str = "") -> Finding:
    return Finding("note", text, remedy)


def problem(text: str, remedy: str) -> Finding:
    return Finding("problem", text, remedy)
