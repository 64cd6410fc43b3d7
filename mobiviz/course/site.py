"""The static site: every solution notebook executed, as plain HTML pages whose pictures live without a kernel."""

import tempfile
from html import escape
from pathlib import Path

import nbformat

from mobiviz import assets
from mobiviz.course.build import editions, execute
from mobiviz.course.page import page


def site(out: str | Path = "site") -> list[Path]:
    """Execute each notebook and write its page into `out`, and index.html, which lists them; returns the pages."""
    out, pages = Path(out), []
    for source in sorted(assets.notebooks("source").glob("*.py")):
        _, notebook = editions(source)
        execute(notebook)
        with tempfile.TemporaryDirectory() as folder:
            executed = Path(folder, f"{source.stem}.ipynb")
            nbformat.write(notebook, executed)
            pages.append(page(executed, out / f"{source.stem}.html"))
    links = "\n".join(f'<li><a href="{one.name}">{escape(_title(one))}</a></li>' for one in pages)
    (out / "index.html").write_text(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>mobiviz</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<style>:root { color-scheme: light dark; } body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; "
        "margin: 3rem auto; padding: 0 1rem; }</style></head>\n"
        f"<body><main><h1>Efficient convolutions, counted</h1>\n<ol>\n{links}\n</ol></main></body></html>\n",
        encoding="utf-8",
    )
    return pages


def _title(path: Path) -> str:
    return path.stem[3:].replace("_", " ")
