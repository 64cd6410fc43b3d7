"""Drawn shapes, `Photos` and how some are held out."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

from mobiviz import images


def test_twelve_balanced_classes_in_turn():
    drawn = images.shapes(26, 32)
    assert len(set(images.SHAPES)) == len(drawn.classes) == 12
    assert drawn.images.shape == (26, 32, 32, 3)
    assert drawn.images.dtype == np.uint8
    assert list(drawn.labels[:14]) == [*range(12), 0, 1]
    assert np.ptp(np.bincount(drawn.labels)) <= 1


def test_a_seed_and_an_index_name_one_picture():
    few, many = images.shapes(5, 40, seed=3), images.shapes(700, 40, seed=3)
    assert np.array_equal(few.images, many.images[:5])
    assert np.array_equal(images.shapes(700, 40, seed=3).images, many.images)
    assert not np.array_equal(images.shapes(5, 40, seed=4).images, few.images)


@pytest.mark.parametrize("size", [24, 32, 48, 64])
def test_the_same_picture_at_every_size(size):
    """Each pixel is what Pillow's bilinear filter makes of the same picture drawn four times as large."""
    small, large = images.shapes(24, size).images, images.shapes(24, 4 * size).images
    shrunk = [np.asarray(Image.fromarray(one).resize((size, size), Image.Resampling.BILINEAR)) for one in large]
    inner = slice(1, -1)  # Pillow's filter stops at the border, ours sees past it
    apart = np.abs(np.array(shrunk, float) - small)[:, inner, inner]
    assert apart.mean() < 1
    assert np.percentile(apart, 99) < 6


def roughness(size):
    """How much neighbouring pixels in the middle of each disc differ; and whether the disc has a texture."""
    drawn = images.shapes(360, size, seed=5)
    discs = drawn[drawn.labels < 3]
    middle = slice(round(size * 0.42), round(size * 0.58))
    patch = discs.images[:, middle, middle].astype(float)
    return np.abs(np.diff(patch, axis=2)).mean((1, 2, 3)), discs.labels


def told_apart(score, yes):
    """The chance that a picture with a texture scores higher than one without."""
    return (score[yes][:, None] > score[~yes][None]).mean()


@pytest.mark.parametrize(("size", "low", "high"), [(128, 0.99, 1), (64, 0.95, 1), (32, 0.35, 0.65), (24, 0.35, 0.65)])
def test_textures_show_at_128_and_are_gone_at_32(size, low, high):
    score, labels = roughness(size)
    assert low <= told_apart(score, labels > 0) <= high


def test_classes_of_one_shape_have_the_same_mean_colour():
    drawn = images.shapes(1200, 32)
    means = np.array([drawn.images[drawn.labels == k].mean() for k in range(12)])
    assert np.ptp(means.reshape(4, 3), axis=1).max() < 4


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "9"])
def test_shapes_refuses_a_bad_count(n):
    with pytest.raises(ValueError, match=re.escape(f"n must be an int >= 1 (got {n!r})")):
        images.shapes(n)


@pytest.mark.parametrize("size", [7, 0, 5000])
def test_shapes_refuses_a_bad_size(size):
    with pytest.raises(ValueError, match=re.escape(f"size must be an int of 8 to 4096 pixels (got {size})")):
        images.shapes(1, size)


def test_photos_index_to_tensors():
    drawn = images.shapes(30, 32)
    some = drawn[np.array([3, 20])]
    x, y = some.tensors()
    assert (x.shape, x.dtype, y.dtype) == ((2, 3, 32, 32), torch.float32, torch.int64)
    assert y.tolist() == [3, 8]
    assert np.array_equal(images.denormalise(x[1]), drawn.images[20])
    assert repr(drawn) == "<Photos: 30 of 32x32, 12 classes, 0 skipped>"
    assert drawn[:12].report().startswith("12 read: 1 plain disc, 1 striped disc")


def test_photos_refuses_what_does_not_fit():
    pixels = np.zeros((2, 8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="must be uint8"):
        images.Photos(pixels / 255, np.zeros(2, int), ("a",))
    with pytest.raises(ValueError, match="one label a picture"):
        images.Photos(pixels, np.zeros(3, int), ("a",))
    with pytest.raises(ValueError, match=re.escape("labels must lie in 0..0")):
        images.Photos(pixels, np.array([0, 1]), ("a",))


def test_split_is_stratified_seeded_and_complete():
    labels = np.repeat(np.arange(10), 500)
    train, held = images.split(labels, 500, seed=1)
    assert np.array_equal(np.sort(np.concatenate([train, held])), np.arange(5000))
    assert np.bincount(labels[held]).tolist() == [50] * 10
    assert np.array_equal(held, images.split(labels, 500, seed=1)[1])
    assert not np.array_equal(held, images.split(labels, 500, seed=2)[1])
    assert held[:5].tolist() == [4, 31, 34, 47, 65], (
        "the split changed: bundled weights would be judged on photos they saw"
    )


def test_split_of_uneven_classes_holds_out_exactly_as_many_as_asked():
    labels = np.array([0] * 7 + [1] * 2 + [2])
    for n in range(11):
        train, held = images.split(labels, n)
        assert (len(train), len(held)) == (10 - n, n)
    assert np.bincount(labels[images.split(labels, 5)[1]], minlength=3).tolist() in ([4, 1, 0], [3, 1, 1])
    for n in (-1, 11):
        with pytest.raises(ValueError, match=re.escape(f"0..10, the number of labels (got {n})")):
            images.split(labels, n)
