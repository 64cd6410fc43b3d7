"""One picture as a batch: every common kind is converted, everything else is an error in words."""

import io
import re

import numpy as np
import pytest
import torch
from PIL import Image, TiffImagePlugin

from mobiviz import assets, images
from mobiviz.images import decode

GREEN = (30, 160, 60)


def plain(colour, mode="RGB", size=(80, 60)):
    return Image.new(mode, size, colour)


def colour_of(source):
    """The colour in the middle, as a network would see it."""
    return images.denormalise(images.image(source, 64))[32, 32].astype(int)


def saved(path, picture, **options):
    picture.save(path, **options)
    return path


def test_every_sample_photo_is_small_credited_and_a_ready_batch():
    names = images.names()
    assert set(names) == {"astronaut", "cat", "coffee", "motorcycle", "rocket"}
    readme = assets.data("photos", "README.md").read_text(encoding="utf-8")
    for name in names:
        file = assets.data("photos", f"{name}.jpg")
        assert file.stat().st_size < 80_000
        assert max(Image.open(file).size) <= 512
        assert f"`{name}.jpg`" in readme
        x = images.image(name)
        assert x.shape == (1, 3, 224, 224)
        assert x.dtype == torch.float32
        assert x.is_contiguous()
        assert x.std() > 0.3


@pytest.mark.parametrize(("size", "shorter"), [(224, 256), (96, 110), (160, 183), (32, 37)])
def test_preprocessing_is_resize_then_crop_then_normalise(size, shorter):
    with Image.open(assets.data("photos", "cat.jpg")) as photo:
        width, height = photo.size
        resized = photo.resize((shorter * width // height, shorter), Image.Resampling.BILINEAR)
    left, top = round((resized.width - size) / 2), round((shorter - size) / 2)
    pixels = np.asarray(resized)[top : top + size, left : left + size] / 255
    expected = ((pixels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).transpose(2, 0, 1)
    assert np.allclose(images.image("cat", size)[0].numpy(), expected, atol=1e-5)


def test_denormalise_undoes_normalise():
    pixels = np.random.RandomState(0).randint(0, 256, (1, 40, 50, 3), np.uint8)
    batch = images.normalise(pixels)
    assert np.array_equal(images.denormalise(batch), pixels[0])
    assert np.array_equal(images.denormalise(batch[0]), pixels[0])
    with pytest.raises(ValueError, match=re.escape("got (2, 3, 8, 8)")):
        images.denormalise(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match="must be uint8"):
        images.normalise(pixels / 255)


def test_the_same_picture_by_name_path_array_and_pil():
    path = assets.data("photos", "coffee.jpg")
    with Image.open(path) as photo:
        pixels = np.asarray(photo)
        batches = [images.image(s, 96) for s in ("coffee", path, str(path), photo, pixels)]
    for batch in batches[1:]:
        assert torch.equal(batch, batches[0])


@pytest.mark.parametrize(
    ("array", "colour"),
    [
        (np.full((50, 40), 90, np.uint8), (90, 90, 90)),
        (np.full((50, 40, 1), 90, np.uint8), (90, 90, 90)),
        (np.full((50, 40, 3), GREEN, np.uint8), GREEN),
        (np.full((50, 40, 4), (*GREEN, 255), np.uint8), GREEN),
        (np.full((50, 40, 4), (0, 0, 0, 0), np.uint8), (255, 255, 255)),
        (np.full((50, 40, 3), np.array(GREEN) * 257, np.uint16), GREEN),
        (np.full((50, 40, 3), np.array(GREEN) / 255, np.float32), GREEN),
        (np.full((50, 40), 0.2, np.float64), (51, 51, 51)),
        (np.ones((50, 40), bool), (255, 255, 255)),
        (np.asfortranarray(np.full((50, 40, 3), GREEN, np.uint8))[::-1], GREEN),
    ],
)
def test_arrays_of_every_kind(array, colour):
    before = array.copy()
    assert np.abs(colour_of(array) - colour).max() <= 1
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        (np.zeros((0, 40, 3), np.uint8), ValueError, "at least one pixel"),
        (np.zeros((40,), np.uint8), ValueError, "(H, W)"),
        (np.zeros((3, 40, 50), np.uint8), ValueError, "transpose(1, 2, 0)"),
        (np.zeros((1, 40, 50, 3), np.uint8), ValueError, "(1, 40, 50, 3)"),
        (np.full((40, 40), np.nan), ValueError, "NaN"),
        (np.full((40, 40), np.inf), ValueError, "infinity"),
        (np.full((40, 40), 255.0), ValueError, "0..1 (got 255 to 255); divide"),
        (np.full((40, 40), -0.5), ValueError, "0..1"),
        (np.zeros((40, 40), np.int64), TypeError, 'x.astype("uint8")'),
        (torch.zeros(3, 40, 40), TypeError, "got Tensor"),
        (None, TypeError, "got NoneType"),
    ],
)
def test_what_is_no_picture_is_refused(array, error, words):
    with pytest.raises(error, match=re.escape(words)):
        images.image(array)


@pytest.mark.parametrize(
    ("size", "error"),
    [
        *((size, ValueError) for size in (31, 0, -5, 10**6)),
        *((size, TypeError) for size in (224.0, "224", True, None, float("nan"))),
    ],
)
def test_a_size_that_does_not_fit_is_refused(size, error):
    with pytest.raises(error, match=re.escape(f"size must be an int of 32 to 4096 pixels (got {size!r})")):
        images.image("cat", size)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("cta", ValueError, "did you mean 'cat'?"),
        ("Motorbike", ValueError, "'motorcycle'?"),
        ("zzzz", ValueError, "photos: astronaut, cat, coffee, motorcycle, rocket)"),
        ("", ValueError, "no sample photo"),
        ("cat.png", FileNotFoundError, "no file 'cat.png'; did you mean 'cat'?"),
        ("nowhere/else.jpg", FileNotFoundError, "nowhere/else.jpg"),
        (assets.data("photos"), IsADirectoryError, "mobiviz.images.folder"),
    ],
)
def test_unknown_names_and_paths(source, error, words):
    with pytest.raises(error, match=re.escape(words)):
        images.image(source)


