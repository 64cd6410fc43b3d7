"""mobiviz course build: from notebooks/source to the learner's edition and the executed solutions.

jupytext reads, nbclient executes, nbformat writes. A rebuild without a change in the sources changes no byte.
"""

import os
import re
import tempfile
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mobiviz import assets
from mobiviz.course import states
from mobiviz.course.markers import strip_solutions
from mobiviz.names import unknown
from mobiviz.widgets.stage import VIEW_MIME

TAGS = ("exercise", "check", "guess", "visual", "measure", "quiz", "instructor")
_UNCOMPARED = ("visual", "measure")
_LIMIT_BYTES, _PNG_LIMIT_BYTES = 300_000, 60_000
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


@dataclass(frozen=True)
class Built:
    """The two editions that one source was written to."""

    learner: Path
    solution: Path


def build(run: bool = False, measure: bool = False, root: Path | None = None, only: str = "") -> list[Built]:
    """Write both editions of each notebook; `run` executes the solutions, `measure` replaces timings too.

    Raises: ValueError for an unknown tag or marker, or a notebook that is too large, naming the cell.
    """
    root = Path(root) if root else assets.notebooks()
    built = []
    for source in sorted((root / "source").glob(f"{only}*.py")):
        learner, solution = editions(source)
        pair = Built(root / f"{source.stem}.ipynb", root / "solutions" / f"{source.stem}.ipynb")
        old, known = _committed(pair.solution), states.read(states.beside(pair.solution))
        if run:
            execute(solution, timeout_s=10 * run_seconds(solution) + 120, strict=True)
            known |= states.of_run(solution)
            freeze(solution)
        keep_outputs(solution, old, measured=None if not run else not measure)
        for cell in solution.cells:
            _nbval_tag(cell)
        texts = {pair.learner: _text(learner, source.stem), pair.solution: _text(solution, source.stem)}
        for path, text in texts.items():  # only now, so that an error leaves both editions as they were
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8", newline="\n")
        kept = {key: known[key] for key, _ in states.pictures(solution) if key in known}
        states.write(states.beside(pair.solution), kept)
        built.append(pair)
    return built


def editions(source: Path) -> tuple[NotebookNode, NotebookNode]:
    """The learner's edition and the solutions, without outputs, of one source file.

    Raises: ValueError for an unknown tag or a marker without its other half, naming the cell.
    """
    learner, cells = source_cells(source)
    solution = deepcopy(learner)
    for cell, where in cells:
        solved = re.sub(r"^[ \t]*# (BEGIN|END) SOLUTION[ \t]*\n?", "", cell.source, flags=re.M).rstrip()
        solution.cells.append(_with(cell, solved))
        if "instructor" not in cell.metadata.get("tags", []):
            text = strip_solutions(cell.source, where) if cell.cell_type == "code" else cell.source
            learner.cells.append(_with(cell, text))
    return learner, solution


def source_cells(source: Path) -> tuple[NotebookNode, list[tuple[NotebookNode, str]]]:
    """A notebook without cells, and the cells of one source file, markers and all, each with where it stands.

    Raises: ValueError for an unknown tag, naming the cell.
    """
    import jupytext  # at build time only: learners need it not

    found = jupytext.read(source, fmt="py:percent")
    number, cells = source.stem.partition("_")[0], []
    for position, cell in enumerate(found.cells, 1):
        where = f"{source.name}, cell {position}"
        tags = list(cell.metadata.get("tags", []))
        for tag in tags:
            _check_tag(tag, where)
        cells.append((_cell(cell, _cell_id(number, position, tags), cell.source, tags), where))
    return _empty(found), cells


def execute(notebook: NotebookNode, timeout_s: float = 300, strict: bool = False, home: Path | None = None) -> None:
    """Run every cell in a fresh kernel, whose guesses go to `home` or are forgotten; widgets keep their state.

    Raises: nbclient's CellExecutionError where a cell raises, under `strict` also where a check does not pass.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as own:
        env = os.environ | {"MOBIVIZ_HOME": str(home or own), "MOBIVIZ_STRICT": "1" if strict else "0"}
        client = NotebookClient(notebook, timeout=timeout_s, kernel_name="python3")
        client.record_timing, client.coalesce_streams = False, True
        client.execute(env=env)


def freeze(notebook: NotebookNode) -> None:
    """Leave in an executed notebook what can be committed: poster frames, no widget views, no state, no versions."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [kept for kept in map(_still, cell.outputs) if kept]
    notebook.metadata = nbformat.from_dict(_METADATA | {"mobiviz": notebook.metadata.get("mobiviz", {})})


