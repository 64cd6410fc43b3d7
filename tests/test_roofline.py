"""roofline: ceilings and Records made by hand, fake clocks, and shapes against convolutions that really run."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from fake_clocks import Clock
from torch import nn

import mobiviz as mv
from mobiviz import bounds, machine, plot
from mobiviz.bounds import Kernel, best
from mobiviz.plot import palette, roofs
from mobiviz.record import Call, Ceilings, Record, Roofline, Timing, atleast
from mobiviz.record.ceilings import Curve, Peak

KB = 1000
CURVE = Curve(1, (10 * KB, 100 * KB, 1000 * KB), (100.0, 50.0, 10.0))
CEILINGS = Ceilings(
    (Peak("float32", 1, 50.0, 40.0), Peak("int8", 1, 200.0, 40.0), Peak("float32", 2, 90.0, 90.0)),
    (CURVE, Curve(2, CURVE.sizes, (200.0, 100.0, 15.0))),
    {"cpu": "Handmade"},
)
RECORD = Record(
    "Tiny",
    (1, 8, 4, 4),
    (
        Call("", "Tiny", "other"),
        Call("conv", "Conv2d", "standard", in_shape=(1, 8, 4, 4), out_shape=(1, 16, 4, 4), macs=18432, params=1152,
             out_bytes=1024, read_bytes=5120, write_bytes=1024, ms=0.002),
        Call("bn", "BatchNorm2d", "map", in_shape=(1, 16, 4, 4), out_shape=(1, 16, 4, 4), norm=256, params=32,
             read_bytes=1280, write_bytes=1024, ms=0.001),
        Call("fc", "Linear", "linear", in_shape=(1, 16), out_shape=(1, 1000), macs=16000, params=16000,
             out_bytes=4000, read_bytes=64064, write_bytes=4000, ms=0.004),
    ),
    pass_ms=0.01,
    threads=1,
)  # fmt: skip
TIMING = Timing.of("Tiny", np.full(9, 0.02), threads=1, engine="torch eager", width=0.5)


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch):
    """Nothing measured before reaches a test, nor a test what comes after."""
    monkeypatch.setattr(bounds, "_peaks", {})
    monkeypatch.setattr(bounds, "_curves", {})


def test_each_part_of_a_working_set_moves_at_the_speed_of_the_cache_that_can_hold_it():
    first, second = 10 * KB / 100e9, 90 * KB / 50e9
    assert CURVE.seconds(0) == 0
    assert CURVE.seconds(5 * KB) == pytest.approx(first / 2)
    assert CURVE.seconds(10 * KB) == pytest.approx(first)
    assert CURVE.seconds(100 * KB) == pytest.approx(first + second)
    assert CURVE.seconds(5000 * KB) == pytest.approx(first + second + 4900 * KB / 10e9)
    assert CURVE.at(100 * KB) == pytest.approx(100 * KB / (first + second) / 1e9)
    assert CURVE.at(0) == 100


def test_less_data_is_never_slower_to_move_than_more():
    jagged = Curve(1, (10, 20, 40, 80), (5.0, 20.0, 10.0, 12.0))
    sizes = np.linspace(1, 200, 400)
    seconds, speeds = [jagged.seconds(s) for s in sizes], [jagged.at(s) for s in sizes]
    assert (np.diff(seconds) > 0).all()
    assert (np.diff(speeds) < 1e-12).all()
    for size, measured in zip(jagged.sizes, jagged.gb_s, strict=True):
        assert jagged.at(size) >= measured, "a bound below what was measured is none"


@pytest.mark.parametrize(("sizes", "speeds"), [((), ()), ((2, 1), (1.0, 1.0)), ((1,), (1.0, 2.0)), ((1,), (0.0,))])
def test_a_curve_that_is_none_is_refused(sizes, speeds):
    with pytest.raises(ValueError, match=r"rising sizes|must be > 0"):
        Curve(1, sizes, speeds)


def test_a_library_that_multiplies_less_than_asked_raises_the_ceiling_of_spatial_kernels_alone():
    winograd = Ceilings((Peak("float32", 1, 50.0, 120.0),), (CURVE,))
    assert {kind: winograd.gmacs(kind=kind) for kind in ("standard", "depthwise", "pointwise", "linear", "se")} == {
        "standard": 120.0, "depthwise": 120.0, "pointwise": 50.0, "linear": 50.0, "se": 50.0,
    }  # fmt: skip
    assert CEILINGS.gmacs(kind="standard") == 50.0, "direct convolutions are bounded by the products they are made of"
    better = Ceilings((Peak("float32", 1, 50.0, 55.0),), (CURVE,))
    assert {better.gmacs(kind=kind) for kind in ("standard", "pointwise")} == {55.0}, (
        "a better kernel, not fewer of them"
    )
    assert "convolve" in repr(winograd)
    assert "convolve" not in repr(better)
    assert winograd.table().at_most[:2].tolist() == [50.0, 120.0]


def conv_call(conv, size):
    return next(iter(mv.watch(conv, torch.ones(1, conv.in_channels, *size), mv.Compute(), dry=True)))


def real_multiplies(conv, size):
    """Taps that fall on the map, counted by a convolution of ones."""
    with torch.no_grad():
        conv = nn.Conv2d(
            conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, groups=conv.groups
        )
        conv.weight.fill_(1)
        conv.bias.fill_(0)
        return int(conv(torch.ones(1, conv.in_channels, *size)).sum())


@pytest.mark.parametrize("k", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(7, 7), (8, 15), (14, 14), (33, 9)])
def test_multiplies_are_those_that_do_not_meet_padding(k, stride, size):
    for conv in (
        nn.Conv2d(6, 10, k, stride, k // 2, bias=False),
        nn.Conv2d(6, 6, k, stride, k // 2, groups=6, bias=False),
        nn.Conv2d(6, 12, k, stride, k // 2, groups=6, bias=False),
    ):
        assert atleast.multiplies(conv_call(conv, size)) == real_multiplies(conv, size), conv


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("padding", [0, 1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_whatever_the_padding_and_groups_multiplies_are_never_more_than_the_real_ones(groups, padding, stride):
    for k in (1, 2, 3, 4, 5):
        for size in ((5, 5), (11, 6)):
            conv = nn.Conv2d(8, 12, k, stride, padding, groups=groups, bias=False)
            call = conv_call(conv, size)
            assert 0 < atleast.multiplies(call) <= call.macs
            if 2 * padding < k:  # else whole positions lie on padding, and a kernel may know their result
                assert atleast.multiplies(call) <= real_multiplies(conv, size), (conv, size)


def test_a_call_that_is_no_convolution_keeps_its_macs():
    fc = conv_call_of(nn.Linear(5, 7), torch.ones(2, 5))
    assert atleast.multiplies(fc) == fc.macs == 70
    up = conv_call_of(nn.ConvTranspose2d(3, 4, 2, 2), torch.ones(1, 3, 5, 5))
    assert atleast.multiplies(up) == up.macs
    assert atleast.multiplies(replace(fc, macs=None)) is None


def conv_call_of(module, x):
    return next(iter(mv.watch(module, x, mv.Compute())))


def test_a_strided_pointwise_need_not_read_what_it_steps_over():
    call = conv_call_of(nn.Conv2d(4, 8, 1, 2, bias=False), torch.ones(1, 4, 8, 8))
    assert call.read_bytes == 4 * (4 * 64 + 32)
    assert atleast.must_move(call) == 4 * (4 * 16 + 32 + 8 * 16)
    call = conv_call_of(nn.Conv2d(4, 8, 3, 2, 1, bias=False), torch.ones(1, 4, 8, 8))
    assert atleast.must_move(call) == call.read_bytes + call.write_bytes


def test_what_works_in_place_moves_each_byte_once():
    act = conv_call_of(nn.ReLU(inplace=True), torch.ones(1, 4, 8, 8))
    assert (act.read_bytes, act.write_bytes) == (1024, 1024)
    assert atleast.must_move(act) == 1024


class Functional(nn.Module):
    """A convolution, a norm and an activation in one forward: nothing says what must pass between them."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8, 3, 3, 3))

    def forward(self, x):
        y = nn.functional.conv2d(x, self.weight, padding=1)
        return nn.functional.batch_norm(y, torch.zeros(8), torch.ones(8)).relu()


