"""What teachers get: docs/teaching.md, the notes in docs/teaching, and cells for instructors; no page without any."""

from pathlib import Path

from mobiviz.course.web.cells import body
from mobiviz.course.web.lessons import Lesson
from mobiviz.course.web.prose import Prose
from mobiviz.course.web.shell import Document


def document(lessons: list[Lesson], notes: Path) -> Document | None:
    """One page of `notes`.md, of every note in the folder `notes` by name, then of every cell for instructors."""
    prose, parts = Prose(), []
    for path in filter(Path.is_file, [notes.with_suffix(".md"), *sorted(notes.glob("*.md"))]):
        parts.append(f'<div class="words">{prose.render(path.read_text(encoding="utf-8"))}</div>')
    for lesson in lessons:
        cells = [cell for cell in lesson.solution.cells if "instructor" in cell.metadata.get("tags", [])]
        if cells:
            parts.append(f'<div class="words">{prose.render(f"## {lesson.title}")}</div>')
            copied = lesson.solution.copy()
            copied.cells = cells
            parts.append(body(copied)[0])
    if not parts:
        return None
    head = "" if parts[0].lstrip().startswith('<div class="words"><h1') else "<h1>For teachers</h1>\n"
    return Document("teaching.html", "For teachers", head + "\n".join(parts), headings=prose.headings)
