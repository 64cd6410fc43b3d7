"""The shapes that a dry run works out itself are those that torch gives."""

import pytest
import torch

from mobiviz import metashapes


def meta(*shape, last=False):
    made = torch.empty(shape, device="meta")
    return made.to(memory_format=torch.channels_last) if last else made


@pytest.mark.parametrize("dims", [[2, 3], [-1], [0, -1], [1], [0, 1, 2, 3]])
@pytest.mark.parametrize("keep", [(), (True,), (False,)])
@pytest.mark.parametrize("last", [False, True])
def test_means(dims, keep, last):
    x = meta(2, 3, 4, 5, last=last)
    ours, torchs = metashapes._mean((x, dims, *keep)), torch.mean(x, dims, *keep)
    assert (ours.shape, ours.dtype) == (torchs.shape, torchs.dtype)
    if not last:
        assert ours.stride() == torchs.stride()


@pytest.mark.parametrize("args", [(), (None,), ([],), ([7],), ([1, 1],), ([1, -3],)])
def test_means_that_are_left_to_torch(args):
    assert metashapes._mean((meta(2, 3, 4, 5), *args)) is None
    assert metashapes._mean((torch.empty(2, 3, dtype=torch.int64, device="meta"), [0])) is None


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 3, 1, 1), (2, 3, 4, 5)),
        ((2, 3, 4, 5), (2, 3, 1, 1)),
        ((1, 3, 4, 5), (2, 1, 4, 5)),
        ((0, 3), (1, 3)),
        ((2, 3), (2, 3)),
    ],
)
def test_two_maps_of_which_one_is_spread(shapes):
    a, b = (meta(*shape) for shape in shapes)
    ours, torchs = metashapes._same((a, b)), a * b
    assert (ours.shape, ours.stride()) == (torchs.shape, torchs.stride())


@pytest.mark.parametrize("shapes", [((2, 3), (3, 3)), ((3,), (2, 3))])
def test_other_pairs_are_left_to_torch(shapes):
    assert metashapes._same(tuple(meta(*shape) for shape in shapes)) is None
