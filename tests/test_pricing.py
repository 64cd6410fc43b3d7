"""Totals of the papers to the unit, rows that add up to their table, and wrong input in words."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mobiviz as mv
from mobiviz import pricing
from mobiviz.pricing import Cost

TABLES = {"V1": mv.V1, "V2": mv.V2, "V3_LARGE": mv.V3_LARGE, "V3_SMALL": mv.V3_SMALL}
GOLDEN = {
    "V1": (4_231_976, 568_740_352),
    "V2": (3_504_872, 300_774_272),
    "V3_LARGE": (5_483_032, 216_589_760),
    "V3_SMALL": (2_542_856, 56_510_400),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_totals(name):
    total = mv.cost(TABLES[name])
    assert (total.params, total.macs) == GOLDEN[name]
    assert total.exact is True
    for of in ("macs", "params", "out_bytes"):
        assert getattr(total, of) == sum(getattr(layer, of) for layer in total.layers)


@pytest.mark.parametrize(
    ("name", "alpha", "macs", "params"),
    [("V3_LARGE", 0.75, "154.6", "3.99"), ("V3_SMALL", 0.75, "43.4", "2.04"), ("V2", 1.4, "582.2", None)],
)
def test_published_figures_away_from_alpha_1(name, alpha, macs, params):
    total = mv.cost(TABLES[name], alpha)
    assert f"{total.macs / 1e6:.1f}" == macs
    assert params is None or f"{total.params / 1e6:.2f}" == params


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("alpha", [0.1, 0.25, 0.35, 0.5, 0.75, 1.0, 1.3, 1.4])
def test_rows_add_up_to_their_table(name, alpha):
    printed = TABLES[name]
    rows = sum((mv.cost(row, alpha) for row in printed.rows), Cost())
    total = mv.cost(printed, alpha)
    assert (rows.macs, rows.params, rows.out_bytes) == (total.macs, total.params, total.out_bytes)
    assert sorted(layer.macs for layer in rows.layers) == sorted(layer.macs for layer in total.layers)


def test_resolution_and_classes():
    assert mv.cost(mv.V1, resolution=128).params == mv.cost(mv.V1).params
    row = mv.V1.rows[1]
    assert 4 * mv.cost(row, resolution=56).macs == mv.cost(row).macs == 9 * 32 * 112 * 112
    assert mv.cost(mv.V2).params - mv.cost(mv.V2, num_classes=10).params == 990 * (1280 + 1)
    assert mv.cost(mv.V3_SMALL.rows[-1], num_classes=10).out_bytes == 40


def test_layers_are_named_and_shaped_as_the_network_has_them():
    layers = {layer.path: layer for layer in mv.cost(mv.V3_LARGE).layers}
    squeeze = layers["features.4.se.reduce"]
    assert (squeeze.kind, squeeze.in_shape, squeeze.out_shape) == ("se", (72, 1, 1), (24, 1, 1))
    depthwise = layers["features.4.depthwise.conv"]
    assert (depthwise.kind, depthwise.in_shape, depthwise.out_shape) == ("depthwise", (72, 56, 56), (72, 28, 28))
    assert depthwise.macs == 72 * 25 * 28 * 28
    assert depthwise.params == 72 * 25 + 2 * 72  # and the batch norm
    assert (layers["features.3"].macs, layers["features.3"].params) == (0, 0)  # the addition
    assert "features.2" not in layers  # its stride is 2: nothing to add
    assert {layer.kind for layer in layers.values()} == {"standard", "depthwise", "pointwise", "se", "linear", "other"}


def test_v1_ties_for_most_macs():
    most = max(layer.macs for layer in mv.cost(mv.V1).layers)
    assert most == 51_380_224
    assert sum(layer.macs == most for layer in mv.cost(mv.V1).layers) == 8


@given(
    n=st.integers(1, 40), k=st.integers(1, 7), stride=st.integers(1, 4), padding=st.integers(0, 4), d=st.integers(1, 3)
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_out_size_counts_where_the_kernel_fits(n, k, stride, padding, d):
    starts = [at for at in range(0, n + 2 * padding, stride) if at + d * (k - 1) < n + 2 * padding]
    if starts:
        assert pricing.out_size(n, k, stride, padding, d) == len(starts)
        if d == 1 and padding <= (k - 1) / 2:  # a transposed convolution undoes the size
            lost = n - pricing.transposed_size(len(starts), k, stride, padding)
            assert 0 <= lost < stride
    else:
        with pytest.raises(ValueError, match="does not fit"):
            pricing.out_size(n, k, stride, padding, d)


def test_separable_saves_what_the_paper_says():
    full, split = pricing.conv(64, 128, 3, 56, padding=1), pricing.separable(64, 128, 3, 56, padding=1)
    assert split.macs / full.macs == pytest.approx(1 / 128 + 1 / 9)
    assert pricing.linear(10, 5) == Cost(macs=50, params=55, out_bytes=20)
    assert pricing.linear(10, 5, bias=False).params == 50
    assert pricing.factorised(4, 4, 3, 8, padding=1).macs * 3 == pricing.conv(4, 4, 3, 8, padding=1).macs * 2


def test_costs_add_up_and_print_both_numbers():
    one, other = Cost(1, 2, 3), Cost(10, 20, 30, exact=False)
    assert one + other == Cost(11, 22, 33, exact=False)
    assert str(mv.cost(mv.V3_SMALL)).startswith("56,510,400 MACs, 2,542,856 parameters, ")


@pytest.mark.parametrize(
    ("price", "error", "words"),
    [
        (lambda: mv.cost(mv.V2, 0), ValueError, "alpha must be > 0 (got 0)"),
        (lambda: mv.cost(mv.V2, -0.5), ValueError, "alpha must be > 0 (got -0.5)"),
        (lambda: mv.cost(mv.V2.rows[1], float("nan")), ValueError, "alpha must be > 0 (got nan)"),
        (lambda: mv.cost(mv.V2, True), TypeError, "alpha must be a number such as 0.75 (got True)"),
        (lambda: mv.cost(mv.V2, "1.0"), TypeError, "alpha must be a number such as 0.75 (got '1.0')"),
        (
            lambda: mv.cost(mv.V2, resolution=31),
            ValueError,
            "resolution must be at least 32, the product of the strides",
        ),
        (lambda: mv.cost(mv.V2, resolution=0), ValueError, "resolution must be at least 1 (got 0)"),
        (lambda: mv.cost(mv.V2, resolution=224.0), TypeError, "resolution must be a whole number (got 224.0)"),
        (lambda: mv.cost(mv.V2.rows[1], resolution=0), ValueError, "resolution must be at least 1 (got 0)"),
        (lambda: mv.cost(mv.V2.rows[-1], num_classes=0), ValueError, "num_classes must be at least 1 (got 0)"),
        (lambda: mv.cost("V2"), TypeError, "cost needs a table, such as mv.V2, or one of its rows (got str)"),
        (lambda: pricing.conv(3, 8, 3, 5, stride=0), ValueError, "stride must be at least 1 (got 0)"),
        (lambda: pricing.conv(3, 8, 3, 2), ValueError, "a kernel that reaches 3 does not fit into 2 positions"),
        (lambda: pricing.conv(3, 8, 3, 5, groups=2), ValueError, "groups must divide both channel counts (got 3 -> 8"),
        (lambda: pricing.conv(0, 8, 3, 5), ValueError, "in_ch must be at least 1 (got 0)"),
        (lambda: pricing.transposed(1, 1, 1, 1, padding=1), ValueError, "padding 1 leaves nothing"),
    ],
)
def test_wrong_input_says_value_rule_and_remedy(price, error, words):
    with pytest.raises(error, match=re.escape(words)):
        price()


def test_a_cost_needs_no_torch():
    code = (
        "import sys, time; import mobiviz as mv; print(mv.cost(mv.V3_SMALL)); print(time.process_time());"
        "print(sorted(sys.modules.keys() & {'torch', 'numpy', 'matplotlib', 'pandas'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    numbers, seconds, loaded = ran.stdout.splitlines()
    assert "56,510,400 MACs" in numbers
    assert "2,542,856 parameters" in numbers
    assert loaded == "[]"
    print(f"{float(seconds):.2f} s of CPU")
