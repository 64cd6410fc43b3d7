"""Pictures of timings: changes with their intervals, and layers under a roof."""

import pytest
from test_plot import words

from mobiviz import plot, units
from mobiviz.plot import style
from mobiviz.record.timing import Ratio

FASTER, SLOWER = Ratio(2.0, 1.9, 2.1, "slower"), Ratio(0.8, 0.75, 0.85, "faster")
UNSURE = Ratio(1.01, 0.98, 1.04, "cannot tell")
ALL = {"memory kept": FASTER, "2 threads": SLOWER, "channels last": UNSURE}
LAYERS = {"depthwise": (1.1, 8.0), "pointwise": (15.7, 40.0)}
PICTURES = {
    "changes": lambda: plot.changes(ALL),
    "one change": lambda: plot.changes({"memory kept": Ratio(38.0, 33.0, 45.0, "slower")}),
    "roof": lambda: plot.under_roof(LAYERS, 50.0, 20.0),
    "steep roof": lambda: plot.under_roof(LAYERS, 50.0, 90.0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_bytes_twice_and_nothing_cut(name):
    picture = PICTURES[name]()
    assert picture.svg() == PICTURES[name]().svg()
    assert picture.alt in picture._repr_mimebundle_()[0]["image/svg+xml"].replace("&gt;", ">")
    assert all(size >= 12 for size, _ in words(picture))
    drawn = []
    canvas = style.Canvas("light", picture.height, 80)
    canvas.text = lambda x, y, said, role="text", size=style.SMALL, anchor="left", weight="normal": drawn.append(
        (x - {"left": 0, "center": 0.5, "right": 1}[anchor] * style.text_width(said, size, weight), said, size, weight)
    )
    picture.paint(canvas)
    for x, said, size, weight in drawn:
        assert x >= 0, said
        assert x + style.text_width(said, size, weight) <= style.WIDTH, said


def test_changes_say_what_each_did():
    picture = plot.changes(ALL)
    assert picture.title == "Of 3 changes 1 made it faster here, 1 slower; 1 cannot be told from no change"
    assert "memory kept: 2.00x [1.90x, 2.10x] faster now; 2 threads: 0.800x [0.750x, 0.850x] slower now" in picture.alt
    shown = [text for _, text in words(picture)]
    assert "1.01x [0.980x, 1.04x] cannot tell" in shown
    assert plot.changes({"a": FASTER}).title == "It was faster here"
    assert plot.changes({"a": SLOWER}).title == "It was slower here"
    assert plot.changes({"a": UNSURE}).title == "No telling from no change"


def test_what_cannot_be_told_has_not_the_colour_of_a_finding():
    kinds = []
    canvas = style.Canvas("light", 200, 0)
    canvas.bars = lambda boxes, kind, edge=True: kinds.append(kind)
    plot.changes(ALL).paint(canvas)
    assert kinds == ["yours", "yours", "other"]


def test_a_layer_under_the_roof_is_its_share_of_the_lower_limit():
    picture = plot.under_roof(LAYERS, 50.0, 20.0)
    assert picture.title == "Pointwise comes nearest to its roof: 80% of what is possible"
    assert picture.note == "roof: 20.0 GB/s times MACs for each byte, at most 50.0 GMAC/s"
    assert f"depthwise reaches 8.00 of {units.number(22.0)} GMAC/s at 1.10" in picture.alt
    assert "under the sloping part" in picture.alt
    assert "under the flat part" in picture.alt
    shown = [text for _, text in words(picture)]
    assert units.percent(8 / 22, 0) + " of its roof" in shown
    assert "sloping" not in plot.under_roof(LAYERS, 50.0, 90.0).alt, "where bytes come fast, multiplying is the limit"


def test_the_roof_s_corner_is_where_both_limits_meet():
    lines = []
    canvas = style.Canvas("light", 400, 0)
    canvas.line = lambda xs, ys, role="line", width=1.0: lines.append((list(xs), list(ys)))
    plot.under_roof({"depthwise": (2.5, 50.0)}, 50.0, 20.0).paint(canvas)
    (roof,) = [line for line in lines if len(line[0]) == 3 and line[1][1] == line[1][2] and line[1][0] != line[1][1]][
        :1
    ]
    stem = next(line for line in lines if len(set(line[0])) == 1 and line[0][0] == pytest.approx(roof[0][1]))
    assert stem is not None, "a layer of 2.5 MACs a byte stands at the corner of 50 GMAC/s and 20 GB/s"


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: plot.changes({}), ValueError, "needs labels and ratios"),
        (lambda: plot.changes({"a": 2.0}), TypeError, r"must be a Ratio of a race \(got float\)"),
        (lambda: plot.changes({"a" * 60: FASTER}), ValueError, "a third of the picture"),
        (lambda: plot.under_roof({}, 50, 20), ValueError, "layers and numbers > 0"),
        (lambda: plot.under_roof({"a": (0, 3)}, 50, 20), ValueError, "layers and numbers > 0"),
    ],
)
def test_errors(act, error, message):
    with pytest.raises(error, match=message):
        act()
