"""mobiviz course slides: a notebook's questions, sections and pictures, one at a time, as one page for a projector.

Nothing is written twice: a slide is a heading with its first paragraph, or a picture of the executed notebook, which
moves as on the site. Code, answers and recorded times stay in the notebook.
"""

import re
from pathlib import Path

from nbformat import NotebookNode

from mobiviz import assets
from mobiviz.course import states
from mobiviz.course.page import write
from mobiviz.course.web import shell
from mobiviz.course.web.cells import Sheet, output
from mobiviz.course.web.lessons import lesson

_NOT_SHOWN = ("Exit ticket", "What next")


def slides(number: str, out: str | Path = ".") -> Path:
    """Write the slides of a notebook, `01` or `1`, into a folder; returns the page's path.

    Raises: ValueError where there is no such notebook.
    """
    found = {path.name[:2]: path for path in sorted(assets.notebooks("source").glob("*.py"))}
    if number.zfill(2) not in found:
        raise ValueError(f"there is no notebook {number!r}; there are {', '.join(found)}")
    one = lesson(found[number.zfill(2)], run=False)
    sheet = Sheet()
    parts = [f'<section class="slide">\n{part}</section>' for part in _parts(one.solution, sheet)]
    path = Path(out) / f"{one.stem}_slides.html"
    sheet.styles.append(shell.asset("deck.css"))
    return write(one.title, "\n".join(parts), sheet, path, f"<script>{shell.asset('deck.js')}</script>")


def _parts(notebook: NotebookNode, sheet: Sheet) -> list[str]:
    """The slides' content: every heading with what follows it at once, and every picture under its heading."""
    saved, heading, parts = states.models(notebook), "", []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "instructor" in tags:
            continue
        if cell.cell_type == "markdown":
            for section in re.findall(r"^##? .+(?:\n(?!##? ).*)*", cell.source, flags=re.M):
                heading, _, rest = section.partition("\n\n")
                if heading.lstrip("# ") not in _NOT_SHOWN:
                    words = sheet.prose.render("\n\n".join((heading, _opening(rest))))
                    parts.append(f'<div class="words">{words}</div>\n')
        elif "visual" in tags and heading.lstrip("# ") not in _NOT_SHOWN:
            shown = [output(each, saved, sheet) for each in cell.get("outputs", []) if "data" in each]
            above = f'<div class="words"><p class="of">{heading.lstrip("# ")}</p></div>\n'
            parts += [above + each for each in shown]
    return parts


def _opening(text: str) -> str:
    """The first paragraph, and with it a list that it announces."""
    paragraphs = text.split("\n\n")
    kept = paragraphs[:2] if len(paragraphs) > 1 and re.match(r"(You will be able|\d\. |- )", paragraphs[1]) else None
    return "\n\n".join(kept or paragraphs[:1])
