"""Starting costs what it must: nothing heavy is imported before it is needed, and the page's table is measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import startup

ROOT = Path(__file__).resolve().parents[1]

HEAVY = {"torch", "matplotlib", "plotly", "pandas", "sklearn", "onnx", "dask"}
FIRST = {
    "the command's help": "import mobiviz.cli, sys; sys.argv = ['mobiviz', '--help']",
    "notebook 01's counter": "from mobiviz.widgets import Odometer; Odometer()",
    "notebook 02's race": "from mobiviz.widgets import Race; Race()",
    "a quiz": "from mobiviz.course import quiz; quiz('02')",
    "doctor": "import mobiviz.doctor",
    "the lab": "import mobiviz.lab",
}


@pytest.mark.parametrize("what", FIRST)
def test_nothing_heavy_is_imported_before_it_is_needed(what, tmp_path):
    code = f"{FIRST[what]}; import sys; print(*sorted({HEAVY} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.split() == []


def test_the_pages_table_is_what_was_measured():
    measured = json.loads(startup.ROWS.read_text(encoding="utf-8"))
    assert startup.table(measured) in startup.PAGE.read_text(encoding="utf-8")


def test_what_a_package_brings_is_followed_to_its_end():
    own, lab, ours = startup.closure("jupyterlab-server"), startup.closure("jupyterlab"), startup.closure("mobiviz")
    assert {"jinja2", "markupsafe"} <= own < lab < ours
    assert "torch" in ours - lab
    assert startup.size_mb({"tqdm"}) < startup.size_mb({"tqdm", "jupyterlab"})
