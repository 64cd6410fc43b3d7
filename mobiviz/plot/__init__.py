"""Static pictures and charts: numbers and numpy in, a figure out. Names arrive lazily."""

from importlib import import_module
from typing import Any

from mobiviz.names import unknown

_NAMES = {
    "costs": "bars",
    "crowds": "laptops predictions standing",
    "depth": "skyline",
    "guesses": "calibration",
    "intervals": "changes",
    "mistakes": "confusion",
    "progress": "training live",
    "roof_sketch": "under_roof",
    "roofs": "roofline",
    "sheets": "maps kernels",
    "steps": "channel_steps",
    "style": "Picture",
    "tradeoffs": "tradeoff",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}
_MODULES = ("charts", "palette")

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name.startswith("__") or name not in _HOME:
        raise AttributeError(f"module {__name__!r}: {unknown('name', name, __all__)}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
