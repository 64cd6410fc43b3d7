"""Reports as lines of JSON, one each, written before anybody is told so: a file that can be opened again."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mobiviz.phone.reports import Report, again, plain


@dataclass
class Store:
    """Reports in the order in which they came, each once; with a path, in a file as well.

    Raises: ValueError where the file is there and holds something else.
    """

    job: str
    path: Path | None = None
    reports: list[Report] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock, self._bodies = threading.Lock(), {}
        if self.path is not None and self.path.exists():
            self.reports = _lines(self.path)
            if any(report.job != self.job for report in self.reports):
                raise ValueError(f"{self.path} holds reports of other networks; name another file")
            _mend(self.path)
            self._bodies = {report.id: _digest(report.raw) for report in self.reports}

    def add(self, report: Report) -> str:
        """`stored`, `known` for the same report again, or `conflict` for another one with its id."""
        digest = _digest(report.raw)
        with self._lock:
            if report.id in self._bodies:
                return "known" if self._bodies[report.id] == digest else "conflict"
            if self.path is not None:
                _append(self.path, plain(report))
            self._bodies[report.id] = digest
            self.reports.append(report)
            return "stored"


def reopen(path: str | Path) -> tuple[Report, ...]:
    """The reports that a measurement wrote as lines of JSON, oldest first.

    Raises: FileNotFoundError; ValueError, naming the line, where it is no such file.
    """
    return tuple(_lines(Path(path)))


def _lines(path: Path) -> list[Report]:
    """A last line without its end was being written when the power went: it was confirmed to nobody."""
    *whole, _ = path.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(whole, 1):
        try:
            found.append(again(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} of {path} is no report of a phone: {error}") from error
    return found


def _mend(path: Path) -> None:
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        with path.open("r+b") as file:
            file.truncate(end)


def _append(path: Path, row: dict[str, Any]) -> None:
    """One whole line on the disk; where that fails, no part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        start = file.tell()
        try:
            file.write(json.dumps(row).encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(start)
            raise


def _digest(raw: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode("utf-8")).hexdigest()
