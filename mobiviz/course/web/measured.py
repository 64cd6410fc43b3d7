"""What was measured with benchmarks/, as the site shows it: each page of docs/measured; no page without any."""

import re
from pathlib import Path

from mobiviz.course.web.prose import Prose
from mobiviz.course.web.shell import Document

_HEAD = "# Measured\n\nSpeed is no promise: each table names its machine, and `benchmarks/` holds what made it."


def document(folder: Path) -> Document | None:
    """One page of every Markdown file in `folder`, by name, each under a heading of its own."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    if not texts:
        return None
    prose = Prose()
    parts = [prose.render(text) for text in (_HEAD, *(re.sub(r"^#", "##", text, flags=re.M) for text in texts))]
    main = "\n".join(f'<div class="words">{part}</div>' for part in parts)
    return Document("measured.html", "Measured", main, headings=prose.headings)
