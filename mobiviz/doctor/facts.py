"""What doctor knows of a set-up: plain values, so that a test can make any machine up.

`read.py` and its neighbours fill them in; the checks see nothing else. A default means: not known, or nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mobiviz.machine import Machine


@dataclass(frozen=True)
class Interpreter:
    """The Python that runs doctor, and what the shell told it."""

    version: tuple[int, ...]
    executable: str
    prefix: str
    base_prefix: str
    bits: int = 64
    environ: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"  # the console's


class Copy(NamedTuple):
    """One installed version of a package, and the folder that it lies in."""

    version: str
    folder: str


@dataclass(frozen=True)
class Packages:
    """What is installed, by its metadata; `copies` are in the order in which Python finds them."""

    wanted: tuple[str, ...] | None  # mobiviz's own requirements; None where it is not installed
    copies: Mapping[str, tuple[Copy, ...]]
    leftovers: tuple[str, ...] = ()  # folders like ~orch, of an installation that was broken off
    newest_s: float = 0.0  # when the newest of them was installed


class Import(NamedTuple):
    """What an interpreter of its own said to one import: `error` is empty where it succeeded."""

    error: str = ""
    told: tuple = ()


@dataclass(frozen=True)
class Jupyter:
    """Where Jupyter looks: the kernel of the notebooks, and JupyterLab's extensions."""

    kernel_folder: str = ""  # empty: the kernel that comes with this Python
    kernel_python: str = "python"
    extensions: frozenset[str] = frozenset()
    disabled: Mapping[str, str] = field(default_factory=dict)  # extension: the file that switches it off


@dataclass(frozen=True)
class Folder:
    """A folder that must be written to; `use` says in words what for."""

    path: str
    use: str
    error: str = ""
    free_bytes: int | None = None
    bytes_per_s: float | None = None


class Shadow(NamedTuple):
    """A file of the learner's that hides a package of the same name."""

    name: str
    path: str


@dataclass(frozen=True)
class Hardware:
    """`machine` is None where psutil is missing; `limit_bytes` is set from outside."""

    machine: Machine | None
    limit_bytes: int | None = None
    saver: str = ""  # what saves power, in words
    held: str = ""  # what holds the processor back, in words
    throttles: int = 0  # how often it was throttled for heat while doctor looked


@dataclass(frozen=True)
class Network:
    """`port` is the one that `mobiviz lab` would take, None where all are taken."""

    port: int | None
    proxies: Mapping[str, str] = field(default_factory=dict)
    proxy_spares_us: bool = True  # 127.0.0.1 is asked without it
    firewall: str = ""


@dataclass(frozen=True)
class SetUp:
    """A whole set-up; `imports` is filled in last."""

    system: str  # as platform.system() names it
    now_s: float
    interpreter: Interpreter
    packages: Packages
    jupyter: Jupyter | None  # None where Jupyter is missing
    folders: tuple[Folder, ...]
    hardware: Hardware
    network: Network
    shadows: tuple[Shadow, ...] = ()
    browser: str | None = ""  # None: no screen; empty: none found
    missing_dlls: tuple[str, ...] = ()
    long_paths: bool = True
    imports: Mapping[str, Import] = field(default_factory=dict)