def test_grey_cmyk_palette_bilevel_and_16_bit_files(tmp_path):
    red = plain((200, 20, 20))
    assert np.ptp(colour_of(saved(tmp_path / "grey.jpg", plain(99, "L")))) == 0
    assert np.abs(colour_of(saved(tmp_path / "cmyk.jpg", red.convert("CMYK"))) - [200, 20, 20]).max() <= 6
    assert np.abs(colour_of(saved(tmp_path / "p.png", red.quantize(4))) - [200, 20, 20]).max() <= 2
    assert list(colour_of(saved(tmp_path / "one.png", plain(1, "1")))) == [255] * 3
    deep = np.full((60, 80), 100 * 257, np.uint16)
    assert list(colour_of(saved(tmp_path / "deep.png", Image.fromarray(deep)))) == [100] * 3
    assert list(colour_of(saved(tmp_path / "deep.tif", Image.fromarray(deep.astype(np.int32))))) == [100] * 3
    floats = Image.fromarray(np.full((60, 80), 0.2, np.float32))
    assert list(colour_of(saved(tmp_path / "float.tif", floats))) == [51] * 3


def test_transparent_pictures_lie_on_white(tmp_path):
    half = plain((0, 0, 0, 128), "RGBA")
    assert np.abs(colour_of(saved(tmp_path / "half.png", half)) - 127).max() <= 1
    keyed = saved(tmp_path / "keyed.png", plain(GREEN), transparency=GREEN)
    assert list(colour_of(keyed)) == [255] * 3
    assert np.abs(colour_of(plain((0, 128), "LA")) - 127).max() <= 1
    palette = half.convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))
    assert list(colour_of(palette)) == [255] * 3


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [plain(GREEN), plain((250, 0, 0)), plain((0, 0, 250))]
    file = saved(tmp_path / "moving.gif", frames[0], save_all=True, append_images=frames[1:])
    assert Image.open(file).n_frames == 3
    assert np.abs(colour_of(file) - GREEN).max() <= 2


