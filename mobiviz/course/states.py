"""What a moving picture knows, kept inside its output when a solution is frozen, so that its page needs no second run.

It stands in the output's metadata: JupyterLab shows the poster frame beside it, and nbval compares no metadata.
"""

import base64
import gzip
import json
from importlib import import_module

from nbformat import NotebookNode

from mobiviz.widgets.stage import VIEW_MIME

MARK = "mobiviz"
OURS = "mobiviz.widgets."
STATE_MIME = "application/vnd.jupyter.widget-state+json"


def models(notebook: NotebookNode) -> dict:
    """The state of every widget of a notebook that was just executed, by model id."""
    return notebook.metadata.get("widgets", {}).get(STATE_MIME, {}).get("state", {})


def state_of(output: NotebookNode, saved: dict) -> dict | None:
    """`{"widget", "state", "buffers"}` of a picture of ours, kept or just executed; None for any other output.

    Raises: ValueError for a view whose state was not saved when the notebook was executed.
    """
    kept = output.get("metadata", {}).get(MARK)
    if kept:
        return json.loads(gzip.decompress(base64.b64decode(kept["state"])))
    if VIEW_MIME not in output.get("data", {}):
        return None
    model_id = output.data[VIEW_MIME]["model_id"]
    if model_id not in saved:
        raise ValueError(
            f"the notebook shows widget {model_id} but holds no state for it; execute it with nbclient, which saves it"
        )
    model = saved[model_id]
    widget = model["state"].get("_anywidget_id", "")
    if not widget.startswith(OURS):
        return None
    state = {name: value for name, value in model["state"].items() if not name.startswith("_") and name != "layout"}
    buffers = [{"path": one["path"], "data": one["data"]} for one in model.get("buffers", [])]
    return {"widget": widget, "state": state, "buffers": buffers}


def keep(output: NotebookNode, saved: dict) -> None:
    """Put the state of a picture of ours into its output, packed."""
    state = state_of(output, saved)
    if state:
        text = json.dumps(state, separators=(",", ":"), sort_keys=True)
        packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
        output.metadata[MARK] = {"state": packed}


def script_and_style(widget: str) -> tuple[str, str]:
    """The module text and the style sheet of a picture, by the full name of its class."""
    home, _, name = widget.rpartition(".")
    if not widget.startswith(OURS):
        raise ValueError(f"a picture's class must be in {OURS}* (got {widget!r})")
    found = getattr(import_module(home), name)
    return found._esm, found._css


def is_still(output: NotebookNode) -> bool:
    """Whether an output is a moving picture of which only the poster frame is left."""
    if "image/svg+xml" not in output.get("data", {}) or MARK in output.get("metadata", {}):
        return False
    from mobiviz import widgets

    return str(output.data.get("text/plain", "")).partition(":")[0] in widgets.__all__
