"""Folders: whether they can be written to, how full, how fast, and what their names and files may break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath, PureWindowsPath

from mobiviz import units
from mobiviz.doctor.facts import Folder, SetUp
from mobiviz.doctor.finding import Finding, note, ok, problem

LEAST_FREE, LITTLE_FREE = 200 * 2**20, 2**30  # without the first nothing is saved; a download needs the second
SLOW = 5 * 10**6  # bytes a second; any disk of this century writes ten times that
LONG = 110  # letters of an environment's folder; the longest file of a package adds about 150, Windows ends at 260
SYNCED = ("onedrive", "dropbox", "google drive", "icloud drive", "mobile documents", "cloudstorage")


def check(here: SetUp) -> Iterator[Finding]:
    """Findings on each folder, then on the working folder's name and on the learner's own files in it."""
    for folder in here.folders:
        yield from _state(folder)
    yield from _names(here)
    for shadow in here.shadows:
        text = f"{shadow.path} hides the package {shadow.name}: `import {shadow.name}` finds that file"
        yield problem(text, f"give the file another name, such as my_{shadow.name}.py")


def _state(folder: Folder) -> Iterator[Finding]:
    place = f"{folder.use} ({folder.path})"
    if folder.error:
        yield problem(f"{place} cannot be written to: {folder.error}", _where_else(folder))
        return
    faults = []
    if folder.free_bytes is not None and folder.free_bytes < LITTLE_FREE:
        text = f"{place} has only {units.bytes(folder.free_bytes)} free"
        make = problem if folder.free_bytes < LEAST_FREE else note
        faults.append(make(text, "make room: `python -m pip cache purge` is a beginning"))
    if folder.bytes_per_s is not None and folder.bytes_per_s < SLOW:
        text = f"{place} is on a slow disk: {units.bytes(int(folder.bytes_per_s))} a second were written"
        faults.append(
            note(text, "work in a folder on this computer's own disk, not on a network, USB or Windows drive")
        )
    yield from faults
    if not faults:
        yield ok(f"{place} can be written to")


def _where_else(folder: Folder) -> str:
    if "download" in folder.use:
        return "set MOBIVIZ_HOME to a folder that is yours, or rename what stands in its way"
    return "go to a folder that is yours (cd, then mobiviz lab), or mobiviz lab --dir FOLDER"


def _names(here: SetUp) -> Iterator[Finding]:
    environ, prefix = here.interpreter.environ, here.interpreter.prefix
    places = list(dict.fromkeys([*(folder.path for folder in here.folders[:1]), prefix]))
    for place in places:
        parts = [part.lower() for part in PureWindowsPath(place).parts]
        cloud = next((name for name in SYNCED if any(part.startswith(name) for part in parts)), None)
        roots = [value for name, value in environ.items() if name.upper().startswith("ONEDRIVE") and value]
        if cloud or any(PurePath(root) in (PurePath(place), *PurePath(place).parents) for root in roots):
            text = f"{place} is kept in step with the cloud ({cloud or 'onedrive'}), which locks files while it copies"
            yield note(text, "work in a folder outside of it, such as one directly in your home folder")
        if " " in place or not place.isascii():
            text = f"{place} has spaces or accents in its name: mobiviz works there, tools of other makers may not"
            yield note(text, "if one of them fails, move the folder to a path of plain letters")
    if here.system == "Windows" and not here.long_paths and len(prefix) > LONG:
        text = f"Windows allows no long paths, and {prefix} is already {len(prefix)} letters long"
        remedy = "move the folder nearer to C:\\, or switch LongPathsEnabled on (search the web for that word)"
        yield problem(text, remedy)
