"""Finds out which folders can be written to and how fast, and which files hide a package."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Collection
from pathlib import Path

from mobiviz import assets
from mobiviz.doctor.facts import Folder, Shadow

_NOTEBOOKS = "mobiviz-notebooks"
_UNUSED = {"test", "this", "antigravity", "turtle", "turtledemo", "idlelib", "lib2to3"}
_WRITTEN = 2**22
_FAST = 2 * 10**7  # bytes a second: no second try is needed


def folders() -> tuple[Folder, ...]:
    """The notebooks' folder or the one that you are in, and the one for downloads; each is written to for a moment."""
    named = os.environ.get("MOBIVIZ_HOME")  # as images/download.py has it, which needs more than the standard library
    store = Path(named).expanduser() if named else Path.home() / ".mobiviz"
    return folder(working(), "your working folder"), folder(store, "the folder for downloads")


def working() -> Path:
    """Where notebooks are, or where mobiviz lab would put them."""
    return assets.notebooks() if assets.in_checkout() and _inside(assets.notebooks().parent) else Path.cwd()


def folder(path: Path, use: str) -> Folder:
    """What writing a few megabytes there tells; nothing stays, and no folder is made."""
    place = path
    while not place.exists() and place != place.parent:  # where it would be made
        place = place.parent
    if not place.is_dir():
        return Folder(str(path), use, error=f"{place} is a file, not a folder")
    try:
        free = shutil.disk_usage(place).free
        speed = _speed(place, _WRITTEN if free > 2 * _WRITTEN else 1)
    except OSError as error:
        return Folder(str(path), use, error=error.strerror or str(error))
    return Folder(str(path), use, free_bytes=free, bytes_per_s=speed)


def shadows(names: Collection[str]) -> tuple[Shadow, ...]:
    """Files and packages called like one of `names` in folders that Python searches before its own packages."""
    searched = [working(), Path.cwd(), Path.cwd() / _NOTEBOOKS]
    searched += [Path(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    found = {}
    for place in dict.fromkeys(os.path.realpath(each) for each in searched):
        with contextlib.suppress(OSError):
            for path in sorted(Path(place).iterdir()):
                name = path.name[:-3] if path.suffix == ".py" else path.name
                package = path.suffix == ".py" or (path / "__init__.py").is_file()
                if package and name in names and not _installed_there(Path(place)):
                    found.setdefault(str(path), Shadow(name, str(path)))
    return tuple(found.values())


def library() -> set[str]:
    """The standard library's names that a file can hide: not what is built in, nor what only its own tests import."""
    names = set(getattr(sys, "stdlib_module_names", ())) - set(sys.builtin_module_names) - _UNUSED
    return {name for name in names if not name.startswith("_")}


def _inside(root: Path) -> bool:
    return root.resolve() in (Path.cwd(), *Path.cwd().parents)


def _installed_there(place: Path) -> bool:
    """A folder of packages, whatever put it on the path, is no folder of a learner's files."""
    library = (place / "os.py").is_file() and (place / "site.py").is_file()
    return library or place.name in ("site-packages", "dist-packages")


def _speed(place: Path, size: int) -> float | None:
    """Bytes a second that reach the disk, the better of two where the first was slow; None for a single byte."""
    best = 0.0
    for _ in range(2 if size > 1 else 1):
        best = max(best, size / _write(place / f".mobiviz-doctor-{os.getpid()}", os.urandom(size)))
        if best > _FAST:
            break
    return best if size > 1 else None


def _write(path: Path, content: bytes) -> float:
    """Seconds until it is on the disk."""
    try:
        with open(path, "wb") as file:
            started = time.perf_counter()
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            return max(time.perf_counter() - started, 1e-6)
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
