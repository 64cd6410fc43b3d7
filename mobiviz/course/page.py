"""One executed notebook as one plain HTML page: its pictures live on with no kernel and no network.

Before nbconvert writes the page, each output that needs a kernel or a renderer becomes plain HTML: our anywidgets a
div with their whole state, plotly figures a div with their JSON, other widgets their own text. A widget's module and
style sheet are written once per page however often it appears.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from mobiviz.widgets.stage import VIEW_MIME

PLOTLY_MIME = "application/vnd.plotly.v1+json"
STATE_MIME = "application/vnd.jupyter.widget-state+json"
_HERE = Path(__file__).parent


def page(notebook_path: str | Path, out_path: str | Path) -> Path:
    """Write an executed notebook as a page that opens from disk; returns the page's path.

    Raises: ValueError for a notebook with widgets whose state was not saved when it was executed.
    """
    notebook_path, out_path = Path(notebook_path), Path(out_path)
    notebook = nbformat.read(notebook_path, as_version=4)
    models = notebook.metadata.pop("widgets", {}).get(STATE_MIME, {}).get("state", {})
    shared = _Shared()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if VIEW_MIME in data:
                _widget_to_html(data, models, shared)
            elif PLOTLY_MIME in data:
                shared.plotly = True
                data["text/html"] = f"<div data-plotly>{_json_script(data.pop(PLOTLY_MIME))}</div>"
    out_path.parent.mkdir(parents=True, exist_ok=True)
    if shared.plotly:
        _copy_plotly(out_path.parent)
    out_path.write_text(_document(notebook, notebook_path.stem, shared), encoding="utf-8")
    return out_path


@dataclass
class _Shared:
    """What a page holds once for all its pictures: modules by hash, style sheets in order, plotly or not."""

    modules: dict[str, str] = field(default_factory=dict)
    styles: list[str] = field(default_factory=list)
    plotly: bool = False


def _widget_to_html(data: dict, models: dict, shared: _Shared) -> None:
    """Put the live picture in the place of the view; a widget that is not ours keeps its text."""
    model_id = data.pop(VIEW_MIME)["model_id"]
    if model_id not in models:
        raise ValueError(
            f"the notebook shows widget {model_id} but holds no state for it; execute it with nbclient, which saves it"
        )
    model = _picture_in(model_id, models)
    state = dict(model["state"])
    if "_esm" not in state:
        data.setdefault("text/plain", "(a control that needs a kernel)")
        return
    if state.get("_css", "") not in shared.styles:
        shared.styles.append(state["_css"])
    key = hashlib.sha256(state["_esm"].encode()).hexdigest()[:16]
    shared.modules[key] = state["_esm"]
    kept = {name: value for name, value in state.items() if not name.startswith("_") and name != "layout"}
    buffers = [{"path": one["path"], "data": one["data"]} for one in model.get("buffers", [])]
    poster = data.pop("image/svg+xml", "")
    live = _json_script({"state": kept, "buffers": buffers})
    data["text/html"] = f'<div data-live="{key}">{live}<noscript>{poster}</noscript></div>'


def _picture_in(model_id: str, models: dict) -> dict:
    """The model itself, or the first of our pictures in the box that it is."""
    model = models[model_id]
    if "_esm" in model["state"]:
        return model
    inside = [one.removeprefix("IPY_MODEL_") for one in model["state"].get("children", ())]
    found = [_picture_in(one, models) for one in inside if one in models]
    return next((one for one in found if "_esm" in one["state"]), model)


def _document(notebook: nbformat.NotebookNode, name: str, shared: _Shared) -> str:
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    title = next(
        (line.lstrip("# ") for cell in notebook.cells for line in cell.source.splitlines() if line.startswith("# ")),
        name,
    )
    sheet = _HERE.joinpath("page.css").read_text(encoding="utf-8") + _highlighting() + "".join(shared.styles)
    modules = "".join(_json_script(text, f'data-shared="{key}"') for key, text in shared.modules.items())
    library = '<script src="plotly.min.js"></script>' if shared.plotly else ""
    waker = (
        f"<script>{_HERE.joinpath('live.js').read_text(encoding='utf-8')}</script>"
        if shared.modules or shared.plotly
        else ""
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<style>\n{sheet}</style></head>\n'
        f"<body><main>\n{body}\n</main>\n{modules}{library}{waker}</body></html>\n"
    )


def _highlighting() -> str:
    """Colours of code in both themes."""
    from pygments.formatters import HtmlFormatter

    light, dark = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in ("xcode", "github-dark"))
    plain = ".highlight { background: none; }\n"
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{plain}"


def _json_script(value: object, attributes: str = "") -> str:
    """JSON in a script element; `</` and `<!--` are escaped, because they would end or hide the rest of the page."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return f'<script type="application/json" {attributes}>{text}</script>'


def _copy_plotly(folder: Path) -> None:
    import plotly

    shutil.copyfile(Path(plotly.__file__).parent / "package_data" / "plotly.min.js", folder / "plotly.min.js")
