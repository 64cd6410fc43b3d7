"""Which packages can be imported, asked of an interpreter of their own that may crash."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mobiviz.doctor.facts import Import, Packages
from mobiviz.doctor.prober import MARK

LIMIT_S = 120
# What to import of each package: the part that is compiled, where the whole takes long.
CORE = {
    "numpy": "numpy",
    "pandas": "pandas",
    "matplotlib": "matplotlib.path",
    "pillow": "PIL.Image",
    "safetensors": "safetensors",
    "psutil": "psutil",
    "ipywidgets": "ipywidgets",
    "anywidget": "anywidget",
    "torch": "torch",
}
RUNTIMES = {
    "onnxruntime": ("ONNX Runtime", "onnxruntime"),
    "onnxscript": ("the ONNX exporter", "onnxscript"),
    "executorch": ("ExecuTorch", "executorch.extension.pybindings._portable_lib"),
}
MODULES = {**CORE, **{name: module for name, (_, module) in RUNTIMES.items()}, "torchvision": "torchvision"}


class Asked(NamedTuple):
    """A running interpreter, and which packages it was asked for."""

    process: subprocess.Popen | None
    names: tuple[str, ...]
    until_s: float


def present(packages: Packages) -> list[str]:
    """What can be asked for: a package with metadata or with a folder, torchvision last since its fault spreads."""
    tops = {name: module.partition(".")[0] for name, module in MODULES.items()}
    return [name for name, top in tops.items() if name in packages.copies or importlib.util.find_spec(top)]


def start(names: Iterable[str]) -> Asked:
    """Begin to import them; `end` collects. `-P`: what lies in the working folder is another check's business."""
    names = tuple(names)
    until_s = time.monotonic() + LIMIT_S
    if not names:
        return Asked(None, (), until_s)
    prober = str(Path(__file__).with_name("prober.py"))
    command = [sys.executable, "-P", "-W", "ignore", prober, *(MODULES[name] for name in names)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    process = subprocess.Popen(command, text=True, encoding="utf-8", errors="replace", **pipes)
    return Asked(process, names, until_s)


def end(asked: Asked) -> dict[str, Import]:
    """How each import went. Where one ended its interpreter, the others are asked in a new one."""
    if asked.process is None:
        return {}
    try:
        output, errors = asked.process.communicate(timeout=max(asked.until_s - time.monotonic(), 1))
        why = f"{_last(errors)} (the interpreter ended with code {asked.process.returncode})".strip()
    except subprocess.TimeoutExpired:
        asked.process.kill()
        output, _ = asked.process.communicate()
        why = f"no answer within {LIMIT_S} s"
    names = {MODULES[name]: name for name in asked.names}
    told, begun = {}, None
    for line in output.splitlines():
        if line.startswith(MARK):
            module, *result = json.loads(line[len(MARK) :])
            begun = names[module]
            if result:
                told[begun] = Import(result[0], tuple(result[1]))
    if begun is None or begun not in told:
        told[begun or asked.names[0]] = Import(why)
    left = [name for name in asked.names if name not in told]
    return {**told, **end(start(left))} if left else told


def _last(errors: str) -> str:
    lines = [line for line in errors.rpartition(MARK)[2].splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
