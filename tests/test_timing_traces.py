"""race on recorded traces of real machines: copies are not ranked, a planted slow-down is found where it can be."""

from dataclasses import replace

import numpy as np
import pytest
from fake_clocks import NAMES, TRACES, replay, trace

from mobiviz import machine

HERE = replace(machine.facts(0.0), foreign_load=0.0)


@pytest.fixture(autouse=True)
def unwatched(monkeypatch):
    """The load of this machine, while tests run, is no part of what is tested."""
    monkeypatch.setattr(machine, "facts", lambda: HERE)
    monkeypatch.setattr(machine, "foreign_load", lambda: 0.0)
    monkeypatch.delenv("MOBIVIZ_QUICK", raising=False)


@pytest.mark.parametrize("name", NAMES)
def test_copies_are_not_told_apart(name):
    verdicts = [replay(name, (1, 1), seed).ratios["net 0", "net 1"].verdict for seed in range(40)]
    assert sum(verdict != "cannot tell" for verdict in verdicts) <= 2


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_slowdown_is_called_rightly_or_too_noisy(name):
    races = [replay(name, (1, 1.05), seed) for seed in range(40)]
    verdicts = [race.ratios["net 0", "net 1"].verdict for race in races]
    assert "slower" not in verdicts
    assert all(race.noisy for race, verdict in zip(races, verdicts, strict=True) if verdict == "cannot tell")
    if name in ("quiet", "two-speed"):  # neighbouring calls differ by less than 5%
        assert verdicts.count("faster") >= 38
        assert sum(race.noisy for race in races) <= 4


@pytest.mark.parametrize("name", ["quiet", "drifting"])
def test_eight_copies_are_not_ranked(name):
    races = [replay(name, [1] * 8, seed, budget_s=0.8) for seed in range(10)]
    assert sum(any(r.verdict != "cannot tell" for r in race.ratios.values()) for race in races) <= 1


def test_the_traces_are_what_their_table_says():
    rows = [
        line.split("|") for line in (TRACES / "README.md").read_text(encoding="utf-8").splitlines() if ".json" in line
    ]
    assert sorted(row[1].strip(" `") for row in rows) == sorted(f"{name}.json" for name in NAMES)
    for row in rows:
        steps = np.diff(np.log(trace(row[1].strip(" `").removesuffix(".json")).samples_ms))
        robust = np.subtract(*np.quantile(steps, [0.75, 0.25])) / 1.349 / 2**0.5
        assert row[3].strip() == f"{robust:.1%}"


def test_two_speeds_are_never_one_median():
    found = trace("two-speed")
    assert len(found.speeds) == 2
    assert "two speeds, 3.4 ms (33%) and 5.3 ms (67%)" in repr(found)
    assert "[" not in found.words()
    assert len(trace("quiet").speeds) == 1