def test_other_work_beside_a_product_could_be_fused_and_counts_nothing():
    call = conv_call_of(Functional(), torch.ones(1, 3, 8, 8))
    assert call.norm
    assert atleast.must_move(call) == call.out_bytes == 4 * 8 * 64
    assert atleast.multiplies(call) == 3 * 8 * (8 * 3 - 2) ** 2


def test_layers_are_placed_by_hand_made_numbers():
    found = Roofline.of(RECORD, CEILINGS, TIMING)
    conv, fc = found
    assert [point.path for point in found.rest] == ["bn"]
    assert (conv.macs, conv.bytes, conv.multiplies) == (18432, 6144, 8 * 16 * (4 * 3 - 2) ** 2)
    assert conv.intensity == 3.0
    assert conv.compute_ms == pytest.approx(12800 / 50e6)
    assert conv.memory_ms == pytest.approx(6144 / 100e6)
    assert (conv.limit, conv.bound_ms) == ("compute", conv.compute_ms)
    assert conv.gmacs == pytest.approx(18432 / 0.002 / 1e6)
    assert conv.roof == pytest.approx(50 * 18432 / 12800), "padding's zeros cost nothing, so the roof is higher"
    assert conv.share == pytest.approx(0.2)
    assert conv.of_bound == pytest.approx(conv.bound_ms / 0.002)
    assert fc.limit == "memory"
    assert fc.bound_ms == pytest.approx(1e3 * CURVE.seconds(68064))
    assert found.compute_only_ms == pytest.approx(12800 / 50e6 + 16000 / 50e6)
    assert found.layer_by_layer_ms == pytest.approx(conv.bound_ms + fc.bound_ms)
    assert found.estimates == {"compute only": found.compute_only_ms, "layer by layer": found.layer_by_layer_ms}
    assert found.share == pytest.approx(found.layer_by_layer_ms / 0.02)
    assert found["fc"] is fc
    assert found["bn"].must_bytes == 1280
    with pytest.raises(KeyError, match="did you mean 'conv'"):
        _ = found["convv"]


