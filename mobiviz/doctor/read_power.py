"""Finds out what slows this machine down or fences it off: power, heat, limits, a firewall.

Linux tells it in files, whose root a test may move; macOS and Windows are asked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from mobiviz.doctor import read_windows

_ROOT = Path("/")
_HELD = 0.75  # of the processor's full speed
_UNLIMITED = 2**60  # what the first cgroups write for "no limit" is near 2**63


def saver(root: Path = _ROOT) -> str:
    """What saves power now, in words; empty where nothing does."""
    if sys.platform == "win32":
        return read_windows.saver()
    if sys.platform == "darwin":
        return "low power mode" if re.search(r"lowpowermode\s+1", _asked("pmset", "-g")) else ""
    if _read(root / "sys/firmware/acpi/platform_profile") == "low-power":
        return "the platform profile is low-power"
    frequency = root / "sys/devices/system/cpu/cpu0/cpufreq"
    if _read(frequency / "energy_performance_preference") == "power":
        return "the energy preference is power"
    # For these two drivers, powersave is the everyday governor.
    everyday = _read(frequency / "scaling_driver").startswith(("intel_pstate", "amd-pstate"))
    return "" if everyday or _read(frequency / "scaling_governor") != "powersave" else "the governor is powersave"


def held(root: Path = _ROOT) -> str:
    """What keeps the processor from its full speed, in words; empty where nothing does."""
    if sys.platform == "darwin":
        limit = re.search(r"CPU_Speed_Limit\s*=\s*(\d+)", _asked("pmset", "-g", "therm"))
        return f"macOS limits it to {limit[1]}% because of heat" if limit and int(limit[1]) < 100 * _HELD else ""
    frequency = root / "sys/devices/system/cpu/cpu0/cpufreq"
    most, full = (_number(frequency / name) for name in ("scaling_max_freq", "cpuinfo_max_freq"))
    if most and full and most < _HELD * full:
        return f"{most / 1e6:.1f} GHz of its {full / 1e6:.1f} GHz are allowed"
    return ""


def throttles(root: Path = _ROOT) -> int:
    """How often the processor was slowed down for heat since it was switched on."""
    counts = root.glob("sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count")
    return int(sum(_number(path) or 0 for path in counts))


def limit_bytes(root: Path = _ROOT) -> int | None:
    """The memory that this process may use at most, where a shell, a container or a hub has set a limit."""
    found = [_number(folder / "memory.max") for folder in _groups(root, "")]
    found += [_number(folder / "memory.limit_in_bytes") for folder in _groups(root, "memory")]
    try:
        import resource

        found.append(resource.getrlimit(resource.RLIMIT_AS)[0])
    except ImportError:  # Windows
        pass
    return int(min((each for each in found if each and 0 < each < _UNLIMITED), default=0)) or None


def firewall(root: Path = _ROOT) -> str:
    """The name of a firewall that is on, as far as a plain user may know; empty where none is seen."""
    if sys.platform == "win32":
        return read_windows.firewall()
    if sys.platform == "darwin":
        tool = "/usr/libexec/ApplicationFirewall/socketfilterfw"
        return "macOS's own" if "enabled" in _asked(tool, "--getglobalstate").lower() else ""
    if re.search(r"^ENABLED=[\"']?yes", _read(root / "etc/ufw/ufw.conf"), flags=re.MULTILINE):
        return "ufw"
    return "firewalld" if (root / "run/firewalld.pid").exists() or (root / "run/firewalld").exists() else ""


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's control group and of those around it; `controller` for the first kind of cgroups."""
    top = root / "sys/fs/cgroup" / controller
    yield top
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, kinds, path = line.split(":", 2)
        if controller in kinds.split(","):
            inner = Path(path.lstrip("/"))
            yield from (top / each for each in (inner, *inner.parents))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> float | None:
    try:
        return float(_read(path))
    except ValueError:
        return None


def _asked(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
