"""Numbers as text: digits, prefixes, units, and `?` where nobody could price."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobiviz import units


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (units.exact(300_774_272), "300,774,272"),
        (units.exact(0), "0"),
        (units.macs(300_774_272), "300.8 M MACs"),
        (units.macs(486), "486 MACs"),
        (units.macs(15_470_264_320), "15.47 G MACs"),
        (units.flops(300_774_272), "601.5 M FLOPs"),
        (units.params(3_504_872), "3.50 M parameters"),
        (units.bytes(4_816_896), "4.59 MiB"),
        (units.bytes(1023), "1023 B"),
        (units.bytes(1024), "1.00 KiB"),
        (units.ms(7.71), "7.7 ms"),
        (units.ms(7.71, 7.52, 8.04), "7.7 ms [7.5, 8.0]"),
        (units.ms(123.4, 120.2, 130.9), "123 ms [120, 131]"),
        (units.ratio(8.556), "8.56x"),
        (units.ratio(12.34), "12.3x"),
        (units.percent(0.9491), "94.9%"),
        (units.percent(1, places=0), "100%"),
        (units.shape((1, 32, 112, 112)), "1 x 32 x 112 x 112"),
        (units.short(999), "999"),
        (units.short(1000), "1.000 k"),
        (units.short(2_500_000_000_000), "2.500 T"),
    ],
)
def test_the_text(text, wanted):
    assert text == wanted


@pytest.mark.parametrize("say", [units.exact, units.short, units.bytes, units.shape])
def test_what_nobody_could_price_is_a_question_mark(say):
    assert say(None) == "?"
    assert (units.macs(None), units.flops(None), units.params(None)) == ("? MACs", "? FLOPs", "? parameters")


@given(st.integers(0, 10**15))
@settings(deadline=None, derandomize=True)
def test_short_loses_less_than_a_thousandth(count):
    number, _, prefix = units.short(count).partition(" ")
    value = float(number) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[prefix]
    assert value == pytest.approx(count, rel=1e-3)