def test_eight_bits_are_a_quarter_of_the_bytes_under_a_peak_of_their_own():
    found = Roofline.of(RECORD, CEILINGS, dtype="int8")
    assert found["conv"].must_bytes == 6144 // 4
    assert found["fc"].compute_ms == pytest.approx(16000 / 200e6)
    assert found["bn"].must_bytes == 320
    half = Record("Half", (1, 4), (replace(RECORD["fc"], out_bytes=2000, read_bytes=32032, write_bytes=2000),))
    assert Roofline.of(half, CEILINGS, dtype="int8")["fc"].must_bytes == 34032 // 2


def test_an_operation_without_a_price_bounds_by_its_bytes_and_says_at_least():
    unknown = replace(RECORD.calls[0], macs=None, read_bytes=100, unpriced=("fft",))
    found = Roofline.of(replace(RECORD, calls=(unknown, *RECORD.calls[1:])), CEILINGS)
    assert not found.exact
    assert found["Tiny"].compute_ms == 0
    assert found["Tiny"].bound_ms > 0
    assert "at least" in repr(found)
    assert "?" in repr(found)


def test_threads_are_those_of_the_clock_and_must_be_those_of_the_timing():
    assert Roofline.of(RECORD, CEILINGS).threads == 1
    two = replace(RECORD, threads=2)
    assert Roofline.of(two, CEILINGS)["conv"].compute_ms == pytest.approx(12800 / 90e6)
    with pytest.raises(ValueError, match=r"as many threads \(got 2 and 1\); call torch.set_num_threads\(1\)"):
        Roofline.of(two, CEILINGS, TIMING)
    unclocked = replace(RECORD, pass_ms=None, threads=None, calls=tuple(replace(c, ms=None) for c in RECORD))
    assert Roofline.of(unclocked, CEILINGS, replace(TIMING, threads=2)).threads == 2
    assert Roofline.of(unclocked, CEILINGS)["fc"].of_bound is None
    with pytest.raises(ValueError, match="ceiling 'float32 at 3 threads' is not one of float32 at 1 thread"):
        Roofline.of(replace(RECORD, threads=3), CEILINGS)
    with pytest.raises(ValueError, match="dtype 'int4' is not one of"):
        Roofline.of(RECORD, CEILINGS, dtype="int4")
    with pytest.raises(ValueError, match="layers that multiply"):
        Roofline.of(replace(RECORD, calls=RECORD.calls[:1]), CEILINGS)


