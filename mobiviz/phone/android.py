"""adb: a `.ptl` on the phone itself, in PyTorch Mobile's lite interpreter or in a runner that you have.

Not tried on a real phone: the tests run the pushed folder under emulation of aarch64. The runner's Python and libc are
Debian's, started through their own loader; a phone may forbid what they ask of its kernel.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mobiviz.images.download import cache
from mobiviz.phone import reports
from mobiviz.phone.job import VALUES, places
from mobiviz.record.timing import Timing
from mobiviz.runtimes import Artifact

TORCH = "2.1.0"  # of PyTorch Mobile's last release
ENGINE = f"PyTorch Mobile {TORCH}, lite interpreter"
PLACE = "/data/local/tmp/mobiviz"
ABI = "arm64-v8a"
_PUSH_S, _RUN_S, _ASK_S = 900, 600, 60
_START = "./lib/ld-linux-aarch64.so.1 --library-path ./lib ./bin/python3 -S bench.py"
_RUNNERS = {
    "speed_benchmark_torch": (
        "--model={model} --input_dims={dims} --input_type=float --warmup=5 --iter=20 --use_bundled_input=-1",
        r"Microseconds per iter: (\d+(?:\.\d+)?)",
        "speed_benchmark_torch",
    ),
    "benchmark_model": (
        "--graph={model} --num_threads={threads} --warmup_runs=5 --num_runs=20",
        r"Inference \(avg\): ([\d.e+]+)",
        "LiteRT benchmark_model",
    ),
}
_ROUNDS = 8  # a foreign runner prints one mean a run


def runner_folder(make: bool = False) -> Path:
    """Where benchmarks/phone_runner.py builds what is pushed.

    Raises: FileNotFoundError, with the command that builds it.
    """
    folder = cache() / f"phone-runner-{TORCH}"
    if not make and not (folder / "runner.json").is_file():
        raise FileNotFoundError(f"no runner in {folder}; build it with: python benchmarks/phone_runner.py")
    return folder


def adb(
    artifact: Artifact | str | Path,
    runner: str | Path | None = None,
    serial: str | None = None,
    threads: int = 1,
    budget_s: float = 5.0,
) -> Timing:
    """Time an exported file on the phone at the end of the cable, and compare its outputs with those it has here.

    `runner` is the folder that benchmarks/phone_runner.py built (by default the cached one), or a
    `speed_benchmark_torch` or LiteRT's `benchmark_model` for arm64, which compare nothing.

    Raises: FileNotFoundError where adb or the runner is missing; OSError, in words, where the phone cannot be reached
        or has no room; ValueError where the phone's processor is another, or its outputs differ.
    """
    tool = shutil.which("adb")
    if tool is None:
        raise FileNotFoundError(
            "adb is not installed; Debian and Ubuntu: sudo apt install adb, elsewhere: SDK Platform-Tools"
        )
    source = Path(runner) if runner else runner_folder()
    if not source.exists():
        raise FileNotFoundError(f"no runner at {source}; build one with: python benchmarks/phone_runner.py")
    device = Device(tool, serial or _only(tool))
    device.check(_size(source))
    if source.is_file():
        return _foreign(device, source, artifact, threads)
    return _ours(device, source, artifact, threads, budget_s)


class Device:
    """One phone, spoken to by the real adb."""

    def __init__(self, tool: str, serial: str):
        self.tool, self.serial = tool, serial

    def shell(self, command: str, limit_s: float = _ASK_S) -> str:
        """What a command prints.

        Raises: OSError with its last words, where it fails; older phones do not hand on an exit code, so it is printed.
        """
        said = _call([self.tool, "-s", self.serial, "shell", f"{command}; echo rc=$?"], limit_s)
        out, _, code = said.rpartition("rc=")
        if code.strip() != "0":
            raise OSError(f"on the phone, {command.split()[0]} failed: {out.strip()[-400:] or 'it said nothing'}")
        return out.strip()

    def long(self, command: str, limit_s: float) -> str:
        """What a command of minutes prints; it runs on without us, because a connection does not last that surely."""
        out, end = f"{PLACE}/out.txt", f"{PLACE}/end.txt"
        self.shell(
            f"rm -f {out} {end}; (({command}) > {out} 2>&1; echo $? > {end}) < /dev/null > /dev/null 2>&1 & true"
        )
        until = time.monotonic() + limit_s
        while not (code := self.shell(f"cat {end} 2>/dev/null || true")):
            if time.monotonic() > until:
                raise OSError(f"the phone was not done after {limit_s:.0f} s; is it still awake?")
            time.sleep(1)
        said = self.shell(f"cat {out}")
        if code != "0":
            raise OSError(f"on the phone, the runner ended with {code}: {said[-400:] or 'it said nothing'}")
        return said

    def model(self) -> str:
        return self.shell("getprop ro.product.model")[:60]

    def push(self, source: Path | str, target: str) -> None:
        _call([self.tool, "-s", self.serial, "push", str(source), target], _PUSH_S)

    def check(self, needed: int) -> None:
        """The processor and the room on the phone."""
        abi = self.shell("getprop ro.product.cpu.abi")
        if abi != ABI:
            raise ValueError(f"the runner is for {ABI} (this phone is {abi or 'silent about it'}); it cannot run here")
        self.shell(f"mkdir -p {PLACE}")
        if self.shell(f"cat {PLACE}/bytes 2>/dev/null || true") == str(needed):
            return  # it is there already
        free = re.findall(r"\s(\d+)\s+\d+%", self.shell(f"df -k {PLACE}"))
        if free and int(free[-1]) * 1024 < 1.2 * needed:
            room, free_mb = f"{1.2 * needed / 1e6:.0f} MB", int(free[-1]) * 1024 / 1e6
            raise OSError(f"the phone needs {room} free in {PLACE} (it has {free_mb:.0f} MB); make some room there")


def _ours(device: Device, source: Path, artifact: Any, threads: int = 1, budget_s: float = 5.0) -> Timing:
    if not isinstance(artifact, Artifact) or artifact.format != ".ptl":
        raise ValueError(f"{ENGINE} takes what mv.export(net, x, 'name.ptl') returns (got {artifact!r})")
    needed = _size(source)
    if device.shell(f"cat {PLACE}/bytes 2>/dev/null || true") != str(needed):
        device.push(f"{source}/.", PLACE)  # its contents; pathlib would drop the dot
        device.shell(
            f"chmod 755 {PLACE}/bin/python3 {PLACE}/lib/ld-linux-aarch64.so.1 && echo {needed} > {PLACE}/bytes"
        )
    with tempfile.TemporaryDirectory() as folder:
        wanted = _job(
            Path(folder), artifact, {"threads": threads, "budget_ms": budget_s * 1e3, "model": device.model()}
        )
        for path in (*Path(folder).iterdir(), artifact.path, Path(__file__).with_name("bench.py")):
            device.push(path, f"{PLACE}/{'net.ptl' if path == artifact.path else path.name}")
    paths = f"PYTHONHOME={PLACE} PYTHONPATH={PLACE}/site:{PLACE}/lib/python3.11:{PLACE}/lib/python3.11/lib-dynload"
    report = reports.parse(device.long(f"cd {PLACE} && {paths} {_START}", _RUN_S))
    run = report.raw["nets"][0]
    got = np.frombuffer(base64.b64decode(run["outputs"]), "<f4")
    relative = (
        float(np.abs(got.astype(float) - wanted).max() / np.abs(wanted).max()) if len(got) == len(wanted) else 1e30
    )
    if artifact.info["dtype"] == "float32" and not relative <= 1e-4:
        raise ValueError(f"the phone's outputs must be within 1e-4 of the laptop's (they differ by {relative:.1e})")
    machine = {"cpu": report.model, "usable_cores": report.raw["cores"], "os": "Android", "relative": relative}
    return Timing.of(
        run["name"],
        np.array(run["samples_ms"]),
        engine=ENGINE,
        device="phone",
        threads=threads,
        dtype=artifact.info["dtype"],
        first_ms=run["first_ms"],
        machine=machine,
    )


def _job(folder: Path, artifact: Artifact, facts: dict[str, Any]) -> np.ndarray:
    """Write what bench.py reads; returns the values that the phone must answer."""
    shape = artifact.info["input_shape"]
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        answer = artifact(x).float().contiguous().numpy().ravel()
    wanted = answer[places(answer.size, min(answer.size, VALUES))].astype("<f4")
    job: dict[str, Any] = {"job": hashlib.sha256(artifact.path.name.encode()).hexdigest()[:16], "file": "net.ptl"}
    job |= {"name": artifact.path.stem[:60], "macs": 0, "shape": shape, **facts}
    job["wanted"] = base64.b64encode(wanted.tobytes()).decode("ascii")
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    (folder / "input.bin").write_bytes(x.numpy().astype("<f4").tobytes())
    return wanted.astype(float)


def _foreign(device: Device, source: Path, artifact: Artifact | str | Path, threads: int) -> Timing:
    if source.name not in _RUNNERS:
        raise ValueError(f"runner must be a folder, or one of {', '.join(_RUNNERS)} (got {source.name!r})")
    options, pattern, engine = _RUNNERS[source.name]
    path = artifact.path if isinstance(artifact, Artifact) else Path(artifact)
    shape = artifact.info["input_shape"] if isinstance(artifact, Artifact) else [1, 3, 224, 224]
    device.push(source, f"{PLACE}/{source.name}")
    device.push(path, f"{PLACE}/{path.name}")
    device.shell(f"chmod 755 {PLACE}/{source.name}")
    given = options.format(model=f"{PLACE}/{path.name}", dims=",".join(map(str, shape)), threads=threads)
    samples = []
    for _ in range(_ROUNDS):
        said = device.long(f"{PLACE}/{source.name} {given}", _RUN_S)
        found = re.findall(pattern, said)
        if not found:
            raise ValueError(f"{source.name} printed no time; its last words: {said[-300:]}")
        samples.append(float(found[-1]) / 1e3)
    machine = {"cpu": device.model(), "os": "Android"}
    return Timing.of(path.stem, np.array(samples), engine=engine, device="phone", threads=threads, machine=machine)


def _only(tool: str) -> str:
    """The serial of the one phone that is connected and allows it."""
    lines = [line.split() for line in _call([tool, "devices"], _ASK_S).splitlines()[1:] if line.strip()]
    states = {line[0]: line[1] for line in lines if len(line) > 1}
    ready = [serial for serial, state in states.items() if state == "device"]
    if len(ready) > 1:
        raise OSError(f"several phones are connected; name one with serial=: {', '.join(ready)}")
    if ready:
        return ready[0]
    if "unauthorized" in states.values():
        raise OSError("the phone does not allow it yet: unlock it and answer its question about USB debugging")
    if states:
        raise OSError(f"the phone is {next(iter(states.values()))}: pull the cable and plug it in again")
    raise OSError("no phone is connected: a cable, and USB debugging in its developer options, or adb connect ADDRESS")


def _call(command: list[str], limit_s: float) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit_s, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise OSError(f"adb {command[-2]} took more than {limit_s:.0f} s; is the phone still there?") from error
    out, words = (each.decode("utf-8", "replace") for each in (done.stdout, done.stderr))
    if done.returncode:
        full = "; make some room on the phone" if "No space left" in words + out else ""
        raise OSError(
            f"adb {command[3] if len(command) > 3 else command[1]} failed: {(words or out).strip()[-300:]}{full}"
        )
    return out


def _size(source: Path) -> int:
    paths = [source] if source.is_file() else source.rglob("*")
    return sum(path.stat().st_size for path in paths if path.is_file())
