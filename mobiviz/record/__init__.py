"""Frozen rows of numbers, with numpy at most.

What a watched run did (Record), how long a thing took (Timing, Race), what a machine can do at most (Ceilings) and a
network under that (Roofline), and several networks side by side (Comparison).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mobiviz.record.call import KINDS, Call, Record, Stats, Total

if TYPE_CHECKING:
    from mobiviz.record.ceilings import Ceilings
    from mobiviz.record.comparison import Comparison
    from mobiviz.record.roofline import Roofline
    from mobiviz.record.timing import Race, Timing

__all__ = ["KINDS", "Call", "Ceilings", "Comparison", "Race", "Record", "Roofline", "Stats", "Timing", "Total"]

_LATER = {"Timing": "timing", "Race": "timing", "Ceilings": "ceilings", "Roofline": "roofline"}
_LATER |= {"Comparison": "comparison"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
