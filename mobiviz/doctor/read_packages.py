"""Finds out what is installed, from metadata alone: nothing is imported."""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from pathlib import Path

from mobiviz.doctor.check_packages import needed
from mobiviz.doctor.facts import Copy, Packages
from mobiviz.doctor.imports import MODULES

_METADATA = re.compile(r"(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist-info|egg-info)$")


def packages() -> Packages:
    """Every copy of the packages that matter, in the order of sys.path, and what was left lying about."""
    try:
        wanted = tuple(metadata.requires("mobiviz") or ())
    except metadata.PackageNotFoundError:
        wanted = None
    matter = {_plain(name) for name in (*MODULES, *(name for name, _ in needed(wanted or ())))}
    copies, leftovers, newest = {}, [], 0.0
    for folder in dict.fromkeys(os.path.realpath(entry or os.curdir) for entry in sys.path):
        for entry in _listed(folder):
            parted = _METADATA.match(entry)
            if entry.startswith("~") and parted is None and os.path.isdir(os.path.join(folder, entry)):
                leftovers.append(os.path.join(folder, entry))
            elif parted and _plain(parted[1]) in matter:
                copies.setdefault(_plain(parted[1]), []).append(Copy(parted[2], folder))
                newest = max(newest, _written(Path(folder, entry)))
    return Packages(wanted, {name: tuple(found) for name, found in copies.items()}, tuple(leftovers), newest)


def top_level(found: Packages) -> set[str]:
    """Names under which the packages that matter are imported, and pip's way to spell them."""
    return {module.partition(".")[0] for module in MODULES.values()} | {name.replace("-", "_") for name in found.copies}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # a zip file, or a folder that is not there
        return []


def _written(path: Path) -> float:
    for name in ("INSTALLER", "METADATA", "PKG-INFO"):  # the folder's own time changes when its files are touched
        try:
            return (path / name).stat().st_mtime
        except OSError:
            continue
    return 0.0