def keep_outputs(notebook: NotebookNode, old: NotebookNode | None, measured: bool | None) -> None:
    """Put committed outputs under cells whose source did not change: all of them, or (True) only timings."""
    committed = defaultdict(list)
    for cell in old.cells if old else []:
        if cell.cell_type == "code":
            committed[cell.source].append(cell)
    for cell in notebook.cells:
        if cell.cell_type != "code" or not committed[cell.source]:
            continue
        before = committed[cell.source].pop(0)
        if measured is None:
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        elif measured and "measure" in cell.metadata.get("tags", []) and before.outputs:
            cell.outputs = before.outputs  # the count stays that of this run: cells above may be new


def run_seconds(notebook: NotebookNode) -> float:
    """The run time that a notebook states in its header."""
    return float(notebook.metadata.get("mobiviz", {}).get("run_s", 30))


def _committed(path: Path) -> NotebookNode | None:
    return nbformat.read(path, as_version=4) if path.exists() else None


def _empty(found: NotebookNode) -> NotebookNode:
    own = {"mobiviz": found.metadata.get("mobiviz", {})}
    return nbformat.v4.new_notebook(metadata=_METADATA | own)


def _cell(cell: NotebookNode, cell_id: str, source: str, tags: list[str]) -> NotebookNode:
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    metadata = {"tags": tags} if tags else {}
    return make(source, id=cell_id, metadata=nbformat.from_dict(metadata))


def _with(cell: NotebookNode, source: str) -> NotebookNode:
    copied = deepcopy(cell)
    copied.source = source
    return copied


def _cell_id(number: str, position: int, tags: list[str]) -> str:
    """From the exercise's id, else a counter; ids never depend on chance or on the edition."""
    exercise = next((tag[3:] for tag in tags if tag.startswith("ex:")), None)
    kind = next((tag for tag in ("exercise", "check", "measure", "visual") if tag in tags), "cell")
    return f"{kind}-{exercise}" if exercise else f"n{number}-{position:03d}"


def _check_tag(tag: str, where: str) -> None:
    from mobiviz.course.exercises import load

    if tag.startswith("ex:"):
        load(tag[3:])
    elif tag not in TAGS:
        raise ValueError(f"{where}: {unknown('tag', tag, (*TAGS, 'ex:<id>'))}")


def _nbval_tag(cell: NotebookNode) -> None:
    if cell.cell_type == "code" and cell.outputs:
        tags = cell.metadata.setdefault("tags", [])
        ignored = any(tag in tags for tag in _UNCOMPARED)
        tags.append("nbval-ignore-output" if ignored else "nbval-check-output")


def _still(output: NotebookNode) -> NotebookNode | None:
    """An output as a page can show it without a kernel: a widget as its poster frame, no view of it."""
    if "data" in output and VIEW_MIME in output.data:
        del output.data[VIEW_MIME]
        return output if "image/svg+xml" in output.data else None
    return output


def _text(notebook: NotebookNode, name: str) -> str:
    """A notebook as its file holds it, checked to be valid and small enough to commit."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if len(output.get("data", {}).get("image/png", "")) * 3 / 4 > _PNG_LIMIT_BYTES:
                raise ValueError(f"{name}, cell {cell.id}: PNG over {_PNG_LIMIT_BYTES // 1000} kB; photos fit as JPEG")
    if len(text.encode()) > _LIMIT_BYTES:
        sizes = {cell.id: len(str(cell.get("outputs", ""))) + len(cell.source) for cell in notebook.cells}
        largest = max(sizes, key=sizes.get)
        raise ValueError(
            f"{name} is {len(text.encode()) // 1000} kB; at most {_LIMIT_BYTES // 1000} are committed. "
            f"The largest cell is {largest} with {sizes[largest] // 1000} kB: show less there"
        )
    return text
