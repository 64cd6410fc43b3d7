"""The ground that every interactive picture stands on: what Python gives, and what shows where no script runs.

An idea is a subclass with a `script`. Its module text is `stage.js` followed by that script, joined when the class is
made: one module without imports, so the same text runs from a kernel's message and from a page opened from disk.
Everything a picture can show is in `data` and `grids` when it is made; JavaScript steps through it and asks nobody.
"""

import json
import re
from pathlib import Path

import anywidget
import traitlets

from mobiviz.plot.palette import IDEAS
from mobiviz.widgets import svg

_HERE = Path(__file__).parent
VIEW_MIME = "application/vnd.jupyter.widget-view+json"


def script_text(*names: str) -> str:
    """The module text of an idea: the palette's hatches, the shared stage, and the idea's own script, the last one.

    Scripts before the last lend it what they draw with; only the last one is the module's picture.
    """
    hatches = {key: {"label": idea.label, "hatch": svg.HATCH_PATHS[idea.hatch]} for key, idea in IDEAS.items()}
    parts = [_HERE.joinpath(part).read_text(encoding="utf-8") for part in ("stage.js", *names)]
    parts[:-1] = [re.sub(r"^export default .*$", "", part, flags=re.MULTILINE) for part in parts[:-1]]
    return f"const IDEAS = {json.dumps(hatches)};\n" + "\n".join(parts)


def style_text() -> str:
    """The shared style sheet, with the palette of both themes as variables."""
    sheets = []
    for theme, where in (("light", ".mv"), ("dark", '.mv[data-theme="dark"]')):
        pairs = "".join(f"--mv-{role}:{svg.colour(role, theme)};" for role in svg.roles())
        sheets.append(f"{where}{{{pairs}}}\n")
    return "".join(sheets) + _HERE.joinpath("stage.css").read_text(encoding="utf-8")


class Stage(anywidget.AnyWidget):
    """A picture with a title that states the finding, an alt text, a table, a poster, and data that is complete.

    `data` holds `title`, `alt`, `controls`, `table` and what the idea's script reads; `grids` holds bulky numbers.
    """

    script = ""
    lends: tuple[str, ...] = ()  # scripts of other pictures that this one draws with
    data = traitlets.Dict().tag(sync=True)
    grids = traitlets.Bytes().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls) -> None:
        if "script" in cls.__dict__:  # not in the classes that traitlets derives for each instance
            cls._esm, cls._css = script_text(*cls.lends, cls.script), style_text()
        super().__init_subclass__()

    def __init__(self, data: dict, grids: bytes = b"", start: dict | None = None) -> None:
        missing = [key for key in ("title", "alt", "controls", "table") if key not in data]
        if missing:
            raise ValueError(f"data of {type(self).__name__} must hold title, alt, controls, table (lacks {missing})")
        super().__init__(data=data, grids=grids, start=start or {})

    def poster(self) -> str:
        """The finished frame as a standalone SVG: a complete figure where scripts are stripped."""
        raise NotImplementedError(f"{type(self).__name__} must draw its own poster")

    def table(self) -> list[dict[str, object]]:
        """The numbers of the picture as rows: the table that the picture unfolds into."""
        head, *rows = self.data["table"]
        return [dict(zip(head, row, strict=True)) for row in rows]

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {VIEW_MIME: view, "image/svg+xml": self.poster(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.data['title']}"


def one_of(name: str, value: object, allowed: tuple) -> object:
    """A setting that was given to a picture, checked against those whose numbers it holds.

    Raises: ValueError, naming the allowed ones.
    """
    if isinstance(value, bool) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))} (got {value!r})")
    return value
