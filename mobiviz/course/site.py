"""mobiviz course site: the notebooks, the reference and a page for one's own photo, as files that need no server."""

import shutil
from pathlib import Path

from mobiviz import assets
from mobiviz.course.web import finder, landing, lessons, measured, photo, reference, shell, teaching


def site(out: str | Path = "site", run: bool = True) -> list[Path]:
    """Write the site into `out`; returns its pages, index.html first. `run` executes notebooks that are not whole."""
    out = Path(out)
    found = lessons.lessons(run)
    shared = [landing.document(found), *lessons.documents(found), photo.document(), reference.document()]
    docs = assets.notebooks().parent / "docs"
    extra = [teaching.document(found, docs / "teaching"), measured.document(docs / "measured")]
    extra = [one for one in extra if one]
    documents = [*shared, *extra]
    shell.share(out, plotly=any(one.sheet.plotly for one in documents))
    photo.write_network(out)
    finder.write_words(documents, out)
    _copy_notebooks(found, out)
    places = [("index.html#notebooks", "Notebooks"), ("photo.html", "Your own photo"), ("reference.html", "Reference")]
    places += [(one.name, one.title) for one in extra]
    return [shell.write(one, out, places) for one in (*documents, finder.document())]


def _copy_notebooks(found: list[lessons.Lesson], out: Path) -> None:
    folder = out / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        shutil.copyfile(assets.notebooks(f"{one.stem}.ipynb"), folder / f"{one.stem}.ipynb")
