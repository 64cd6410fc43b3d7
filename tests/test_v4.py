"""MobileNetV4's block and its smallest network: counted three ways, built from the same rows, and read with care."""

import re

import pytest
import torch

import mobiviz as mv
from mobiviz import v4

ROWS = v4.read(v4.CONV_SMALL)


def test_three_roads_to_one_number():
    net, priced = v4.MobileNetV4(), v4.cost()
    record = mv.watch(net, mv.image("cat"), mv.Compute())
    assert record.total.macs == priced.macs == 186_005_568
    assert sum(each.numel() for each in net.parameters()) == priced.params == 3_774_024


def test_the_papers_totals():
    """arXiv:2404.10518 prints 3.8M parameters and 0.2G MACs for MNv4-Conv-S at 224."""
    priced = v4.cost()
    assert f"{priced.params / 1e6:.1f}M" == "3.8M"
    assert f"{priced.macs / 1e9:.1f}G" == "0.2G"


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_each_row_costs_what_its_block_computes(number):
    row, block = ROWS[number], v4.MobileNetV4().features[number]
    total = mv.watch(block, torch.rand(1, row.in_ch, row.size, row.size), mv.Compute()).total
    assert total.macs == sum(price.macs for _, price in row.layers())
    assert sum(each.numel() for each in block.parameters()) == sum(price.params for _, price in row.layers())


@pytest.mark.parametrize(("kernels", "form"), v4.FORMS.items())
@pytest.mark.parametrize("stride", [1, 2])
def test_the_four_forms(kernels, form, stride):
    k1, k2 = (5 * kernels[0], 3 * kernels[1])
    if form == "FFN" and stride == 2:
        with pytest.raises(ValueError, match="a stride of 2 needs a depthwise convolution"):
            v4.UniversalInvertedBottleneck(8, 8, 32, k1, k2, stride)
        return
    block = v4.UniversalInvertedBottleneck(8, 8, 32, k1, k2, stride).eval()
    assert block(torch.rand(2, 8, 9, 9)).shape == (2, 8, 9 if stride == 1 else 5, 9 if stride == 1 else 5)
    assert block.skip == (stride == 1)
    depthwise = [m.kernel_size[0] for m in block.modules() if isinstance(m, torch.nn.Conv2d) and m.groups > 1]
    assert depthwise == [k for k in (k1, k2) if k]


def test_a_form_without_the_first_convolution_is_mobilenet_v2s_block():
    ours = v4.UniversalInvertedBottleneck(16, 16, 96, 0, 3).eval()
    theirs = mv.blocks.InvertedResidual(16, 16, 1, 6, nl="RE").eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.rand(1, 16, 8, 8)
    assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ExtraDW  | 5     | 5", "ExtraDW  | 5     | -", "row 4: kernels 5 and - make ConvNext, not ExtraDW"),
        ("112x32 | FusedIB", "112x32 | FusedIBB", "row 2: block 'FusedIBB' is not one of"),
        ("28x64 ", "28x60 ", "row 4: input '28x60' is not the 28x64 of the row above"),
        ("28x64 ", "28xa ", "row 4, channels: 'a' is no whole number"),
        ("| Stride", "| Step", "columns must be"),
    ],
)
def test_a_wrong_cell_is_named(old, new, words):
    assert old in v4.CONV_SMALL
    with pytest.raises(ValueError, match="^" + re.escape(words)):
        v4.read(v4.CONV_SMALL.replace(old, new, 1))


@pytest.mark.parametrize(("k1", "k2"), [(2, 3), (3, -1), (0, 4)])
def test_kernels_are_odd_or_absent(k1, k2):
    with pytest.raises(ValueError, match="must be odd, or 0 for none"):
        v4.UniversalInvertedBottleneck(8, 8, 32, k1, k2)
