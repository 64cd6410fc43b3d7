"""A Record's files: one `.npz` that numpy alone reads, and a `.trace.json` that Perfetto and Chrome open."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_FACTS, _AGAIN = "facts.json", "again"


def write(path: Path, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write facts (plain JSON) and arrays to one `.npz`, whole or not at all; an array with two names once."""
    first: dict[int, str] = {}
    again = {name: first.setdefault(id(array), name) for name, array in arrays.items()}
    again = {name: other for name, other in again.items() if name != other}
    text = np.frombuffer(json.dumps(facts | {_AGAIN: again}).encode("utf-8"), np.uint8)
    once = {name: array for name, array in arrays.items() if name not in again}
    replace(path, lambda file: np.savez(file, **{_FACTS: text}, **once))


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read back what `write` wrote.

    Raises: FileNotFoundError; ValueError where the file is no Record.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no saved Record at {path}")
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(arrays.pop(_FACTS).tobytes().decode("utf-8"))
        again = facts.pop(_AGAIN, {})
        return facts, arrays | {name: arrays[other] for name, other in again.items()}
    except Exception as error:
        raise ValueError(f"{path} is not a Record saved by record.save") from error


def write_trace(path: Path, title: str, spans: Iterable[tuple[str, float, float, dict[str, Any]]]) -> None:
    """Write (name, begin, end, details) spans in ms as a Chrome trace: one bar each, nested as they ran."""
    events: list[dict[str, Any]] = [{"ph": "M", "pid": 1, "tid": 1, "name": "process_name", "args": {"name": title}}]
    events += [
        {"ph": "X", "pid": 1, "tid": 1, "name": name, "ts": 1e3 * begin, "dur": 1e3 * (end - begin), "args": args}
        for name, begin, end, args in spans
    ]
    text = json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})
    replace(path, lambda file: file.write(text.encode("utf-8")))


def replace(path: Path, fill: Callable[[BinaryIO], Any]) -> None:
    """Fill a file beside `path`, then rename it, so that no half-written file ever has the name."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to save into; make it first")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            fill(file)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
