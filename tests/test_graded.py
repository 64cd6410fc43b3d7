"""The nbgrader edition: what it marks and hides, that nbgrader accepts it, and that grades differ as they should."""

import ast
import inspect
import re
import textwrap
import warnings

import nbformat
import pytest

from mobiviz import assets, cli
from mobiviz.course import exercises
from mobiviz.course.graded import build_graded, graded
from mobiviz.course.grading import POINTS, grade
from mobiviz.course.markers import keep_solutions

SOURCES = sorted((assets.notebooks() / "source").glob("*.py"))
NAME, SEED = "02_depthwise_plus_pointwise", "autumn-7q"
SOLUTION = re.compile(r"^( *)# BEGIN SOLUTION\n(.*?)^ *# END SOLUTION(?=(?:\n *(.*))?)", flags=re.M | re.S)


def marked(notebook, kind):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get(kind)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem[:2])
def test_every_exercise_has_an_answer_and_a_hidden_grade(source):
    notebook = graded(source, SEED)
    nbformat.validate(notebook)
    wanted = set(re.findall(r'"exercise", "ex:(\w+)"', source.read_text(encoding="utf-8")))
    assert {cell.metadata.nbgrader.grade_id for cell in marked(notebook, "solution")} == {f"answer-{i}" for i in wanted}
    assert {cell.metadata.nbgrader.grade_id for cell in marked(notebook, "grade")} == {f"grade-{i}" for i in wanted}
    for cell in marked(notebook, "grade"):
        assert cell.metadata.nbgrader.points == POINTS
        (before, after) = cell.source.split("# BEGIN HIDDEN TESTS")
        assert SEED in after
        assert not ast.parse(before).body, "what learners get of it runs nothing"
    for cell in notebook.cells:
        if "SOLUTION" in cell.source:
            assert cell.metadata.nbgrader.solution, "nbgrader refuses a marker elsewhere"
            compile(SOLUTION.sub(r"\1# your code here", cell.source), "released", "exec")
            for indent, body, stub in SOLUTION.findall(cell.source):
                last = ast.parse("def f():\n" + textwrap.indent(body, " ")).body[0].body[-1]
                assert isinstance(last, ast.Return) == bool(indent and stub == "return ..."), cell.id


def test_a_solution_kept_runs_and_cut_out_leaves_what_a_check_calls_todo():
    kept = keep_solutions("def f(x):\n    # BEGIN SOLUTION\n    return x\n    # END SOLUTION", "here")
    assert kept.splitlines()[-1] == "    return ..."
    for text, result in ((kept, 7), (SOLUTION.sub(r"\1# your code here", kept), ...)):
        space = {}
        exec(text, space)
        assert space["f"](7) is result or space["f"](7) == result
    value = keep_solutions("# BEGIN SOLUTION\na = 1\n# END SOLUTION", "here")
    assert value == "a = ...  # your code here\n# BEGIN SOLUTION\na = 1\n# END SOLUTION"
    assert "    pass" in keep_solutions("def f():\n    # BEGIN SOLUTION\n    print(1)\n    # END SOLUTION", "here")
    with pytest.raises(ValueError, match="here: # BEGIN SOLUTION without"):
        keep_solutions("# BEGIN SOLUTION\na = 1", "here")


def test_points(capsys):
    exercise = exercises.load("ratio_02")
    known = {case: exercise.reference(*case) for case in exercise.cases()}
    answers = {
        2: lambda N, k: N * k * k / (N + k * k),
        1: lambda N, k: known.get((N, k), 0.0),
        0: lambda N, k: N + k**2,
    }
    for points, answer in answers.items():
        assert grade("ratio_02", lambda answer=answer: answer, SEED) == points
        assert capsys.readouterr().out.startswith(f"{points} of 2 points. ")
    assert grade("ratio_02", lambda: exercise.reference, SEED) == 0
    assert "the library's own answer" in capsys.readouterr().out
    assert grade("ratio_02", lambda: never_defined, SEED) == 0  # noqa: F821
    assert "its cell did not run to the end" in capsys.readouterr().out
    assert grade("ratio_02", lambda: ..., SEED) == 0
    kernels = exercises.load("rank_one_02").others[0]()
    assert grade("rank_one_02", lambda: kernels, SEED) == 2, "a value has no other cases"


def test_a_warning_costs_no_point(capfd):
    import os

    def noisy(N, k):
        warnings.warn("old", stacklevel=1)
        os.write(2, b"from below Python")
        return N * k * k / (N + k * k)

    assert grade("ratio_02", lambda: noisy, SEED) == 2
    assert capfd.readouterr().err == ""
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"


