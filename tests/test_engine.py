"""watch on the networks of the papers: totals, kinds, memory, times, dry runs, and what it refuses."""

import gc
import itertools
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import mobiviz as mv
from mobiviz import passes
from mobiviz.engine import watch
from mobiviz.meters import Clock, Compute, Features

TABLES = {"V1": mv.V1, "V2": mv.V2, "V3_LARGE": mv.V3_LARGE, "V3_SMALL": mv.V3_SMALL}


@pytest.fixture(scope="module")
def v2():
    net = mv.MobileNet(mv.V2)
    return net, watch(net, torch.randn(1, 3, 224, 224))


def test_the_last_row_is_the_sum(v2):
    _, record = v2
    assert "sum" in repr(record)
    for shown in (repr(record), record._repr_html_().partition("<tfoot>")[2]):
        assert "300,774,272" in shown
        assert "3,504,872" in shown
    last = record.table().iloc[-1]
    assert (last["macs"], last["params"]) == (300_774_272, 3_504_872)
    assert record.total.trainable == 3_504_872


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("alpha", "resolution"), [(0.25, 96), (0.75, 160), (1.4, 128)])
def test_three_roads_to_one_number(name, alpha, resolution):
    cost = mv.cost(TABLES[name], alpha, resolution)
    with torch.device("meta"):
        net = mv.MobileNet(TABLES[name], alpha).eval()
        x = torch.zeros(1, 3, resolution, resolution)
    total = watch(net, x, dry=True).total
    with FlopCounterMode(display=False) as counter:
        net(x)
    assert total.macs == cost.macs == counter.get_total_flops() / 2
    assert (total.params, total.out_bytes, total.exact) == (cost.params, cost.out_bytes, True)


def test_dry_and_wet_are_the_same_record(v2):
    net, record = v2
    dry = watch(net, torch.randn(1, 3, 224, 224), dry=True)
    assert dry.total == record.total
    assert dry.dry
    assert dry[""].output is None
    assert dry.table().equals(record.table())


def test_layers_are_priced_one_by_one(v2):
    _, record = v2
    priced = {row.path: row for row in mv.cost(mv.V2).layers if row.macs}
    products = [call for call in record if call.macs]
    assert [call.macs for call in products] == [row.macs for row in priced.values()]
    assert [call.kind for call in products] == [row.kind for row in priced.values()]
    conv = record["features.3.depthwise.conv"]
    assert (conv.in_shape, conv.out_shape, conv.kind) == ((1, 144, 56, 56), (1, 144, 56, 56), "depthwise")
    size = 4 * 144 * 56 * 56
    assert (conv.read_bytes, conv.write_bytes, conv.out_bytes) == (size + 4 * 144 * 9, size, size)
    assert record["features.3"].out_bytes == record["features.3"].write_bytes == 4 * 24 * 56 * 56
    assert record["features.3.depthwise.bn"].norm == record["features.3.depthwise.act"].elementwise == size // 4
    assert record["pool"].pool == 1280 * 49


def test_kinds():
    record = watch(mv.MobileNet(mv.V3_SMALL), torch.randn(1, 3, 32, 32), dry=True)
    kinds = {call.path: call.kind for call in record}
    inside = [call for call in record if ".se." in f"{call.path}."]
    assert inside
    assert {call.kind for call in inside if call.macs} == {"se"}
    assert kinds["features.0.conv"] == "standard"
    assert kinds["features.0.act"] == "map"
    assert kinds["classifier.0"] == "linear"
    grouped = nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.Conv2d(8, 8, 3, groups=4), nn.Conv2d(8, 4, 1, groups=2))
    record = watch(grouped, torch.randn(1, 4, 9, 9))
    assert [record[str(i)].kind for i in range(3)] == ["depthwise", "standard", "pointwise"]
    record = watch(nn.ConvTranspose2d(4, 4, 2, groups=4), torch.randn(1, 4, 9, 9))
    assert record[""].kind == "depthwise"
    assert watch(nn.Conv2d(1, 4, 3), torch.randn(1, 1, 9, 9))[""].kind == "standard"


