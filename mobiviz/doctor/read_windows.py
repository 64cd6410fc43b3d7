"""Finds out what only Windows knows; elsewhere each answer is the healthy one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_DLLS = ("vcruntime140.dll", "vcruntime140_1.dll", "msvcp140.dll")
_SYSTEM = r"SYSTEM\CurrentControlSet"
_FIREWALL = _SYSTEM + r"\Services\SharedAccess\Parameters\FirewallPolicy"
_SAVER = "a1841308-3541-4fab-bc81-f71556f20b4a"  # the power plan "power saver"


def missing_dlls() -> tuple[str, ...]:
    """Files of the Visual C++ runtime that neither Windows nor this Python has."""
    if sys.platform != "win32":
        return ()
    places = [Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32"), Path(sys.base_prefix)]
    return tuple(name for name in _DLLS if not any((place / name).exists() for place in places))


def long_paths() -> bool:
    """Whether paths may be longer than the old limit."""
    return sys.platform != "win32" or _registry(_SYSTEM + r"\Control\FileSystem", "LongPathsEnabled") == 1


def firewall() -> str:
    """Which networks the firewall guards; Windows takes the answer to its question about Python into account."""
    kinds = {"StandardProfile": "private networks", "PublicProfile": "public networks"}
    on = [words for kind, words in kinds.items() if _registry(rf"{_FIREWALL}\{kind}", "EnableFirewall") == 1]
    return f"Windows', for {' and '.join(on)}" if on else ""


def saver() -> str:
    """The power plan or the battery saver, where one is on."""
    try:
        plan = subprocess.run(["powercfg", "/getactivescheme"], capture_output=True, timeout=5, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        plan = b""
    if _SAVER in plan.decode("ascii", "replace").lower():
        return "the power plan is power saver"
    return "the battery saver is on" if _battery_saver() else ""


def _battery_saver() -> bool:
    import ctypes

    class Status(ctypes.Structure):  # SYSTEM_POWER_STATUS
        _fields_ = [
            *((name, ctypes.c_ubyte) for name in ("line", "battery", "percent", "saver")),
            *((name, ctypes.c_ulong) for name in ("life_s", "full_s")),
        ]

    status = Status()
    return bool(ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status))) and status.saver == 1


def _registry(key: str, name: str) -> object:
    try:
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except (ImportError, OSError):
        return None
