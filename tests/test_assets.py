"""Bundled files are found in a checkout and in an installed wheel; what is missing is named."""

import re

import pytest

from mobiviz import assets


def test_a_checkout_holds_them_beside_the_package():
    assert assets.in_checkout()
    assert assets.data("photos", "cat.jpg").read_bytes()[:2] == b"\xff\xd8"  # a JPEG
    assert assets.data().name == "data"
    assert assets.notebooks().is_dir()


def test_a_wheel_holds_them_inside_the_package(monkeypatch, tmp_path):
    package = tmp_path / "site-packages" / "mobiviz"
    for folder in ("_data/photos", "_notebooks"):
        (package / folder).mkdir(parents=True)
    (package / "_data/photos/cat.jpg").write_bytes(b"cat")
    monkeypatch.setattr(assets, "_PACKAGE", package)
    assert not assets.in_checkout()
    assert assets.data("photos", "cat.jpg").read_bytes() == b"cat"
    assert assets.notebooks() == package / "_notebooks"


@pytest.mark.parametrize("find", [assets.data, assets.notebooks])
def test_a_missing_file_is_named(find):
    with pytest.raises(FileNotFoundError, match=re.escape("zebra.jpg is missing from this installation of mobiviz")):
        find("photos", "zebra.jpg")
