"""The palette is readable in both themes; no two ideas look alike in colour, in grey or without colour."""

from itertools import combinations

import numpy as np
import pytest

from mobiviz.plot import palette
from mobiviz.plot.palette import IDEAS, THEMES, contrast

PAIRS = list(combinations(IDEAS.values(), 2))

# How two kinds of dichromat see a colour, in linear RGB (Viénot, Brettel and Mollon 1999).
SIGHT = {
    "protan": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deutan": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
    "usual": np.eye(3).tolist(),
}


def lab(colour, sight="usual"):
    """CIE L*a*b* of a colour as one kind of eye sees it."""
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    rgb = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    rgb = np.clip(np.array(SIGHT[sight]) @ rgb, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ rgb / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(first, second, sight):
    return float(np.linalg.norm(lab(first, sight) - lab(second, sight)))


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_words_are_readable_on_the_paper(theme):
    inks = {name: palette.ink(name, theme.name) for name in IDEAS}
    for name, colour in {**inks, "text": theme.text, "muted": theme.muted}.items():
        assert contrast(colour, theme.paper) >= 4.5, f"{name} {colour} on {theme.name} paper"
    for name in ("text", "muted"):
        assert contrast(getattr(theme, name), theme.panel) >= 4.5
    assert contrast(theme.line, theme.paper) >= 3
    assert contrast(theme.text, theme.paper) >= 7


@pytest.mark.parametrize("one", IDEAS.values(), ids=IDEAS)
def test_words_and_hatch_are_readable_on_the_fill(one):
    assert contrast(one.on_fill, one.fill) >= 4.5


def test_fills_are_the_ones_the_course_promises():
    promised = {"standard": "#0072B2", "depthwise": "#E69F00", "pointwise": "#009E73", "se": "#CC79A7"}
    promised |= {"map": "#56B4E9", "yours": "#D55E00"}
    assert promised.items() <= {name: one.fill for name, one in IDEAS.items()}.items()


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[f"{a.name}-{b.name}" for a, b in PAIRS])
def test_every_pair_of_ideas_is_told_apart(first, second):
    assert first.hatch != second.hatch, "in forced colours and in print only the hatch is left"
    assert first.fill != second.fill
    for theme in THEMES:
        assert palette.ink(first.name, theme) != palette.ink(second.name, theme)
    seen = [apart(first.fill, second.fill, sight) for sight in SIGHT]
    assert min(seen) >= 9, f"fills too close: {seen}"
    assert apart(first.fill, second.fill, "usual") >= 20


@pytest.mark.parametrize(("first", "second"), [("standard", "depthwise"), ("depthwise", "pointwise")])
def test_the_ideas_that_meet_most_often_differ_in_grey_by_lightness_alone(first, second):
    lightness = [lab(IDEAS[name].fill)[0] for name in (first, second)]
    assert abs(lightness[0] - lightness[1]) >= 10


def test_hatches_are_known_to_matplotlib_and_plotly():
    assert {one.hatch for one in IDEAS.values()} <= {"", "x", "|", ".", "+", "-", "/", "\\"}


def test_contrast_is_the_published_one():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


def test_kinds_of_a_record_have_an_idea():
    for kind in ("standard", "depthwise", "pointwise", "se", "linear", "map", "other"):
        assert palette.idea(kind) in IDEAS.values()
    with pytest.raises(ValueError, match=r"kind must be one of .*got 'conv'"):
        palette.idea("conv")


def test_dark_inks_are_lighter_than_their_light_twins():
    for one in IDEAS.values():
        assert palette.luminance(one.ink_dark) > palette.luminance(one.ink)