def test_exif_rotation_is_followed(tmp_path):
    half = plain((250, 0, 0), size=(60, 60))
    half.paste((0, 0, 250), (30, 0, 60, 60))  # red left, blue right
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: left becomes top
    file = saved(tmp_path / "turned.png", half, exif=exif)
    shown = images.denormalise(images.image(file, 64))
    assert shown[5, 32, 0] > 200 > shown[5, 32, 2]
    assert shown[58, 32, 2] > 200 > shown[58, 32, 0]
    with Image.open(file) as opened:
        before = opened.tobytes(), opened.size, dict(opened.getexif())
        images.image(opened, 64)
        assert (opened.tobytes(), opened.size, dict(opened.getexif())) == before


def test_a_ribbon_needs_little_memory_and_one_pixel_is_enough(monkeypatch):
    largest = 0
    resize = Image.Image.resize

    def watched(self, size, *rest):
        nonlocal largest
        largest = max(largest, size[0] * size[1])
        return resize(self, size, *rest)

    monkeypatch.setattr(Image.Image, "resize", watched)
    assert np.abs(colour_of(np.full((2, 60_000, 3), GREEN, np.uint8)) - GREEN).max() <= 1
    assert largest <= 4 * 73 * 73
    assert np.abs(colour_of(plain(GREEN, size=(1, 1))) - GREEN).max() <= 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"just some text, and rather more than a header of it", "not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "not an image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 60, "not an image"),
    ],
)
def test_a_file_that_is_no_photo_says_so(tmp_path, content, words):
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        images.image(file)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "tif"])
def test_a_file_cut_short_or_damaged_never_escapes_as_something_else(tmp_path, suffix):
    whole = io.BytesIO()
    noise = np.random.RandomState(1).randint(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(noise).save(whole, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()))
    data, draw, refusals = whole.getvalue(), np.random.RandomState(2), {}
    for trial in range(40):
        bad = bytearray(data[: draw.randint(1, len(data))] if trial % 2 else data)
        for at in draw.randint(0, len(bad), 8):
            bad[at] = draw.randint(256)
        file = tmp_path / f"bad{trial}.{suffix}"
        file.write_bytes(bad)
        try:
            images.image(file, 32)
        except ValueError as error:
            refusals[str(file)] = str(error)
    assert refusals
    assert all(file in text for file, text in refusals.items())


def test_a_decompression_bomb_is_an_error_in_words(tmp_path):
    # A TIFF of a few hundred bytes that claims to be 100,000 pixels wide and high.
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    file = saved(tmp_path / "small.tif", plain(0, "L", (4, 4)), tiffinfo=tags)
    data = bytearray(file.read_bytes())
    for tag in (256, 257):
        at = data.index(tag.to_bytes(2, "little") + b"\x04\0\x01\0\0\0")
        data[at + 8 : at + 12] = (100_000).to_bytes(4, "little")
    bomb = tmp_path / "bomb.tif"
    bomb.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(f"more than {decode.MAX_PIXELS:,} pixels (a decompression bomb?)")):
        images.image(bomb)


def test_a_closed_pil_image_is_refused_in_words():
    photo = Image.open(assets.data("photos", "cat.jpg"))
    photo.close()
    with pytest.raises(ValueError, match="cannot be read"):
        images.image(photo)


def test_crops_are_many_views_of_the_sample_photos_and_of_drawn_pictures():
    x = images.crops(10, size=48)
    assert x.shape == (10, 3, 48, 48)
    assert torch.equal(x, images.crops(10, size=48))
    assert not torch.equal(x, images.crops(10, size=48, seed=1))
    assert len({tuple(each.flatten()[:50].tolist()) for each in x}) == 10, "no two are the same"
    drawn = images.normalise(images.shapes(2, 48).images)
    assert sum(any(torch.equal(each, one) for one in drawn) for each in x) == 2
    assert images.crops(1, size=32).shape == (1, 3, 32, 32)
    with pytest.raises(ValueError, match=r"n must be an int >= 1 \(got 0\)"):
        images.crops(0)
