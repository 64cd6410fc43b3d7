"""metashapes: each rule answers as torch does, or leaves it to torch, and counting loads nothing large."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import mobiviz as mv
from mobiviz import metashapes

ROOT = Path(__file__).resolve().parents[1]
MAP = torch.empty(2, 6, 15, 12, device="meta")
LAST = MAP.contiguous(memory_format=torch.channels_last)
WHOLE = torch.empty(2, 6, 15, 12, device="meta", dtype=torch.int64)
GATE = torch.empty(2, 6, 1, 1, device="meta")
aten = torch.ops.aten
RULED = [
    (aten.mean.dim, "mean", (MAP, [2, 3], True)),
    (aten.mean.dim, "mean", (MAP, [-1])),
    (aten.mean.dim, "mean", (LAST, [-2, 3], True)),
    (aten.max_pool2d, "max_pool2d", (MAP, [3, 3], [2, 2], [1, 1])),
    (aten.max_pool2d, "max_pool2d", (LAST, [2, 2], [2, 2])),
    (aten.max_pool2d, "max_pool2d", (MAP, [3, 2], [1, 2], [1, 0], [2, 3])),
    (aten.max_pool2d, "max_pool2d", (MAP, [3, 2])),
    (aten.mul.Tensor, "mul", (MAP, GATE)),
    (aten.add.Tensor, "add", (GATE, MAP)),
    (aten.add.Tensor, "add", (MAP, torch.empty(6, 1, 12, device="meta"))),
]
LEFT = [
    ("mean", (MAP,)),
    ("mean", (MAP, [])),
    ("mean", (MAP, [4])),
    ("mean", (WHOLE, [1])),
    ("max_pool2d", (MAP, [3, 3], [2, 2], [0, 0], [1, 1], True)),
    ("max_pool2d", (MAP, [3, 3], [2, 2], [2, 2])),
    ("max_pool2d", (MAP, [3])),
    ("max_pool2d", (MAP[0], [3, 3])),
    ("max_pool2d", (MAP, [13, 13])),
    ("mul", (MAP, torch.empty(5, 1, 1, device="meta"))),
]


@pytest.mark.parametrize(("op", "name", "args"), RULED)
def test_a_rule_answers_as_torch_does(op, name, args):
    ours, theirs = metashapes._RULES[name](args), op(*args)
    assert (ours.shape, ours.dtype, ours.is_meta) == (theirs.shape, theirs.dtype, True)
    for form in (torch.contiguous_format, torch.channels_last):
        if min(theirs.shape) > 1 and theirs.dim() == 4:
            assert ours.is_contiguous(memory_format=form) == theirs.is_contiguous(memory_format=form)


@pytest.mark.parametrize(("name", "args"), LEFT)
def test_what_no_rule_knows_is_left_to_torch(name, args):
    assert metashapes._RULES[name](args) is None


def test_a_pool_that_torch_refuses_is_refused_in_a_dry_run_too():
    with pytest.raises(RuntimeError, match="pad should be at most half"):
        mv.watch(nn.MaxPool2d(3, padding=2), torch.zeros(1, 3, 8, 8), dry=True)


def test_counting_a_network_loads_neither_sympy_nor_a_compiler():
    """Each takes more memory than MobileNetV2, and a second or more."""
    code = """
import sys, torch, mobiviz as mv
x = torch.zeros(1, 3, 224, 224)
with torch.device("meta"):
    nets = [mv.MobileNet(table) for table in (mv.V1, mv.V2, mv.V3_LARGE)] + [mv.nets.ResNet50(), mv.nets.VGG16()]
for net in (*nets, mv.MobileNet(mv.V3_SMALL)):
    assert mv.watch(net, x, mv.Compute(), dry=True).total.macs
print(*sorted({"sympy", "torch._dynamo", "torch.fx.experimental.symbolic_shapes"} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.split() == []


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


@pytest.mark.parametrize("shapes", [((2, 3), (3, 3)), ((4,), (2, 3))])
def test_other_pairs_are_left_to_torch(shapes):
    assert metashapes._same(tuple(meta(*shape) for shape in shapes)) is None
