"""One colour, one hatch and one ink per idea, the same in every picture of the course.

Fills are Okabe and Ito's colour-blind-safe set. Some have little contrast on white, so each mark also has
an edge in a darker ink of its idea, words about the idea use that ink, and ideas that touch differ by hatch.
"""

from dataclasses import dataclass

FILL_EDGE_PX = 1.5


@dataclass(frozen=True)
class Idea:
    """How one idea looks: `fill` for areas, `ink` for edges and words on light paper, `ink_dark` on dark.

    `hatch` is one character that matplotlib and plotly both read; the empty string is a plain fill.
    `on_fill` is the black or white that is readable on the fill: for the hatch, and for words in the mark.
    """

    name: str
    label: str
    fill: str
    ink: str
    ink_dark: str
    hatch: str
    on_fill: str


@dataclass(frozen=True)
class Theme:
    """Everything that is not an idea: `line` for cell edges and axes, `panel` for quiet areas."""

    name: str
    paper: str
    panel: str
    text: str
    muted: str
    line: str


# The hatches are small drawings of the ideas: standard crosses every channel with every other, depthwise goes
# straight down one channel, pointwise looks at one point, squeeze-excite is a plus, a map is a row of pixels.
IDEAS: dict[str, Idea] = {
    idea.name: idea
    for idea in (
        Idea("standard", "standard convolution", "#0072B2", "#0072B2", "#58A9F0", "x", "#FFFFFF"),
        Idea("depthwise", "depthwise convolution", "#E69F00", "#B45F06", "#F0AC2B", "|", "#000000"),
        Idea("pointwise", "pointwise convolution", "#009E73", "#007A5A", "#2CC295", ".", "#000000"),
        Idea("se", "squeeze-and-excite", "#CC79A7", "#A8497F", "#E39AC6", "+", "#000000"),
        Idea("map", "feature map", "#56B4E9", "#1A7496", "#8AD4FF", "-", "#000000"),
        Idea("yours", "yours", "#D55E00", "#B84A00", "#FF8B4D", "/", "#000000"),
        Idea("other", "other", "#808080", "#5B6470", "#B9C0C9", "", "#000000"),
    )
}

# The kinds that a Record's calls have beyond the ideas: a linear layer is drawn as other, with its own words.
KINDS: dict[str, str] = {"linear": "other"}

THEMES: dict[str, Theme] = {
    "light": Theme("light", "#FFFFFF", "#F4F6F8", "#1B1F24", "#51606F", "#868C95"),
    "dark": Theme("dark", "#14171C", "#20242B", "#E8EBEF", "#AEB6C0", "#7A8390"),
}


# Of maps and kernels: orange is negative, dark is 0, blue is positive, in both themes.
MAP_STOPS = ("#fff0dc", "#f0a45c", "#a8521c", "#15191e", "#1d6a9c", "#56b4e9", "#e6f6ff")


def map_colour(value: float) -> str:
    """The `#rrggbb` of a value from -1 to 1 in a map or a kernel."""
    place = (min(max(value, -1.0), 1.0) + 1) / 2 * (len(MAP_STOPS) - 1)
    left = min(int(place), len(MAP_STOPS) - 2)
    pairs = zip(*(bytes.fromhex(MAP_STOPS[at][1:]) for at in (left, left + 1)), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - left)):02x}" for a, b in pairs)


def idea(kind: str) -> Idea:
    """The idea that a call's kind is drawn as.

    Raises: ValueError for a kind that no Record has.
    """
    if kind not in IDEAS and kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join([*IDEAS, *KINDS])} (got {kind!r})")
    return IDEAS[KINDS.get(kind, kind)]


def ink(kind: str, theme: str = "light") -> str:
    """The colour of edges and words about an idea on the paper of a theme."""
    chosen = idea(kind)
    return chosen.ink_dark if theme == "dark" else chosen.ink


def contrast(first: str, second: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21.

    Source: Web Content Accessibility Guidelines 2.2, relative luminance.
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1: also how light the colour is when printed in grey."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
