"""All checks in their order, and those of Python itself: facts in, findings out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from pathlib import PurePath, PureWindowsPath

from mobiviz import bootstrap
from mobiviz.doctor import check_folders, check_hardware, check_jupyter, check_packages
from mobiviz.doctor.facts import Interpreter, SetUp
from mobiviz.doctor.finding import Finding, note, ok, problem

DAY_S = 86400
LETTERS = "é × α →"  # the course prints them


def at_once(here: SetUp) -> Iterator[Finding]:
    """What can be said before the imports are done."""
    yield from python(here.interpreter)
    yield from environment(here)
    yield from console(here)
    yield from clock(here)
    yield from check_folders.check(here)
    yield from check_packages.installed(here.packages)
    yield from check_jupyter.check(here.jupyter, here.interpreter)
    yield from check_hardware.network(here)
    yield check_hardware.browser(here.browser)


def after_imports(here: SetUp) -> Iterator[Finding]:
    """What waits for the imports, and the processor, which was watched meanwhile."""
    yield from check_hardware.hardware(here.hardware)
    yield from check_packages.imported(here)


def too_old(version: Sequence) -> Iterator[Finding]:
    """A problem where Python is older than the course's oldest."""
    if tuple(version[:2]) < bootstrap.OLDEST:
        text = "Python {}.{}.{} is too old; 3.11 is the oldest that works".format(*version[:3])
        yield problem(text, "install Python 3.11 or newer, and make the environment with it")


def python(this: Interpreter) -> Iterator[Finding]:
    """The interpreter, and what the shell makes it read besides its own packages."""
    version = ".".join(map(str, this.version[:3]))
    if this.bits < 64:
        yield problem(f"Python {version} is a 32-bit build, for which there is no PyTorch", "install the 64-bit Python")
    else:
        yield ok(f"Python {version}")
    for entry in re.split("[;:]", this.environ.get("PYTHONPATH", "")):
        other = re.search(r"python(\d)\.?(\d+)", PureWindowsPath(entry).as_posix().lower())
        if other and tuple(map(int, other.groups())) != tuple(this.version[:2]):
            text = f"PYTHONPATH mixes in packages of Python {'.'.join(other.groups())}: {entry}"
            yield problem(text, "take PYTHONPATH out of your shell's settings, then open a new terminal")
    if this.environ.get("PYTHONHOME"):
        text = f"PYTHONHOME is set: {this.environ['PYTHONHOME']}; it lends this Python another one's library"
        yield problem(text, "take PYTHONHOME out of your shell's settings, then open a new terminal")


def environment(here: SetUp) -> Iterator[Finding]:
    """Whether packages go into an environment of their own, and into the one that you think."""
    this = here.interpreter
    active, conda = this.environ.get("VIRTUAL_ENV"), this.environ.get("CONDA_PREFIX")
    alone = this.prefix != this.base_prefix
    if alone:
        yield ok(f"virtual environment {this.prefix}")
    elif conda:
        yield ok(f"conda environment {conda}")
    else:
        remedy = "python -m venv .venv, then install mobiviz with that environment's Python"
        yield note(f"no virtual environment; packages are shared with other programs in {this.prefix}", remedy)
    if active and not _same(active, this.prefix):
        remedy = f"run {this.executable} -m mobiviz, or install mobiviz there; `deactivate` leaves the other one"
        yield note(f"the active environment is {active}, but this Python is {this.prefix}'s", remedy)
    if any(mark in this.base_prefix + this.executable for mark in ("WindowsApps", "PythonSoftwareFoundation.Python")):
        text = "Python from the Microsoft Store: Windows keeps some of its files apart, where other programs miss them"
        yield note(text, "if a package fails, install Python from python.org and make .venv anew with it")
    if here.missing_dlls:
        text = f"Windows lacks Microsoft's Visual C++ runtime ({', '.join(here.missing_dlls)}), which PyTorch needs"
        yield problem(text, "install https://aka.ms/vs/17/release/vc_redist.x64.exe and restart")


def console(here: SetUp) -> Iterator[Finding]:
    """Whether the console can show the letters that the course prints."""
    encoding = here.interpreter.encoding
    try:
        LETTERS.encode(encoding)
    except UnicodeEncodeError:
        setting = "setx PYTHONUTF8 1" if here.system == "Windows" else "export PYTHONUTF8=1 LC_ALL=C.UTF-8"
        if here.interpreter.environ.get("PYTHONIOENCODING"):
            setting = "take PYTHONIOENCODING out of your shell's settings"
        remedy = f"{setting}, then open a new terminal; notebooks are not affected"
        yield note(f"this console writes {encoding}: Greek letters and arrows come out as ?", remedy)
    except LookupError:
        yield note(f"this console names an encoding that Python does not know: {encoding}", "unset PYTHONIOENCODING")


def clock(here: SetUp) -> Iterator[Finding]:
    """Whether the clock is behind what is already installed; with a wrong date every download is refused."""
    if here.now_s + DAY_S < here.packages.newest_s:
        today, newest = (time.strftime("%Y-%m-%d", time.gmtime(when)) for when in (here.now_s, here.packages.newest_s))
        text = f"the clock says {today}, but packages here were installed on {newest}"
        yield problem(text, "set date and time to automatic in the system's settings; until then downloads fail")


def _same(one: str, other: str) -> bool:
    return PurePath(one) == PurePath(other)
