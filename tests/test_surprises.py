"""What a machine does to a time, in words for every case; recorded races; and nothing is ranked that cannot be."""

import json
import subprocess
import sys

import numpy as np
import pytest
from fake_clocks import trace

from mobiviz import assets, surprises
from mobiviz.record import Race, Timing
from mobiviz.record.timing import Ratio

# What the networks took on a quiet machine, in ms; the times of noisy.json are these, times noise of at least 1.
PLANTED = {
    "V3-Small": 6.4,
    "V1 0.5": 7.9,
    "V3-Large": 14.0,
    "V2": 16.0,
    "V1": 20.0,
    "ResNet-50": 106.0,
    "V1 full": 122.0,
    "VGG-16": 332.0,
}
ROUNDS, FROM = 16, 80  # rounds of noisy.json, and the call of the trace that it begins with


def noisy(start, rounds=ROUNDS):
    """A race of PLANTED: consecutive calls of the loaded trace, dealt out in turn, each times what was planted."""
    recording, count = trace("loaded"), len(PLANTED)
    calls = recording.samples_ms[start : start + rounds * count].reshape(rounds, count)
    calls = calls / recording.samples_ms.min()
    facts = {"threads": 1, "dtype": "float32", "memory_format": "contiguous", "machine": recording.machine}
    timed = {
        name: Timing.of(name, np.round(calls[:, at] * ms, 3), **facts) for at, (name, ms) in enumerate(PLANTED.items())
    }
    return Race.of(timed)


def pairs(race):
    names = list(PLANTED)
    return [(a, b, race.rank(a, b)) for at, a in enumerate(names) for b in names[at + 1 :]]


def test_the_recorded_noisy_machine_is_the_loaded_trace():
    assert surprises.recorded("noisy").to_json() == noisy(FROM).to_json()


def test_a_noisy_machine_ranks_nothing_wrongly_where_medians_do():
    starts = range(0, len(trace("loaded").samples_ms) - ROUNDS * len(PLANTED), 16)
    misled, ranked = 0, 0
    for start in starts:
        race = noisy(start)
        medians = [race[name].median_ms for name in PLANTED]
        misled += medians != sorted(medians)
        verdicts = [verdict for _, _, verdict in pairs(race)]
        assert "slower" not in verdicts, start
        ranked += verdicts.count("faster")
    assert misled > len(starts) / 2, "the medians alone are wrong more often than not"
    assert ranked > 10 * len(starts), "and yet much is told"


def test_the_recorded_one_misleads_by_its_medians():
    race = surprises.recorded("noisy")
    assert race["V3-Small"].median_ms > race["V1 0.5"].median_ms
    assert race["V3-Large"].median_ms > race["V2"].median_ms
    assert {verdict for _, _, verdict in pairs(race)} == {"faster", "cannot tell"}
    assert race.rank("V3-Small", "V1 0.5") == race.rank("V3-Large", "V2") == "cannot tell"


def test_places_are_ranges_where_one_cannot_tell():
    race = Race.of(
        {"a": Timing.of("a", [1, 1.01] * 10), "b": Timing.of("b", [2, 3] * 10), "c": Timing.of("c", [3, 2] * 10)}
    )
    assert race.places() == {"a": (1, 1), "b": (2, 3), "c": (2, 3)}
    assert (race.rank("a", "b"), race.rank("b", "a"), race.rank("b", "c")) == ("faster", "slower", "cannot tell")


def test_overlapping_bars_are_not_ranked_though_the_race_tells():
    drift = np.linspace(1, 3, 60)
    race = Race.of({"a": Timing.of("a", drift), "b": Timing.of("b", 1.1 * drift)})
    assert race.ratios["a", "b"].verdict == "faster"
    assert race.rank("a", "b") == "cannot tell"


