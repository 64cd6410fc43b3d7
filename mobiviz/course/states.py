"""What moving pictures know, kept beside a committed solution, so that their pages need neither a kernel nor a new run.

A solution holds poster frames alone. The state of each stands in `solutions/states/NAME.json.gz`, under its cell and a
digest of that very poster: where the poster was drawn anew, the state no longer counts.
"""

import gzip
import hashlib
import json
from importlib import import_module
from pathlib import Path

from nbformat import NotebookNode

from mobiviz.widgets.stage import VIEW_MIME

STATE_MIME = "application/vnd.jupyter.widget-state+json"
OURS = "mobiviz.widgets."
_MARK, _POSTER = "mobiviz", "image/svg+xml"


def models(notebook: NotebookNode) -> dict:
    """The state of every widget of a notebook that was just executed, by model id."""
    return notebook.metadata.get("widgets", {}).get(STATE_MIME, {}).get("state", {})


def state_of(output: NotebookNode, saved: dict) -> dict | None:
    """`{"widget", "state", "buffers"}` of a picture of ours, attached or just executed; None for any other output.

    Raises: ValueError for a view whose state was not saved when the notebook was executed.
    """
    attached = output.get("metadata", {}).get(_MARK)
    if attached or VIEW_MIME not in output.get("data", {}):
        return attached
    model_id = output.data[VIEW_MIME].get("model_id")
    if model_id not in saved:
        raise ValueError(
            f"the notebook shows widget {model_id} but holds no state for it; execute it with nbclient, which saves it"
        )
    model = _ours(model_id, saved)
    if model is None:
        return None
    state = {name: value for name, value in model["state"].items() if not name.startswith("_") and name != "layout"}
    buffers = [{"path": one["path"], "data": one["data"]} for one in model.get("buffers", [])]
    return {"widget": model["state"]["_anywidget_id"], "state": state, "buffers": buffers}


def of_run(notebook: NotebookNode) -> dict[str, dict]:
    """The state of every picture of a notebook that was just executed, by the picture's key."""
    saved, found = models(notebook), {}
    for key, output in pictures(notebook):
        shows_a_model = output.data.get(VIEW_MIME, {}).get("model_id") in saved
        if shows_a_model and (state := state_of(output, saved)):
            found[key] = state
    return found


def pictures(notebook: NotebookNode) -> list[tuple[str, NotebookNode]]:
    """Every output with a drawn frame, and the key that its state has."""
    return [
        (f"{cell.id}:{hashlib.sha256(output.data[_POSTER].encode()).hexdigest()[:16]}", output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if _POSTER in output.get("data", {})
    ]


def attach(notebook: NotebookNode, known: dict[str, dict]) -> None:
    """Give each poster its state back, in memory."""
    for key, output in pictures(notebook):
        if key in known:
            output.metadata[_MARK] = known[key]


def is_still(output: NotebookNode) -> bool:
    """Whether an output is a moving picture of which only the poster frame is left."""
    if _POSTER not in output.get("data", {}) or _MARK in output.metadata or VIEW_MIME in output.data:
        return False
    from mobiviz import widgets

    return str(output.data.get("text/plain", "")).partition(":")[0] in widgets.__all__


def beside(solution: Path) -> Path:
    """The file that holds the states of a solution's pictures."""
    return solution.parent / "states" / f"{solution.stem}.json.gz"


def read(path: Path) -> dict[str, dict]:
    """The states in a file; none where there is no file."""
    return json.loads(gzip.decompress(path.read_bytes())) if path.exists() else {}


def write(path: Path, known: dict[str, dict]) -> None:
    """Write states, unless the file holds just these; without any there is no file."""
    if known == read(path):
        return
    if not known:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def script_and_style(widget: str) -> tuple[str, str]:
    """The module text and the style sheet of a picture, by the full name of its class."""
    home, _, name = widget.rpartition(".")
    if not widget.startswith(OURS):
        raise ValueError(f"a picture's class must be in {OURS}* (got {widget!r})")
    found = getattr(import_module(home), name)
    return found._esm, found._css


def _ours(model_id: str, saved: dict) -> dict | None:
    """The model of a picture of ours: itself, or the first in the box that it is."""
    state = saved[model_id]["state"]
    if state.get("_anywidget_id", "").startswith(OURS):
        return saved[model_id]
    inside = [one.removeprefix("IPY_MODEL_") for one in state.get("children", ())]
    return next(filter(None, (_ours(one, saved) for one in inside if one in saved)), None)
