"""Fetching one file from the net: all of it, checked, or nothing under its name.

What a broken download left is kept as `<name>.part` and gone on with, where the server can say that its file is the
same: a part carries the file's own date, and asks by it (If-Range).
"""

import errno
import hashlib
import os
import urllib.error
import urllib.request
from email.utils import formatdate, mktime_tz, parsedate_tz
from http.client import HTTPException
from pathlib import Path

from tqdm.auto import tqdm

_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


def cache() -> Path:
    """Where downloads are kept: the folder named by MOBIVIZ_HOME, else .mobiviz in the home folder."""
    home = os.environ.get("MOBIVIZ_HOME")
    return Path(home).expanduser() if home else Path.home() / ".mobiviz"


def fetch(url: str, path: Path, checksum: str, kind: str = "md5") -> Path:
    """`path`, downloaded from `url` unless it is there already, with a `kind` digest that starts as `checksum` says.

    An empty checksum takes what the server calls complete.

    Raises: ConnectionError, in words, where the net or the server fails or what came is not what was promised;
    OSError where the disk is full.
    """
    if path.is_file() and _digest(path, kind).startswith(checksum):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        _receive(url, part)
        _accept(url, part, checksum, kind)
        part.replace(path)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionResetError) as error:
        raise ConnectionError(f"{url} could not be downloaded ({getattr(error, 'reason', error)})") from error
    except FileNotFoundError:  # another process that was fetching the same file was done first
        if not (path.is_file() and _digest(path, kind).startswith(checksum)):
            raise
    return path


def _accept(url: str, part: Path, checksum: str, kind: str) -> None:
    """Check a complete part, and remove it where it is not what was promised."""
    good = False
    try:
        got = _digest(part, kind)
        good = got.startswith(checksum)
        if not good:
            name = {"md5": "MD5", "sha256": "SHA-256"}[kind]
            raise ConnectionError(
                f"{url} has the {name} checksum {got}, expected {checksum}; nothing was kept, try again"
            )
    finally:
        if not good:
            part.unlink(missing_ok=True)


def _receive(url: str, part: Path) -> None:
    """Download into `part`, from where it ends; what cannot be gone on with is removed."""
    start, headers = 0, {}
    if part.is_file() and part.stat().st_size:
        start = part.stat().st_size
        headers = {"Range": f"bytes={start}-", "If-Range": formatdate(part.stat().st_mtime, usegmt=True)}
    try:
        reply = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not start:  # 416: nothing is left to send, so the part is whole, or too long
            raise
        part.unlink()
        return _receive(url, part)
    with reply:
        if reply.status != 206:
            start = 0  # the server sends all of it: another file by now, or it cannot go on
        elif not reply.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise ConnectionError(f"{url} answered with another part than was asked for; delete {part}, try again")
        date = parsedate_tz(reply.headers.get("Last-Modified", ""))
        stamp = mktime_tz(date) if date else None
        try:
            _copy(reply, part, start, stamp)
        except BaseException as error:
            full = isinstance(error, OSError) and error.errno in _FULL
            if stamp is None or full:
                part.unlink(missing_ok=True)
            if full:
                words = f"no space left for {part.name} in {part.parent}; nothing was kept: free some, try again"
                raise OSError(error.errno, words) from error
            raise
    return None


def _copy(reply, part: Path, start: int, stamp: float | None) -> None:
    length = reply.headers.get("Content-Length")
    promised = start + int(length) if length else None
    received = start
    bar = tqdm(total=promised, initial=start, desc=part.stem, unit="B", unit_scale=True)
    with bar, part.open("r+b" if start else "wb") as out:
        out.seek(start)
        while block := reply.read(_BLOCK):
            received += out.write(block)
            out.flush()
            if stamp is not None:
                os.utime(part, (stamp, stamp))  # after each block: a killed download can be gone on with, too
            bar.update(len(block))
    if promised is not None and received != promised:
        kept = "nothing was kept, try again" if stamp is None else "try again to go on from there"
        raise ConnectionError(f"{reply.url} broke off after {received:,} of {promised:,} bytes; {kept}")


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
