"""Blocks: shapes, what each is made of, when a skip exists, how TensorFlow pads, and what bad input says."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from mobiviz.blocks import (
    ConvBN,
    DepthwiseSeparable,
    HardSwish,
    InvertedResidual,
    MobileNetV1Block,
    PaddedConv2d,
    SqueezeExcite,
    nonlinearity,
)
from mobiviz.layers import check_batch


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 2]), st.integers(3, 9))
def test_a_separable_block_is_two_convolutions_in_a_row(m, n, stride, size):
    block = MobileNetV1Block(m, n, stride=stride).eval()
    x = torch.randn(2, m, size, size)
    depthwise = F.conv2d(x, block.depthwise.conv.weight, stride=stride, padding=1, groups=m)
    norm = block.depthwise.bn
    middle = F.relu6(F.batch_norm(depthwise, norm.running_mean, norm.running_var, eps=norm.eps))
    norm = block.pointwise.bn
    pointwise = F.conv2d(middle, block.pointwise.conv.weight)
    wanted = F.relu6(F.batch_norm(pointwise, norm.running_mean, norm.running_var, eps=norm.eps))
    torch.testing.assert_close(block(x), wanted)
    assert wanted.shape == (2, n, -(-size // stride), -(-size // stride))


@pytest.mark.parametrize(("in_ch", "out_ch", "stride", "skip"), [(8, 8, 1, True), (8, 8, 2, False), (8, 16, 1, False)])
def test_a_skip_stands_where_shape_is_kept(in_ch, out_ch, stride, skip):
    block = InvertedResidual(in_ch, out_ch, stride, 6).eval()
    x = torch.randn(1, in_ch, 8, 8)
    straight = block.project(block.depthwise(block.expand(x)))
    torch.testing.assert_close(block(x), x + straight if skip else straight)
    assert block.skip is skip


def test_a_ratio_of_one_expands_nothing_and_the_end_is_linear():
    block = InvertedResidual(8, 8, 1, 1)
    assert block.expand is None
    assert [name for name, _ in block.project.named_children()] == ["conv", "bn"]


def test_blocks_do_not_write_into_their_input():
    x = torch.randn(1, 8, 6, 6)
    kept = x.clone()
    for block in (
        InvertedResidual(8, 8, 1, 1, se_ch=8, nl="HS"),
        DepthwiseSeparable(8, 8),
        SqueezeExcite(8, 8),
        HardSwish(),
    ):
        block.eval()(x)
        assert torch.equal(x, kept)


def test_hard_swish_is_its_formula():
    x = torch.linspace(-5, 5, 101)
    torch.testing.assert_close(HardSwish()(x), x * F.relu6(x + 3) / 6)


def test_squeeze_excite_scales_each_channel_by_one_gate():
    se = SqueezeExcite(6, 3)
    x = torch.randn(2, 6, 4, 5)
    gate = se.gate(x)
    assert gate.shape == (2, 6, 1, 1)
    assert 0 <= gate.min() <= gate.max() <= 1
    torch.testing.assert_close(se(x), x * gate)


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 20), st.integers(5, 20), st.sampled_from([3, 5]))
def test_same_padding_keeps_the_ceiling_and_puts_the_odd_pixel_at_the_end(h, w, k):
    conv = PaddedConv2d(2, 4, k, stride=2)
    x = torch.randn(1, 2, h, w)
    y = conv(x)
    assert y.shape[2:] == (-(-h // 2), -(-w // 2))
    total_h, total_w = (y.shape[2] - 1) * 2 + k - h, (y.shape[3] - 1) * 2 + k - w
    pad = [total_w // 2, total_w - total_w // 2, total_h // 2, total_h - total_h // 2]
    torch.testing.assert_close(y, F.conv2d(F.pad(x, pad), conv.weight, stride=2))


def test_end_padding_adds_one_row_below_and_one_column_right():
    conv = PaddedConv2d(2, 4, 3, stride=2, padding="end")
    for size in (8, 9):
        x = torch.randn(1, 2, size, size)
        torch.testing.assert_close(conv(x), F.conv2d(F.pad(x, [0, 1, 0, 1]), conv.weight, stride=2))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: InvertedResidual(8, 8, 3, 6), r"stride must be 1 or 2 \(got 3\)"),
        (lambda: InvertedResidual(8, 8, 1, 0), r"expand_ratio must be > 0 \(got 0\)"),
        (lambda: ConvBN(3, 8, padding="sam"), "did you mean 'same'"),
        (lambda: nonlinearity("HZ"), "did you mean 'HS'"),
    ],
)
def test_wrong_settings_say_the_rule(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        ("cat", TypeError, "got str"),
        (torch.zeros(1, 1, 32, 32), ValueError, r"expected \(N, 3, H, W\), got \(1, 1, 32, 32\)"),
        (torch.zeros(3, 32, 32), ValueError, r"got \(3, 32, 32\)"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), TypeError, r"use x\.float\(\)"),
        (torch.zeros(0, 3, 32, 32), ValueError, "at least one picture"),
        (torch.zeros(1, 3, 31, 64), ValueError, r"at least 32, the product of the strides \(got 31x64\)"),
    ],
)
def test_bad_batches_are_refused_in_words(x, error, words):
    with pytest.raises(error, match=words):
        check_batch(x, 3, 32)


def test_a_block_can_be_copied_and_its_bits_stay():
    block = InvertedResidual(8, 16, 2, 6, k=5, se_ch=8, nl="HS")
    twin = copy.deepcopy(block)
    assert all(torch.equal(a, b) for a, b in zip(block.state_dict().values(), twin.state_dict().values(), strict=True))
    assert isinstance(twin.depthwise.act, HardSwish)
    assert isinstance(twin.se, nn.Module)
