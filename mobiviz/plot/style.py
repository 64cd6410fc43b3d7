"""One style for every static picture: a canvas in CSS pixels, and the Picture that a cell shows.

A picture is drawn by matplotlib inside a `with`, so nobody's rcParams change and pyplot knows nothing of it. Its SVG
has the same bytes each time, keeps its words as text, and follows the reader's light or dark setting.
"""

from __future__ import annotations

import base64
import io
import pathlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from xml.sax.saxutils import escape

import numpy as np
from matplotlib import style
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from PIL import Image

from mobiviz.names import unknown
from mobiviz.plot.palette import FILL_EDGE_PX, IDEAS, THEMES, idea

WIDTH, PAD = 864, 14  # CSS pixels: a cell's output in JupyterLab at 1280, and the margin inside
SMALL, BODY, TITLE = 13.0, 14.0, 18.0  # type sizes; SMALL is still 12 px in a column of 800
_PT = 0.75  # points in one CSS pixel
_ROLES = ("paper", "panel", "text", "muted", "line")
_FACE = "DejaVu Sans"  # measured with, because matplotlib brings it along; wider than what systems show
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_RC = {
    "svg.hashsalt": "mobiviz",
    "svg.fonttype": "none",
    "font.family": [_FACE],
    "text.parse_math": False,
    "hatch.linewidth": 0.7,
    "image.composite_image": False,
}


@cache
def colours(theme: str | None) -> dict[str, str]:
    """Every colour that changes with the theme, by role; for None, place-holders that the SVG replaces."""
    roles = [*_ROLES, *(f"{name}-ink" for name in IDEAS)]
    if theme is None:
        return {role: f"#fe00{i:02x}" for i, role in enumerate(roles)}
    if theme not in THEMES:
        raise ValueError(unknown("theme", theme, THEMES))
    inks = {f"{name}-ink": one.ink_dark if theme == "dark" else one.ink for name, one in IDEAS.items()}
    return {role: getattr(THEMES[theme], role) for role in _ROLES} | inks


