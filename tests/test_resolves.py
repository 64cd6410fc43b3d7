"""The pins are a whole installation, of wheels, for each system and each Python that README claims. Asks the index."""

import json
import re
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as plain

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
LINUX = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
# For each system: what its wheels are called, and what the markers of requirements see there.
SYSTEMS = {
    "Linux": (
        [*LINUX, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"],
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    ),
    "Windows": (
        ["win_amd64"],
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    ),
    "macOS 14 on Apple silicon": (
        ["macosx_14_0_arm64"],
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    ),
}
FROM_SOURCE = {"antlr4-python3-runtime"}  # docs/dependencies.md says so: pure Python, and its authors build no wheel


def environment(system, python):
    facts = {"python_version": python, "python_full_version": f"{python}.9", "implementation_name": "cpython"}
    release = {"platform_release": "", "platform_version": ""}
    return facts | {"platform_python_implementation": "CPython"} | release | SYSTEMS[system][1]


def pinned(seen):
    """{name: version} of the pins that apply there."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            one = Requirement(line)
            if applies(one.marker, seen):
                assert plain(one.name) not in found, f"two pins of {one.name} apply"
                found[plain(one.name)] = next(iter(one.specifier)).version
    return found


def applies(marker: Marker | None, seen, extras=("",)):
    return marker is None or any(marker.evaluate(seen | {"extra": extra}) for extra in extras)


def ask(system, python, pins, folder):
    """pip, at work on what the index has of these pins as wheels for that system. Nothing is installed."""
    (folder / "pins.txt").write_text("\n".join(f"{name}=={version}" for name, version in pins.items()), "utf-8")
    command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--only-binary=:all:", "--use-feature=fast-deps", "--python-version", python, "--implementation", "cp"]
    command += ["--ignore-requires-python"]  # pip would ask that of the Python it runs on; `unmet` asks the right one
    command += [f"--platform={tag}" for tag in SYSTEMS[system][0]]
    command += ["--target", str(folder / "none"), "--report", "report.json", "-r", "pins.txt"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=(folder / "said").open("wb"))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """{(system, python): (pip's exit code, what it said, {name: metadata})}; all are asked together, for they wait."""
    asked, found = {}, {}
    for system, python in product(SYSTEMS, PYTHONS):
        folder = tmp_path_factory.mktemp("asked")
        pins = pinned(environment(system, python))
        asked[system, python] = folder, ask(system, python, {n: pins[n] for n in set(pins) - FROM_SOURCE}, folder)
    for case, (folder, pip) in asked.items():
        code, report = pip.wait(timeout=3600), folder / "report.json"
        wheels = json.loads(report.read_text("utf-8"))["install"] if report.exists() else []
        found[case] = code, (folder / "said").read_text("utf-8"), {plain(w["metadata"]["name"]): w for w in wheels}
    return found


def unmet(pins, wheels, seen):
    """In words, each requirement of mobiviz with all its extras, and of theirs in turn, that the pins do not meet."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    waiting = [("mobiviz", Requirement(each), ("",)) for group in groups for each in group]
    seen_before, wrong = set(), []
    while waiting:
        who, one, extras = waiting.pop()
        name, wanted = plain(one.name), ("", *sorted(one.extras))
        if not applies(one.marker, seen, extras) or name == "mobiviz":
            continue
        if not one.specifier.contains(pins.get(name, "0.dev0"), prereleases=True) or name not in pins:
            wrong.append(f"{who} wants {one}, pinned is {pins.get(name)}")
        elif not SpecifierSet(wheels.get(name, {}).get("requires_python", "")).contains(seen["python_full_version"]):
            wrong.append(f"{name} is for Python {wheels[name]['requires_python']}")
        elif (name, wanted) not in seen_before and name in wheels:
            seen_before.add((name, wanted))
            waiting += [(name, Requirement(each), wanted) for each in wheels[name].get("requires_dist", [])]
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize(("system", "python"), list(product(SYSTEMS, PYTHONS)))
def test_the_pins_are_a_whole_installation_of_wheels(system, python, answers):
    code, said, wheels = answers[system, python]
    lacking = re.findall(r"No matching distribution found for (\S+)", said)
    assert len(lacking) == said.count("(from versions: none)"), (
        f"no wheel of {lacking[0]} for {system}, Python {python}"
    )
    assert code == 0, f"the index of packages does not answer, so nothing is known:\n{said[-900:]}"
    seen = environment(system, python)
    pins = pinned(seen)
    assert set(pins) - FROM_SOURCE == set(wheels)
    assert all(one["download_info"]["url"].endswith(".whl") for one in wheels.values())
    assert not unmet(pins, {name: one["metadata"] for name, one in wheels.items()}, seen)


def test_the_readme_claims_what_is_resolved_here_and_no_more():
    words = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    *pythons, last = PYTHONS
    *systems, last_system = SYSTEMS
    claim = f"on Python {', '.join(pythons)} and {last} for {', '.join(systems)} and {last_system}"
    assert f"Run on Python 3.11, Linux. Its pins resolve, to wheels, {claim}." in words


def test_a_pin_that_breaks_a_requirement_is_found():
    seen = environment("Windows", "3.12")
    pins = pinned(seen)
    assert "colorama" in pins, "markers are those of the system asked for, not of this one"
    assert "colorama" not in pinned(environment("Linux", "3.12"))
    asks = {"torch": {"requires_dist": ["numpy>=99", "triton; platform_system == 'Linux'", "nobody; extra == 'x'"]}}
    (wrong,) = unmet(pins, asks, seen)
    assert wrong.startswith("torch wants numpy>=99")
    assert len(unmet(pins | {"torch": "1.0"}, {}, seen)) == 1