def test_the_command_writes_a_course_and_keeps_a_teachers_settings(tmp_path, capsys):
    words = ["course", "build", "--nbgrader", "--only", "02", "--out", str(tmp_path), "--seed"]
    assert cli.main([*words, SEED]) == 0
    path = tmp_path / "source" / NAME / f"{NAME}.ipynb"
    assert str(path) in capsys.readouterr().out
    (tmp_path / "nbgrader_config.py").write_text("mine", encoding="utf-8")
    first = path.read_bytes()
    assert cli.main([*words, SEED]) == 0
    assert path.read_bytes() == first
    assert (tmp_path / "nbgrader_config.py").read_text(encoding="utf-8") == "mine"
    for short in ("", "abc", 'quote"here'):
        assert cli.main([*words, short]) == 1
        assert "--seed must be six or more letters, digits, dots or dashes" in capsys.readouterr().err


def solved(notebook, answers):
    """A released notebook with these lines in place of the comment that asks for them."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if (name := cell.id.removeprefix("exercise-")) in answers:
            assert "# your code here" in cell.source
            cell.source = re.sub(r"^( *)# your code here$", lambda m, n=name: answers[n], cell.source, flags=re.M)
    return notebook


@pytest.fixture
def course(tmp_path):
    """nbgrader's own interface on a course folder with every notebook's nbgrader edition."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config, PyFileConfigLoader

    folder = tmp_path / "course"
    build_graded(folder, SEED)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    config.merge(Config({"CourseDirectory": {"root": str(folder), "course_id": "mobile"}}))
    return folder, NbGraderAPI(config=config)


@pytest.mark.slow
def test_nbgrader_releases_every_notebook_without_a_solution(course):
    folder, nbgrader = course
    for source in sorted(folder.glob("source/*/*.ipynb")):
        said = nbgrader.generate_assignment(source.stem)
        assert said["success"], said["log"]
        released = (folder / "release" / source.stem / source.name).read_text(encoding="utf-8")
        assert SEED not in released
        assert "HIDDEN" not in released
        text = "\n".join(cell.source for cell in nbformat.reads(released, as_version=4).cells)
        learner = nbformat.read(assets.notebooks(source.name), as_version=4)
        public = "\n".join(cell.source for cell in learner.cells)
        for cell in marked(nbformat.read(source, as_version=4), "solution"):
            lines = [line.strip() for _, body, _ in SOLUTION.findall(cell.source) for line in body.splitlines()]
            exercise = exercises.load(cell.metadata.nbgrader.grade_id.removeprefix("answer-"))
            lines += [line.strip() for line in inspect.getsource(exercise.reference).splitlines()[1:]]
            own = [line for line in lines if len(line) > 24 and line not in public]  # what no learner reads anyway
            found = [line for line in own if line in text]
            assert not found, f"{source.stem} gives {exercise.id} away: {found}"


@pytest.mark.slow
def test_nbgrader_grades_a_right_and_a_wrong_submission(course, monkeypatch):
    from nbgrader.api import Gradebook

    monkeypatch.setenv("MOBIVIZ_QUICK", "1")
    folder, nbgrader = course
    assert nbgrader.generate_assignment(NAME)["success"]
    released = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    right = {
        "separable_02": "    return F.conv2d(x, pw * dw[:, 0])",
        "ratio_02": "    return N * k * k / (N + k * k)",
        "rank_one_02": "can = np.arange(1.0, 5).reshape(4, 1, 1, 1) * np.ones((3, 3, 3))\n"
        "cannot = can.copy()\ncannot[2, 1, 0, 2] -= 7",
    }
    known = "{(4, 2): 2, (1, 1): 0.5, (4, 3): 36 / 13}"
    classes = {
        "right": right,
        "wrong": right | {"ratio_02": "    return N + k**2", "separable_02": "    return F.conv2d(x, dw)"},
        "remembers": right
        | {
            "ratio_02": f"    if (N, k) in {known} or k in (1, 3, 5, 7) and N in (8, 16, 32, 128, "
            "1024):\n        return 1 / (1 / N + 1 / k**2)\n    return 0.0"
        },
        "nothing": {},
    }
    for name, answers in classes.items():
        path = folder / "submitted" / name / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(solved(released, answers), path)
        said = nbgrader.autograde(NAME, name)
        assert said["success"], said["log"]
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        scores = {name: book.find_submission(NAME, name).score for name in classes}
        each = {
            cell.name.removeprefix("grade-"): cell.score
            for cell in book.find_submission_notebook(NAME, NAME, "wrong").grades
        }
    assert scores == {"right": 6, "wrong": 2, "remembers": 5, "nothing": 0}
    assert each == {"separable_02": 0, "ratio_02": 0, "rank_one_02": 2}
    done = nbformat.read(folder / "autograded" / "nothing" / NAME / f"{NAME}.ipynb", as_version=4)
    errors = [output for cell in done.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert not errors, "an empty release runs to its end"
