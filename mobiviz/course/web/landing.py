"""The first page: the race running beside what the course is, then every notebook with its question."""

from html import escape

from mobiviz.course import states
from mobiviz.course.web.cells import Sheet, live
from mobiviz.course.web.lessons import Lesson
from mobiviz.course.web.shell import Document
from mobiviz.widgets import Race

_LEAD = """<div class="lead"><h1>Efficient convolutions, counted</h1>
<p>From a 3×3 kernel to MobileNetV3, in notebooks. Every multiply is counted, every layer can be looked into on a real
photo, and every number is predicted by you before it is measured.</p>
<p class="go">{start}<a href="photo.html">Your own photo, live</a></p></div>"""

_REST = """<h2 id="take-part">Take part</h2>
<p>These pages show the notebooks solved and executed; the solutions are folded. To answer yourself, open them in
JupyterLab. You need Python 3.11 or newer. In a copy of the repository:</p>
<div class="out"><pre>make lab                    # Linux and macOS
py mobiviz/bootstrap.py     # Windows, then: .venv\\Scripts\\mobiviz lab</pre></div>
<h2 id="keys">Reading with the keyboard</h2>
<p>Each moving picture takes the keys when it has the focus: Right and Left step, Space plays, Home and End jump.
The address bar keeps what a picture shows, so a copied link opens the page at that very step. "Show alone" is for a
projector.</p>"""


def document(lessons: list[Lesson]) -> Document:
    """The page; the race runs once when it opens."""
    sheet, race = Sheet(), Race()
    state = {name: getattr(race, name) for name in ("data", "start")} | {"grids": None}
    picture = {"widget": f"{states.OURS}mac_race.Race", "state": state, "buffers": []}
    first = lessons[0].file if lessons else "photo.html"
    lead = _LEAD.format(start=f'<a class="first" href="{first}">Start with the first notebook</a>')
    shown = live(picture, race.poster(), sheet, "data-run data-plain")
    items = "\n".join(map(_item, lessons))
    main = (
        f'<div class="hero">{lead}\n<div class="out wide">{shown}</div></div>\n'
        f'<h2 id="notebooks">The notebooks</h2>\n<ol class="lessons">\n{items}\n</ol>\n{_REST}'
    )
    return Document("index.html", "mobiviz: efficient convolutions, counted", main, sheet, kind="landing")


def _item(lesson: Lesson) -> str:
    number, _, title = lesson.title.partition(" ")
    minutes = f'<span class="minutes">{lesson.minutes} minutes</span>' if lesson.minutes else ""
    return (
        f'<li><a href="{lesson.file}"><span class="number">{escape(number)}</span> {escape(title)}</a>{minutes}'
        f"<p>{escape(lesson.question)}</p></li>"
    )
