"""Search without a server: the words of every page by section, as a script that the search page loads."""

import json
import re
from pathlib import Path

from mobiviz.course.web.prose import plain
from mobiviz.course.web.shell import Document

_MAIN = """<h1>Search</h1>
<form role="search" aria-label="This site" class="finder"><label for="wanted">Words to find</label>
<input id="wanted" type="search" name="q" autocomplete="off"></form>
<p id="found" role="status"></p>
<ol id="hits"></ol>
<noscript><p>Searching needs JavaScript.</p></noscript>"""


def document() -> Document:
    """The page with the search box and its results."""
    return Document("search.html", "Search", _MAIN, scripts=("assets/words.js", "assets/search.js"), kind="search")


def write_words(documents: list[Document], out: Path) -> None:
    """Write the index: a row (file, anchor, page, heading, words) for each section of each page."""
    rows = [row for one in documents for row in sections(one)]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    out.joinpath("assets", "words.js").write_text(f"window.mobivizWords = {text};\n", encoding="utf-8", newline="\n")


def sections(document: Document) -> list[tuple[str, str, str, str, str]]:
    """A page cut at its headings; code, pictures and scripts have no words to be found by."""
    text = re.sub(r"<(script|style|svg|noscript|nav)\b.*?</\1>", " ", document.main, flags=re.DOTALL)
    pieces = re.split(r'<h[1-3](?: id="([^"]*)")?[^>]*>(.*?)</h[1-3]>', text, flags=re.DOTALL)
    rows = [(document.name, "", document.title, document.title, plain(_spaced(pieces[0])))] if plain(pieces[0]) else []
    for anchor, heading, words in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        rows.append((document.name, anchor or "", document.title, plain(heading), plain(_spaced(words))))
    return rows


def _spaced(markup: str) -> str:
    """Two blocks do not run their words together; spans inside code do."""
    return re.sub(r"</?(?:p|div|li|ul|ol|pre|td|th|tr|dt|dd|h4|summary|br)\b[^>]*>", " ", markup)
