"""A folder of notebooks that a learner works in, kept up to date without losing a letter of theirs.

A small manifest remembers the digest of each file as it was copied. A file that still has that digest is
replaced by a newer edition; one that was changed stays, and the newer edition is put beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from mobiviz import __version__

MANIFEST = ".mobiviz.json"


def copy_notebooks(source: Path, target: Path, version: str = __version__) -> list[str]:
    """Bring `target` up to the notebooks in `source`; returns what was done, in sentences.

    Raises: NotADirectoryError where `target` is a file; OSError where it cannot be written.
    """
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"the folder for notebooks must be a folder, and {target} is a file; name another")
    target.mkdir(parents=True, exist_ok=True)
    known = _read(target / MANIFEST)
    new, renewed, said = 0, 0, []
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_dir() or name.startswith("source/") or any(part.startswith(".") for part in name.split("/")):
            continue
        content, own = path.read_bytes(), target / name
        edition = _digest(content)
        if not own.exists():
            _write(own, content)
            new += 1
        elif (mine := _digest(own.read_bytes())) == edition:
            pass
        elif mine == known.get(name):
            _write(own, content)
            renewed += 1
        elif edition != known.get(name):
            beside = _beside(own, version, edition)
            _write(beside, content)
            said.append(f"You changed {name}, so it stays as it is; the new edition is beside it: {beside.name}")
        known[name] = edition
        _write(target / MANIFEST, json.dumps(known, indent=1, sort_keys=True).encode())
    counts = [f"{count} {word}" for count, word in ((new, "copied"), (renewed, "brought up to date")) if count]
    return ([f"{' and '.join(counts)} in {target}"] if counts else []) + said


def trust(folder: Path, ours: Iterable[bytes], notary=None) -> list[Path]:
    """Sign the notebooks in `folder` that are, to the byte, one of `ours`: JupyterLab shows their pictures unrun.

    A notebook that anyone changed is never signed: its outputs could hold anything.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary, known, signed = notary or NotebookNotary(), {_digest(content) for content in ours}, []
    for path in sorted(folder.rglob("*.ipynb")):
        content = path.read_bytes()
        if ".ipynb_checkpoints" not in path.parts and _digest(content) in known:
            notary.sign(nbformat.reads(content.decode("utf-8"), as_version=4))
            signed.append(path)
    return signed


def committed(folder: Path) -> list[bytes]:
    """The notebooks of a checkout's folder as its last commit has them; none where git cannot tell."""

    def git(*words: str) -> bytes:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=True).stdout

    try:
        names = git("ls-tree", "-r", "-z", "--name-only", "HEAD", ".").decode("utf-8").split("\0")
        return [git("show", f"HEAD:./{name}") for name in names if name.endswith(".ipynb")]
    except (OSError, subprocess.CalledProcessError):
        return []


def _beside(own: Path, version: str, edition: str) -> Path:
    """A free name next to `own` for another edition, or the one that holds it already."""
    for number in range(1, 1000):
        suffix = f"-edition-{version}" + (f"-{number}" if number > 1 else "")
        path = own.with_name(f"{own.stem}{suffix}{own.suffix}")
        if not path.exists() or _digest(path.read_bytes()) == edition:
            return path
    raise FileExistsError(f"{own.parent} holds 999 editions of {own.name}; move some away")


def _read(manifest: Path) -> dict[str, str]:
    """The manifest, or none where it is absent or damaged: then every file that differs counts as changed."""
    try:
        known = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    draft.write_bytes(content)
    os.replace(draft, path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
