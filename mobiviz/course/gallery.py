"""Every moving picture of the course: its state as the notebooks keep it, and a page that shows it alone."""

import re
from base64 import b64decode
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path

from mobiviz import assets, widgets
from mobiviz.course import states
from mobiviz.names import unknown


@dataclass(frozen=True)
class Piece:
    """A picture of a notebook: the word that names its idea, the full name of its class, and all that it knows."""

    idea: str
    notebook: str
    widget: str
    state: dict
    buffers: list

    @property
    def title(self) -> str:
        """The finding that the picture opens with."""
        return self.state["data"]["title"]

    def made(self) -> widgets.Stage:
        """The picture itself again, with a model in this kernel; its poster needs what only its own making knows."""
        home, _, name = self.widget.rpartition(".")
        kind = getattr(import_module(home), name)
        grids = next((b64decode(one["data"]) for one in self.buffers if one["path"] == ["grids"]), b"")
        picture = kind.__new__(kind)
        widgets.Stage.__init__(picture, self.state["data"], grids, self.state.get("start"))
        return picture


@cache
def pieces() -> dict[str, Piece]:
    """The first picture of each idea, in the course's order."""
    found: dict[str, Piece] = {}
    for solution in sorted(assets.notebooks("solutions").glob("*.ipynb")):
        for _, known in sorted(states.read(states.beside(solution)).items()):
            idea = idea_of(known["widget"])
            found.setdefault(idea, Piece(idea, solution.stem, known["widget"], known["state"], known["buffers"]))
    return found


def piece(idea: str) -> Piece:
    """The picture of an idea, such as "race".

    Raises: ValueError for an idea that no notebook draws.
    """
    if idea not in pieces():
        raise ValueError(unknown("picture", idea, pieces()))
    return pieces()[idea]


def idea_of(widget: str) -> str:
    """The word that a picture's script gives its idea, by the full name of its class."""
    return re.search(r'^  name: "([\w-]+)"', script(widget), re.MULTILINE)[1]


def script(widget: str) -> str:
    """The text of a picture's own script, by the full name of its class."""
    home, _, name = widget.rpartition(".")
    path = Path(widgets.__file__).with_name(getattr(import_module(home), name).script)
    return path.read_text(encoding="utf-8")


def write_page(shown: Piece, path: Path, style: str = "") -> Path:
    """Write a page with this picture and nothing else; it opens from disk, without a network."""
    from mobiviz.course.web import shell
    from mobiviz.course.web.cells import Sheet, live

    sheet = Sheet()
    host = live({"widget": shown.widget, "state": shown.state, "buffers": shown.buffers}, "", sheet, "data-plain")
    styles = "\n".join((*sheet.styles, "body { margin: 0 }", style))
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(shown.title)}</title>\n'
        f'<link rel="icon" href="data:,">\n<style>{styles}</style></head>\n'
        f'<body><div class="frame"><main>{host}</main></div>{shell.modules(sheet)}'
        f"<script>{shell.asset('live.js')}</script></body></html>\n"
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