def test_watch_says_on_how_many_threads_its_clock_ran(tmp_path):
    record = mv.watch(nn.Linear(3, 3), torch.ones(1, 3), mv.Compute(), mv.Clock(1))
    assert record.threads == torch.get_num_threads()
    assert Record.load(record.save(tmp_path / "x.npz")).threads == record.threads
    assert mv.watch(nn.Linear(3, 3), torch.ones(1, 3), mv.Compute()).threads is None


def test_words_and_tables_state_the_same_numbers():
    found = Roofline.of(RECORD, CEILINGS, TIMING)
    table = found.table()
    assert list(table.path) == ["conv", "fc", "bn"]
    assert list(table.macs) == [18432, 16000, 0]
    assert table.bound_ms[:2].sum() == pytest.approx(found.layer_by_layer_ms)
    for text in (repr(found), found._repr_html_()):
        for part in ("18,432", "16,000", "34,432", "compute only", "layer by layer", "estimates, no latencies"):
            assert part in text
        assert f"{100 * found.share:.1f}% of the possible" in text
        assert "memory" in text
    assert "GMAC/s" not in repr(Roofline.of(replace(RECORD, pass_ms=None, threads=None), CEILINGS)).splitlines()[1]
    ceilings = CEILINGS.table()
    assert set(ceilings.unit) == {"GMAC/s", "GB/s"}
    assert ceilings[ceilings.unit == "GMAC/s"].at_most.max() == 200
    for text in (repr(CEILINGS), CEILINGS._repr_html_()):
        assert "Handmade" in text
        assert "50.0 GMAC/s" in text


