"""Other people's networks, to stand beside ours: torchvision's and Keras's, imported so that they run on this torch."""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from types import ModuleType

import torch

_OPERATORS = ("nms", "qnms")


def torchvision() -> ModuleType:
    """torchvision with its models, also where its wheel was built for another torch and its operators are missing.

    Raises: ImportError naming the command that installs it.
    """
    _wanted("torchvision")
    try:
        return importlib.import_module("torchvision")
    except RuntimeError:  # operator torchvision::nms does not exist: no network here calls it, so its name is enough
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in _OPERATORS:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        try:
            return importlib.import_module("torchvision")
        finally:
            library._destroy()


def keras() -> ModuleType:
    """Keras on PyTorch; in a process that has not imported it yet, that is set.

    Raises: ImportError naming the command that installs it, or where Keras runs on something else already.
    """
    _wanted("keras")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = importlib.import_module("keras")
    if found.backend.backend() != "torch":
        words = f"Keras runs on {found.backend.backend()} in this process; restart it with KERAS_BACKEND=torch"
        raise ImportError(words)
    return found


def _wanted(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        raise ImportError(f"{name} is not installed: python -m pip install {name}")
