"""What to say when a name is not one of the known ones."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(what: str, value: object, allowed: Iterable[object]) -> str:
    """The words for a name that is not known: the value, what is allowed, and the nearest of it."""
    names = [str(name) for name in allowed]
    near = get_close_matches(str(value), names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{what} {str(value)!r} is not one of {', '.join(names)}{hint}"
