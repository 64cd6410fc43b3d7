"""The notebooks as the site's pages: the committed solution where it is whole and fits its source, else a fresh run."""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mobiviz import assets
from mobiviz.course import states
from mobiviz.course.build import editions, execute, keep_outputs
from mobiviz.course.web.cells import body
from mobiviz.course.web.prose import Prose, plain
from mobiviz.course.web.shell import Document

INLINE = 100_000  # a page stays light: a picture that knows more keeps it in a file beside the page


@dataclass(frozen=True)
class Lesson:
    """A notebook with outputs, and its learner's edition; `question` is the first bold line, `minutes` what it says."""

    stem: str
    title: str
    question: str
    minutes: str
    solution: NotebookNode
    learner: NotebookNode

    @property
    def file(self) -> str:
        """The name of its page."""
        return f"{self.stem}.html"


def lessons(run: bool = True) -> list[Lesson]:
    """Every notebook, in the course's order; without `run` as it was committed, some pictures perhaps still."""
    return [lesson(source, run) for source in sorted(assets.notebooks("source").glob("*.py"))]


def lesson(source: Path, run: bool = True) -> Lesson:
    """One notebook with outputs: those that were committed, or of a run where they are not complete."""
    learner, solution = editions(source)
    committed = source.parents[1] / "solutions" / f"{source.stem}.ipynb"
    old = nbformat.read(committed, as_version=4) if committed.exists() else None
    keep_outputs(solution, old, measured=None)
    states.attach(solution, states.read(states.beside(committed)))
    if run and not whole(solution):
        execute(solution)
        keep_outputs(solution, old, measured=True)
    first = next((cell.source for cell in solution.cells if cell.cell_type == "markdown"), "")
    title = next((line.lstrip("# ") for line in first.splitlines() if line.startswith("# ")), source.stem)
    question = re.search(r"\*\*(.+?)\*\*", first, re.DOTALL)
    minutes = re.search(r"(\d+) minutes for you", first)
    asked = plain(Prose().render(question[1])) if question else ""
    return Lesson(source.stem, title, asked, minutes[1] if minutes else "", solution, learner)


def whole(notebook: NotebookNode) -> bool:
    """Whether every cell has run and every moving picture can move."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    return all(cell.execution_count for cell in cells) and not any(map(states.is_still, outputs))


def documents(found: list[Lesson]) -> list[Document]:
    """A page for each notebook, with the way to its neighbours."""
    places: list[tuple[str, str] | None] = [None, *((one.file, one.title) for one in found), None]
    made = []
    for at, one in enumerate(found):
        cells, sheet = body(one.solution, one.learner, INLINE)
        take = (
            f'<p class="take"><a href="notebooks/{one.stem}.ipynb" download>Take this notebook along</a>, unsolved.</p>'
        )
        made.append(
            Document(one.file, one.title, f"{cells}\n{take}", sheet, sheet.prose.headings, (places[at], places[at + 2]))
        )
    return made
