"""Words beside marks: the least covered candidate is taken, and in a browser a roofline's names cover no mark."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from plotly.offline import get_plotlyjs
from test_roofline import CEILINGS

import mobiviz as mv
from mobiviz import plot
from mobiviz.plot import beside
from mobiviz.plot.beside import SIDES, Plane, Spot
from mobiviz.record import Roofline

DRAWN = """(text) => {
  const host = document.createElement("div"), { data, layout } = JSON.parse(text);
  document.body.replaceChildren(host);
  return Plotly.newPlot(host, data, layout).then(() => null);
}"""
NONE = np.empty((0, 2))
SPEED = {"depthwise": 0.1, "pointwise": 0.8, "standard": 0.7, "se": 0.02}  # of a layer's bound, about
COVERED = """() => {
  const boxes = (chosen) => [...document.querySelectorAll(chosen)].map((node) => node.getBoundingClientRect());
  const marks = boxes(".scatterlayer .point"), words = [...document.querySelectorAll(".annotation-text")], faults = [];
  const meets = (a, b, slack) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  words.forEach((node, i) => {
    const own = node.getBoundingClientRect();
    if (marks.some((mark) => meets(own, mark, 4))) faults.push(`${node.textContent} on a mark`);
    for (const other of words.slice(i + 1))
      if (meets(own, other.getBoundingClientRect(), 4)) faults.push(`${node.textContent} on ${other.textContent}`);
  });
  return [marks.length, words.length, faults];
}"""


def test_the_first_candidate_wins_where_all_are_free_and_later_ones_where_it_covers_something():
    spots = [Spot(0.5, 0.5, side) for side in SIDES]
    assert Plane(np.array([[0.5, 0.5]]), NONE, NONE).place("linear", spots) == spots[0]
    below = np.array([[0.5, 0.5], [0.5, 0.45]])
    assert Plane(below, NONE, NONE).place("linear", spots).side == "above"
    assert Plane(NONE, below - [0, 0.02], NONE).place("linear", spots).side == "above"
    low = [Spot(0.5, 0.01, side) for side in SIDES]
    assert Plane(NONE, NONE, NONE).place("linear", low).side == "above", "below is outside of the axes"


def test_words_keep_off_words_that_were_placed_before():
    plane, spots = Plane(NONE, NONE, NONE), [Spot(0.5, 0.5, "below"), Spot(0.5, 0.5, "above")]
    assert [plane.place("linear", spots).side for _ in range(2)] == ["below", "above"]


@pytest.mark.parametrize("side", SIDES)
def test_a_box_hangs_on_its_side(side):
    (left, low), (right, high) = beside.box(Spot(0.5, 0.5, side), 40, (200, 100))
    assert (right - left, high - low) == (40, beside.LINE)
    assert ("below" in side) == (high < 50)
    assert ("above" in side) == (low > 50)
    assert (side == "left") == (right < 100)
    assert (side == "right") == (left > 100)


def timed(name, seed):
    """A network's layers with times that follow from their bounds and from luck."""
    with torch.device("meta"):
        net = mv.MobileNet(getattr(mv, name))
    record = mv.watch(net, torch.empty(1, 3, 224, 224, device="meta"), mv.Compute(), dry=True)
    bounds = {point.path: point.bound_ms for point in Roofline.of(record, CEILINGS, threads=1)}
    luck = np.random.default_rng(seed)
    calls = [
        replace(call, ms=bounds[call.path] / SPEED.get(call.kind, 0.3) * luck.lognormal(0.2, 0.3))
        if call.path in bounds
        else call
        for call in record
    ]
    return Roofline.of(replace(record, calls=tuple(calls), pass_ms=9.0, threads=1), CEILINGS)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["V1", "V2", "V3_LARGE", "V3_SMALL"])
def test_no_name_covers_a_mark_or_another_name(name, chromium):
    page = chromium(width=900)
    page.set_content("<body style='margin:0'></body>")
    page.add_script_tag(content=get_plotlyjs())
    for seed in range(4):
        figure = plot.roofline(timed(name, seed))
        page.evaluate(DRAWN, figure.to_json())
        page.wait_for_function("document.querySelectorAll('.annotation-text').length > 4")
        marks, words, faults = page.evaluate(COVERED)
        assert marks == sum(bool(point.macs) for point in timed(name, seed))
        assert words == len(figure.layout.annotations)
        assert faults == []
    assert page.errors == []
