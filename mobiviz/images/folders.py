"""A folder, or a tar file, of class folders as a data set; whatever is no photo is skipped and reported.

Every entry ends up either in the data set or in `skipped` with a reason. Nothing in the folder can stop the
reading: neither junk, nor links that lead in circles, nor files that may not be read.
"""

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from tqdm.auto import tqdm

from . import decode
from .sets import Photos

_DEPTH = 8  # class folders may hold folders, this many deep
_Found = list[tuple[str, Path, np.ndarray]]  # class, where from, picture
_Skipped = list[tuple[Path, str]]


def folder(path: str | Path, size: int = 64) -> Photos:
    """Your own photos: one folder for each class, or all in one folder, which is then the only class.

    Photos in folders inside a class folder belong to that class. Each is cut and resized as `image` does it,
    without the margin: the shorter side becomes `size`. Hidden entries are skipped.

    Shapes: images (N, size, size, 3).
    Raises: FileNotFoundError or NotADirectoryError where no folder is, ValueError where it holds no photo.
    """
    size = decode.checked_size(size, least=8)
    root = Path(path).expanduser()
    if not root.exists():
        raise FileNotFoundError(f"there is no folder {str(path)!r}")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is a file; give the folder that holds it, or mobiviz.image for one photo")
    skipped: _Skipped = []
    found: _Found = []
    for file in tqdm(_files(root, skipped), desc=f"reading {root.name}", unit=" files", delay=1, mininterval=0.5):
        parts = file.relative_to(root).parts
        _add(found, skipped, (parts[0] if len(parts) > 1 else "", file, file), size)
    if any(name for name, *_ in found):  # with class folders, what lies beside them has no class
        skipped += [(file, "lies beside the class folders") for name, file, _ in found if not name]
        found = [row for row in found if row[0]]
    return _photos(found, skipped, root)


def archive(path: Path, size: int, top: str) -> Photos:
    """As `folder`, from a tar file, compressed or not, whose folder `top` (or the root) holds the class folders."""
    skipped: _Skipped = []
    found: _Found = []
    try:
        with tarfile.open(path) as tar:
            for member in tqdm(tar, desc=f"reading {path.name}", unit=" files", delay=1, mininterval=0.5):
                parts = [part for part in PurePosixPath(member.name).parts if part != "."]
                parts = parts[1:] if parts and parts[0] == top else parts
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is not None and len(parts) > 1:
                    _add(found, skipped, (parts[0], Path(member.name), io.BytesIO(stream.read())), size)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{path} cannot be read as a tar file ({error}); it may be cut short") from error
    return _photos(found, skipped, path)


def _photos(found: _Found, skipped: _Skipped, root: Path) -> Photos:
    if not found:
        some = "".join(f"\n  {path}: {why}" for path, why in skipped[:5])
        raise ValueError(f"{root} holds no photo that can be read; put JPEG or PNG files in it, a folder a class{some}")
    names = sorted({name for name, *_ in found})
    labels = np.array([names.index(name) for name, *_ in found])
    classes = tuple(name or root.resolve().name for name in names)
    return Photos(np.stack([picture for *_, picture in found]), labels, classes, tuple(skipped))


def _add(found: _Found, skipped: _Skipped, entry: tuple[str, Path, Path | io.BytesIO], size: int) -> None:
    name, path, file = entry
    try:
        picture = decode.crop(decode.rgb_file(file, about=2 * size), size, shorter=size)
    except OSError as error:
        skipped.append((path, f"unreadable ({error.strerror})"))
    except ValueError as error:
        skipped.append((path, str(error)))
    else:
        found.append((name, path, np.array(picture)))


def _files(root: Path, skipped: _Skipped) -> Iterator[Path]:
    """Every regular file below `root`, in order of name; a folder is entered once, however many links lead to it."""
    entered = {root.resolve()}
    stack = [(root, 0)]
    while stack:
        place, depth = stack.pop()
        try:
            names = sorted(os.listdir(place))
        except OSError as error:
            skipped.append((place, f"unreadable ({error.strerror})"))
            continue
        deeper = []
        for entry in (place / name for name in names):
            try:
                why, real = _sort(entry, entered, depth)
            except OSError as error:
                why, real = f"unreadable ({error.strerror})", None
            if why:
                skipped.append((entry, why))
            elif real:
                entered.add(real)
                deeper.append((entry, depth + 1))
            else:
                yield entry
        stack += reversed(deeper)


def _sort(entry: Path, entered: set[Path], depth: int) -> tuple[str, Path | None]:
    """Why to skip an entry, or the real path of a folder to enter, or neither for a file to read."""
    if entry.name.startswith("."):
        return "hidden", None
    try:
        real = entry.resolve(strict=True)
    except (RuntimeError, OSError):  # RuntimeError: Python's word for a circle of links, up to 3.12
        return ("a link that leads nowhere" if entry.is_symlink() else "unreadable"), None
    if real.is_dir():
        if real in entered:
            return "a link back to a folder already read", None
        return (f"nested more than {_DEPTH} deep" if depth >= _DEPTH else ""), real
    return ("" if real.is_file() else "neither file nor folder"), None
