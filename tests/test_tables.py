"""The papers' tables print as the papers do, read back equal, and resolve to the published widths."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mobiviz as mv
from mobiviz.tables import round_to_8, table

TABLES = {"V1": mv.V1, "V2": mv.V2, "V3_LARGE": mv.V3_LARGE, "V3_SMALL": mv.V3_SMALL}


@pytest.mark.parametrize("printed", TABLES.values(), ids=TABLES)
def test_printing_and_reading_give_the_table_again(printed):
    again = table(str(printed))
    assert again == printed
    assert str(again) == str(printed)
    assert "arXiv:" in printed.source
    assert printed.resolution == 224
    assert repr(printed) == f"<{printed.name}: {len(printed.rows)} rows in the columns of {printed.family}>"


def test_v3_large_prints_like_table_1():
    lines = [re.split(r" *\| *", line) for line in str(mv.V3_LARGE).splitlines()]
    assert lines[0] == ["Input", "Operator", "exp size", "#out", "SE", "NL", "s"]
    assert lines[4] == ["56²x24", "bneck, 3x3", "72", "24", "-", "RE", "1"]
    assert lines[14] == ["14²x112", "bneck, 5x5", "672", "160", "✓", "HS", "2"]
    assert len({line.index("|") for line in str(mv.V3_LARGE).splitlines()}) == 1


@given(st.floats(0.01, 4000, allow_nan=False))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_round_to_8_keeps_nine_tenths_and_stays_near(width):
    rounded = round_to_8(width)
    assert rounded % 8 == 0
    assert rounded >= max(8, 0.9 * width)
    assert abs(rounded - width) <= 8


@pytest.mark.parametrize(("width", "rounded"), [(1, 8), (12, 16), (11.9, 16), (18, 24), (33.6, 32), (44.8, 48)])
def test_round_to_8_at_its_edges(width, rounded):
    assert round_to_8(width) == rounded


def test_widths_at_alpha():
    narrow = mv.V1.units(0.75)
    assert [unit.out_ch for unit in narrow[:3]] == [24, 48, 96]
    assert narrow[-1].in_ch == 768  # V1's 1024 shrinks too
    assert mv.V1.units(0.3)[0].out_ch == 9  # rounded down from 9.6
    for printed in (mv.V2, mv.V3_LARGE, mv.V3_SMALL):
        full = printed.units()[-1].in_ch
        assert [printed.units(alpha)[-1].in_ch for alpha in (0.5, 1, 1.4)] == [full, full, round_to_8(1.4 * full)]
        assert all(unit.out_ch % 8 == 0 for unit in printed.units(0.35))
    assert mv.V2.units(0.35)[2].exp_ch == 6 * mv.V2.units(0.35)[2].in_ch
    assert mv.V3_LARGE.units(0.75)[4].exp_ch == round_to_8(mv.V3_LARGE.units(0.75)[4].in_ch * 72 / 24)
    assert mv.V3_SMALL.units(num_classes=10)[-1].out_ch == 10


def test_blocks_stand_where_the_network_has_them():
    units = mv.V2.units()
    assert [unit.path for unit in units[:2]] == ["features.0", "features.1"]
    assert [unit.path for unit in units[-2:]] == ["pool", "classifier.1"]
    assert [unit.path for unit in mv.V3_SMALL.units()[-2:]] == ["classifier.0", "classifier.3"]
    assert [unit.op for unit in mv.V1.units()].count("separable") == 13
    assert sum(unit.skip for unit in units) == 10
    assert [unit.s for unit in units[2:4]] == [2, 1]  # only a row's first block has its stride
    assert [unit.se_ch for unit in mv.V3_LARGE.units()[3:5]] == [0, 24]


@pytest.mark.parametrize("alpha", [0, -0.5, 0.0, float("nan"), float("inf"), -float("inf")])
def test_alpha_must_be_above_zero_and_finite(alpha):
    with pytest.raises(ValueError, match=re.escape(f"alpha must be > 0 (got {alpha}); the papers use 0.25 to 1.4")):
        mv.V2.units(alpha)


@pytest.mark.parametrize("alpha", [True, "0.5", None, [0.5]])
def test_alpha_must_be_a_number(alpha):
    with pytest.raises(TypeError, match=re.escape(f"alpha must be a number such as 0.75 (got {alpha!r})")):
        mv.V2.units(alpha)


def test_an_alpha_that_leaves_no_channel_says_the_smallest():
    with pytest.raises(ValueError, match=r"alpha 0\.01 leaves none of 32 channels; use at least 1/32"):
        mv.V1.units(0.01)
    assert mv.V1.units(1 / 32)[0].out_ch == 1


@pytest.mark.parametrize(
    ("classes", "error"), [(0, ValueError), (-1, ValueError), (10.0, TypeError), (True, TypeError)]
)
def test_num_classes_must_be_a_count(classes, error):
    with pytest.raises(error, match=r"num_classes must be .*got"):
        mv.V2.units(num_classes=classes)
