"""What every page of the site has around its content: head, top bar, contents, the way on, and the shared files."""

import json
import shutil
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from mobiviz.course.web.cells import Sheet, json_script
from mobiviz.course.web.prose import Heading
from mobiviz.plot.style import colours

_HERE = Path(__file__).parent
_SHARED = ("shell.js", "live.js", "search.js")
# Before the first paint, so that no page flashes in the other theme; storage may be refused, then the system decides.
_EARLY = 'try{const t=localStorage.getItem("mobiviz-theme");if(t)document.documentElement.dataset.theme=t}catch{}'


@dataclass
class Document:
    """One page: `name` is its file, `main` its content; `way` leads to the page before and after, as (file, title)."""

    name: str
    title: str
    main: str
    sheet: Sheet = field(default_factory=Sheet)
    headings: list[Heading] = field(default_factory=list)
    way: tuple[tuple[str, str] | None, tuple[str, str] | None] = (None, None)
    scripts: tuple[str, ...] = ()
    kind: str = "lesson"


def write(document: Document, out: Path, places: list[tuple[str, str]]) -> Path:
    """Write a page into `out`; `places` are the files and titles that its top bar leads to."""
    sheet = document.sheet
    scripts = ["assets/shell.js", *(["assets/plotly.min.js"] if sheet.plotly else [])]
    scripts += [f"assets/states/{name}.js" for name in sheet.apart]
    scripts += [*(["assets/live.js"] if sheet.live() else []), *document.scripts]
    contents = _contents(document.headings)
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f"<title>{escape(document.title)}{'' if document.kind == 'landing' else ' · mobiviz'}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n<link rel="stylesheet" href="assets/site.css">\n'
        f"<script>{_EARLY}</script>\n<style>{''.join(sheet.styles)}</style></head>\n"
        f'<body class="{document.kind}"><a class="skip" href="#main">Skip to the content</a>\n'
        f"{_top(document.name, places)}\n"
        f'<div class="frame{" with-contents" if contents else ""}">{contents}\n'
        f'<main id="main" tabindex="-1">\n{document.main}\n{_way(document.way)}</main></div>\n'
        f"{_FOOT}\n{modules(sheet)}" + "".join(f'<script src="{one}"></script>' for one in scripts) + "</body></html>\n"
    )
    for name, known in sheet.apart.items():  # a page opened from disk may load scripts and nothing else
        beside = out / "assets" / "states" / f"{name}.js"
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(f'(window.mobivizStates ??= {{}})["{name}"] = {known};\n', encoding="utf-8", newline="\n")
    path = out / document.name
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def share(out: Path, plotly: bool) -> None:
    """Write the files that all pages share into `out/assets`."""
    folder = out / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("site.css").write_text(style_text(), encoding="utf-8", newline="\n")
    for name in _SHARED:
        folder.joinpath(name).write_text(asset(name), encoding="utf-8", newline="\n")
    if plotly:
        copy_plotly(folder)


def asset(name: str) -> str:
    """The text of a script or style sheet that lies beside this file."""
    text = _HERE.joinpath(name).read_text(encoding="utf-8")
    if name != "live.js":
        return text
    light, dark = colours("light"), colours("dark")
    return f"const MV_DARK = {json.dumps({light[role].lower(): dark[role] for role in light})};\n{text}"


def style_text() -> str:
    """The site's style sheet, with the palette of both themes for pictures that stand in the page."""
    still = ""
    for theme in ("light", "dark"):
        pairs = ";".join(f"--mv-{role}:{hue}" for role, hue in colours(theme).items())
        still += f':root[data-theme="{theme}"] svg.mv-static{{{pairs}}}\n'
    return asset("site.css") + still


def modules(sheet: Sheet) -> str:
    """The modules of a page's pictures, each once."""
    return "".join(json_script(text, f'data-shared="{key}"') for key, text in sheet.modules.items())


def copy_plotly(folder: Path) -> None:
    """plotly's own script, from its package."""
    import plotly

    shutil.copyfile(Path(plotly.__file__).parent / "package_data" / "plotly.min.js", folder / "plotly.min.js")


def _top(name: str, places: list[tuple[str, str]]) -> str:
    def link(file: str, words: str) -> str:
        here = ' aria-current="page"' if file == name else ""
        return f'<li><a href="{file}"{here}>{escape(words)}</a></li>'

    return (
        '<header class="top"><a class="brand" href="index.html">mobiviz</a>\n'
        f'<nav aria-label="Site"><ul>{"".join(link(*place) for place in places)}</ul></nav>\n'
        '<form role="search" action="search.html"><input type="search" name="q" aria-label="Search the site" '
        'placeholder="Search"><button type="submit">Search</button></form>\n'
        '<button type="button" class="theme" hidden>Dark</button></header>'
    )


def _contents(headings: list[Heading]) -> str:
    parts = [one for one in headings if one.level == 2]
    if len(parts) < 3:
        return ""
    links = "".join(f'<li><a href="#{one.anchor}">{escape(one.words)}</a></li>' for one in parts)
    return f'<nav class="contents" aria-labelledby="contents"><p id="contents">On this page</p><ul>{links}</ul></nav>'


def _way(way: tuple[tuple[str, str] | None, tuple[str, str] | None]) -> str:
    if not any(way):
        return ""
    marks = (("prev", "Before"), ("next", "Next"))
    links = [
        f'<a rel="{rel}" href="{place[0]}"><span>{words}</span> {escape(place[1])}</a>'
        for (rel, words), place in zip(marks, way, strict=True)
        if place
    ]
    return f'<nav class="way" aria-label="Notebooks before and after">{"".join(links)}</nav>\n'


_FOOT = (
    "<footer><p>Nothing on this site asks another computer for anything: it works from a folder, without a network. "
    "Apache-2.0.</p></footer>"
)
