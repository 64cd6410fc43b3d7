"""Frozen rows of numbers, with numpy at most: what a watched run did (Record) and how long a thing took (Timing)."""

from typing import TYPE_CHECKING, Any

from mobiviz.record.call import KINDS, Call, Record, Stats, Total

if TYPE_CHECKING:
    from mobiviz.record.timing import Race, Timing

__all__ = ["KINDS", "Call", "Race", "Record", "Stats", "Timing", "Total"]


def __getattr__(name: str) -> Any:
    if name in ("Timing", "Race"):
        from mobiviz.record import timing

        return getattr(timing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
