"""The feature-map explorer: a photo of one's own, read small, and what cannot be read."""

import io

import nbformat
import numpy as np
import pytest
import torch
from PIL import Image
from test_explaining import drawn
from test_path_down import assert_as_explained
from torch import nn

import mobiviz as mv
from mobiviz.course.page import page as write_page
from mobiviz.course.states import STATE_MIME
from mobiviz.exploring.own_photo import FeatureExplorer
from mobiviz.exploring.rows import block_of
from mobiviz.images.decode import rgb_file
from mobiviz.widgets import Blocks, PathDown
from mobiviz.widgets.stage import VIEW_MIME


@pytest.fixture(scope="module")
def net():
    return drawn(mv.MobileNet(mv.V2, 0.25, num_classes=4))


def upload(explorer, name, content):
    """What the browser sends when a file was chosen."""
    file = {
        "name": name,
        "type": "image/jpeg",
        "size": len(content),
        "last_modified": 0,
        "content": memoryview(content),
    }
    explorer.upload.set_state({"value": [file]})


def jpeg(picture, kind="JPEG"):
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def noise(width, height, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def test_a_network_opens_on_a_sample_photo(net):
    explorer = mv.explore(net)
    assert isinstance(explorer, FeatureExplorer)
    record = mv.watch(net, mv.image("cat"))
    for one in explorer.picture.data["layers"].values():
        assert_as_explained(record, one, explorer.picture.grids)
    best = int(record[""].output[0].argmax())
    assert explorer.says.value.startswith(f"cat: the network says class {best}, ")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_an_upload_is_drawn_and_answered(net, kind):
    explorer = FeatureExplorer(net, size=64, classes=("cat", "dog", "fox", "owl"))
    before = explorer.picture.data["photo"]
    at = next(
        i for i, bar in enumerate(explorer.picture.data["net"]["bars"]) if bar["path"] == "features.9.expand.conv"
    )
    explorer.picture.wanted = {"layer": at, "page": 2}
    picture = noise(300, 200)
    upload(explorer, f"mine.{kind.lower()}", jpeg(picture, kind))
    record = mv.watch(net, mv.image(rgb_file(io.BytesIO(jpeg(picture, kind)), about=73), 64))
    for one in explorer.picture.data["layers"].values():
        assert_as_explained(record, one, explorer.picture.grids)
    assert explorer.picture.extra["path"] == "features.9.expand", "the layer that was looked at, on the new photo"
    assert explorer.picture.extra["page"] == 2
    assert_as_explained(record, explorer.picture.extra, explorer.picture.extra_grids)
    assert explorer.picture.data["photo"] != before
    said = explorer.says.value
    assert said.startswith(f"mine.{kind.lower()}: the network says ")
    assert said.split()[4].strip(",") in ("cat", "dog", "fox", "owl")


def test_a_phone_s_photo_is_decoded_small(net, monkeypatch):
    sizes = []
    from mobiviz.exploring import own_photo

    real = own_photo.rgb_file

    def spied(file, about):
        found = real(file, about)
        sizes.append(found.size)
        return found

    monkeypatch.setattr(own_photo, "rgb_file", spied)
    explorer = FeatureExplorer(net)
    upload(explorer, "large.jpg", jpeg(noise(4000, 3000)))
    assert sizes == [(500, 375)], "the smallest that a JPEG gives with 256 pixels a side"


@pytest.mark.parametrize("content", [b"", b"nonsense", jpeg(noise(60, 60))[:500]])
def test_what_cannot_be_read_stays_out(net, content):
    explorer = FeatureExplorer(net, size=64)
    before = explorer.picture.data
    upload(explorer, "my.jpg", content)
    assert explorer.says.value.startswith("my.jpg stays out: ")
    assert explorer.picture.data == before


def test_other_inputs_than_photos(net):
    batch = torch.randn(1, 5, 20, 20)
    explorer = FeatureExplorer(nn.Sequential(nn.Conv2d(5, 6, 3)), batch)
    assert explorer.picture.data["photo"] is None
    assert explorer.says.value == "this photo"


def test_without_a_kernel_the_page_keeps_the_picture(net, tmp_path):
    from ipywidgets import Widget

    explorer = FeatureExplorer(net, size=64)
    notebook = nbformat.v4.new_notebook()
    data = explorer._repr_mimebundle_()
    assert "<svg" in data["image/svg+xml"]
    assert data[VIEW_MIME]["model_id"] == explorer.model_id
    cell = nbformat.v4.new_code_cell("explorer", outputs=[nbformat.v4.new_output("display_data", data)])
    notebook.cells = [nbformat.v4.new_markdown_cell("# Page"), cell]
    notebook.metadata["widgets"] = {STATE_MIME: Widget.get_manager_state()}
    nbformat.write(notebook, tmp_path / "book.ipynb")
    text = write_page(tmp_path / "book.ipynb", tmp_path / "book.html").read_text(encoding="utf-8")
    assert text.count("data-live=") == 1
    assert "const down = {" in text


def test_explore_chooses(net):
    record = mv.watch(net, mv.image("cat", size=64))
    assert isinstance(mv.explore(record), PathDown)
    assert isinstance(mv.explore(mv.V2.rows[3]), Blocks)
    assert isinstance(mv.explore(mv.V3_SMALL.units()[4]), Blocks)
    for thing in (net, mv.V2.rows[3]):
        with pytest.raises(TypeError, match="has no twin"):
            mv.explore(thing, twin=mv.V1)


@pytest.mark.parametrize("table", ["V1", "V2", "V3_LARGE", "V3_SMALL"])
def test_a_row_is_found_in_its_table(table):
    it = getattr(mv, table)
    names = {"V1": "V1", "V2": "V2", "V3_LARGE": "V3-Large", "V3_SMALL": "V3-Small"}
    for row in it.rows:
        if row.op not in ("bottleneck", "dw"):
            continue
        name, path = block_of(row)
        assert name == names[table]
        unit = next(unit for unit in it.units() if unit.path == path)
        assert (unit.in_ch, unit.k) == (row.in_ch, row.k)
        start = Blocks((name, path)).start
        assert Blocks().data["tubes"][name[:2]][start[name[:2]]]["path"] == path
    for row in it.rows:
        if row.op in ("conv", "linear"):
            with pytest.raises(ValueError, match="is not one of features"):
                mv.explore(row)
    with pytest.raises(ValueError, match="is in none of the papers' tables"):
        block_of(mv.tables.row_units(mv.V2.rows[3], 0.3).__next__())
