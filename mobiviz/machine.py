"""Facts about this machine: processor, cores, memory, load, power, versions.

Cheap: nothing is benchmarked and nothing heavy is imported. Everything here that differs from one
operating system to another stays here.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

PACKAGES = ("torch", "numpy", "matplotlib", "plotly", "anywidget", "ipywidgets", "jupyterlab", "psutil")


@dataclass(frozen=True)
class Machine:
    """What a measurement must be read with; two machines are equal when all their facts are."""

    cpu: str
    physical_cores: int
    logical_cores: int
    usable_cores: int  # a container or a scheduler may allow fewer than there are
    memory_bytes: int
    available_bytes: int
    foreign_load: float  # share of all cores, 0 to 1, taken by other programs
    on_battery: bool | None  # None where there is no battery to ask
    os: str
    python: str
    versions: dict[str, str] = field(default_factory=dict, hash=False)
    torch_threads: int | None = None  # None until torch has been imported
    on_hub: bool = False  # a JupyterHub started this: others may work on the same cores
    core_limit: float | None = None  # cores' worth of time that the system grants this program, where it limits that

    def __str__(self) -> str:
        cores = f"{self.usable_cores} core{'s' if self.usable_cores != 1 else ''}"
        return f"{self.cpu}, {cores}, {self.os}"


def facts(sample_s: float = 0.05) -> Machine:
    """This machine as it is now; the load of other programs is watched for `sample_s`.

    Cost: `sample_s` of sleep and a few milliseconds; torch is asked for its threads only where it is imported.
    """
    import psutil

    memory = psutil.virtual_memory()
    logical = psutil.cpu_count() or 1
    torch = sys.modules.get("torch")
    return Machine(
        cpu=cpu_name(),
        physical_cores=psutil.cpu_count(logical=False) or logical,
        logical_cores=logical,
        usable_cores=_usable_cores(logical),
        memory_bytes=memory.total,
        available_bytes=memory.available,
        foreign_load=foreign_load(sample_s),
        on_battery=_on_battery(),
        os=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        versions=versions(),
        torch_threads=torch.get_num_threads() if torch else None,
        on_hub="JUPYTERHUB_USER" in os.environ,
        core_limit=core_limit(),
    )


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Installed versions of `packages`, without importing them; those that are absent are left out."""
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def foreign_load(sample_s: float = 0.05) -> float:
    """Share of all cores, 0 to 1, that programs other than this one and its children took for `sample_s`."""
    import psutil

    own = psutil.Process()
    cores = psutil.cpu_count() or 1
    start, busy, mine = time.perf_counter(), _busy_s(psutil.cpu_times()), _own_s(own)
    time.sleep(sample_s)
    elapsed = max(time.perf_counter() - start, 1e-9)
    others = (_busy_s(psutil.cpu_times()) - busy) - (_own_s(own) - mine)
    return min(max(others / (elapsed * cores), 0.0), 1.0)


def core_limit(groups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float | None:
    """Cores' worth of time that a hub or a container grants this program; None where there is no limit.

    Linux keeps it in control groups, which nest: the narrowest counts. Both of their versions are read.
    """
    try:
        memberships = [line.split(":", 2) for line in own.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return None
    limits = []
    for _, kinds, path in memberships:
        if kinds and "cpu" not in kinds.split(","):
            continue
        top = groups / kinds
        folder = top / path.lstrip("/")
        limits += [_quota(each) for each in (folder, *folder.parents) if each.is_relative_to(top)]
    return min(filter(None, limits), default=None)


def cpu_name() -> str:
    """The processor's marketing name, or the architecture where the system does not tell it."""
    readers = {"Linux": _cpu_linux, "Darwin": _cpu_macos, "Windows": _cpu_windows}
    try:
        name = readers.get(platform.system(), platform.processor)()
    except (OSError, subprocess.SubprocessError):
        name = ""
    return " ".join(name.split()) or platform.processor() or platform.machine() or "unknown processor"


def has_display() -> bool:
    """Whether a window can open here: always on Windows and macOS, elsewhere where a display server runs."""
    if platform.system() in ("Windows", "Darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _cpu_linux() -> str:
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.lower().startswith(("model name", "hardware")):
                return line.partition(":")[2]
    return ""


def _cpu_macos() -> str:
    ask = ["sysctl", "-n", "machdep.cpu.brand_string"]
    return subprocess.run(ask, capture_output=True, text=True, timeout=5, check=True).stdout


def _cpu_windows() -> str:
    import winreg

    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
        return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])


def _usable_cores(logical: int) -> int:
    """Cores that this process may run on; macOS has no such limit to ask for."""
    affinity = getattr(os, "sched_getaffinity", None)
    if affinity:
        return len(affinity(0))
    import psutil

    ask = getattr(psutil.Process(), "cpu_affinity", None)
    return len(ask()) if ask else logical


def _quota(folder: Path) -> float | None:
    """The limit of one control group, as version 2 writes it, or version 1."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            quota, period = " ".join((folder / name).read_text(encoding="utf-8") for name in names).split()
        except (OSError, ValueError):
            continue
        return None if quota in ("max", "-1") else int(quota) / int(period)
    return None


def _on_battery() -> bool | None:
    import psutil

    read = getattr(psutil, "sensors_battery", None)
    try:
        battery = read() if read else None
    except (OSError, RuntimeError):  # some virtual machines announce a battery and cannot read it
        return None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def _busy_s(times) -> float:
    """Seconds in which a core worked; `iowait` and `steal` are missing on some systems."""
    names = ("user", "nice", "system", "irq", "softirq", "steal", "interrupt", "dpc")
    return sum(getattr(times, name, 0.0) for name in names)


def _own_s(process) -> float:
    """CPU seconds of this process and of the children that run now."""
    import psutil

    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.Error:  # a child that ended meanwhile
            continue
        total += times.user + times.system
    return total