class Canvas:
    """A sheet of paper with its origin at the top left, below the title; all lengths in CSS pixels."""

    def __init__(self, theme: str | None, height: float, top: float) -> None:
        self.colours = colours(theme)
        self.figure = Figure(figsize=(WIDTH / 96, (top + height) / 96), dpi=96, facecolor=self.colours["paper"])
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set(xlim=(0, WIDTH), ylim=(height, -top), autoscale_on=False)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        role: str = "text",
        size: float = SMALL,
        anchor: str = "left",
        weight: str = "normal",
    ) -> None:
        """One line of words on a baseline; `role` is a role of the theme or a colour."""
        colour = self.colours.get(role, role)
        self._axes.text(x, y, words, color=colour, fontsize=size * _PT, ha=anchor, fontweight=weight)

    def bars(self, boxes: list[tuple[float, float, float, float]], kind: str, edge: bool = True) -> None:
        """Areas (x, y, width, height) in a kind's fill, hatch and edge."""
        one = idea(kind)
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)] for x, y, w, h in boxes]
        look = {"facecolor": one.fill, "edgecolor": self.colours[f"{one.name}-ink"], "hatchcolor": one.on_fill}
        look |= {"linewidth": FILL_EDGE_PX * _PT, "hatch": one.hatch * 2} if edge else {"linewidth": 0}
        self._axes.add_patch(PathPatch(Path.make_compound_path(*map(Path, corners)), clip_on=False, **look))

    def line(self, xs: list[float], ys: list[float], role: str = "line", width: float = 1.0) -> None:
        """A thin line through points."""
        self._axes.plot(xs, ys, color=self.colours.get(role, role), linewidth=width * _PT, clip_on=False)

    def image(
        self, values: np.ndarray, box: tuple[float, float, float, float], top: float, cmap: ListedColormap
    ) -> None:
        """A 2-D array as pixels in the box (x, y, width, height), from -top to top."""
        x, y, width, height = box
        extent = (x, x + width, y + height, y)
        self._axes.imshow(values, cmap, vmin=-top, vmax=top, extent=extent, aspect="auto", interpolation="none")
        self._axes.add_patch(
            Rectangle((x, y), width, height, fill=False, edgecolor=self.colours["line"], linewidth=_PT, clip_on=False)
        )


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A finished picture: a cell that ends with it shows it, `.save` writes it, `.alt` says it in words."""

    title: str
    alt: str
    note: str
    height: float
    paint: Callable[[Canvas], None]

    def svg(self, theme: str | None = None) -> str:
        """The picture as SVG text, the same bytes each time; follows the reader's theme where none is named."""
        chosen = colours(theme or "light")  # an unknown theme ends here
        text = self._template
        for role, place in colours(None).items():
            text = text.replace(place, chosen[role] if theme else f"var(--mv-{role}, {chosen[role]})")
        return text if theme else text.replace("</title>", f"</title>{_dark_style()}", 1)

    def save(self, path: str | pathlib.Path, theme: str = "light") -> pathlib.Path:
        """Write the picture to a `.svg` or a `.png`, in one theme.

        Raises: ValueError for another suffix or an unknown theme; FileNotFoundError where the folder is missing.
        """
        path = pathlib.Path(path)
        if path.suffix not in (".svg", ".png"):
            raise ValueError(f"a picture is saved as .svg or .png (got {path.name!r})")
        data = self.svg(theme).encode("utf-8") if path.suffix == ".svg" else self._drawn(theme, "png")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"no folder {path.parent} to save into; make it first")
        path.write_bytes(data)
        return path

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}, {"image/svg+xml": {"alt": self.alt}}

    def __repr__(self) -> str:
        return f"[picture] {self.alt}"

    @cached_property
    def _template(self) -> str:
        """The SVG with a place-holder for each colour that changes with the theme."""
        return self._tidy(self._drawn(None, "svg").decode("utf-8"))

    def _drawn(self, theme: str | None, suffix: str) -> bytes:
        colours(theme)
        lines = wrapped(self.title, TITLE, WIDTH - 2 * PAD, weight="bold")
        notes = wrapped(self.note, SMALL, WIDTH - 2 * PAD) if self.note else []
        top = PAD + 24 * len(lines) + 18 * len(notes) + 10
        with style.context(["default", _RC]):
            canvas = Canvas(theme, self.height, top)
            for row, line in enumerate(lines):
                canvas.text(PAD, PAD + 15 + 24 * row - top, line, size=TITLE, weight="bold")
            for row, line in enumerate(notes):
                canvas.text(PAD, PAD + 24 * len(lines) + 13 + 18 * row - top, line, "muted")
            self.paint(canvas)
            buffer = io.BytesIO()
            dates = (
                {"metadata": {"Date": None, "Creator": None}} if suffix == "svg" else {"metadata": {"Software": None}}
            )
            canvas.figure.savefig(buffer, format=suffix, dpi=192, **dates)
        return buffer.getvalue()

    def _tidy(self, text: str) -> str:
        """Matplotlib's SVG with words for those who cannot see it, the system's fonts, and nothing to spare."""
        text = text[text.index("<svg") :].replace(f"font-family: '{_FACE}'; ", "")
        text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
        text = re.sub(r"data:image/png;base64,([^\"]+)", lambda found: _indexed(found[1]), text)
        text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
        text = re.sub(r"(?<=[0-9z>]) *\n *", " ", text).replace("> <", "><")
        text = re.sub(r"<pattern.*?</pattern>", lambda found: _dotted(found[0]), text)
        head = '<svg class="mv-static" role="img" aria-label="' + escape(self.alt, {'"': "&quot;"}) + '" style="'
        head += f"max-width:100%;height:auto;font-family:{FONT};font-variant-numeric:tabular-nums" + '" '
        text = text.replace("<svg ", head, 1)
        end = text.index(">", len(head)) + 1
        return f"{text[:end]}<title>{escape(self.title)}</title>{text[end:]}"


@cache
def text_width(words: str, size: float, weight: str = "normal") -> float:
    """Width of one line of words in CSS pixels."""
    font = FontProperties(family=_FACE, size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(words, font, False)[0]


def wrapped(words: str, size: float, width: float, weight: str = "normal") -> list[str]:
    """Words in lines that fit into a width."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def spread(wanted: list[tuple[float, float]]) -> list[float]:
    """Left edges of labels, centred where wanted, moved apart until none overlaps and all are on the paper."""
    edges: list[float] = []
    free = float(PAD)
    for centre, width in wanted:
        edges.append(max(free, centre - width / 2))
        free = edges[-1] + width
    limit = float(WIDTH - PAD)
    for i in reversed(range(len(edges))):
        edges[i] = min(edges[i], limit - wanted[i][1])
        limit = edges[i]
    return edges


def _dark_style() -> str:
    dark = ";".join(f"--mv-{role}:{colour}" for role, colour in colours("dark").items())
    return f"<style>@media (prefers-color-scheme:dark){{svg.mv-static{{{dark}}}}}</style>"


def _dotted(pattern: str) -> str:
    """A hatch of dots as round ends of lines without length: matplotlib's circles would be most of the file."""
    dots = re.sub(r"M (\S+ \S+) C [^z]*z", r"M \1h0", pattern)
    return (
        dots
        if dots == pattern
        else dots.replace("width: 0.7; stroke-linecap: butt", "width: 1.6; stroke-linecap: round")
    )


def _indexed(data: str) -> str:
    """A PNG of few colours with a palette instead of four bytes a pixel; nothing is lost."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    found, index = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    small = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8), "P")
    small.putpalette(found.astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    small.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
