"""The course build: markers, tags, ids, and that a rebuild changes nothing."""

from pathlib import Path

import nbformat
import pytest

from mobiviz.course.build import _still, _text, build, editions
from mobiviz.course.markers import strip_solutions

SOURCE = """# ---
# jupyter:
#   mobiviz:
#     run_s: 10
# ---

# %% [markdown]
# # A title

# %%
print(6 * 7)

# %% tags=["exercise", "ex:out_size_01"]
def out_size(size, k, stride, padding):
    # BEGIN SOLUTION
    return (size + 2 * padding - k) // stride + 1
    # END SOLUTION

# %% tags=["check", "ex:out_size_01"]
out_size(5, 3, 1, 0)

# %% tags=["measure"]
import time; time.perf_counter_ns()

# %% tags=["visual"]
from IPython.display import display
display({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "image/svg+xml": "<svg/>",
         "text/plain": "Odometer"}, raw=True)

# %% tags=["instructor"]
# for teachers
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "01_small.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def _files(root: Path) -> dict[str, bytes]:
    return {path.name + path.parent.name: path.read_bytes() for path in root.rglob("*.ipynb")}


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        (
            "def f(x):\n    # BEGIN SOLUTION\n    y = x\n    return y\n    # END SOLUTION",
            "    return ...  # your code here",
        ),
        (
            "def f(x):\n    # BEGIN SOLUTION\n    if x:\n        return 1\n    # END SOLUTION",
            "    return ...  # your code here",
        ),
        (
            "class Net:\n    def __init__(self):\n        # BEGIN SOLUTION\n        self.a = 1\n        # END SOLUTION",
            "        pass  # your code here",
        ),
        (
            "class Net:\n    def forward(self, x):\n        # BEGIN SOLUTION\n        return x\n        # END SOLUTION",
            "        return ...  # your code here",
        ),
        ("# BEGIN SOLUTION\nmine = 4\n# END SOLUTION\ncheck(mine)", "mine = ...  # your code here"),
    ],
)
def test_a_solution_becomes_a_stub(source, stub):
    stripped = strip_solutions(source, "here")
    assert stub in stripped.splitlines()
    assert "SOLUTION" not in stripped
    compile(stripped, "learner", "exec")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("# BEGIN SOLUTION\na = 1", "without # END SOLUTION"),
        ("# END SOLUTION", "without # BEGIN SOLUTION"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION", "inside a solution"),
        ("# BEGIN SOLUTION\nprint(1)\n# END SOLUTION", "must assign a name"),
    ],
)
def test_a_wrong_marker_names_the_cell(source, words):
    with pytest.raises(ValueError, match=f"02_x.py, cell 3: .*{words}"):
        strip_solutions(source, "02_x.py, cell 3")


@pytest.mark.parametrize(("tag", "near"), [("exercice", "exercise"), ("Visual", "visual"), ("measured", "measure")])
def test_an_unknown_tag_names_the_cell_and_the_nearest_tag(root, tag, near):
    path = root / "source" / "01_small.py"
    path.write_text(SOURCE.replace('["instructor"]', f'["{tag}"]'), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"01_small.py, cell 7: tag '{tag}' is not one of .*; did you mean '{near}'"):
        build(root=root)
    assert not _files(root)


def test_an_unknown_exercise_in_a_tag_fails(root):
    path = root / "source" / "01_small.py"
    path.write_text(SOURCE.replace("ex:out_size_01", "ex:out_sice_01"), encoding="utf-8")
    with pytest.raises(ValueError, match="did you mean 'out_size_01'"):
        build(root=root)


def test_the_two_editions(root):
    learner, solution = editions(root / "source" / "01_small.py")
    assert len(learner.cells) == 6
    assert len(solution.cells) == 7
    ids = [cell.id for cell in solution.cells]
    assert ids[:4] == ["n01-001", "n01-002", "exercise-out_size_01", "check-out_size_01"]
    assert [cell.id for cell in learner.cells] == ids[:-1]
    assert "return ...  # your code here" in learner.cells[2].source
    assert "// stride + 1" in solution.cells[2].source
    assert not any("SOLUTION" in cell.source for edition in (learner, solution) for cell in edition.cells)


def test_build_run_and_rebuild(root):
    build(run=True, root=root)
    first = _files(root)
    cells = nbformat.read(root / "solutions" / "01_small.ipynb", as_version=4).cells
    tags = {cell.id: cell.metadata.get("tags", []) for cell in cells}
    assert "nbval-check-output" in tags["n01-002"]
    assert "nbval-check-output" in tags["check-out_size_01"]
    assert "nbval-ignore-output" in tags["n01-005"]
    assert list(cells[5].outputs[0].data) == ["image/svg+xml", "text/plain"]
    learner = nbformat.read(root / "01_small.ipynb", as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in learner.cells)
    assert b"T0" not in first["01_small.ipynbsolutions"].replace(b"TODO", b"")
    for again in ({}, {"run": True}):
        build(root=root, **again)
        assert _files(root) == first, f"build({again}) changed a committed byte"
    build(root=root, run=True, measure=True)
    assert _files(root) != first, "--measure replaces the timing"


def test_a_changed_source_loses_its_old_output(root):
    build(run=True, root=root)
    path = root / "source" / "01_small.py"
    path.write_text(SOURCE.replace("6 * 7", "6 * 8"), encoding="utf-8")
    build(root=root)
    cells = nbformat.read(root / "solutions" / "01_small.ipynb", as_version=4).cells
    assert cells[1].execution_count is None
    assert not cells[1].outputs
    assert cells[3].outputs


def test_strict_run_stops_at_a_wrong_solution(root):
    from nbclient.exceptions import CellExecutionError

    path = root / "source" / "01_small.py"
    checked = SOURCE.replace("out_size(5, 3, 1, 0)", "from mobiviz.course import check\ncheck('out_size_01', out_size)")
    path.write_text(checked.replace("// stride + 1", "// stride"), encoding="utf-8")
    with pytest.raises(CellExecutionError, match="FAIL out_size_01"):
        build(run=True, root=root)


def test_a_large_notebook_names_its_largest_cell():
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell("x" * n, id=f"c{n}") for n in (10, 400_000)]
    with pytest.raises(ValueError, match="largest cell is c400000 with 400 kB"):
        _text(notebook, "x")


def test_a_widget_without_a_poster_leaves_nothing():
    view = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Slider"}
    assert _still(nbformat.v4.new_output("display_data", view)) is None


def test_a_kept_timing_is_counted_where_it_stands_now():
    """A new cell above moves the count of those below, also of one whose timing was kept."""
    from mobiviz.course.build import keep_outputs

    def cell(source, count, tags=(), text=""):
        made = nbformat.v4.new_code_cell(source, execution_count=count, metadata={"tags": list(tags)})
        made.outputs = [nbformat.v4.new_output("stream", text=text)]
        return made

    old = nbformat.v4.new_notebook(cells=[cell("time()", 1, ["measure"], "7 ms")])
    new = nbformat.v4.new_notebook(cells=[cell("new()", 1, text="new"), cell("time()", 2, ["measure"], "9 ms")])
    keep_outputs(new, old, measured=True)
    assert [each.execution_count for each in new.cells] == [1, 2]
    assert [each.outputs[0].text for each in new.cells] == ["new", "7 ms"]
