"""An executed notebook becomes one page that holds everything its pictures need."""

import base64
import json
import re

import nbformat
import pytest

from mobiviz.course.page import page
from mobiviz.course.states import STATE_MIME
from mobiviz.course.web.cells import PLOTLY_MIME
from mobiviz.widgets import Odometer, Race
from mobiviz.widgets.stage import VIEW_MIME

CELLS = """
from mobiviz.widgets import Odometer
Odometer()
---
import ipywidgets; ipywidgets.IntSlider(3)
---
import plotly.graph_objects as go
go.Figure(go.Bar(y=[1, 2], name="</script>"))
---
print("<b>bold</b>")
"""


def notebook_of(*widgets, title="# Pictures"):
    """A notebook as nbclient leaves it, without the seconds that a kernel takes."""
    notebook, models = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(title)]), {}
    for number, widget in enumerate(widgets):
        state = widget.get_state()
        grids = {"path": ["grids"], "encoding": "base64", "data": base64.b64encode(state.pop("grids")).decode()}
        models[f"model-{number}"] = {"state": state, "buffers": [grids], "model_name": "AnyModel"}
        data = widget._repr_mimebundle_() | {VIEW_MIME: {"model_id": f"model-{number}"}}
        output = nbformat.v4.new_output("display_data", data)
        notebook.cells.append(nbformat.v4.new_code_cell("look", outputs=[output]))
    notebook.metadata["widgets"] = {STATE_MIME: {"version_major": 2, "version_minor": 0, "state": models}}
    return notebook


def write_page(folder, *widgets):
    nbformat.write(notebook_of(*widgets), folder / "book.ipynb")
    return page(folder / "book.ipynb", folder / "book.html")


def held(text, mark):
    return [json.loads(found) for found in re.findall(rf"<script[^>]*{mark}[^>]*>(.*?)</script>", text, re.DOTALL)]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The page of a notebook that a real kernel ran."""
    from nbclient import NotebookClient

    cells = [nbformat.v4.new_code_cell(source.strip()) for source in CELLS.split("---")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Counting & looking"), *cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    folder = tmp_path_factory.mktemp("page")
    nbformat.write(notebook, folder / "book.ipynb")
    return page(folder / "book.ipynb", folder / "out" / "book.html")


def test_a_kernel_s_notebook_becomes_a_page(executed):
    text = executed.read_text(encoding="utf-8")
    assert "<title>Counting &amp; looking</title>" in text
    (module,) = held(text, "data-shared")
    assert module == Odometer()._esm
    assert text.count("data-live=") == 1
    assert re.search("<noscript><svg .*</svg></noscript>", text, re.DOTALL), "the poster, where scripts are off"
    assert "IntSlider(value=3)" in text, "another widget keeps its text"
    assert "&lt;b&gt;bold" in text


def test_state_arrives_whole(executed):
    text = executed.read_text(encoding="utf-8")
    live = re.search(r'data-live="\w+"><script[^>]*>(.*?)</script>', text, re.DOTALL)
    found = json.loads(live.group(1))
    assert found["state"]["data"] == json.loads(json.dumps(Odometer().data))
    assert base64.b64decode(found["buffers"][0]["data"]) == Odometer().grids
    assert not [key for key in found["state"] if key.startswith("_")]


def test_nothing_is_asked_of_the_network(executed):
    text = executed.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']+", text)
    assert not re.findall(r"@import|url\(\s*[\"']?http", text)


def test_plotly_lies_beside_the_page(executed):
    library = executed.with_name("plotly.min.js")
    assert library.stat().st_size > 1_000_000
    assert 'src="plotly.min.js"' in executed.read_text(encoding="utf-8")
    assert "\\u003c/script>" in executed.read_text(encoding="utf-8"), "JSON never ends its own script element"


def test_without_plotly_there_is_no_library(tmp_path):
    write_page(tmp_path, Odometer())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.html", "book.ipynb"]


def test_a_module_and_the_style_are_written_once(tmp_path):
    text = write_page(tmp_path, Odometer(), Odometer(k=5), Race()).read_text(encoding="utf-8")
    assert len(held(text, "data-shared")) == 2
    assert text.count("data-live=") == 3
    assert text.count(".mv{--mv-paper:#FFFFFF") == 1
    assert len(text) < 600_000


def test_the_same_notebook_gives_the_same_page(tmp_path):
    nbformat.write(notebook_of(Odometer()), tmp_path / "book.ipynb")
    first, second = (page(tmp_path / "book.ipynb", tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second


def test_a_view_without_state_is_an_error_and_writes_nothing(tmp_path):
    notebook = notebook_of(Odometer())
    del notebook.metadata["widgets"]
    nbformat.write(notebook, tmp_path / "book.ipynb")
    with pytest.raises(ValueError, match="holds no state for it; execute it with nbclient"):
        page(tmp_path / "book.ipynb", tmp_path / "book.html")
    assert not (tmp_path / "book.html").exists()


def test_a_plotly_figure_alone(tmp_path):
    figure = {"data": [{"type": "bar", "y": [1]}], "layout": {"title": {"text": "a < b"}}}
    output = nbformat.v4.new_output("display_data", {PLOTLY_MIME: figure, "text/html": "the notebook's own"})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show", outputs=[output])])
    nbformat.write(notebook, tmp_path / "book.ipynb")
    text = page(tmp_path / "book.ipynb", tmp_path / "book.html").read_text(encoding="utf-8")
    assert held(text.partition("data-plotly")[2], "application/json")[0] == figure
    assert "the notebook's own" not in text
