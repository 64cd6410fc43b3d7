"""compare: results made by hand, and real networks on a tiny budget; no time is asserted."""

import subprocess
import sys
import weakref
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

import mobiviz as mv
from mobiviz import lineup, machine
from mobiviz.record import Ceilings, Comparison, Race, Timing
from mobiviz.record.ceilings import Curve, Peak
from mobiviz.record.comparison import ComparisonRow

CEILINGS = Ceilings((Peak("float32", 1, 50.0, 50.0),), (Curve(1, (2**14, 2**20, 2**28), (100.0, 80.0, 10.0)),))
LUCK = np.random.default_rng(0)


def timing(name, ms):
    return Timing.of(name, ms * np.exp(0.002 * LUCK.standard_normal(40)), threads=1, machine={"cpu": "Handmade"})


def comparison(**changes):
    rows = (
        ComparisonRow("A", 1_234_567, 200_000_000, 70.6, "Paper, Table 4", 4.0, 5.0),
        ComparisonRow("B", 2_000_000, 300_000_000, None, None, 6.0, 8.0),
        ComparisonRow("C", 3_000_000, 400_000_000, 75.2, "Another", 8.0, 9.0),
    )
    race = Race.of({"A": timing("A", 10.0), "B": timing("B", 10.0)}, {"C": "no compiler"})
    return replace(Comparison(rows, race, CEILINGS, 224, "eager"), **changes)


def test_speed_and_share_follow_from_the_rows_and_the_race():
    found = comparison()
    assert found.gmacs("A") == pytest.approx(200_000_000 / found.race["A"].median_ms / 1e6)
    assert found.share("B") == pytest.approx(8.0 / found.race["B"].median_ms)
    assert found.gmacs("C") is found.share("C") is None
    assert [row.name for row in found] == ["A", "B", "C"]
    with pytest.raises(KeyError, match="network 'D' is not one of A, B, C"):
        found.share("D")


def test_what_cannot_be_told_apart_is_said_and_what_was_not_published_is_a_dash():
    found = comparison()
    assert found.alike == (("A", "B"),)
    for text in (repr(found), found._repr_html_()):
        for part in ("1,234,567", "200,000,000", "70.6 [1]", "75.2 [2]", "Paper, Table 4", "absent: no compiler"):
            assert part in text
    line = next(line for line in repr(found).splitlines() if line.startswith("B "))
    assert line.split()[3] == "-"
    assert "cannot tell apart here: any of them" in repr(found)
    apart = Race.of({"A": timing("A", 10.0), "B": timing("B", 20.0), "C": timing("C", 20.0)})
    assert "cannot tell apart here: B and C" in repr(comparison(race=apart))
    assert comparison(race=apart).alike == (("B", "C"),)
    table = found.table()
    assert list(table.name) == ["A", "B", "C"]
    assert list(table.macs) == [200_000_000, 300_000_000, 400_000_000]
    assert table.share[0] == pytest.approx(found.share("A"))
    assert np.isnan(table.median_ms[2])


def test_noise_is_told_once_for_all_that_suffered_it():
    loaded = Race.of({name: replace(timing(name, 10.0), foreign_load=0.9) for name in "AB"})
    assert repr(comparison(race=loaded)).count("other programs took 90% of the cores (A, B)") == 1


def test_a_saved_comparison_opens_where_torch_does_not_exist(tmp_path):
    found = comparison()
    path = found.save(tmp_path / "c.json")
    again = Comparison.load(path)
    assert again.rows == found.rows
    assert repr(again) == repr(found)
    code = f"""
import sys
sys.modules["torch"] = None
from mobiviz.record import Comparison
print(repr(Comparison.load({str(path)!r})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n") == repr(found)
    with pytest.raises(ValueError, match="this text is no Comparison"):
        Comparison.from_json(CEILINGS.to_json())


@pytest.mark.parametrize("name", lineup.NETWORKS)
def test_each_quoted_accuracy_stands_in_the_published_tables(name):
    row = lineup.printed(name, 224)
    assert row.model == lineup.NETWORKS[name].model
    assert row.top1 is not None
    assert row.alpha in (1.0, None)
    assert row in mv.published(row.model, resolution=224)
    assert lineup.printed(name, 96) is None, "an accuracy at 224 says nothing about 96"


def test_what_was_not_published_is_absent(monkeypatch):
    monkeypatch.setitem(lineup.NETWORKS, "V2", lineup.NETWORKS["V2"]._replace(source="no such paper"))
    assert lineup.printed("V2", 224) is None


def test_networks_are_counted_and_timed_as_elsewhere(monkeypatch):
    here = replace(machine.facts(0.0), foreign_load=0.0)
    monkeypatch.setattr(machine, "facts", lambda sample_s=0.05: here)
    torch.manual_seed(3)
    state = torch.get_rng_state()
    found = mv.compare(("V3_SMALL", "V2"), resolution=64, budget_s=0.01, ceilings=CEILINGS)
    assert torch.equal(torch.get_rng_state(), state)
    for name, table in (("V3_SMALL", mv.V3_SMALL), ("V2", mv.V2)):
        cost = mv.cost(table, resolution=64)
        assert (found[name].macs, found[name].params) == (cost.macs, cost.params)
        assert found[name].top1 is None
        assert found.race[name].threads == 1
        assert found[name].compute_only_ms <= found[name].layer_by_layer_ms
    assert found.race.ratios["V2", "V3_SMALL"].verdict in ("faster", "slower", "cannot tell")
    assert found.ceilings is CEILINGS
    assert mv.compare("V3_SMALL", 32, "folded", budget_s=0.01, ceilings=CEILINGS).variant == "folded"


def test_a_network_of_which_a_variant_is_a_copy_is_gone_before_the_next_is_built(monkeypatch):
    built = []

    def build(name):
        assert all(earlier() is None for earlier in built), "two of them would be in memory twice"
        net = mv.MobileNet(getattr(mv, name))
        built.append(weakref.ref(net))
        return net

    for name in ("V2", "V3_SMALL"):
        monkeypatch.setitem(lineup.NETWORKS, name, lineup.NETWORKS[name]._replace(build=partial(build, name)))
    found = mv.compare(("V3_SMALL", "V2"), 32, "channels last", budget_s=0.01, ceilings=CEILINGS)
    assert [row.name for row in found] == ["V3_SMALL", "V2"]
    assert len(built) == 2


def test_the_row_under_the_ceilings_is_that_of_the_roofline(monkeypatch):
    found = mv.compare(["V3_SMALL"], 32, budget_s=0.01, ceilings=CEILINGS)["V3_SMALL"]
    record = mv.watch(mv.MobileNet(mv.V3_SMALL), torch.ones(1, 3, 32, 32), mv.Compute())
    under = mv.roofline(record, ceilings=CEILINGS)
    assert found.layer_by_layer_ms == pytest.approx(under.layer_by_layer_ms)
    assert found.compute_only_ms == pytest.approx(under.compute_only_ms)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"networks": ["V4"]}, "network 'V4' is not one of V1, V2"),
        ({"networks": []}, "at least one network"),
        ({"variant": "eagre"}, "did you mean 'eager'"),
        ({"resolution": 16}, r"resolution must be a whole number of at least 32 \(got 16\)"),
        ({"networks": "V2", "threads": 0}, "threads must be"),
    ],
)
def test_bad_arguments_are_told_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        mv.compare(**{"ceilings": CEILINGS} | arguments)
