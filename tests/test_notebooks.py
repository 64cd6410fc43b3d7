"""Both editions of every notebook: built from its source, run from top to bottom, and compared output by output."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import kernel_memory
import nbformat
import pytest

from mobiviz import assets
from mobiviz.course.build import build, execute, run_seconds

ROOT = assets.notebooks()
NAMES = sorted(path.stem for path in (ROOT / "source").glob("*.py"))
WIDE = 105
PAGES = ("14_what_came_after",)  # to read and run, without exercises
NO_NETWORK = """
import socket

def _refuse(self, address, _connect=socket.socket.connect):
    if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"a notebook reached for the network: {address}")
    return _connect(self, address)

socket.socket.connect = _refuse
"""


def _read(path: Path):
    return nbformat.read(path, as_version=4)


def _tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def _text(output) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_rebuild_changes_nothing(name, tmp_path):
    shutil.copytree(ROOT, tmp_path / "notebooks")
    for pair in build(root=tmp_path / "notebooks", only=name):
        for path in (pair.learner, pair.solution):
            committed = ROOT / path.relative_to(tmp_path / "notebooks")
            assert path.read_bytes() == committed.read_bytes(), f"run `mobiviz course build`: {committed.name}"


@pytest.mark.parametrize("name", NAMES)
def test_what_nbval_compares_was_executed(name):
    """nbval silently compares nothing in a cell whose execution count is null."""
    cells = [cell for cell in _read(ROOT / "solutions" / f"{name}.ipynb").cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), (
        "run `mobiviz course build --run`"
    )
    assert sum("nbval-check-output" in _tags(cell) for cell in cells) >= 5
    for cell in cells:
        if "check" in _tags(cell):
            assert _text(cell.outputs[-1]).startswith("✓ PASS"), cell.id
        if "visual" in _tags(cell):
            assert {"image/svg+xml", "image/png", "image/jpeg"} & set(cell.outputs[-1].data), cell.id


def test_a_kernel_tells_what_it_took_even_where_it_gave_it_back():
    """By 300 MB, touched and let go: two kernels differ by that."""
    found = []
    for size in (1, 300_000_000):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"held = b'.' * {size}; del held")])
        kernel_memory.ask(notebook)
        execute(notebook, timeout_s=60)
        found.append(kernel_memory.told_mb(notebook))
        assert len(notebook.cells) == 1
    if None not in found:
        assert found[1] - found[0] == pytest.approx(300, abs=30)
        assert found[1] < kernel_memory.limit_mb()


@pytest.mark.parametrize("name", NAMES)
def test_the_learners_edition_runs_without_an_answer(name, monkeypatch, record_property):
    notebook = _read(ROOT / f"{name}.ipynb")
    assert "SOLUTION" not in str(notebook.cells)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK, id="no-network"))
    monkeypatch.setenv("MOBIVIZ_QUICK", "1")
    kernel_memory.ask(notebook)
    started = time.monotonic()
    execute(notebook, timeout_s=120)
    assert time.monotonic() - started < 3 * run_seconds(notebook), "three times the stated run time"
    most, limit = kernel_memory.told_mb(notebook), kernel_memory.limit_mb()
    record_property("score", f"memory: the kernel of {name} took {most or '?'} MB of {limit}")
    assert most is None or most <= limit, f"{name}: its kernel took {most} MB at its most, and {limit} are allowed"
    if name in PAGES:
        return
    checks = [cell for cell in notebook.cells if "check" in _tags(cell)]
    assert len(checks) >= (2 if name.startswith("00") else 3), "the first notebook is short"
    assert all(_text(cell.outputs[-1]).startswith("… TODO") for cell in checks)
    used = "".join(_text(output) for cell in notebook.cells for output in cell.get("outputs", []))
    assert used.count("using the reference") >= 1
    assert "using yours" not in used


def _flip_every_compared_output(path: Path) -> list[int]:
    """Change one digit in each compared output that has one; the numbers of those code cells."""
    notebook, flipped = _read(path), []
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        for output in cell.outputs if "nbval-check-output" in _tags(cell) else []:
            at = re.search(r"\d", _text(output))
            if at:
                digit = str((int(at.group()) + 1) % 10)
                changed = _text(output)[: at.start()] + digit + _text(output)[at.end() :]
                if "text" in output:
                    output.text = changed
                else:
                    output.data["text/plain"] = changed
                flipped.append(number)
                break
    nbformat.write(notebook, path)
    return flipped


def test_nbval_passes_and_one_changed_digit_fails(tmp_path):
    """As a user types it, with no variable set; beside it the same notebooks with changed digits, cell by cell."""
    flips = {}
    for name in NAMES:
        copy = tmp_path / f"{name}_flipped.ipynb"
        shutil.copy(ROOT / "solutions" / f"{name}.ipynb", copy)
        flips[copy.stem] = _flip_every_compared_output(copy)
        assert len(flips[copy.stem]) >= 5
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MOBIVIZ", "PYTEST"))}
    env |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}  # where the guesses go
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "--nbval-lax"]
    command += [f"--junitxml={report}", f"--rootdir={ROOT.parent}", str(ROOT / "solutions"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT.parent)
    failed: dict[str, list[int]] = {}
    cases = list(ElementTree.parse(report).iter("testcase"))
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            name = re.search(r"(\d\d_\w+)", case.get("classname")).group(1)
            failed.setdefault(name, []).append(int(re.search(r"\d+$", case.get("name")).group()))
    assert failed == flips, done.stdout[-3000:]
    assert len(cases) == 2 * sum(
        cell.cell_type == "code" for name in NAMES for cell in _read(ROOT / "solutions" / f"{name}.ipynb").cells
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_source_keeps_to_the_rules(name):
    source = (ROOT / "source" / f"{name}.py").read_text(encoding="utf-8")
    code = re.sub(r"^# %% \[markdown\]\n(#.*\n)+", "", source, flags=re.M)
    for forbidden in ("!pip", "%pip", "http:", "https:", "%matplotlib widget", "FigureWidget"):
        assert forbidden not in code
    assert "!" not in re.sub(
        r"!=|!\[", "", "".join(re.findall(r"^# %% \[markdown\]\n((?:#.*\n)+)", source, flags=re.M))
    )
    cut = [line for line in code.splitlines() if len(line) > WIDE]
    assert cut == [], f"JupyterLab shows {WIDE} characters of a line on a screen 1280 pixels wide"
    for link in re.findall(r"\]\(([^)#:]+)\)", source):
        assert (ROOT / link).exists(), f"{link} leads nowhere"