def test_peak_fused_is_that_of_the_widest_block(v2):
    _, record = v2
    # features.2: the strided depthwise reads 96 maps of 112 x 112 and writes 96 of 56 x 56
    assert record.total.peak_fused == 4 * 96 * (112 * 112 + 56 * 56)


def test_peak_fused_of_small_networks():
    x = torch.randn(1, 4, 8, 8)
    one = x.numel() * 4
    conv = [nn.Conv2d(4, 4, 1) for _ in range(3)]
    chain = nn.Sequential(conv[0], nn.BatchNorm2d(4), nn.ReLU(), conv[1], nn.Sigmoid(), conv[2])
    assert watch(chain, x).total.peak_fused == 2 * one

    class Skip(nn.Module):
        def __init__(self, late):
            super().__init__()
            self.a, self.b, self.late = conv[0], conv[1], late

        def forward(self, x):
            x = self.a(x)
            y = torch.relu(x)  # cannot work in place where x is needed once more
            y = self.b(y)
            return x + y if self.late else y

    assert watch(Skip(False), x).total.peak_fused == 2 * one
    assert watch(Skip(True), x).total.peak_fused == 3 * one


def allocated_peak(net, x):
    """Bytes at the peak of what the allocator was asked for during a forward pass, on top of what was there."""
    with torch.profiler.profile(profile_memory=True) as profile, torch.inference_mode():
        net(x)
    events = profile.profiler.kineto_results.events()
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    return max(itertools.accumulate(size for _, size in changes))


@pytest.mark.parametrize("name", ["V1", "V2", "V3_LARGE"])
def test_peak_live_is_what_the_allocator_says(name):
    net = mv.MobileNet(TABLES[name], 0.5).eval().to(memory_format=torch.channels_last)
    x = torch.randn(1, 3, 160, 160).contiguous(memory_format=torch.channels_last)
    input_bytes = x.numel() * 4  # there before the pass, and live in it
    for meters in ((Compute(),), (Features(), Compute())):
        live = watch(net, x, *meters).total.peak_live
        assert live == pytest.approx(allocated_peak(net, x) + input_bytes, rel=0.05)


def test_clock_shares_one_pass(monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(passes, "perf_counter", lambda: next(ticks) / 1000)
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 4)))
    record = watch(net, torch.randn(1, 4), Clock(passes=3))
    own = {call.path: call.ms for call in record}
    assert own == pytest.approx({"": 0, "0": 1, "1": 1, "2": 0, "2.0": 1})
    # a tick at the start and end of the pass, of each call and of each operation
    assert record.pass_ms == pytest.approx(2 * 5 + 2 * 3 + 1)
    assert record.unattributed_ms == pytest.approx(record.pass_ms - 3)
    assert record["2.0"].span_ms[0] > record["2"].span_ms[0]
    assert record["2.0"].span_ms[1] < record["2"].span_ms[1]
    assert record.total.macs == 32
    assert record[""].output is None


def test_clock_keeps_the_pass_with_the_median_time(monkeypatch):
    slow = iter([1, 1, 50, 2, 9])  # seconds that each pass takes: the first two are the counted one and the quickest
    clock = itertools.count()

    class Slow(nn.Module):
        def forward(self, x):
            self.took = [next(clock) for _ in range(next(slow))]
            return x + 1

    monkeypatch.setattr(passes, "perf_counter", lambda: float(next(clock)))
    record = watch(Slow(), torch.randn(1), Clock(passes=3))
    assert record.pass_ms == pytest.approx(1e3 * (2 + 5))


