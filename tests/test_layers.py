"""Each kind of convolution: naive spec = module = torch, and the spec's counter = `pricing` to the unit."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from mobiviz import layers, pricing
from mobiviz.layers import spec

small = st.integers(1, 3)
sizes = st.tuples(st.integers(3, 6), st.integers(3, 6))
kernels = st.one_of(small, st.tuples(small, small))
strides = st.one_of(small, st.tuples(small, small))
paddings = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)))
examples = settings(max_examples=25, deadline=None, derandomize=True)


def picture(channels, size):
    return torch.randn(1, channels, *size, dtype=torch.float64)


def kernels_of(*modules):
    return [module.weight.detach().numpy() for module in modules]


def agree(module, x, counted, ours, price):
    """The module, the spec and torch's function put out the same; the spec counted what `pricing` says."""
    out, macs = counted
    theirs = module(x)
    torch.testing.assert_close(theirs, ours)
    np.testing.assert_allclose(out[None], theirs.detach().numpy(), rtol=1e-9, atol=1e-9)
    params = sum(weights.numel() for weights in module.parameters())
    assert (macs, params) == (price.macs, price.params)
    if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
        assert price.out_bytes == 4 * out.size


@given(m=small, n=small, k=kernels, size=sizes, stride=strides, padding=paddings)
@examples
def test_standard(m, n, k, size, stride, padding):
    layer, x = layers.Conv(m, n, k, stride, padding).double(), picture(m, size)
    counted = spec.conv(x[0].numpy(), *kernels_of(layer), stride, padding)
    ours = F.conv2d(x, layer.weight, None, stride, padding)
    agree(layer, x, counted, ours, pricing.conv(m, n, k, size, stride, padding))


@given(m=small, n=small, groups=small, k=kernels, size=sizes, stride=strides, padding=paddings)
@examples
def test_grouped(m, n, groups, k, size, stride, padding):
    m, n = m * groups, n * groups
    layer, x = layers.Grouped(m, n, k, groups, stride, padding).double(), picture(m, size)
    counted = spec.grouped(x[0].numpy(), *kernels_of(layer), groups, stride, padding)
    ours = F.conv2d(x, layer.weight, None, stride, padding, groups=groups)
    agree(layer, x, counted, ours, pricing.conv(m, n, k, size, stride, padding, groups=groups))


@given(m=small, n=small, k=small, dilation=strides, size=sizes, stride=strides)
@examples
def test_dilated(m, n, k, dilation, size, stride):
    padding = 3  # so that every reach fits
    layer, x = layers.Dilated(m, n, k, dilation, stride, padding).double(), picture(m, size)
    counted = spec.dilated(x[0].numpy(), *kernels_of(layer), dilation, stride, padding)
    ours = F.conv2d(x, layer.weight, None, stride, padding, dilation)
    agree(layer, x, counted, ours, pricing.conv(m, n, k, size, stride, padding, dilation))


@given(m=small, k=kernels, size=sizes, stride=strides, dilation=strides)
@examples
def test_depthwise(m, k, size, stride, dilation):
    padding = 3
    layer, x = layers.Depthwise(m, k, stride, padding, dilation).double(), picture(m, size)
    counted = spec.depthwise(x[0].numpy(), *kernels_of(layer), stride, padding, dilation)
    ours = F.conv2d(x, layer.weight, None, stride, padding, dilation, groups=m)
    agree(layer, x, counted, ours, pricing.depthwise(m, k, size, stride, padding, dilation))


@given(m=small, n=small, size=sizes)
@examples
def test_pointwise(m, n, size):
    layer, x = layers.Pointwise(m, n).double(), picture(m, size)
    counted = spec.pointwise(x[0].numpy(), *kernels_of(layer))
    ours = torch.einsum("nm,bmhw->bnhw", layer.weight[:, :, 0, 0], x)
    agree(layer, x, counted, ours, pricing.pointwise(m, n, size))


