"""What is wrong with this machine's set-up, in words, each fault with the one thing to do about it.

A check returns findings. What may crash an interpreter, such as a broken build of torch, is imported in one of
its own. Nothing heavy is imported here, so doctor still speaks where the rest of the package cannot.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

from mobiviz import __version__, bootstrap, machine

LIMIT_S = 120
LEAST_MEMORY = 2 * 2**30
RUNTIMES = {"onnxruntime": "ONNX Runtime", "onnxscript": "the ONNX exporter", "executorch.runtime": "ExecuTorch"}
_TORCH = """
import json, torch
print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.is_available(), torch.get_num_threads()]))
"""


class Finding(NamedTuple):
    """One line of the report: `ok`, `note` (works, worth knowing) or `problem`, and what to do."""

    level: str
    text: str
    remedy: str = ""


def report() -> int:
    """Print every finding; returns 1 where something must be mended, else 0."""
    problems = 0
    print(f"mobiviz {__version__}")
    for finding in findings():
        problems += finding.level == "problem"
        print(f"{finding.level:<8} {finding.text}", flush=True)
        if finding.remedy:
            print(f"{'':<8} -> {finding.remedy}")
    mend = f"{problems} problem{'s' if problems > 1 else ''} to mend; each -> line says how."
    print(mend if problems else "Nothing to mend.")
    return 1 if problems else 0


def findings() -> Iterator[Finding]:
    """Every finding on this machine, in the order in which they are best mended."""
    started = {name: _start(f"import {name}") for name in RUNTIMES if _installed(name)}
    started["torch"] = _start(_TORCH)
    if _installed("torchvision"):
        started["torchvision"] = _start("import torch, torchvision")
    yield python()
    yield environment()
    yield from packages()
    yield from hardware()
    yield from torch(*_end(started["torch"]))
    if "torchvision" in started:
        yield torchvision(_end(started["torchvision"])[1])
    yield browser()
    for name, label in RUNTIMES.items():
        yield runtime(name, label, _end(started[name])[1] if name in started else None)


def python(version: tuple = sys.version_info) -> Finding:
    """Whether Python is new enough."""
    text = "Python {}.{}.{}".format(*version[:3])
    if tuple(version[:2]) >= bootstrap.OLDEST:
        return Finding("ok", text)
    return Finding("problem", f"{text} is too old; 3.11 is the oldest that works", "install Python 3.11 or newer")


def environment() -> Finding:
    """Whether packages go into an environment of their own."""
    if sys.prefix != sys.base_prefix:
        return Finding("ok", f"virtual environment {sys.prefix}")
    if os.environ.get("CONDA_PREFIX"):
        return Finding("ok", f"conda environment {os.environ['CONDA_PREFIX']}")
    remedy = "python -m venv .venv, then install mobiviz with that environment's Python"
    return Finding("note", f"no virtual environment; packages are shared with other programs in {sys.prefix}", remedy)


def packages() -> Iterator[Finding]:
    """Whether each core dependency is there and new enough, from the package's own requirements."""
    try:
        wanted = metadata.requires("mobiviz") or []
    except metadata.PackageNotFoundError:
        yield Finding("problem", "mobiviz itself is not installed here", "python -m pip install -e . in the checkout")
        return
    present, faulty = [], []
    for requirement in wanted:
        name, least = re.match(r"([\w.-]+)(?:>=([\d.]+))?", requirement).groups()
        if ";" in requirement:  # an extra's
            continue
        found = machine.versions((name,)).get(name)
        if found and (not least or _numbers(found) >= _numbers(least)):
            present.append(f"{name} {found}")
        else:
            faulty.append(f'"{name}>={least}"')
            why = f"{found} is too old, {least} is needed" if found else "is missing"
            yield Finding("problem", f"{name} {why}", f"python -m pip install {faulty[-1]}")
    if present:
        yield Finding("ok", ", ".join(present))


def hardware() -> Iterator[Finding]:
    """The processor, its load, and memory."""
    if not _installed("psutil"):
        yield Finding("note", "processor and memory not read: psutil is missing")
        return
    from mobiviz import units

    now = machine.facts()
    busy = units.percent(now.foreign_load, 0)
    cores = f"{now.physical_cores} cores, {now.logical_cores} threads, {now.usable_cores} usable"
    yield Finding("ok", f"{now.cpu} ({cores}), {now.os}; other programs take {busy} of it")
    if now.on_battery:
        yield Finding("note", "on battery: the processor may run slower", "plug in before you measure")
    memory = f"{units.bytes(now.memory_bytes)} of memory, {units.bytes(now.available_bytes)} free"
    if now.available_bytes >= LEAST_MEMORY:
        yield Finding("ok", memory)
    else:
        yield Finding("note", f"{memory}: little", "close other programs before you open a notebook")


def torch(output: str, error: str) -> Iterator[Finding]:
    """PyTorch, from what its own interpreter printed."""
    if error:
        again = 'python -m pip install --force-reinstall "torch>=2.13"'
        yield Finding("problem", f"PyTorch cannot be imported: {error}", again)
        return
    version, cuda, gpu, threads = json.loads(output.splitlines()[-1])
    build = f"PyTorch {version}, {f'CUDA {cuda} build' if cuda else 'CPU build'}, {threads} threads"
    if cuda and not gpu:
        pin = f"torch=={version.partition('+')[0]}"
        remedy = f"python -m pip install --force-reinstall --no-deps {pin} --index-url {bootstrap.CPU_INDEX}"
        yield Finding("note", f"{build}, but no GPU for it: it works, and fills about 3 GB for nothing", remedy)
    else:
        yield Finding("ok", build)


def torchvision(error: str) -> Finding:
    """Whether torchvision, which mobiviz does not need, fits the torch beside it."""
    if not error:
        return Finding("ok", f"torchvision {metadata.version('torchvision')} fits PyTorch")
    text = f"torchvision does not fit this PyTorch: {error}"
    return Finding("problem", text, "python -m pip uninstall torchvision (mobiviz does not need it)")


def browser() -> Finding:
    """Whether a browser can open here."""
    remedy = "open the address that `mobiviz lab --no-browser` prints in a browser of your own"
    if not machine.has_display():
        return Finding("note", "no screen, so no browser opens by itself", remedy)
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return Finding("note", "no browser found", remedy)
    return Finding("ok", f"browser: {getattr(found, 'name', type(found).__name__)}")


def runtime(name: str, label: str, error: str | None) -> Finding:
    """One optional runtime: `error` is None where it is absent, empty where it can be imported."""
    package = name.partition(".")[0]
    if error is None:
        return Finding("note", f"{label} is not installed (optional)", 'python -m pip install "mobiviz[runtimes]"')
    if error:
        remedy = f"python -m pip install --force-reinstall --no-deps {package}"
        return Finding("problem", f"{label} cannot be imported: {error}", remedy)
    return Finding("ok", f"{label} ({package} {machine.versions((package,)).get(package, 'of unknown version')})")


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name.partition(".")[0]) is not None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0]))


def _start(code: str) -> subprocess.Popen:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", code], text=True, encoding="utf-8", errors="replace", **pipes)


def _end(process: subprocess.Popen) -> tuple[str, str]:
    """What an import printed, and the last line of its failure, empty where it succeeded."""
    try:
        output, errors = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "", f"no answer within {LIMIT_S} s"
    if process.returncode == 0:
        return output, ""
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    return output, lines[-1] if lines else f"the interpreter ended with code {process.returncode}"
