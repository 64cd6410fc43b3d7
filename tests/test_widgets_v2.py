"""The pictures of notebook 06 without a browser: what the ReLU crusher counts, and what the tube keeps in memory."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import test_widgets as shared
import torch

from mobiviz import Compute, cost, watch
from mobiviz.nets import MobileNet
from mobiviz.tables import V1, V2, V3_LARGE, V3_SMALL
from mobiviz.widgets import Crusher, Tube
from mobiviz.widgets.relu_crusher import CHANNELS, KINDS, POINTS, bent, crush, matrix, spiral

GENERIC = (
    shared.test_a_poster_is_a_complete_picture,
    shared.test_posters_are_the_same_bytes_each_time,
    shared.test_a_display_holds_the_view_the_poster_and_a_text_without_address,
    shared.test_the_table_has_a_name_for_each_number,
    shared.test_scripts_ask_nobody,
)
SE_BLOCKS = {"V3: 40 to 40, SE": (V3_LARGE, "features.5"), "V3: 96 to 96, SE": (V3_SMALL, "features.10")}
MADE = {
    "crusher": Crusher,
    "crusher 30": lambda: Crusher(30),
    "tube": Tube,
    "tube of V3": lambda: Tube(SE_BLOCKS),
    "tube of one": lambda: Tube({"V1": (V1, "features.1")}),
}


@pytest.mark.parametrize("test", GENERIC, ids=lambda test: test.__name__)
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_as_every_picture(make, test):
    test(make)


@pytest.mark.parametrize("n", CHANNELS)
def test_the_crusher_counts_what_relu_leaves(n):
    case, rows = Crusher(n).data["cases"][str(n)], matrix(n).tolist()
    counts = []
    for x, y in spiral():
        counts.append(sum(a * x + b * y > 0 for a, b in rows))
    assert case["live"] == counts
    assert case["lost"] == [counts.count(0), counts.count(1)]
    assert case["share"] == f"{100 * (counts.count(0) + counts.count(1)) / POINTS:.0f}%"
    assert [KINDS.index(kind) for kind in case["kinds"]] == [min(count, 2) for count in counts]
    assert case["share"] in case["title"] or case["lost"] == [0, 0]


@pytest.mark.parametrize("n", CHANNELS)
def test_dead_sectors_are_where_points_are_lost(n):
    case = Crusher(n).data["cases"][str(n)]
    for (x, y), live in zip(spiral(), case["live"], strict=True):
        angle = math.atan2(y, x)
        inside = [left for a, b, left in case["sectors"] if (angle - a) % (2 * math.pi) < b - a]
        assert inside == ([live] if live < 2 else [])


def test_what_is_lost_cannot_be_found_and_the_rest_can():
    """Points of a sector without a channel coincide, with one they share a line, with more they stay apart."""
    for n in CHANNELS:
        left, back = crush(n)
        live = (left > 0).sum(axis=1)
        assert np.allclose(back[live == 0], 0)
        for row in {tuple(one) for one in (left[live == 1] > 0)}:
            own = back[(live == 1) & ((left > 0) == row).all(axis=1)]
            assert np.linalg.matrix_rank(own, tol=1e-9) == 1
        kept = back[live >= 2]
        apart = np.linalg.norm(kept[:, None] - kept[None], axis=-1) + np.eye(len(kept))
        assert apart.min() > 1e-4


def test_more_channels_lose_less():
    lost = [sum(Crusher().data["cases"][str(n)]["lost"]) for n in CHANNELS]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > POINTS / 2
    assert lost[-3:] == [0, 0, 0]
    off = [bent(crush(n)[1]) for n in CHANNELS]
    assert off == sorted(off, reverse=True)
    assert bent(3 * spiral()) == pytest.approx(0), "a scaling alone is no bend"


def test_the_crusher_s_bytes_are_blank_where_relu_cuts():
    left, _ = crush(30)
    grids = np.frombuffer(Crusher().grids, dtype=np.int8).reshape(POINTS, 30)
    assert ((grids > 0) == (left > 0)).all()
    assert (grids >= 0).all()
    assert np.corrcoef(grids.ravel(), left.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("n", [*CHANNELS[:1], 30])
def test_the_crusher_s_poster_holds_every_n(n):
    words = shared.words_of(Crusher(n).poster())
    for each in CHANNELS:
        assert f"{each} channels" in words
    assert "34 of 48 lost" in words


def blocks_of(table):
    return [unit.path for unit in table.units() if unit.op in ("bottleneck", "separable")]


def chosen(table, path):
    return Tube({"block": (table, path)}).data["tubes"][0]


@pytest.mark.parametrize("table", [V1, V2, V3_LARGE, V3_SMALL], ids=lambda table: table.name)
def test_a_tube_s_peak_is_what_a_watched_block_needs(table):
    net = MobileNet(table)
    for path in blocks_of(table):
        tube = chosen(table, path)
        c, h, w = map(int, tube["shapes"][0].split(" × "))
        total = watch(net.get_submodule(path), torch.zeros(1, c, h, w), Compute(), dry=True).total
        assert (tube["macs"], tube["params"]) == (total.macs, total.params)
        assert tube["peak"] == total.peak_fused, path


@pytest.mark.parametrize("table", [V1, V2, V3_SMALL], ids=lambda table: table.name)
def test_all_tubes_are_the_network_but_its_ends(table):
    tubes = [chosen(table, path) for path in blocks_of(table)]
    inner = [layer for layer in cost(table).layers if layer.path.count(".") > 2]
    assert sum(tube["macs"] for tube in tubes) == sum(layer.macs for layer in inner)
    assert sum(tube["skip"] for tube in tubes) == sum(layer.kind == "other" for layer in cost(table).layers)


def test_steps_are_named_shaped_and_summed():
    tube = chosen(V2, "features.8")
    assert [step["name"] for step in tube["steps"]] == ["expand 1×1", "depthwise 3×3", "project 1×1", "addition"]
    assert tube["shapes"] == ["64 × 14 × 14", "384 × 14 × 14", "384 × 14 × 14", "64 × 14 × 14"]
    thin, thick = 4 * 64 * 196, 4 * 384 * 196
    assert [step["alive"] for step in tube["steps"]] == [
        [0, thin, thick],
        [thin, thick, thick],
        [thin, thick, thin],
        [thin, thin, thin],
    ]
    assert all(step["bytes"] == sum(step["alive"]) for step in tube["steps"])
    assert tube["title"] == "64 channels, 384 in the middle, 64 at the end: memory peaks in its depthwise 3×3 step"
    strided = chosen(V2, "features.2")
    assert [step["name"] for step in strided["steps"]][1] == "depthwise 3×3, s2"
    assert not strided["skip"]
    assert [step["name"] for step in chosen(V3_SMALL, "features.1")["steps"]] == [
        "depthwise 3×3, s2",
        "squeeze-excite",
        "project 1×1",
    ]
    assert chosen(V3_SMALL, "features.5")["steps"][1]["name"] == "depthwise 5×5"


def test_the_area_of_a_tensor_is_its_memory():
    tube = chosen(V2, "features.2")
    for shape, (tall, thick) in zip(tube["shapes"], tube["wide"], strict=True):
        c, h, w = map(int, shape.split(" × "))
        assert tall * thick / (c * h * w) == pytest.approx(150 * 34 / (96 * 112**2), rel=0.02)


def test_the_tube_s_poster_names_every_step():
    words = shared.words_of(Tube().poster())
    for step in Tube().data["tubes"][0]["steps"]:
        assert step["name"] in words
        assert f"{step['size']} alive" in words
    assert "the skip: the block's input, kept until the end" in words
    plain = shared.words_of(Tube({"V2": (V2, "features.2")}).poster())
    assert not any("skip:" in line for line in plain)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: Crusher(4), r"n must be one of 2, 3, 5, 10, 15, 30 \(got 4\)"),
        (lambda: Tube({}), "Tube needs blocks"),
        (lambda: Tube({"x": (V2, "features.21")}), "unknown block 'features.21'|'features.21'"),
        (lambda: Tube({"x": (V2, "features.0")}), "'features.0'"),
        (lambda: Tube({"x": (V2, "classifier.1")}), "'classifier.1'"),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()


def test_posters_parse_for_every_block():
    for table in (V1, V2, V3_LARGE, V3_SMALL):
        for path in blocks_of(table):
            ET.fromstring(Tube({"a block": (table, path)}).poster())
