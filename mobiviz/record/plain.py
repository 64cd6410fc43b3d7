"""What results of plain numbers share: they are saved as JSON and shown as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from mobiviz.record import files, show


class Shown(NamedTuple):
    """A table in words: `heads` says of each column whether it is text; with `foot` the last row is the sum."""

    title: str
    heads: dict[str, bool]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    foot: bool = False


class Saved:
    """Adds `to_json`, `from_json`, `save`, `load` and both displays to a class with `_facts`, `_of` and `_shown`."""

    def to_json(self) -> str:
        """Everything as JSON text."""
        return json.dumps({"what": type(self).__name__} | self._facts())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read back what `to_json` wrote.

        Raises: ValueError where the text is something else.
        """
        try:
            found = json.loads(text)
            if found.pop("what") != cls.__name__:
                raise ValueError("another result")
            return cls._of(found)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this text is no {cls.__name__} saved by mobiviz: {error}") from error

    def save(self, path: str | Path) -> Path:
        """Write everything to a `.json`, whole or not at all.

        Raises: ValueError for another suffix.
        """
        path = Path(path)
        if path.suffix != ".json":
            raise ValueError(f"{type(self).__name__} is saved as .json (got {path.name!r})")
        files.replace(path, lambda file: file.write(self.to_json().encode("utf-8")))
        return path

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read back what `save` wrote.

        Raises: FileNotFoundError; ValueError where the file holds something else.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"no saved {cls.__name__} at {path}")
        return cls.from_json(path.read_text(encoding="utf-8"))

    def __repr__(self) -> str:
        return show.as_text(*self._shown())

    def _repr_html_(self) -> str:
        return show.as_html(*self._shown())