@given(m=small, n=small, k=kernels, size=sizes, stride=strides, padding=paddings)
@examples
def test_separable(m, n, k, size, stride, padding):
    layer, x = layers.Separable(m, n, k, stride, padding).double(), picture(m, size)
    counted = spec.separable(x[0].numpy(), *kernels_of(layer.depthwise, layer.pointwise), stride, padding)
    ours = F.conv2d(F.conv2d(x, layer.depthwise.weight, None, stride, padding, groups=m), layer.pointwise.weight)
    agree(layer, x, counted, ours, pricing.separable(m, n, k, size, stride, padding))


@given(m=small, n=small, k=small, size=sizes, stride=small, padding=st.integers(0, 2))
@examples
def test_factorised(m, n, k, size, stride, padding):
    layer, x = layers.Factorised(m, n, k, stride, padding).double(), picture(m, size)
    counted = spec.factorised(x[0].numpy(), *kernels_of(layer.vertical, layer.horizontal), stride, padding)
    # torch runs the k x k kernels that the two factors make together
    whole = torch.einsum("pnab,nmcd->pmcb", layer.horizontal.weight, layer.vertical.weight)
    ours = F.conv2d(x, whole, None, stride, padding)
    agree(layer, x, counted, ours, pricing.factorised(m, n, k, size, stride, padding))


@given(m=small, n=small, groups=small, k=st.integers(2, 3), size=sizes, stride=strides, data=st.data())
@examples
def test_transposed(m, n, groups, k, size, stride, data):
    m, n = m * groups, n * groups
    padding = data.draw(st.integers(0, 1), label="padding")
    extra = data.draw(st.integers(0, min(stride if isinstance(stride, tuple) else (stride,)) - 1), label="out_padding")
    layer, x = layers.Transposed(m, n, k, stride, padding, extra, groups).double(), picture(m, size)
    counted = spec.transposed(x[0].numpy(), *kernels_of(layer), stride, padding, extra, groups)
    ours = F.conv_transpose2d(x, layer.weight, None, stride, padding, extra, groups)
    agree(layer, x, counted, ours, pricing.transposed(m, n, k, size, stride, padding, extra, groups))


def test_the_counts_of_the_course():
    x = np.arange(75).reshape(3, 5, 5)
    assert spec.conv(x, np.ones((2, 3, 3, 3)))[1] == 486
    assert spec.conv(x, np.ones((4, 3, 3, 3)))[1] == 972
    assert spec.depthwise(x, np.ones((3, 1, 3, 3)))[1] == 243
    assert spec.separable(x, np.ones((3, 1, 3, 3)), np.ones((4, 3, 1, 1)))[1] == 243 + 108


def test_specs_take_pixels_of_eight_bits():
    x, w = np.full((1, 2, 2), 255, np.uint8), np.full((1, 1, 1, 1), 2, np.uint8)
    for kind in (spec.conv, spec.depthwise, spec.pointwise, spec.transposed):
        assert kind(x, w)[0].tolist() == [[[510, 510], [510, 510]]]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (lambda x: spec.conv(x, np.ones((2, 4, 3, 3))), r"x must be \(4, height, width\).*got \(3, 5, 5\)"),
        (lambda x: spec.grouped(x, np.ones((2, 1, 3, 3)), 2), r"x must be \(2, height, width\)"),
        (lambda x: spec.depthwise(x, np.ones((2, 1, 3, 3))), r"x must be \(2, height, width\)"),
        (lambda x: spec.pointwise(x[None], np.ones((2, 3, 1, 1))), r"x must be \(3, height, width\)"),
        (lambda x: spec.transposed(x, np.ones((2, 3, 3, 3))), r"x must be \(2, height, width\)"),
        (lambda x: spec.conv(x, np.ones((2, 3, 7, 7))), "does not fit.*pad more"),
    ],
)
def test_specs_refuse_what_does_not_fit(run, words):
    with pytest.raises(ValueError, match=words):
        run(np.ones((3, 5, 5)))


EVERY_KIND = {
    "Conv": lambda: layers.Conv(4, 8, 3),
    "Grouped": lambda: layers.Grouped(4, 8, 3, 2),
    "Dilated": lambda: layers.Dilated(4, 8, 3, 2),
    "Depthwise": lambda: layers.Depthwise(4, 3),
    "Pointwise": lambda: layers.Pointwise(4, 8),
    "Separable": lambda: layers.Separable(4, 8, 3),
    "Factorised": lambda: layers.Factorised(4, 8, 3),
    "Transposed": lambda: layers.Transposed(4, 8, 3),
}


