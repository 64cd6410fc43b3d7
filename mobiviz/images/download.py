"""Fetching one file from the net: all of it, checked, or nothing."""

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from tqdm.auto import tqdm

_BLOCK = 1 << 20


def cache() -> Path:
    """Where downloads are kept: the folder named by MOBIVIZ_HOME, else .mobiviz in the home folder."""
    home = os.environ.get("MOBIVIZ_HOME")
    return Path(home).expanduser() if home else Path.home() / ".mobiviz"


def fetch(url: str, path: Path, md5: str) -> Path:
    """`path`, downloaded from `url` unless it is there already, with the right checksum.

    Raises: ConnectionError, in words, where the net or the server fails or what came is not what was promised;
    no file is left then.
    """
    if path.is_file() and _md5(path) == md5:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".tmp", dir=path.parent)
    part = Path(name)
    try:
        with open(handle, "wb") as out:
            _receive(url, out)
        got = _md5(part)
        if got != md5:
            raise ConnectionError(f"{url} has the MD5 checksum {got}, expected {md5}; nothing was kept, try again")
        part.replace(path)
    except (urllib.error.URLError, HTTPException, TimeoutError) as error:
        raise ConnectionError(f"{url} could not be downloaded ({getattr(error, 'reason', error)})") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _receive(url: str, out) -> None:
    with urllib.request.urlopen(url, timeout=30) as reply:
        promised = int(reply.headers.get("Content-Length") or 0)
        bar = tqdm(total=promised or None, desc=url.rsplit("/", 1)[-1], unit="B", unit_scale=True)
        received = 0
        with bar:
            while block := reply.read(_BLOCK):
                received += out.write(block)
                bar.update(len(block))
    if promised and received != promised:
        raise ConnectionError(f"{url} broke off after {received:,} of {promised:,} bytes; nothing was kept, try again")


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
