"""Finds out the facts: what Python, the shell, the console and the browser say."""

from __future__ import annotations

import importlib.util
import os
import platform
import struct
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path

from mobiviz import lab, machine
from mobiviz.doctor import read_folders, read_jupyter, read_packages, read_power, read_windows
from mobiviz.doctor.facts import Hardware, Interpreter, Network, SetUp


def set_up() -> SetUp:
    """Everything but what the imports say; takes a fraction of a second."""
    packages = read_packages.packages()
    return SetUp(
        system=platform.system(),
        now_s=time.time(),
        interpreter=interpreter(),
        packages=packages,
        jupyter=read_jupyter.jupyter(),
        folders=read_folders.folders(),
        shadows=read_folders.shadows(read_packages.top_level(packages) | read_folders.library()),
        hardware=hardware(),
        network=network(),
        browser=browser(),
        missing_dlls=read_windows.missing_dlls(),
        long_paths=read_windows.long_paths(),
    )


def interpreter() -> Interpreter:
    """This Python, its folder without links, so that two ways to write it are one."""
    environ = dict(os.environ)
    if environ.get("VIRTUAL_ENV"):
        environ["VIRTUAL_ENV"] = os.path.realpath(environ["VIRTUAL_ENV"])
    return Interpreter(
        version=tuple(sys.version_info[:3]),
        executable=read_jupyter.unlinked(sys.executable),
        prefix=str(Path(sys.prefix).resolve()),
        base_prefix=str(Path(sys.base_prefix).resolve()),
        bits=8 * struct.calcsize("P"),
        environ=environ,
        encoding=getattr(sys.stdout, "encoding", None) or "utf-8",
    )


def hardware() -> Hardware:
    """The machine and its limits; without psutil, or where it fails, only what files say."""
    now = None
    if importlib.util.find_spec("psutil"):
        try:
            now = machine.facts()
        except (ImportError, OSError, RuntimeError):  # a broken psutil; its import is asked on its own
            now = None
    return Hardware(
        machine=now,
        limit_bytes=read_power.limit_bytes(),
        saver=read_power.saver(),
        held=read_power.held(),
    )


def network() -> Network:
    """A port for JupyterLab, and what lies between; nothing is sent."""
    try:
        port = lab.free_port()
    except OSError:
        port = None
    # The shell's variables mean every address, this computer's too; the settings of Windows and macOS never do.
    shells = urllib.request.getproxies_environment()
    spares = all(urllib.request.proxy_bypass_environment(host, shells) for host in ("127.0.0.1", "localhost"))
    found = shells if any(scheme in shells for scheme in _SCHEMES) else urllib.request.getproxies()
    proxies = {scheme: url for scheme, url in found.items() if scheme in _SCHEMES}
    return Network(port, proxies, spares or found is not shells, read_power.firewall())


_SCHEMES = ("http", "https", "all")


def browser() -> str | None:
    """The browser's name, empty where there is none, None where there is no screen."""
    if not machine.has_display():
        return None
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return ""
    return getattr(found, "name", type(found).__name__)
