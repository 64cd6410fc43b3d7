"""A notebook's cells as HTML: words, code with its solution folded, and outputs that live without a kernel."""

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from html import escape

from nbconvert.filters.ansi import ansi2html
from nbformat import NotebookNode

from mobiviz.course import states
from mobiviz.course.web.prose import Prose, python
from mobiviz.widgets.stage import VIEW_MIME

PLOTLY_MIME = "application/vnd.plotly.v1+json"
_FOLDS = {"exercise": "One solution", "guess": "Somebody's guess", "quiz": "The answers"}


@dataclass
class Sheet:
    """What a page holds once for all its cells: headings, modules by hash, style sheets, whether plotly is needed.

    A picture whose state has more characters than `inline` leaves it in `apart`, for a file beside the page.
    """

    inline: float = math.inf
    apart: dict[str, str] = field(default_factory=dict)
    prose: Prose = field(default_factory=Prose)
    modules: dict[str, str] = field(default_factory=dict)
    styles: list[str] = field(default_factory=list)
    plotly: bool = False

    def live(self) -> bool:
        """Whether anything on the page has to be woken."""
        return bool(self.modules) or self.plotly


def body(notebook: NotebookNode, learner: NotebookNode | None = None, inline: float = math.inf) -> tuple[str, Sheet]:
    """The cells as HTML, and what the page needs besides; where the learner's edition differs, its text comes first.

    Raises: ValueError for a widget whose state was not saved when the notebook was executed.
    """
    sheet, saved = Sheet(inline), states.models(notebook)
    stubs = {cell.id: cell.source for cell in (learner.cells if learner else [])}
    parts = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            made = f'<div class="words">\n{sheet.prose.render(cell.source)}</div>'
        elif cell.cell_type == "code":
            outputs = "".join(output(one, saved, sheet) for one in cell.get("outputs", []))
            made = f'<div class="cell" id="{escape(cell.id)}">\n{_code(cell, stubs.get(cell.id), tags)}{outputs}</div>'
        else:
            continue
        if "instructor" in tags:
            made = f'<details class="fold note"><summary>For teachers</summary>\n{made}\n</details>'
        parts.append(made)
    return "\n".join(parts), sheet


def _code(cell: NotebookNode, stub: str | None, tags: list[str]) -> str:
    if stub is None or stub == cell.source:
        return python(cell.source)
    words = next((words for tag, words in _FOLDS.items() if tag in tags), "Filled in")
    folded = f'<details class="fold"><summary>{words}</summary>\n{python(cell.source)}</details>\n'
    return python(stub) + folded


def output(one: NotebookNode, saved: dict, sheet: Sheet) -> str:
    """One output as HTML, the richest form that a page can show."""
    if one.output_type == "stream":
        return _text(one.text)
    if one.output_type == "error":
        return _text("\n".join(one.traceback))
    data, state = one.get("data", {}), states.state_of(one, saved)
    if state:
        return _shown(live(state, data.get("image/svg+xml", ""), sheet), "wide")
    if PLOTLY_MIME in data:
        sheet.plotly = True
        return _shown(_chart(data[PLOTLY_MIME]), "wide")
    if "image/svg+xml" in data:
        return _shown(_picture(data["image/svg+xml"]), "still")
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            return _shown(_image(mime, data[mime], one.metadata.get(mime, {})))
    if "text/html" in data:
        return _shown(data["text/html"], "scroll")
    if "text/markdown" in data:
        return _shown(sheet.prose.render(data["text/markdown"]))
    plain = "(a control that needs a kernel)" if VIEW_MIME in data else ""
    return _text(data.get("text/plain", plain))


def json_script(value: object, attributes: str = "") -> str:
    """JSON in a script element; `</` and `<!--` are escaped, because they would end or hide the rest of the page."""
    text = _json(value).replace("<", "\\u003c")
    return f'<script type="application/json" {attributes}>{text}</script>'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def live(state: dict, poster: str, sheet: Sheet, attributes: str = "") -> str:
    """A picture that is woken by the page's script; without scripts its poster stays."""
    module, style = states.script_and_style(state["widget"])
    if style not in sheet.styles:
        sheet.styles.append(style)
    key = hashlib.sha256(module.encode()).hexdigest()[:16]
    sheet.modules[key] = module
    known = {"state": state["state"], "buffers": state["buffers"]}
    kept = json_script(known)
    if len(kept) > sheet.inline:
        kept, name = "", hashlib.sha256(kept.encode()).hexdigest()[:16]
        sheet.apart[name] = _json(known)
        attributes = f'data-apart="{name}" {attributes}'.strip()
    return f'<div data-live="{key}"{attributes and " "}{attributes}>{kept}<noscript>{poster}</noscript></div>'


def _shown(markup: str, kind: str = "") -> str:
    return f'<div class="{f"out {kind}".strip()}">{markup}</div>\n'


def _text(text: str) -> str:
    return f'<div class="out"><pre>{ansi2html(text.rstrip(chr(10)))}</pre></div>\n' if text.strip() else ""


def _chart(figure: dict) -> str:
    words = figure.get("layout", {}).get("meta") or {}
    alt = words.get("alt", "") if isinstance(words, dict) else str(words)
    label = f' role="img" aria-label="{escape(alt)}"' if alt else ""
    return f"<div data-plotly{label}>{json_script(figure)}</div>"


def _picture(svg: str) -> str:
    """An SVG in the page itself, where the page's theme reaches it."""
    return re.sub(r"^\s*<\?xml[^>]*\?>\s*", "", svg)


def _image(mime: str, data: str, facts: dict) -> str:
    width = f' width="{int(facts["width"])}"' if "width" in facts else ""
    return f'<img alt="{escape(str(facts.get("alt", "")))}"{width} src="data:{mime};base64,{data.strip()}">'
