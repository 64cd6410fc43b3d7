"""mobiviz course build --nbgrader: notebooks that nbgrader releases, collects and grades.

A teacher's seed stands in hidden tests, which `nbgrader generate_assignment` removes: no learner sees it, and the cases
that it draws are in no wheel.
"""

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mobiviz import assets
from mobiviz.course.build import source_cells
from mobiviz.course.grading import POINTS
from mobiviz.course.markers import keep_solutions, strip_solutions

CONFIG = '''"""For nbgrader, in the folder of this course. A course that has its own settings needs none of these."""

c = get_config()  # noqa: F821
c.ClearSolutions.code_stub = {"python": "# your code here"}  # the line below it keeps the cell running
c.ExecutePreprocessor.timeout = 600
'''


def build_graded(out: str | Path, seed: str, only: str = "", root: Path | None = None) -> list[Path]:
    """Write `out/source/NAME/NAME.ipynb` for each notebook with exercises; returns what was written.

    Raises: ValueError for a seed that is empty or would break the line it stands in.
    """
    if not re.fullmatch(r"[\w.-]{6,}", seed):
        raise ValueError(f"--seed must be six or more letters, digits, dots or dashes (got {seed!r}); keep it secret")
    root, out, written = root or assets.notebooks(), Path(out), []
    for source in sorted((root / "source").glob(f"{only}*.py")):
        notebook = graded(source, seed)
        if not any("nbgrader" in cell.metadata for cell in notebook.cells):
            continue
        path = out / "source" / source.stem / f"{source.stem}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.validate(notebook)
        path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8", newline="\n")
        written.append(path)
    if written and not (config := out / "nbgrader_config.py").exists():  # a teacher's own stays
        config.write_text(CONFIG, encoding="utf-8", newline="\n")
    return written


def graded(source: Path, seed: str) -> NotebookNode:
    """One source file with what nbgrader wants: grade ids, points, solutions to clear and tests to hide."""
    notebook, cells = source_cells(source)
    for cell, where in cells:
        tags = cell.metadata.get("tags", [])
        if "instructor" in tags:
            continue
        exercise = next((tag[3:] for tag in tags if tag.startswith("ex:")), None)
        notebook.cells.append(cell)
        if exercise and "exercise" in tags:
            cell.source = keep_solutions(cell.source, where)
            cell.metadata["nbgrader"] = _facts(f"answer-{exercise}", solution=True)
        elif exercise and "check" in tags:
            notebook.cells.append(_hidden(exercise, _answer(cell.source, where), seed))
        elif cell.cell_type == "code":
            cell.source = strip_solutions(cell.source, where)
    return notebook


def _hidden(exercise: str, answer: str, seed: str) -> NotebookNode:
    """The graded cell: what is in it runs in the teacher's copy only, and its last value is the points."""
    lines = (
        f"# Graded, {POINTS} points: the check above, and cases drawn for your class. Leave this cell as it is.",
        "# BEGIN HIDDEN TESTS",
        "from mobiviz.course.grading import grade",
        f'grade("{exercise}", lambda: {answer}, seed="{seed}")',
        "# END HIDDEN TESTS",
    )
    facts = _facts(f"grade-{exercise}", grade=True, locked=True, points=POINTS)
    return nbformat.v4.new_code_cell("\n".join(lines), id=f"grade-{exercise}", metadata={"nbgrader": facts})


def _answer(check: str, where: str) -> str:
    """The text of what a cell hands to its check."""
    for call in ast.walk(ast.parse(check)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check" and len(call.args) == 2:
            return ast.get_source_segment(check, call.args[1])
    raise ValueError(f"{where}: a cell tagged check must call check(id, answer); this one does not")


def _facts(grade_id: str, grade: bool = False, solution: bool = False, locked: bool = False, points: int = 0) -> dict:
    facts = {"schema_version": 3, "grade_id": grade_id, "grade": grade, "solution": solution}
    facts |= {"locked": locked, "task": False, "cell_type": "code"}
    return facts | ({"points": points} if grade else {})
