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


def folder(path: str | Path, size: int = 64, enlarge: bool = True) -> Photos:
    """Your own photos: one folder for each class, or all in one folder, which is then the only class.

    Photos in folders inside a class folder belong to that class. Each is cut and resized as `image` does it,
    without the margin: the shorter side becomes `size`. Hidden entries are skipped. Without `enlarge`, photos that
    are all smaller than `size` get the size of the largest of them.

    Shapes: images (N, size, size, 3), in order of class and name.
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
        _add(found, skipped, (parts[0] if len(parts) > 1 else "", file, file), (size, enlarge))
    if any(name for name, *_ in found):  # with class folders, what lies beside them has no class
        skipped += [(file, "lies beside the class folders") for name, file, _ in found if not name]
        found = [row for row in found if row[0]]
    return _photos(found, skipped, root)


def archive(path: Path, size: int, top: str, enlarge: bool = True) -> Photos:
    """As `folder`, from a tar file, compressed or not.

    The class folders are in its folder `top`, else in the one folder that holds everything, else at the root.
    """
    size = decode.checked_size(size, least=8)
    skipped: _Skipped = []
    found: _Found = []
    try:
        with tarfile.open(path) as tar:
            inside = [(_parts(member), member) for member in tar.getmembers() if member.isfile()]
            above = _above([parts for parts, _ in inside], top)
            for parts, member in tqdm(inside, desc=f"reading {path.name}", unit=" files", delay=1, mininterval=0.5):
                parts, name = parts[len(above) :] if parts[: len(above)] == above else None, Path(member.name)
                if parts is None or len(parts) < 2:
                    skipped.append((name, "lies beside the class folders"))
                elif any(part.startswith(".") for part in parts):
                    skipped.append((name, "hidden"))
                else:
                    _add(found, skipped, (parts[0], name, io.BytesIO(tar.extractfile(member).read())), (size, enlarge))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{path} cannot be read as a tar file ({error}); it may be cut short") from error
    return _photos(found, skipped, path)


def _parts(member: tarfile.TarInfo) -> tuple[str, ...]:
    return tuple(part for part in PurePosixPath(member.name).parts if part not in (".", "/"))


def _above(files: list[tuple[str, ...]], top: str) -> tuple[str, ...]:
    """The folder of a tar file that the class folders are in."""
    if any(parts[0] == top and len(parts) > 2 for parts in files):
        return (top,)
    one = {parts[0] for parts in files}
    return tuple(one) if len(one) == 1 and any(len(parts) > 2 for parts in files) else ()


def _photos(found: _Found, skipped: _Skipped, root: Path) -> Photos:
    if not found:
        some = "".join(f"\n  {path}: {why}" for path, why in skipped[:5])
        raise ValueError(f"{root} holds no photo that can be read; put JPEG or PNG files in it, a folder a class{some}")
    found.sort(key=lambda row: (row[0], row[1].parts))  # what is held out must not depend on the order of reading
    names = sorted({name for name, *_ in found})
    labels = np.array([names.index(name) for name, *_ in found])
    classes = tuple(name or root.resolve().name for name in names)
    side = max(len(picture) for *_, picture in found)
    pictures = [picture if len(picture) == side else _enlarged(picture, side) for *_, picture in found]
    return Photos(np.stack(pictures), labels, classes, tuple(skipped))


def _enlarged(picture: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(decode.crop(decode.rgb_array(picture), side, shorter=side))


def _add(
    found: _Found, skipped: _Skipped, entry: tuple[str, Path, Path | io.BytesIO], wanted: tuple[int, bool]
) -> None:
    (name, path, file), (size, enlarge) = entry, wanted
    try:
        picture = decode.rgb_file(file, about=2 * size)
        side = size if enlarge else max(min(size, *picture.size), 8)
        picture = decode.crop(picture, side, shorter=side)
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
