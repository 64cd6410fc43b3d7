"""CIFAR-10: from the authors' binary archive, or from class folders that you have already."""

import tarfile
from pathlib import Path

import numpy as np

from . import download, folders
from .sets import Photos

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
_PARTS = {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}
_ROW = 1 + 3 * 32 * 32  # a label, then the red, the green and the blue plane


def cifar10(source: str | Path | None = None, part: str = "train") -> Photos:
    """CIFAR-10's 50,000 training or 10,000 test photos, sorted by class.

    With no `source`, the official archive (170 MB) is downloaded once. Else `source` is that archive, or a folder
    or tar file of class folders, inside a folder named as `part` or not; other classes than CIFAR-10's are fine.

    Shapes: images (N, 32, 32, 3).
    Raises: ConnectionError where the download fails, ValueError or FileNotFoundError where `source` does not fit.
    Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
    """
    if part not in _PARTS:
        raise ValueError(f"part must be 'train' or 'test' (got {part!r})")
    if source is None:
        return _official(download.fetch(_URL, download.cache() / _URL.rsplit("/", 1)[-1], _MD5), part)
    path = Path(source).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {str(source)!r}; cifar10() downloads the archive")
    if path.is_dir():
        return folders.folder(path / part if (path / part).is_dir() else path, size=32)
    return _official(path, part) if _is_official(path) else folders.archive(path, size=32, top=part)


def collection(source: str | Path, size: int = 64, part: str = "train") -> Photos:
    """The photos to train on or to judge by: "cifar10", or a folder or a tar file of class folders.

    "cifar10" downloads the authors' archive once; that archive is fine as a file too. `part` is the folder, inside of
    `source`, that the class folders are in, where it has one. Smaller photos are not enlarged to `size`: a network
    that is shown them does that, so they take less memory.

    Shapes: images (N, side, side, 3), side at most `size`.
    Raises: as `cifar10` and `folder`.
    """
    path = Path(source).expanduser()
    if source == "cifar10" or (path.is_file() and _is_official(path)):
        return cifar10(None if source == "cifar10" else path, part)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {str(source)!r}; the word cifar10 downloads CIFAR-10")
    if path.is_file():
        return folders.archive(path, size, part, enlarge=False)
    inner = path / part
    nested = inner.is_dir() and any(each.is_dir() for each in inner.iterdir())
    return folders.folder(inner if nested else path, size, enlarge=False)


def _is_official(path: Path) -> bool:
    try:
        with tarfile.open(path) as tar:
            first = tar.next()
    except (tarfile.TarError, EOFError, OSError):
        return False  # the reading proper says what is wrong
    return first is not None and first.name.split("/")[0] == "cifar-10-batches-bin"


def _official(path: Path, part: str) -> Photos:
    found = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = member.name.rsplit("/", 1)[-1]
            if name in _PARTS[part] and (stream := tar.extractfile(member)) is not None:
                found[name] = stream.read()
    missing = [name for name in _PARTS[part] if name not in found]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}; delete it and run cifar10() to download it again")
    data = b"".join(found[name] for name in _PARTS[part])
    if len(data) % _ROW:
        raise ValueError(f"{path} is damaged: {len(data):,} bytes are no multiple of {_ROW}; delete it, run cifar10()")
    rows = np.frombuffer(data, np.uint8).reshape(-1, _ROW)
    # by class, then in the authors' order: the order that class folders of numbered files have
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    pictures = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Photos(np.ascontiguousarray(pictures), rows[:, 0].astype(np.int64), CIFAR10)
