"""ONNX Runtime Web's three files, which a phone's browser runs: where they are, and how the laptop gets them once.

They are too large to be bundled. Each is checked by its SHA-256 before anything is served.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from mobiviz.images.download import cache
from mobiviz.images.download import fetch as download

VERSION = "1.30.0"
ENGINE = "ONNX Runtime Web"
SHA256 = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
CDN = f"https://cdn.jsdelivr.net/npm/onnxruntime-web@{VERSION}/dist"
REMEDY = "run `mobiviz phone --fetch` once where there is a network"
_NPM_S = 120  # npm is given up on after this
_LARGEST = 32 << 20


def engine_folder(folder: str | Path | None = None) -> Path:
    """The folder that holds the three files: the one given, the one that MOBIVIZ_ORT_WEB names, else the cache.

    Raises: FileNotFoundError, with the command that gets them, where one is missing; ValueError for a damaged one.
    """
    given = folder or os.environ.get("MOBIVIZ_ORT_WEB")
    place = Path(given).expanduser() if given else cached()
    missing = [name for name in SHA256 if not (place / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{ENGINE} {VERSION} is not in {place} (lacks {', '.join(missing)}); {REMEDY}")
    for name in SHA256:
        _check(name, (place / name).read_bytes())
    return place


def fetch() -> Path:
    """Get the three files into the cache, unless they are there: from npm where it is installed, else by download.

    Raises: ConnectionError, in words, where neither works.
    """
    try:
        engine_folder(cached())
    except (FileNotFoundError, ValueError):
        cached().mkdir(parents=True, exist_ok=True)
        if not from_npm(cached()):
            for name, digest in SHA256.items():
                download(f"{CDN}/{name}", cached() / name, digest, kind="sha256")
    return cached()


def cached() -> Path:
    return cache() / f"onnxruntime-web-{VERSION}"


def from_npm(folder: Path) -> bool:
    """Whether npm had the package; nothing is installed and none of its scripts run, three files are taken out."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as box:
        options = ("--silent", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=60000")
        command = [npm, "pack", f"onnxruntime-web@{VERSION}", *options]
        try:
            subprocess.run(command, cwd=box, check=True, capture_output=True, timeout=_NPM_S)
            found = _unpacked(next(Path(box).glob("*.tgz")))
        except (OSError, subprocess.SubprocessError, StopIteration, tarfile.TarError, KeyError, ValueError):
            return False
    for name, data in found.items():
        part = folder / f"{name}.{os.getpid()}.part"
        part.write_bytes(data)
        part.replace(folder / name)
    return True


def _unpacked(package: Path) -> dict[str, bytes]:
    """The three files of a package, checked; read one by one, so that no path in it is believed."""
    found = {}
    with tarfile.open(package) as archive:
        for name in SHA256:
            stream = archive.extractfile(f"package/dist/{name}")
            if stream is None:
                raise KeyError(name)
            found[name] = stream.read(_LARGEST)
            _check(name, found[name])
    return found


def _check(name: str, data: bytes) -> None:
    got = hashlib.sha256(data).hexdigest()
    if got != SHA256[name]:
        raise ValueError(f"{name} must be that of {ENGINE} {VERSION} (its SHA-256 is {got[:12]}...); {REMEDY}")
