"""Milliseconds on the learner's own phone: a page that its browser runs, served by the laptop; adb beside it."""

from importlib import import_module
from typing import Any

from mobiviz.names import unknown

_HOMES = {
    "measure": "running",
    "Run": "running",
    "Report": "reports",
    "parse": "reports",
    "reopen": "store",
    "bundle": "static",
    "fetch": "ortweb",
    "engine_folder": "ortweb",
    "adb": "android",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"mobiviz.phone: {unknown('name', name, __all__)}")
    return getattr(import_module(f"mobiviz.phone.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