@pytest.mark.parametrize("make", EVERY_KIND.values(), ids=EVERY_KIND)
def test_modules_refuse_bad_batches_in_words(make):
    layer = make()
    for x, error, words in (
        (torch.zeros(1, 4, 8, 8, dtype=torch.int64), TypeError, r"expected floats, got torch.int64; use x.float\(\)"),
        (torch.zeros(0, 4, 8, 8), ValueError, r"at least one picture, got a batch of shape \(0, 4, 8, 8\)"),
        (torch.zeros(1, 5, 8, 8), ValueError, r"expected \(N, 4, H, W\), got \(1, 5, 8, 8\); channels come second"),
        (torch.zeros(4, 8, 8), ValueError, r"got \(4, 8, 8\); x\[None\] makes a batch"),
        (np.zeros((1, 4, 8, 8)), TypeError, "got ndarray; .*torch.from_numpy"),
    ):
        with pytest.raises(error, match=words):
            layer(x)


@pytest.mark.parametrize("make", EVERY_KIND.values(), ids=EVERY_KIND)
def test_modules_have_no_bias_take_batches_and_export_without_a_warning(make):
    layer, x = make(), torch.randn(2, 4, 8, 8)
    assert all(name.endswith("weight") for name, _ in layer.named_parameters())
    y = layer(x)
    torch.testing.assert_close(y, torch.cat([layer(x[:1]), layer(x[1:])]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch.jit itself; PyTorch Mobile needs it
        warnings.simplefilter("error", torch.jit.TracerWarning)
        traced = torch.jit.trace(layer, x)
    torch.testing.assert_close(traced(x[:1]), y[:1])
    assert layer(x.to("meta")).shape == y.shape


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: layers.Conv(0, 8, 3), ValueError, r"in_ch must be at least 1 \(got 0\)"),
        (lambda: layers.Conv(3, 8.0, 3), TypeError, r"out_ch must be a whole number \(got 8.0\)"),
        (lambda: layers.Conv(3, 8, (3, 0)), ValueError, r"k must be at least 1 \(got 0\)"),
        (lambda: layers.Conv(3, 8, 3, stride=0), ValueError, r"stride must be at least 1 \(got 0\)"),
        (lambda: layers.Conv(3, 8, 3, padding="same"), ValueError, r"padding must be .*\(got 'same'\); k // 2 keeps"),
        (lambda: layers.Conv(3, 8, 3, padding=-1), ValueError, r"padding must be .*at least 0 \(got -1\)"),
        (lambda: layers.Dilated(3, 8, 3, 0), ValueError, r"dilation must be at least 1 \(got 0\)"),
        (lambda: layers.Grouped(4, 6, 3, 4), ValueError, r"groups must divide .*got 4 -> 6 in 4 groups"),
        (lambda: layers.Transposed(4, 6, 3, groups=4), ValueError, "groups must divide"),
    ],
)
def test_modules_refuse_wrong_settings_in_words(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_kernel_that_does_not_fit_is_an_error_in_words():
    with pytest.raises(ValueError, match="reaches 5 does not fit into 4 positions padded by 0; pad more"):
        layers.Dilated(1, 1, 3, 2)(torch.zeros(1, 1, 8, 4))
    with pytest.raises(ValueError, match="padding 2 leaves nothing of 3 output positions"):
        layers.Transposed(1, 1, 3, padding=2)(torch.zeros(1, 1, 1, 1))
    with pytest.raises(ValueError, match=r"out_padding must be from 0 to 1, below the stride \(got 2\)"):
        layers.Transposed(1, 1, 3, 2, out_padding=2)(torch.zeros(1, 1, 4, 4))
    with pytest.raises(ValueError, match=r"resolution must be at least 32.*\(got 8x31\)"):
        layers.check_batch(torch.zeros(1, 3, 8, 31), 3, smallest=32)
