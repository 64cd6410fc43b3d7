"""MACs against ms: what it shows is what the races say, and it ranks nothing that they do not tell apart."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from books import FAULTS, write_book

from mobiviz import surprises, units
from mobiviz.record import Race, Timing
from mobiviz.widgets import MacsMs
from mobiviz.widgets.log_plane import NARROW, POSTER, WIDE, Plane, names_above

MACS = {"V2": 300_000_000, "V3-Small": 56_000_000, "VGG-16": 15_500_000_000}


def timed(name, ms, spread=1.01, **facts):
    return Timing.of(name, ms * np.linspace(1, spread, 40), **({"threads": 1, "memory_format": "contiguous"} | facts))


def race(v2=16.0, small=6.0, vgg=330.0, **facts):
    times = {"V2": v2, "V3-Small": small, "VGG-16": vgg}
    return Race.of({name: timed(name, ms, **facts) for name, ms in times.items()})


def filled(*races):
    widget = MacsMs(MACS)
    for each in races:
        widget.add(each)
    return widget


def places(widget, run=0):
    data = widget.data
    return {data["nets"][point["at"]]["name"]: point["place"] for point in data["runs"][run]["points"]}


def test_before_anything_ran_it_shows_the_macs():
    data = MacsMs(MACS).data
    assert [net["name"] for net in data["nets"]] == ["V3-Small", "V2", "VGG-16"], "the fewest MACs first"
    assert data["runs"] == []
    assert "still to come" in data["question"]


def test_a_network_timed_alone_is_drawn_and_not_ranked():
    widget = filled(Race.of({"V2": timed("V2", 16)}), Race.of({"V3-Small": timed("V3-Small", 6)}))
    assert places(widget) == {"V3-Small": "?", "V2": "?"}
    assert widget.data["title"] == "Timed one after another: nothing is ranked yet"


def test_a_race_takes_their_place_and_ranks_what_is_apart():
    widget = filled(Race.of({"V2": timed("V2", 16)}), race())
    assert places(widget) == {"V3-Small": "1", "V2": "2", "VGG-16": "3"}
    run = widget.data["runs"][0]
    assert run["title"] == "Fewer MACs, faster: so it is in all 3 ranked pairs"
    assert run["told"] == "3 of 3"
    assert run["points"][1]["said"] == "Faster than VGG-16. Slower than V3-Small."
    widget.add(Race.of({"V2": timed("V2", 99)}))
    assert places(widget)["V2"] == "2", "a single timing never takes the place of a race"


def test_it_refuses_to_rank_what_overlaps():
    widget = filled(race(v2=6.1, small=6.0, spread=1.4))
    assert places(widget) == {"V3-Small": "1–2", "V2": "1–2", "VGG-16": "3"}
    run = widget.data["runs"][0]
    assert run["title"] == "Fewer MACs, faster: so it is in all 2 ranked pairs; 1 more cannot be ranked"
    small = run["points"][0]
    assert small["unsure"] == [1]
    assert "Not ranked against V2 (0.984x its time, " in small["said"]


def test_where_nothing_is_apart_the_title_says_so():
    widget = filled(race(6.0, 6.0, 6.0, spread=1.3))
    assert set(places(widget).values()) == {"1–3"}
    assert widget.data["title"] == "None of the 3 pairs can be ranked here"


def test_too_few_rounds_are_told_however_far_the_bars_are_apart():
    few = Race.of(
        {name: Timing.of(name, [ms, ms + 0.1] * 4, threads=1) for name, ms in (("V2", 9.0), ("V3-Small", 3.0))}
    )
    assert filled(few).data["title"] == "Fewer MACs, faster: so it is in the one ranked pair", (
        "one pair takes eight rounds"
    )
    few = Race.of({name: Timing.of(name, [ms, ms + 0.1] * 4, threads=1) for ms, name in enumerate(MACS, 3)})
    assert filled(few).data["title"] == "After 8 rounds none of the 3 pairs can be ranked: that takes 10 at least"
    assert set(places(filled(few)).values()) == {"1–3"}


def test_fewer_macs_and_slower_is_the_finding():
    assert filled(race(v2=3.0)).data["title"] == "Fewer MACs and yet slower: 1 of 3 ranked pairs"


def test_the_recorded_noisy_machine_is_shown_without_a_false_place():
    noisy = surprises.recorded("noisy")
    widget = MacsMs({timing.name: at + 1_000_000 for at, timing in enumerate(noisy)})  # in the order of the true times
    widget.add(noisy)
    run = widget.data["runs"][0]
    assert run["told"].split(" of ") == [str(sum(len(noisy) - 1 - len(p["unsure"]) for p in run["points"]) // 2), "28"]
    for true, point in enumerate(run["points"], 1):
        first, _, last = point["place"].partition("–")
        assert int(first) <= true <= int(last or first), "the true place is never left out"
        slower = point["said"].partition("Slower than ")[2].partition("Not ranked")[0]
        for name in sorted(list(noisy.timings)[: true - 1], key=len, reverse=True):
            slower = slower.replace(name, "")
        assert not slower.strip(" ,."), "only those that are truly faster"
    assert "cannot be ranked" in run["title"]
    assert "yet slower" not in run["title"]


def test_error_bars_are_always_there():
    for widget in (filled(race()), filled(Race.of({"V2": timed("V2", 16)}))):
        for point in widget.data["runs"][0]["points"]:
            assert point["low"] < point["ms"][0] < point["high"]
        bars = [p for p in ET.fromstring(widget.poster()).iter() if p.get("d", "").count("h18") == 2]
        assert len(bars) == len(widget.data["runs"][0]["points"])


def test_two_speeds_are_two_dots_and_span_their_bar():
    both = Timing.of("V2", [10.0, 10.1, 20.0, 20.2] * 10, threads=1, memory_format="contiguous")
    steady = [timed("V3-Small", 15), timed("VGG-16", 300)]
    widget = filled(Race.of({each.name: each for each in (both, *steady)}))
    point = widget.data["runs"][0]["points"][1]
    assert (len(point["ms"]), point["range"]) == (2, "two speeds")
    assert point["time"] == "10.1 and 20" or point["time"].count(" and ") == 1
    assert places(widget)["V2"] == places(widget)["V3-Small"] == "1–2", "15 ms lies between the two"


def test_times_and_rates_are_those_of_one_image():
    widget = MacsMs(MACS)
    widget.add(race(v2=64.0), batch=4)
    point = widget.data["runs"][0]["points"][1]
    assert point["ms"][0] == pytest.approx(16, rel=0.01)
    assert point["rate"] == units.number(300 / point["ms"][0])
    assert point["sum"] == f"GMAC/s = MACs / time = 300.0 M / 16 ms = {point['rate']}"


def test_controls_hold_what_was_measured_and_no_more():
    widget = filled(race(), race(threads=2), race(memory_format="channels last"))
    found = {control["name"]: control["values"] for control in widget.data["controls"]}
    assert found == {"threads": [1, 2], "layout": ["contiguous", "channels last"]}
    assert len(widget.table()) == 9


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: MacsMs({"V2": 3}), "two networks or more"),
        (lambda: MacsMs({"V2": 3, "V1": 0}), "two networks or more"),
        (lambda: filled(Race.of({"other": timed("other", 3)})), r"must be of .*V2.* \(got other\)"),
        (lambda: filled(Race.of({})), r"\(got nobody\)"),
        (
            lambda: filled(Race.of({"V2": timed("V2", 3), "V3-Small": timed("V3-Small", 3, threads=2)})),
            "same threads and layout",
        ),
        (lambda: MacsMs({f"a network of a long name {n}": n + 1 for n in range(9)}), "fewer networks or shorter names"),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()


@pytest.mark.parametrize("frame", [WIDE, NARROW, POSTER])
def test_a_point_on_a_diagonal_has_its_rate(frame):
    plane = Plane.around(list(MACS.values()), [1.0, 400.0], (5, 60))
    (x0, y0), (x1, y1) = plane.ends(30.0, frame)
    macs = 1e9
    share = (plane.x(macs, frame) - x0) / (x1 - x0)
    assert plane.y(macs / 30e6, frame) == pytest.approx(y0 + share * (y1 - y0))
    assert plane.x(macs, frame) > plane.x(macs / 2, frame)
    assert plane.y(2.0, frame) < plane.y(1.0, frame), "slower is higher"
    assert {rate for rate, _ in plane.rates} == {3.0, 10.0, 30.0, 100.0}


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_names_stand_apart_however_near_their_columns(frame):
    names = ["V3-Small", "V1 0.5", "V3-Large", "V2", "V1", "ResNet-50"]
    found = names_above(names, [100 + at for at in range(6)], frame)
    for row in {row for _, row in found}:
        middles = [(x, name) for (x, where), name in zip(found, names, strict=True) if where == row]
        for (a, first), (b, second) in pairwise(middles):
            assert b - a >= 7.8 * (len(first) + len(second)) / 2


BEHIND = """() => {
  const all = (chosen) => [...document.querySelectorAll(chosen)], box = (node) => node.getBoundingClientRect();
  const rates = all(".mv-picture text").filter((node) => /^\\d+ G\\/s$/.test(node.textContent));
  const lines = all(".mv-picture path.wire").map((node) => box(node).right);
  return [rates.length, rates.filter((node) => box(node).left <= Math.max(...lines)).length];
}"""


@pytest.mark.browser
def test_no_line_runs_behind_a_rate_on_a_phone(chromium, tmp_path):
    page = chromium(width=400)
    page.goto(write_book(tmp_path, filled(race())))
    page.locator(".mv .mv-picture").wait_for()
    found, behind = page.evaluate(BEHIND)
    assert found >= 3
    assert behind == 0
    assert page.evaluate(FAULTS) == []
    assert page.errors == []
