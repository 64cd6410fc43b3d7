"""mobiviz: see, count and time efficient convolutions, from a 3x3 kernel to MobileNetV3.

Names are loaded when they are first used, so importing the package imports neither torch nor a plotting library.
"""

from __future__ import annotations

from importlib import import_module

from mobiviz.names import unknown

__version__ = "0.1.0"

_HOME = {
    **dict.fromkeys(("V1", "V2", "V3_LARGE", "V3_SMALL"), "mobiviz.tables"),
    "cost": "mobiviz.pricing",
    "MobileNet": "mobiviz.nets",
    "image": "mobiviz.images",
    "watch": "mobiviz.engine",
    **dict.fromkeys(("Features", "Compute", "Clock"), "mobiviz.meters"),
    **dict.fromkeys(("latency", "race"), "mobiviz.timing"),
    **dict.fromkeys(("ceilings", "roofline"), "mobiviz.bounds"),
    "export": "mobiviz.runtimes",
    "compare": "mobiviz.lineup",
    "explain": "mobiviz.explaining",
    "explore": "mobiviz.exploring",
    "published": "mobiviz.literature",
}
_MODULES = (
    "blocks",
    "images",
    "layers",
    "nets",
    "peers",
    "phone",
    "plot",
    "pricing",
    "probe",
    "rounding",
    "search",
    "tables",
    "transfer",
    "units",
    "weights",
    "widgets",
)

__all__ = ["__version__", *_HOME, *_MODULES]


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(f"mobiviz.{name}")
    else:
        raise AttributeError(f"module 'mobiviz': {unknown('name', name, __all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
