"""One executed notebook as one plain HTML page: its pictures live on with no kernel, no network and no other file.

(plotly's own file lies beside a page that has a chart.) The site's pages are made of the same cells.
"""

from html import escape
from pathlib import Path

import nbformat

from mobiviz.course.web import shell
from mobiviz.course.web.cells import Sheet, body


def page(notebook_path: str | Path, out_path: str | Path) -> Path:
    """Write an executed notebook as a page that opens from disk; returns the page's path.

    Raises: ValueError for a notebook with widgets whose state was not saved when it was executed.
    """
    notebook_path = Path(notebook_path)
    cells, sheet = body(nbformat.read(notebook_path, as_version=4))
    title = next((one.words for one in sheet.prose.headings if one.level == 1), notebook_path.stem)
    return write(title, cells, sheet, Path(out_path))


def write(title: str, cells: str, sheet: Sheet, out_path: Path, more: str = "") -> Path:
    """Write what `body` made as one page, with `more` at its end; returns the page's path."""
    library = '<script src="plotly.min.js"></script>' if sheet.plotly else ""
    waker = f"<script>{shell.asset('live.js')}</script>" if sheet.live() else ""
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<style>\n{shell.style_text()}{"".join(sheet.styles)}</style></head>\n'
        f"<body><main>\n{cells}\n</main>\n{shell.modules(sheet)}{library}{waker}{more}</body></html>\n"
    )
    out_path.parent.mkdir(parents=True, exist_ok=True)
    if sheet.plotly:
        shell.copy_plotly(out_path.parent)
    out_path.write_text(text, encoding="utf-8", newline="\n")
    return out_path
