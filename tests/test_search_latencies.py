"""The latency table on a clock that only the blocks move, its trial, and the modelled phone."""

import json
import random

import numpy as np
import pytest
import torch

import mobiviz as mv
from mobiviz import assets, published, search
from mobiviz.search import latencies, pixel, trial
from mobiviz.tables import V2

ARCH = search.Arch(k1=3, k2=5, k3=3, t=4, se=1, nl="HS", alpha=0.5, size=40)


@pytest.fixture(autouse=True)
def whole_budget(monkeypatch):
    monkeypatch.delenv("MOBIVIZ_QUICK", raising=False)


class Machine:
    """A clock, and modules that move it: each call takes the ms of its key, longer and longer, at times far longer."""

    def __init__(self, ms, spike=50.0):
        self.now, self.ms, self.spike, self.calls, self.order = 0.0, ms, spike, 0, []

    def clock(self):
        return self.now

    def module(self, key):
        def run(_):
            self.calls += 1
            self.order.append(key)
            self.now += self.ms(key) / 1e3 * (1 + self.now / 100) * (self.spike if self.calls % 97 == 0 else 1)

        return run


def test_networks_share_blocks_and_the_entries_are_all_of_them():
    every = search.entries()
    assert len(every) == len(set(every))
    assert {key for arch in search.space() for key in latencies.blocks(arch)} == set(every)
    assert len(latencies.blocks(ARCH)) == 8, "a stem, six blocks, the last 1x1"
    assert search.entries([ARCH]) == sorted(set(latencies.blocks(ARCH)), key=str)


def test_a_block_of_the_table_is_the_block_of_the_network():
    net, x = search.build(ARCH)
    for key, part in zip(latencies.blocks(ARCH), net.features, strict=True):
        module, own = latencies._runnable(key)
        assert own.shape == x.shape
        assert [p.shape for p in module.parameters()] == [p.shape for p in part.parameters()]
        x = part(x)
        assert module(own).shape == x.shape


def test_drift_and_spikes_do_not_move_the_table(monkeypatch):
    keys = search.entries([ARCH])
    truth = {key: 0.1 * (1 + at) for at, key in enumerate(keys)}
    machine = Machine(truth.get)
    monkeypatch.setattr(latencies, "_runnable", lambda key: (machine.module(key), None))
    table = search.measure(keys, seconds=2.0, clock=machine.clock)
    assert 2.0 <= machine.now < 2.2
    for key in keys:
        assert table[key] / table[keys[0]] == pytest.approx(truth[key] / truth[keys[0]], rel=0.01)
    rounds = [
        tuple(machine.order[at : at + 2 * len(keys) : 2]) for at in range(len(keys), 20 * len(keys), 2 * len(keys))
    ]
    assert all(sorted(each, key=str) == keys for each in rounds), "every block once a round"
    assert len(set(rounds)) > 1, "in another order each time"


def test_a_slow_machine_still_runs_each_block_five_times_and_quick_is_a_tenth(monkeypatch):
    keys = search.entries([ARCH])
    machine = Machine(lambda key: 3000.0, spike=1)
    monkeypatch.setattr(latencies, "_runnable", lambda key: (machine.module(key), None))
    search.measure(keys, seconds=1.0, clock=machine.clock)
    assert machine.calls == len(keys) * (1 + 2 * 5)
    monkeypatch.setenv("MOBIVIZ_QUICK", "1")
    machine = Machine(lambda key: 1.0, spike=1)
    search.measure(keys, seconds=10.0, clock=machine.clock)
    assert 1.0 <= machine.now < 1.2


def test_measuring_leaves_the_threads_as_they_were():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        table = search.measure(search.entries([ARCH]), seconds=0.05)
        took = search.whole([ARCH], seconds=0.05)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert all(0 < ms < 1000 for ms in (*table.values(), *took.values()))


def test_a_network_takes_the_sum_of_its_blocks_and_an_unknown_one_is_named():
    table = {key: 2.0**at for at, key in enumerate(search.entries([ARCH]))}
    assert search.predict_ms(ARCH, table) == sum(table[key] for key in latencies.blocks(ARCH))
    lost = latencies.blocks(ARCH)[3]
    with pytest.raises(KeyError, match="has no block"):
        search.predict_ms(ARCH, {key: ms for key, ms in table.items() if key != lost})


def test_a_table_survives_its_file():
    table = {key: round(0.1 + at / 1000, 5) for at, key in enumerate(search.entries())}
    assert latencies.from_rows(json.loads(json.dumps(latencies.to_rows(table)))) == table


def test_the_recorded_table_ranks_whole_networks_at_point_eight_or_better_and_better_than_macs():
    table, took, where = search.recorded()
    assert set(table) == set(search.entries())
    assert len(took) == 20
    assert where
    rho, low, high = search.spearman_of({arch: search.predict_ms(arch, table) for arch in took}, took)
    by_macs, _, _ = search.spearman_of({arch: arch.cost().macs for arch in took}, took)
    assert rho >= 0.8
    assert rho > by_macs
    assert low < rho < high <= 1
    assert json.loads(assets.data("search", "latency.json").read_text(encoding="utf-8"))["load"] < 0.2, "quiet"


def test_the_trial_compares_network_by_network():
    archs = random.Random(2).sample(search.space(), 20)
    took = {arch: float(at) for at, arch in enumerate(archs)}
    back = dict(reversed(took.items()))
    assert search.spearman_of({arch: ms**3 for arch, ms in back.items()}, took) == (1.0, 1.0, 1.0)
    assert search.spearman_of({arch: -ms for arch, ms in took.items()}, took)[0] == pytest.approx(-1)


def test_whole_networks_run_in_turn(monkeypatch):
    archs = search.space()[:4]
    truth = {arch: 1.0 + at for at, arch in enumerate(archs)}
    machine = Machine(truth.get)
    monkeypatch.setattr(trial, "build", lambda arch: (machine.module(arch), None))
    took = search.whole(archs, seconds=3.0, clock=machine.clock)
    for arch in archs:
        assert took[arch] / took[archs[0]] == pytest.approx(truth[arch], rel=0.01)


def test_the_modelled_phone_fits_what_was_published_and_says_how_well():
    (per_macs, per_bytes), error = pixel.fit()
    assert per_macs > 0
    assert per_bytes > 0
    rows = [row for row in published(model="mobilenet_v2", source="slim") if row.pixel1_ms]
    apart = [abs(pixel.ms(mv.cost(V2, row.alpha, row.resolution)) / row.pixel1_ms - 1) for row in rows]
    assert np.median(apart) == pytest.approx(error)
    assert error < 0.1
    assert max(apart) < 0.3
    assert len(rows) == 22
    smallest = min(mv.cost(V2, row.alpha, row.resolution).macs for row in rows)
    assert max(arch.cost().macs for arch in search.space()) < smallest, "an extrapolation, as its docstring says"


def test_the_modelled_phone_is_not_far_off_on_networks_that_it_was_not_fitted_to():
    told = pixel.held_out()
    assert {"MobileNetV3-Large 1", "MobileNetV3-Small 1"} <= set(told)
    for published_ms, modelled_ms in told.values():
        assert 0.85 < modelled_ms / published_ms < 1.15
    assert told["MobileNetV3-Small 1"][0] == 15.8
