"""Kept maps are true, within their cap, every layer with its share; statistics are those of the whole."""

import numpy as np
import pytest
import torch
from torch import nn

from mobiviz.engine import watch
from mobiviz.meters import Clock, Compute, Features


class Residual(nn.Module):
    """In-place at every turn: the activations, the sum, a slice of the result."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn = nn.BatchNorm2d(channels)
        self.act = nn.Hardswish(inplace=True)

    def forward(self, x):
        y = self.act(self.bn(self.conv(x)))
        y += x
        y[:, :1].mul_(2)
        return y


def net():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.ReLU(inplace=True), nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU6(inplace=True),
        Residual(8), nn.Sequential(Residual(8), nn.SiLU(inplace=True)), nn.Flatten(2), nn.Identity(),
        nn.Hardtanh(inplace=True), nn.Linear(144, 10), nn.ReLU(inplace=True),
    )  # fmt: skip


def truth(model, x):
    """Each call's output, copied the moment it is there."""
    seen, handles = {}, []
    model.eval()
    for path, module in model.named_modules():

        def keep(module, args, out, path=path):
            seen[path] = out.detach().clone().numpy()

        handles.append(module.register_forward_hook(keep))
    with torch.no_grad():
        model(x.clone())
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("form", [torch.contiguous_format, torch.channels_last])
def test_kept_maps_are_true_under_in_place_operations(form):
    model, x = net().to(memory_format=form), torch.randn(2, 3, 12, 12).to(memory_format=form)
    record, expected = watch(model, x, Features()), truth(model, x)
    assert {call.path for call in record} == expected.keys()
    for call in record:
        assert call.reduced is None
        assert np.allclose(call.output, expected[call.path], rtol=0, atol=1e-6), call.path


def test_kept_maps_are_nobody_elses_memory():
    x = torch.randn(1, 4)
    weight = nn.Parameter(torch.randn(4))

    class Gives(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = weight

        def forward(self, x):
            return self.weight

    model = nn.Sequential(nn.Identity(), Gives())
    record = watch(model, x)
    kept = record["0"].output.copy(), record["1"].output.copy()
    with torch.no_grad():
        x.zero_(), weight.zero_()
    assert np.array_equal(record["0"].output, kept[0])
    assert np.array_equal(record["1"].output, kept[1])


@pytest.mark.parametrize("max_bytes", [1, 1000, 20_000, 100_000])
def test_the_cap_holds_and_deep_layers_do_not_starve(max_bytes):
    torch.manual_seed(0)
    model = nn.Sequential(*(nn.Conv2d(4, 4, 3, padding=1) for _ in range(20)))
    record = watch(model, torch.randn(3, 4, 16, 16), Features(max_bytes))
    arrays = {id(call.output): call.output for call in record if call.output is not None}
    assert sum(array.nbytes for array in arrays.values()) <= max_bytes
    share = max_bytes // (2 * 21)
    whole = truth(model, torch.randn(3, 4, 16, 16))
    for call in record:
        if share >= 4:
            assert call.output is not None, call.path
            assert (call.reduced is None) == (call.output.shape == whole[call.path].shape)
        else:
            assert "not kept" in call.reduced or call.output is not None


def test_a_part_says_which_part():
    model, x = nn.Sequential(nn.Conv2d(3, 16, 1), nn.Conv2d(16, 16, 1)), torch.randn(2, 3, 8, 8)
    expected = truth(model, x)["1"]
    call = watch(model, x, Features(4 * 64 * 12))["1"]
    channels = call.output.shape[1]
    step = -(-16 // channels)
    assert call.reduced == f"the first of 2 items, every {step}th channel"
    assert np.array_equal(call.output, expected[:1, ::step])
    assert call.stats.mean == pytest.approx(expected.mean(), abs=1e-5)
    assert call.stats.std == pytest.approx(expected.std(), rel=1e-4)
    assert (call.stats.min, call.stats.max) == (expected.min(), expected.max())
    tiny = watch(model, x, Features(4 * 2 * 6 * 10))["1"]
    assert "position along axis" in tiny.reduced
    assert tiny.out_shape == (2, 16, 8, 8)


def test_containers_share_the_map_of_their_last_layer():
    record = watch(nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 1))), torch.randn(1, 3, 4, 4))
    assert np.shares_memory(record[""].output, record["0.0"].output)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_number_types(dtype):
    model, x = nn.Linear(4, 3).to(dtype), torch.randn(2, 4).to(dtype)
    output = watch(model, x)[""].output
    assert output.dtype == {torch.float16: np.float16, torch.bfloat16: np.float32}.get(dtype, np.float64)
    assert np.array_equal(output, model(x).detach().to(torch.float64).numpy())


def test_no_maps_without_features():
    record = watch(nn.Linear(4, 3), torch.randn(1, 4), Compute())
    assert record[""].output is None
    assert record[""].stats is None
    assert record.total.macs == 12


@pytest.mark.parametrize("meter", [Features, Clock])
@pytest.mark.parametrize("value", [0, -1, 2.5, "all"])
def test_bad_settings(meter, value):
    with pytest.raises(ValueError, match=r"must be a whole number > 0 \(got"):
        meter(value)
