"""Builds what a phone needs to run a `.ptl` by itself: a folder with torch 2.1.0 for aarch64, its libc and its Python.

`python benchmarks/phone_runner.py [FOLDER]`; without a folder into the cache, where `mv.phone.adb` looks. It works on
Debian, Ubuntu and WSL, as anybody: apt keeps its lists in a folder of its own here, nothing is installed. PyTorch
publishes no runner for these files any more; 2.1.0 is the version of PyTorch Mobile's last release.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from mobiviz.phone.android import TORCH, runner_folder

PACKAGES = ["libc6", "libgcc-s1", "libstdc++6", "libgomp1", "zlib1g", "libexpat1", "libbz2-1.0", "liblzma5", "libffi8"]
PYTHON = "3.11"  # Debian 12's; torch 2.1.0 has a wheel for it
WHEELS = [f"torch=={TORCH}", "typing-extensions", "filelock", "sympy", "mpmath"]
LEFT_OUT = ("torch/include/", "torch/share/", "torch/test/", "torch/testing/_internal/", "caffe2/")
KEPT = "torch/bin/torch_shm_manager"  # torch looks for it when it is imported; the rest of bin/ is tests
LIMIT_S = 900


def main() -> int:
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        print(f"{' and '.join(missing)} must be there: this runs on Debian, Ubuntu or WSL")
        return 0
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else runner_folder(make=True)
    if (target / "runner.json").is_file():
        print(f"{target} is built already; delete it to build it again")
        return 0
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as box:
        root, wheels = debs(Path(box)), pip(Path(box))
        assemble(root, wheels, target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    (target / "runner.json").write_text(json.dumps({"torch": TORCH, "python": PYTHON, "bytes": size}), encoding="utf-8")
    print(f"{target}: {size / 1e6:.0f} MB; mv.phone.adb takes it to a phone")
    return 0


def debs(box: Path) -> Path:
    """Debian's packages for arm64, unpacked; apt's own lists and its idea of this machine stay untouched."""
    for name in ("lists/partial", "cache/archives/partial"):
        (box / name).mkdir(parents=True)
    (box / "status").touch()
    options = {"APT::Architecture": "arm64", "APT::Architectures": "arm64", "Dir::State": box, "Debug::NoLocking": "1"}
    options |= {"Dir::State::lists": box / "lists", "Dir::Cache": box / "cache", "Dir::State::status": box / "status"}
    flags = [f"-o{key}={value}" for key, value in options.items()]
    python = [f"python{PYTHON}-minimal", f"libpython{PYTHON}-minimal", f"libpython{PYTHON}-stdlib"]
    run("apt-get", *flags, "-qq", "update", cwd=box)
    run("apt-get", *flags, "-qq", "download", *PACKAGES, *python, cwd=box)
    for package in sorted(box.glob("*.deb")):
        run("dpkg-deb", "-x", package.name, "root", cwd=box)
    return box / "root"


def pip(box: Path) -> list[Path]:
    platforms = [f"--platform={each}" for each in ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "any")]
    options = ["--no-deps", "--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON}", "--dest", box]
    run(sys.executable, "-m", "pip", "download", "-q", *options, *platforms, *WHEELS, cwd=box)
    return sorted(box.glob("*.whl"))


def assemble(root: Path, wheels: list[Path], target: Path) -> None:
    """bin/, lib/ and site/: one folder in which everything finds everything, wherever it lies."""
    (target / "lib").mkdir(exist_ok=True)
    for folder in (root / "lib/aarch64-linux-gnu", root / "usr/lib/aarch64-linux-gnu"):
        for path in folder.glob("*.so*") if folder.is_dir() else ():
            shutil.copyfile(path.resolve(), target / "lib" / path.name)
    (target / "bin").mkdir(exist_ok=True)
    shutil.copyfile(root / f"usr/bin/python{PYTHON}", target / "bin/python3")
    for path in (target / "bin/python3", target / "lib/ld-linux-aarch64.so.1"):
        path.chmod(0o755)
    shutil.copytree(root / f"usr/lib/python{PYTHON}", target / f"lib/python{PYTHON}", dirs_exist_ok=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as packed:
            names = [
                name for name in packed.namelist() if not name.startswith((*LEFT_OUT, "torch/bin/")) or name == KEPT
            ]
            packed.extractall(target / "site", names)


def run(*command: object, cwd: Path) -> None:
    done = subprocess.run([str(each) for each in command], cwd=cwd, timeout=LIMIT_S, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