def test_results_are_saved_and_open_where_torch_does_not_exist(tmp_path):
    found = Roofline.of(RECORD, CEILINGS, TIMING)
    again = Roofline.load(found.save(tmp_path / "r.json"))
    assert (again.layers, again.rest, again.ceilings) == (found.layers, found.rest, found.ceilings)
    assert again.to_json() == found.to_json()
    assert repr(again) == repr(found)
    assert Ceilings.load(CEILINGS.save(tmp_path / "c.json")) == CEILINGS
    code = f"""
import sys
sys.modules["torch"] = None
from mobiviz import plot
from mobiviz.record import Roofline
found = Roofline.load({str(tmp_path / "r.json")!r})
print(len(repr(found)), len(plot.roofline(found).data))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(repr(found))), str(len(plot.roofline(found).data))]


def test_files_that_hold_something_else_are_refused(tmp_path):
    found = Roofline.of(RECORD, CEILINGS)
    with pytest.raises(ValueError, match=r"saved as .json \(got 'x.npz'\)"):
        found.save(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError, match="no saved Roofline"):
        Roofline.load(tmp_path / "none.json")
    spoiled = json.loads(found.to_json())
    del spoiled["layers"]
    for text in ("", "[]", CEILINGS.to_json(), json.dumps(spoiled)):
        with pytest.raises(ValueError, match="this text is no Roofline saved by mobiviz"):
            Roofline.from_json(text)


def test_a_ceiling_is_the_best_of_many_tries_and_disturbances_do_not_lower_it():
    clock = Clock()
    disturbed = clock.entrant(lambda n, s: 2.0 if n % 5 == 3 else 9.0)
    found = best([Kernel("a", disturbed, 2e6), Kernel("a", clock.entrant(lambda n, s: 4.0), 2e6)], 0.2, clock)
    assert found == {"a": pytest.approx(1e9)}
    assert 0.2 <= clock.now < 0.25
    clock = Clock()
    calls = []
    best([Kernel("slow", lambda: calls.append(clock.entrant(lambda n, s: 5000)()), 1.0)], 0.1, clock)
    assert len(calls) == 1 + bounds.ROUNDS, "a first call, and at least three tries"


@pytest.fixture
def measured(monkeypatch):
    """What was asked of `best`, with made-up rates."""
    asked = []

    def fake(kernels, budget_s, clock):
        asked.append((budget_s, [kernel.what for kernel in kernels]))
        for kernel in kernels:
            kernel.run()
        return {kernel.what: 1e9 * (i + 1) for i, kernel in enumerate(kernels)}

    monkeypatch.setattr(bounds, "best", fake)
    monkeypatch.setattr(bounds, "LARGEST", 2**23)
    monkeypatch.setattr(machine, "facts", lambda sample_s=0.05: replace(HERE, available_bytes=2**26))
    monkeypatch.delenv("MOBIVIZ_QUICK", raising=False)
    return asked


HERE = machine.facts(0.0)


def test_ceilings_are_measured_once_for_each_dtype_and_number_of_threads(measured):
    threads = torch.get_num_threads()
    first = mv.ceilings(budget_s=3.0)
    assert [budget for budget, _ in measured] == [1.5, 1.5]
    assert mv.ceilings().peaks == first.peaks
    assert len(measured) == 2
    mv.ceilings(dtypes=("float32", "int8", "bfloat16"))
    assert len(measured) == 4
    both = mv.ceilings(threads=2)
    assert len(measured) == 6
    assert {(peak.dtype, peak.threads) for peak in both.peaks} == {
        ("float32", 1), ("int8", 1), ("bfloat16", 1), ("float32", 2),
    }  # fmt: skip
    assert both.curve(2).sizes[0] == bounds.SMALLEST
    assert torch.get_num_threads() == threads
    assert both.machine["cpu"] == HERE.cpu
    for options, words in (({"threads": 0}, "threads must be"), ({"dtypes": ("float23",)}, "did you mean 'float32'")):
        with pytest.raises(ValueError, match=words):
            mv.ceilings(**options)


def test_several_threads_are_never_slower_than_one(monkeypatch):
    rates = iter((5e9, 9e9, 4e9, 10e9))  # on one thread products and bytes, then on two
    monkeypatch.setattr(bounds, "best", lambda kernels, *_: dict.fromkeys([k.what for k in kernels], next(rates)))
    monkeypatch.setattr(bounds, "LARGEST", 2**23)
    found = mv.ceilings(threads=2)
    assert found.gmacs(threads=2) == found.gmacs() == 5
    assert (found.bandwidth(2**20), found.bandwidth(2**20, 2)) == (pytest.approx(9), pytest.approx(10))


def test_roofline_measures_what_it_needs_and_takes_what_it_is_given(measured):
    assert mv.roofline(RECORD, ceilings=CEILINGS).ceilings is CEILINGS
    assert not measured
    assert mv.roofline(RECORD, TIMING).threads == 1
    assert len(measured) == 2
    mv.roofline(RECORD, dtype="int8")
    assert len(measured) == 3
    with pytest.raises(TypeError, match=r"needs the Record of mv.watch \(got str\)"):
        mv.roofline("V2")


def test_eight_bits_without_a_kernel_are_as_fast_as_floats(measured, monkeypatch):
    monkeypatch.setattr(torch, "_int_mm", lambda a, b: torch.ones(1).view(7))  # a RuntimeError, as without a kernel
    found = mv.ceilings(dtypes=("int8",))
    assert found.gmacs("int8") == found.gmacs("float32")


def test_the_kernels_run_and_do_what_they_say(monkeypatch):
    monkeypatch.setattr(bounds, "LARGEST", 2**23)
    for kernel in (*bounds._sweeps(2), *bounds._sweeps(1), *bounds._products("float32")):
        out = kernel.run()
        if isinstance(kernel.what, int) and out.dim() == 2:  # a sum of ones: it says what was read
            assert 4 * float(out.sum()) == kernel.work
    monkeypatch.setenv("MOBIVIZ_QUICK", "1")
    found = mv.ceilings(budget_s=0.01)
    assert found.gmacs() > 0
    assert found.bandwidth(2**20) > 0


def test_the_better_of_two_measurements_counts():
    worse = Ceilings((Peak("float32", 1, 60.0, 10.0),), (Curve(1, CURVE.sizes, (90.0, 70.0, 5.0)),))
    best_of = CEILINGS.merged(worse)
    assert best_of.peak() == Peak("float32", 1, 60.0, 40.0)
    assert best_of.curve().gb_s == (100.0, 70.0, 10.0)
    assert best_of.curve(2) == CEILINGS.curve(2)


def named(**changes):
    return Roofline.of(replace(RECORD, **changes), CEILINGS, TIMING)


@pytest.mark.parametrize("theme", palette.THEMES)
def test_the_picture_shows_each_layer_at_its_place_with_exact_numbers(theme):
    found = named()
    figure = plot.roofline({"V2": found, "V3-Small": found}, theme=theme)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert {(trace.name, trace.marker.symbol) for trace in marks} == {
        ("standard", "square-x"), ("standard", "diamond-x"), ("linear", "square"), ("linear", "diamond"),
    }  # fmt: skip
    conv = next(trace for trace in marks if trace.name == "standard")
    assert (conv.x[0], conv.y[0]) == (3.0, pytest.approx(found["conv"].gmacs))
    assert conv.marker.color == palette.idea("standard").fill
    assert conv.marker.line.color == palette.ink("standard", theme)
    assert conv.marker.line.width == palette.FILL_EDGE_PX
    for part in ("V2: conv", "18,432 MACs, 5,632 of them padding's zeros", "5,120 bytes read, 1,024 written"):
        assert part in conv.text[0]
    stems = figure.data[0]
    assert stems.y[1] == pytest.approx(found["conv"].roof)
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert "byte" in figure.layout.xaxis.title.text
    assert "GMAC/s" in figure.layout.yaxis.title.text
    words = " ".join(note.text for note in figure.layout.annotations)
    for part in ("50.0 GMAC/s", "100 GB/s", "standard", "linear"):
        assert part in words
    assert figure.layout.title.text.replace("<br>", " ") == roofs._finding(
        [roofs._spot("V2", point) for point in found] * 2
    )
    assert "Linear layers reach 31.5% of their bound, standard 12.8% (medians)" in figure.layout.meta["alt"]
    assert figure.layout.template.layout.paper_bgcolor == palette.THEMES[theme].paper


def test_every_mark_and_bound_lies_inside_the_axes():
    figure = plot.roofline(named())
    for axis, values in ((figure.layout.xaxis, "x"), (figure.layout.yaxis, "y")):
        low, high = axis.range
        found = [value for trace in figure.data for value in trace[values] if value]
        assert low <= np.log10(min(found))
        assert np.log10(max(found)) <= high


def test_without_a_clock_layers_stand_on_their_bounds():
    record = replace(RECORD, pass_ms=None, threads=None, calls=tuple(replace(c, ms=None) for c in RECORD))
    figure = plot.roofline(Roofline.of(record, CEILINGS))
    assert figure.layout.title.text.startswith("1 of 2 layers are bound by memory")
    assert figure.data[1].y[0] == pytest.approx(50 * 18432 / 12800)


def test_the_picture_refuses_what_it_cannot_draw():
    with pytest.raises(TypeError, match=r"draws the result of mv.roofline, or several by name \(got Record\)"):
        plot.roofline(RECORD)
    with pytest.raises(ValueError, match="at least one result"):
        plot.roofline({})
    with pytest.raises(ValueError, match="one dtype and one number of threads"):
        plot.roofline({"a": named(), "b": Roofline.of(replace(RECORD, threads=2), CEILINGS)})
    assert plot.roofline(named(), title="Mine", alt="Hers").layout.meta == {"alt": "Hers"}
