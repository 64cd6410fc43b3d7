"""Packages: there, new enough, only once, and ready to be imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from mobiviz import bootstrap
from mobiviz.doctor.facts import Copy, Import, Packages, SetUp
from mobiviz.doctor.finding import Finding, note, ok, problem
from mobiviz.doctor.imports import CORE, MODULES, RUNTIMES

_ABI = r"compiled using NumPy 1|numpy\.core\.multiarray failed|numpy\.dtype size changed|_ARRAY_API not found"
_DLL = r"DLL load failed|WinError (126|127|1114)"
_MEMORY = r"MemoryError|[Cc]annot allocate memory|failed to map segment|paging file is too small|WinError 1455"
_WORDS = 160  # letters of an error that are worth reading


def installed(packages: Packages) -> Iterator[Finding]:
    """What the metadata says of each core dependency, by mobiviz's own requirements."""
    if packages.wanted is None:
        yield problem("mobiviz itself is not installed here", "python -m pip install -e . in the checkout")
        return
    fine = []
    for name, least in needed(packages.wanted):
        copies = packages.copies.get(name, ())
        faults = list(_faults(name, least, copies))
        yield from faults
        if not faults:
            fine.append(f"{name} {copies[0].version}")
    if fine:
        yield ok(", ".join(fine))
    for folder in packages.leftovers:
        text = f"{folder} is left over from an installation that was broken off; pip warns of it at every step"
        yield note(text, f"delete the folder {folder}")


def needed(wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(name, least version) of each requirement that is no extra's."""
    for requirement in wanted:
        if ";" not in requirement:
            name, least = re.match(r"([\w.-]+)(?:>=([\d.]+))?", requirement).groups()
            yield name, least or ""


def imported(here: SetUp) -> Iterator[Finding]:
    """What came of the imports; a package that is known to be missing, too old or hidden is not named again."""
    known = {name for name, least in needed(here.packages.wanted or ()) if _bad(here.packages.copies.get(name), least)}
    known |= {shadow.name for shadow in here.shadows}
    for name in CORE:
        result = here.imports.get(name)
        if not result or name in known or MODULES[name].partition(".")[0] in known:
            continue
        if result.error:
            yield broken(name, result.error, here)
        elif name == "torch":
            yield torch(*result.told)
    vision = here.imports.get("torchvision")
    if vision and "torch" not in known and not here.imports.get("torch", Import()).error:
        yield torchvision(vision.error, _version(here.packages, "torchvision"))
    for name, (label, _) in RUNTIMES.items():
        yield runtime(name, label, here)


def broken(name: str, error: str, here: SetUp) -> Finding:
    """A package that is there and cannot be imported, by what its error gives away."""
    least = dict(needed(here.packages.wanted or ())).get(name)
    again = f'python -m pip install --force-reinstall "{name}{f">={least}" if least else ""}"'
    label = "PyTorch" if name == "torch" else name
    numpy = here.packages.copies.get("numpy")
    if re.search(_ABI, error):
        text = f"{label} was built for another NumPy than {numpy[0].version if numpy else 'the one here'}"
        return problem(text, f"{again} --no-deps")
    if re.search(_DLL, error):
        text = f"{label} cannot be imported: a DLL is missing, mostly Microsoft's Visual C++ runtime"
        return problem(text, "install https://aka.ms/vs/17/release/vc_redist.x64.exe and restart")
    if re.search(_MEMORY, error):
        text = f"{label} cannot be imported: there is too little memory for it"
        return problem(text, "close other programs, or raise this account's memory limit")
    lacking = re.search(r"No module named '([\w.]+)'", error)
    if lacking and lacking[1].partition(".")[0] != MODULES[name].partition(".")[0]:
        return problem(f"{label} cannot be imported: it lacks {lacking[1]}", again)
    return problem(f"{label} cannot be imported: {_short(error)}", again)


def torch(version: str, cuda: str | None, gpu: bool, threads: int) -> Finding:
    """PyTorch's build, from what its own interpreter said."""
    count = f"{threads} thread{'s' if threads != 1 else ''}"
    build = f"PyTorch {version}, {f'CUDA {cuda} build' if cuda else 'CPU build'}, {count}"
    if not cuda or gpu:
        return ok(build)
    pin = f"torch=={version.partition('+')[0]}"
    remedy = f"python -m pip install --force-reinstall --no-deps {pin} --index-url {bootstrap.CPU_INDEX}"
    return note(f"{build}, but no GPU for it: it works, and fills about 3 GB for nothing", remedy)


def torchvision(error: str, version: str) -> Finding:
    """Whether torchvision, which mobiviz does not need, fits the torch beside it."""
    if not error:
        return ok(f"torchvision {version} fits PyTorch")
    text = f"torchvision does not fit this PyTorch ({_short(error)}); mobiviz does not need it"
    return note(text, "python -m pip uninstall torchvision, unless another program of yours needs it")


def runtime(name: str, label: str, here: SetUp) -> Finding:
    """One optional runtime: absent, broken or there."""
    result = here.imports.get(name)
    if result is None or f"No module named '{name}'" in result.error:
        return note(f"{label} is not installed (optional)", 'python -m pip install "mobiviz[runtimes]"')
    if not result.error:
        return ok(f"{label} ({name} {_version(here.packages, name)})")
    if re.search(f"{_ABI}|{_DLL}|{_MEMORY}", result.error):
        return broken(name, result.error, here)
    remedy = f"python -m pip install --force-reinstall --no-deps {name}"
    return problem(f"{label} cannot be imported: {_short(result.error)}", remedy)


def _faults(name: str, least: str, copies: tuple[Copy, ...]) -> Iterator[Finding]:
    wish = f'"{name}>={least}"' if least else name
    beside = [copy for copy in copies if copy.folder == copies[0].folder]
    if len(beside) > 1:  # which of them is found is chance, so that its age says nothing
        text = f"{name} is installed twice in one place ({' and '.join(copy.version for copy in beside)})"
        again = f"python -m pip uninstall -y {name}"
        yield problem(text, f"{again}, once more for each copy, then python -m pip install {wish}")
        return
    if _bad(copies, least):
        why = f"{copies[0].version} is too old, {least} is needed" if copies else "is missing"
        yield problem(f"{name} {why}", f"python -m pip install {wish}")
    if len({PurePath(copy.folder) for copy in copies}) > 1:
        first, second = copies[:2]
        text = f"{name} is installed twice: {first.version} is used; {second.version} in {second.folder} is not"
        yield note(text, "harmless while the first is the right one; else uninstall it with that folder's own Python")


def _bad(copies: tuple[Copy, ...] | None, least: str) -> bool:
    return not copies or (bool(least) and _numbers(copies[0].version) < _numbers(least))


def _version(packages: Packages, name: str) -> str:
    copies = packages.copies.get(name)
    return copies[0].version if copies else "of unknown version"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0]))


def _short(error: str) -> str:
    return error if len(error) <= _WORDS else f"{error[:_WORDS].rstrip()} ..."