def test_a_trace_of_a_real_network(tmp_path):
    record = watch(mv.MobileNet(mv.V3_SMALL, 0.35), torch.randn(1, 3, 64, 64), Clock(1))
    assert record.save(tmp_path / "v3.trace.json").stat().st_size > 10_000
    assert 0 < sum(call.ms for call in record) < record.pass_ms


def test_saved_with_its_maps(tmp_path, v2):
    record = v2[1]
    back = type(record).load(record.save(tmp_path / "v2.npz"))
    assert back.total == record.total
    assert np.array_equal(back["features.5"].output, record["features.5"].output)


class Inputs(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)


CONV, LINEAR = Inputs(nn.Conv2d(3, 4, 3)), Inputs(nn.Linear(5, 4))


@pytest.mark.parametrize(
    ("net", "x", "error", "words"),
    [
        (CONV, torch.zeros(1, 4, 8, 8), ValueError, "layer expects 3 channels (got 4, in shape (1, 4, 8, 8))"),
        (LINEAR, torch.zeros(2, 6), ValueError, "layer expects 5 features (got 6, in (2, 6))"),
        (CONV, torch.zeros(0, 3, 8, 8), ValueError, "at least one item (got shape (0, 3, 8, 8))"),
        (CONV, torch.zeros(1, 3, 8, 8, dtype=torch.uint8), TypeError, "torch.float32 numbers (got torch.uint8)"),
        (CONV, np.zeros((1, 3, 8, 8), np.int64), TypeError, "torch.float32 numbers (got torch.int64)"),
        (nn.LazyLinear(3), torch.zeros(1, 3), ValueError, "weight has no shape yet"),
        (lambda x: x, torch.zeros(1), TypeError, "torch.nn.Module (got function)"),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_what_watch_refuses(net, x, error, words, dry):
    with pytest.raises(error) as caught:
        watch(net, x, dry=dry)
    assert words in str(caught.value)


def test_meters_are_checked():
    with pytest.raises(TypeError, match=r"one of Features\(\), Compute\(\), Clock\(\)"):
        watch(CONV, torch.zeros(1, 3, 8, 8), "compute")
    for meter in (Features(), Clock()):
        with pytest.raises(ValueError, match="a dry run computes nothing"):
            watch(CONV, torch.zeros(1, 3, 8, 8), meter, dry=True)


def test_an_exception_says_where_the_run_was():
    net = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.Unflatten(1, (2, 2))))
    with pytest.raises(RuntimeError) as caught:
        watch(net, torch.zeros(1, 3))
    assert caught.value.__notes__ == ["watch was in 1.0"]


def test_a_network_that_is_not_called_whole():
    net = nn.Sequential(nn.Linear(3, 3))
    net.spare = nn.Linear(3, 7)
    record = watch(Inputs(net[0]), torch.zeros(1, 3))
    assert record.total.params == 12
    holder = Inputs(net[0])
    holder.spare = net.spare
    record = watch(holder, torch.zeros(1, 3))
    assert not record["spare"].called
    assert record.total.params == sum(p.numel() for p in holder.parameters()) == 12 + 28
    assert "not called" in repr(record)


def test_numpy_batches_and_several_arguments():
    assert watch(CONV, np.zeros((1, 3, 8, 8), np.float32)).total.macs == 4 * 36 * 27
    assert watch(nn.Bilinear(3, 4, 2), (torch.zeros(1, 3), torch.zeros(1, 4)))[""].in_shape == (1, 3)


def test_a_record_keeps_no_network_alive():
    net = mv.MobileNet(mv.V3_SMALL, 0.25)
    for meters in ((mv.Compute(),), (mv.Clock(1),)):
        watched = mv.MobileNet(mv.V3_SMALL, 0.25)
        record, gone = mv.watch(watched, torch.randn(1, 3, 32, 32), *meters), weakref.ref(watched.features)
        weight = weakref.ref(watched.features[0][0].weight)
        del watched
        gc.collect()
        assert gone() is weight() is None
        assert len(record) == len([*net.modules()])