def test_the_bar_of_two_speeds_reaches_from_one_to_the_other():
    two = Timing.of("two", [1.0, 1.01, 2.0, 2.02] * 10)
    assert len(two.speeds) == 2
    assert two.bar == pytest.approx((1.005, 2.01), abs=0.02)
    one = Timing.of("one", [1.0, 1.01] * 10)
    assert one.bar == (one.low_ms, one.high_ms)


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (Ratio(6.0, 5.9, 6.1, "slower"), "Folding made it faster here: 6.00x [5.90x, 6.10x]"),
        (Ratio(0.5, 0.4, 0.8, "faster"), "Folding made it slower here, 2.00x [1.25x, 2.50x] the time"),
        (Ratio(1.01, 0.98, 1.04, "cannot tell"), "Folding made no difference here: 1.01x [0.980x, 1.04x]"),
        (
            Ratio(1.2, 0.7, 1.9, "cannot tell"),
            "Folding: this machine cannot tell whether it helps, 1.20x [0.700x, 1.90x]",
        ),
        (
            Ratio(1.02, 1.0, 1.2, "cannot tell"),
            "Folding: this machine cannot tell whether it helps, 1.02x [1.00x, 1.20x]",
        ),
    ],
)
def test_what_a_change_did_in_words(ratio, words):
    assert surprises.says(ratio, "Folding") == words


def allocation(slower, heeded=True, faults=600.0):
    times = np.linspace(1, 1.02, 40)
    timed = {
        surprises.AS_IT_IS: Timing.of(surprises.AS_IT_IS, times * 1.001),
        surprises.KEPT: Timing.of(surprises.KEPT, times),
        surprises.GIVEN_BACK: Timing.of(surprises.GIVEN_BACK, times * slower),
    }
    return surprises.Allocation(Race.of(timed), dict.fromkeys(timed, faults), heeded)


def test_the_allocator_s_words_are_true_whether_it_matters_or_not():
    assert "Keeping memory, instead of giving it back, made it faster here: 8.00x" in repr(allocation(8.0))
    assert "Keeping memory, instead of giving it back, made it slower here, 2.00x" in repr(allocation(0.5))
    assert "Keeping memory, instead of giving it back, made no difference here: 1.00x" in repr(allocation(1.001))
    assert "compared with this start as it came, made no difference here: 1.00x" in repr(allocation(8.0))
    assert "600 page faults a call" in repr(allocation(8.0))
    assert "page faults" not in repr(allocation(8.0, faults=None)), "Windows does not tell"
    assert "does not read" in repr(allocation(1.001, heeded=False))
    assert "does not read" not in repr(allocation(1.001))


def test_the_worker_times_its_layer_and_counts_page_faults():
    command = [sys.executable, "-m", "mobiviz.surprises", "4", "16"]
    asked = subprocess.run(command, input="go\ngo\n", capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    assert len(answers) == 2
    assert all(answer["s"] > 0 and answer["faults"] in (None, *range(100_000)) for answer in answers)


def test_three_processes_race_by_what_they_report(monkeypatch):
    monkeypatch.setenv("MOBIVIZ_QUICK", "1")
    found = surprises.allocator(channels=4, size=16, budget_s=0.2)
    assert list(found.race.timings) == list(surprises.SETTINGS)
    assert all(timing.engine == "torch eager" and timing.median_ms < 50 for timing in found.race)
    assert found.ratio == found.race.ratios[surprises.GIVEN_BACK, surprises.KEPT]


def test_a_worker_that_ends_is_told_with_its_last_words(monkeypatch):
    monkeypatch.setattr(surprises, "CALLS", 1)
    with pytest.raises(RuntimeError, match="the process that times the layer ended"):
        surprises.allocator(channels=-1)


def test_recorded_races_open_and_a_wrong_name_is_told():
    for path in assets.data("recorded").glob("*.json"):
        assert isinstance(surprises.recorded(path.stem), Race)
    with pytest.raises(ValueError, match="did you mean 'noisy'"):
        surprises.recorded("nosy")
