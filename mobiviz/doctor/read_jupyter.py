"""Finds out which kernel and which extensions Jupyter would take, by its own list of folders."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from mobiviz.doctor.check_jupyter import EXTENSIONS
from mobiviz.doctor.facts import Jupyter

_KERNEL = "python3"  # what the notebooks ask for


def jupyter() -> Jupyter | None:
    """Jupyter's kernel and extensions; None where Jupyter is missing or broken, which the packages tell."""
    try:
        from jupyter_core.paths import jupyter_config_path, jupyter_path

        kernels, extensions = jupyter_path("kernels"), jupyter_path("labextensions")
        configs = jupyter_config_path()
    except Exception:  # whatever a broken installation raises
        return None
    folder = next((path for path in kernels if os.path.isfile(os.path.join(path, _KERNEL, "kernel.json"))), "")
    spec = _json(Path(folder, _KERNEL, "kernel.json")) if folder else {}
    python = str((spec.get("argv") or ["python"])[0])
    pages = [Path(path, "labconfig", "page_config.json") for path in configs]
    pages.append(Path(sys.prefix, "share", "jupyter", "lab", "settings", "page_config.json"))
    there = {name for name in EXTENSIONS for path in extensions if Path(path, name, "package.json").is_file()}
    return Jupyter(
        kernel_folder=os.path.join(folder, _KERNEL) if folder else "",
        kernel_python=unlinked(python),
        extensions=frozenset(there),
        disabled=_disabled(pages),
    )


def unlinked(python: str) -> str:
    """An interpreter's path, its folder without links; the last link makes an environment and stays."""
    folder, name = os.path.split(python)
    return os.path.join(os.path.realpath(folder), name) if folder else name


def _disabled(pages: list[Path]) -> dict[str, str]:
    """Extensions that are switched off, each with the file that does it: the first file to name one decides."""
    decided = {}
    for path in pages:
        listed = _json(path).get("disabledExtensions") or {}
        named = listed if isinstance(listed, dict) else dict.fromkeys(listed, True)
        for name, off in named.items():
            decided.setdefault(name, str(path.resolve()) if off else "")
    return {name: path for name, path in decided.items() if path}


def _json(path: Path) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
