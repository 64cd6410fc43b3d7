"""timing: fake clocks with every disturbance, what a Timing remembers, and that nothing is left behind."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from fake_clocks import Clock, replay
from torch import nn

import mobiviz as mv
from mobiviz import assets, machine, stats
from mobiviz.record import Race, Timing

HERE = replace(machine.facts(0.0), foreign_load=0.0)


@pytest.fixture(autouse=True)
def unwatched(monkeypatch):
    """The load of this machine, while tests run, is no part of what is tested."""
    monkeypatch.setattr(machine, "facts", lambda: HERE)
    monkeypatch.setattr(machine, "foreign_load", lambda: 0.0)
    monkeypatch.delenv("MOBIVIZ_QUICK", raising=False)


@pytest.mark.parametrize("kind", ["drift", "first call", "spikes", "ramp up"])
def test_disturbances_do_not_change_the_ranking(kind):
    clock, luck = Clock(), np.random.default_rng(0)

    def disturbed(base, slow_start):
        def ms(call, now):
            time = base * (1 + 0.02 * luck.standard_normal())
            if kind == "drift":
                time *= 1 + now / 2
            elif kind == "first call" and slow_start and call == 0:
                time *= 300
            elif kind == "spikes" and luck.random() < 0.03:
                time *= 20
            elif kind == "ramp up" and slow_start:
                time *= 1 + 3 * 0.7**call
            return time

        return ms

    entrants = {"a": clock.entrant(disturbed(5, True)), "b": clock.entrant(disturbed(5.3, False))}
    race = mv.race(entrants, budget_s=1.0, clock=clock, seed=1)
    assert race.ratios["a", "b"].verdict == "faster"
    assert race.ratios["a", "b"].ratio == pytest.approx(5 / 5.3, abs=0.02)
    if kind == "first call":
        assert race["a"].first_ms > 1000
        assert race["a"].samples_ms.max() < 10


def test_it_stops_early_when_sure_and_spends_the_budget_when_not():
    clock = Clock()
    quiet = mv.latency(clock.entrant(lambda n, s: 5 + 0.001 * (n % 7)), clock=clock)
    assert len(quiet.samples_ms) == 24
    assert not quiet.noisy
    luck, clock = np.random.default_rng(0), Clock()
    looks = []
    noisy = mv.latency(
        clock.entrant(lambda n, s: 5 * np.exp(0.3 * luck.standard_normal())),
        budget_s=0.5,
        clock=clock,
        progress=lambda *look: looks.append(look),
    )
    assert 0.5 <= noisy.samples_ms.sum() / 1e3 < 0.55
    assert noisy.noisy
    assert "not 2.0%" in repr(noisy)
    assert [look[0] for look in looks] == [24, 32, 42, 55, 72, 94, 123][: len(looks)]
    assert looks[-1][2] < looks[0][2]


def test_short_calls_are_timed_several_at_once_and_slow_ones_end():
    clock = Clock()
    assert mv.latency(clock.entrant(lambda n, s: 0.01), clock=clock).median_ms == pytest.approx(0.01)
    assert clock.now > 24 * 1e-3
    clock = Clock()
    slow = mv.latency(clock.entrant(lambda n, s: 3000), budget_s=1.0, clock=clock)
    assert len(slow.samples_ms) == 3
    assert clock.now == pytest.approx(15)


def test_slow_entrants_run_as_many_rounds_as_their_verdicts_need():
    clock = Clock()
    entrants = {f"net {at}": clock.entrant(lambda n, s, at=at: 500 * 2**at) for at in range(4)}
    race = mv.race(entrants, budget_s=20, clock=clock)
    assert len(race["net 0"].samples_ms) == stats.rounds(6) > stats.ENOUGH, "though eight rounds had spent the budget"
    assert race.places() == {name: (at, at) for at, name in enumerate(entrants, 1)}


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.ReLU())


def test_a_network_and_torch_are_left_as_they_were():
    net, x = Net(), torch.ones(2, 3, 8, 8)
    net[1].eval()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    modes, state, threads = [m.training for m in net.modules()], torch.get_rng_state(), torch.get_num_threads()
    seen = []

    def spy(x):
        seen.append((torch.get_num_threads(), torch.is_inference_mode_enabled(), net.training, net[2].training))

    mv.race({"net": net, "spy": spy}, x, threads=2, budget_s=0.01)
    assert set(seen) == {(2, True, False, False)}
    assert torch.get_num_threads() == threads
    assert [m.training for m in net.modules()] == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_threads_come_back_after_an_error(error):
    def fail():
        raise error

    threads = torch.get_num_threads()
    with pytest.raises(error):
        mv.latency(fail, threads=threads + 1)
    assert torch.get_num_threads() == threads


def test_hooks_are_refused():
    net, x = Net(), torch.ones(1, 3, 8, 8)
    handle = net[3].register_forward_hook(lambda *_: None)
    with pytest.raises(ValueError, match=r"'Net' has a forward hook on '3', .* remove\(\)"):
        mv.latency(net, x)
    handle.remove()
    handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
    with pytest.raises(ValueError, match="hook on all modules"):
        mv.latency(net, x)
    handle.remove()
    assert mv.latency(net, x, budget_s=0.01).name == "Net"


def test_bad_arguments_are_told_in_words():
    net, x = Net(), torch.ones(1, 3, 8, 8)
    for options, words in (
        ({"threads": 0}, r"threads must be a whole number of at least 1 \(got 0\)"),
        ({"threads": True}, r"got True"),
        ({"budget_s": 0}, r"budget_s must be a number > 0 \(got 0\)"),
        ({"width": float("nan")}, r"width must be a number > 0 \(got nan\)"),
    ):
        with pytest.raises(ValueError, match=words):
            mv.latency(net, x, **options)
    with pytest.raises(ValueError, match="needs an input x"):
        mv.latency(net)
    with pytest.raises(TypeError, match=r"'a' must be something to call \(got int\)"):
        mv.race({"a": 3})
    with pytest.raises(ValueError, match="at least one entrant"):
        mv.race({})


class Other:
    """Something with threads of its own, as an artifact of another runtime has."""

    pool, info = "onnxruntime", {"engine": "Other", "version": "1", "dtype": "float32", "memory_format": "contiguous"}

    def __init__(self):
        self.threads = [1]

    def use_threads(self, threads):
        self.threads.append(threads)
        return self.threads[-2]

    def __call__(self, x):
        return x


def test_two_engines_on_several_threads_are_refused_and_own_threads_come_back():
    other, x = Other(), torch.ones(1, 3, 8, 8)
    with pytest.raises(ValueError, match=r"threads must be 1 for onnxruntime with torch \(got 2\)"):
        mv.race({"net": Net(), "other": other}, x, threads=2)
    found = mv.latency(other, x, threads=2, budget_s=0.01)
    assert other.threads == [1, 2, 1]
    assert (found.engine, found.version, found.threads) == ("Other", "1", 2)


def test_a_timing_says_what_it_must_be_read_with():
    x = torch.ones(1, 3, 8, 8).to(memory_format=torch.channels_last)
    found = mv.latency(Net().to(memory_format=torch.channels_last), x, budget_s=0.01)
    assert (found.engine, found.version, found.device, found.threads) == ("torch eager", torch.__version__, "cpu", 1)
    assert (found.dtype, found.memory_format) == ("float32", "channels last")
    assert found.low_ms <= found.median_ms <= found.high_ms
    assert found.machine["usable_cores"] == HERE.usable_cores
    text = repr(found)
    for part in ("Net: ", " ms [", "95% interval", "1 thread", "torch eager", HERE.cpu):
        assert part in text


def test_quick_mode_cuts_the_budget(monkeypatch):
    luck = np.random.default_rng(0)

    def seconds():
        clock = Clock()
        mv.latency(clock.entrant(lambda n, s: 5 * np.exp(luck.standard_normal())), clock=clock)
        return clock.now

    full = seconds()
    monkeypatch.setenv("MOBIVIZ_QUICK", "1")
    assert seconds() < full / 5


def test_timings_and_races_are_saved_and_loaded():
    race = replay("quiet", (1, 1.05, 2), 0)
    again = Race.from_json(race.to_json())
    assert repr(again) == repr(race)
    assert again.ratios.keys() == race.ratios.keys()
    for pair, ratio in race.ratios.items():
        assert again.ratios[pair].verdict == ratio.verdict
        assert again.ratios[pair].ratio == pytest.approx(ratio.ratio)
    one = Timing.from_json(race["net 0"].to_json())
    assert one.to_json() == race["net 0"].to_json()
    for text, words in (
        ("nonsense", "no Timing"),
        ("[1]", "but a list"),
        ('{"name": "a"}', "its keys are name"),
        ('{"name": "a", "samples_ms": [1, -2]}', "times above 0"),
        ('{"name": "a", "samples_ms": [1], "kernel": "x"}', "its keys are kernel"),
    ):
        with pytest.raises(ValueError, match=words):
            Timing.from_json(text)
    with pytest.raises(ValueError, match="no list of timings"):
        Race.from_json("{}")
    uneven = json.loads(race.to_json())
    uneven["timings"][0]["samples_ms"].pop()
    with pytest.raises(ValueError, match="same rounds"):
        Race.from_json(json.dumps(uneven))


def test_a_race_answers_both_ways_round_and_shows_who_is_absent():
    clock = Clock()
    lanes = {"slow": clock.entrant(lambda n, s: 4), "fast": clock.entrant(lambda n, s: 2)}
    race = mv.race(lanes | {"other": ImportError("install it with: pip")}, clock=clock)
    assert len(race.ratios) == 1
    assert race.ratios["slow", "fast"].verdict == "slower"
    assert race.ratios["fast", "slow"].verdict == "faster"
    assert race.ratios["fast", "slow"].ratio == pytest.approx(0.5)
    assert not race.noisy
    assert [timing.name for timing in race] == ["slow", "fast"]
    assert repr(race).splitlines()[0].startswith("fast")
    assert "other  absent: install it with: pip" in repr(race)
    with pytest.raises(KeyError, match="did you mean 'slow'"):
        race["slo"]
    with pytest.raises(KeyError, match="is not one of"):
        race.ratios["slow", "other"]


def test_a_latency_is_marked_where_other_programs_were_busy(monkeypatch):
    monkeypatch.setattr(machine, "foreign_load", lambda: 0.5)
    clock = Clock()
    found = mv.latency(clock.entrant(lambda n, s: 5), clock=clock)
    assert found.noise == ("other programs took 50% of the cores",)
    assert found.foreign_load == 0.5 > stats.MAX_LOAD


SHARED = "this is a shared server (JupyterHub), where others may work on the same cores"


def test_a_timing_says_that_the_server_is_shared():
    samples = np.full(40, 5.0)
    there = {"on_hub": True, "core_limit": 1.0, "usable_cores": 4}
    timing = Timing.of("V2", samples, machine=there)
    granted = "this program is granted 1 of the cores, and has to wait past that"
    assert timing.noise == (SHARED, granted)
    assert f"noisy: {SHARED}" in repr(timing)
    assert Timing.from_json(timing.to_json()).shared == timing.shared
    assert Timing.of("V2", samples, machine=there | {"core_limit": 1.5}).noise == (SHARED,), "one thread fits in 1.5"
    assert granted.replace("1 of", "1.5 of") in Timing.of("V2", samples, threads=2, machine={"core_limit": 1.5}).noise
    assert Timing.of("V2", samples, machine={"on_hub": False, "core_limit": None}).noise == ()


def test_noise_is_said_once_in_lines_that_a_notebook_does_not_break():
    names = ("VGG-16", "ResNet-50", "V1", "V1 full", "V1 0.5", "V2", "V3-Large", "V3-Small")
    samples = {name: np.full(40, 5.0) for name in names}
    shared = Race.of({name: Timing.of(name, each, machine={"on_hub": True}) for name, each in samples.items()})
    assert shared.noise == {SHARED: list(names)}
    lines = shared.noise_words().split("\n")
    assert len(lines) == 2
    assert max(map(len, lines)) <= 100
    assert " ".join(map(str.strip, lines)) == f"noisy: {', '.join(names)}: {SHARED}"
    for width in range(5, 90):  # wherever a line ends, it is between two words and not inside of a name
        name = "x" * width
        pair = {each: Timing.of(each, np.full(40, 5.0), machine={"on_hub": True}) for each in (name, "V1 0.5")}
        assert "V1 0.5" in Race.of(pair).noise_words()
    assert Race.of({"V2": Timing.of("V2", np.full(40, 5.0))}).noise_words() == ""


def test_notebook_09_says_so_by_itself(monkeypatch, capsys):
    """Its own cell, on a race of two functions that a hub's server ran."""
    monkeypatch.setattr(machine, "facts", lambda: replace(HERE, on_hub=True))
    source = assets.notebooks("source", "09_milliseconds_on_your_laptop.py").read_text(encoding="utf-8")
    (cell,) = [cell for cell in source.split("# %%") if "race.noise_words()" in cell]
    race = mv.race({"V2": lambda: sum(range(2000)), "V1": lambda: sum(range(9000))}, budget_s=0.1)
    names = {"race": race, "macs": {"V2": 3e8, "V1": 6e8}, "ranking": None, "mv": mv, "display": print}
    code = cell.partition("\n")[2].partition("order = []")[0]
    exec(compile(code, "notebook 09", "exec"), names)
    said = [line for line in capsys.readouterr().out.splitlines() if line.endswith(SHARED)]
    assert said == [f"noisy: V2, V1: {SHARED}"]
