"""A picture as a short film, for slides, a README and print-outs: the same state, stepped by its own keys."""

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from mobiviz.course import camera, gallery

SUFFIXES = (".webp", ".gif")
BUDGET_BYTES = 600_000
MOST_STEPS, HOLD_MS, LONGEST_S = 48, 2500, 60
GIF_COLOURS = 128
NARROWEST, WIDEST = 320, 3840
_ROOM = 800  # CSS pixels: a wider film shows the same, larger
# A film needs no controls and no ring around what has the focus.
_STYLE = """.mv .mv-row, .mv .mv-hint, .mv details { display: none !important }
.mv .mv-settings { position: absolute; top: 0; left: 0; opacity: 0 }  /* out of sight, within reach of the keys */
.mv { border: 0 !important; border-radius: 0 !important; max-width: none !important }
.mv .mv-picture:focus, .mv :focus-visible { outline: none !important }"""
_PARTS = (".mv-title", ".mv-counters", ".mv-formula", ".mv-caption")
_HEIGHTS = "names => names.map(name => document.querySelector(name).getBoundingClientRect().height)"
_KEEP = """([names, most]) => names.forEach((name, i) => {
  document.querySelector(name).style.minHeight = `${Math.ceil(most[i])}px`;
})"""
_AT = "() => Number(document.querySelector('.mv').dataset.at)"

Presses = list[str]
# These fill up and are complete at their end; every other picture opens complete, and a walk through it ends at Home.
FILLED = ("noise", "odometer", "race", "tournament", "bank", "docket")
# These are about their knobs, which are turned through all that they have, and back.
TURNED = {"crusher": ("n",), "dial": ("alpha", "size")}
# One path down: from the network to a block, its maps, and the sum behind a number.
_UP, _ON = ["Escape"] * 3, ["ArrowRight"]
PATHS = {"down": [_UP, ["Enter"], ["Enter"], *[_ON] * 6, ["Enter"], _ON, _ON]}


@dataclass(frozen=True)
class Looks:
    """How a film is taken: seconds from the first frame to the last, width in pixels, dark paper, and played once.

    Raises: ValueError for seconds or a width that no film has.
    """

    seconds: float = 5
    width: int = 800
    dark: bool = False
    once: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST_S:
            raise ValueError(f"seconds must be > 0 and at most {LONGEST_S} (got {self.seconds:g})")
        if not NARROWEST <= self.width <= WIDEST:
            raise ValueError(f"width must be from {NARROWEST} to {WIDEST} pixels (got {self.width})")

    def ways(self) -> dict[str, Any]:
        """The browser's context: a film that is wider than the picture's own room shows the same, larger."""
        room = min(self.width, _ROOM)
        ways = {"viewport": {"width": room, "height": 900}, "device_scale_factor": self.width / room}
        return ways | {"color_scheme": "dark" if self.dark else "light"}


@dataclass(frozen=True)
class Film:
    """A film that was written: its file, its frames, their size, and the seconds of one round."""

    path: Path
    frames: int
    size: tuple[int, int]
    seconds: float

    def __str__(self) -> str:
        size, weight = " x ".join(map(str, self.size)), self.path.stat().st_size / 1000
        return f"{self.path}: {self.frames} frames of {size}, {self.seconds:.1f} s a round, {weight:.0f} kB"


def films(ideas: list[str], out: Path, looks: Looks | None = None) -> Iterator[Film]:
    """Write the film of each idea, one after another: into `out`, a .webp or .gif file for one idea, or a folder.

    A film ends on the complete frame, rests there, and begins anew.

    Raises: ValueError for an unknown idea, or a file of another kind; ImportError without playwright,
    FileNotFoundError without a browser.
    """
    looks, found = looks or Looks(), [gallery.piece(idea) for idea in ideas]
    folder = len(ideas) > 1 or not out.suffix
    if not folder and out.suffix.lower() not in SUFFIXES:
        raise ValueError(f"a film is written as {' or '.join(SUFFIXES)} (got {out.name!r})")
    (out if folder else out.parent).mkdir(parents=True, exist_ok=True)
    with camera.chromium() as browser, tempfile.TemporaryDirectory() as folder_of_page:
        scratch = Path(folder_of_page, "film.html")
        for piece in found:
            path = out / f"{piece.idea}{SUFFIXES[0]}" if folder else out
            with camera.alone(browser, (piece, scratch), looks.ways(), _STYLE) as page:
                frames = shots(page, walk(page, piece.idea))
            each = round(1000 * looks.seconds / (len(frames) - 1))
            times = [each] * (len(frames) - 1) + [HOLD_MS]
            write(frames, times, path, looks.once)
            yield Film(path, len(frames), frames[0].size, sum(times) / 1000)


def walk(page: Any, idea: str) -> list[Presses]:
    """What to press before each frame; the last one shows the complete picture."""
    if idea in PATHS:
        return PATHS[idea]
    if idea in TURNED:
        return [presses for name in TURNED[idea] for presses in _turned(page, name)]
    page.keyboard.press("End")
    last = page.evaluate(_AT)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    steps = -(-last // page.evaluate(_AT))
    frames = min(steps, MOST_STEPS)
    places = [round(at * steps / frames) for at in range(frames + 1)]
    rights = [["ArrowRight"] * (to - at) for at, to in pairwise(places)]
    if idea in FILLED:
        return [["Home"], *rights[:-1], [*rights[-1], "End"]]
    return [["Home", *rights[0]], *rights[1:], ["Home"]]


def _turned(page: Any, name: str) -> list[Presses]:
    """A knob from its lowest to its highest, and back to where it stood."""
    most, stood = page.locator(f".mv [data-setting={name}]").evaluate("knob => [Number(knob.max), Number(knob.value)]")
    back = [f"{name}:Home", *[f"{name}:ArrowRight"] * stood]
    return [[f"{name}:Home"], *[[f"{name}:ArrowRight"]] * most, *([back] if stood < most else [])]


def shots(page: Any, steps: list[Presses]) -> list[Image.Image]:
    """A frame after each step. All steps are walked once before, so that no line of words moves what is below it."""
    most = [0.0] * len(_PARTS)
    for presses in steps:
        _press(page, presses)
        most = list(map(max, most, page.evaluate(_HEIGHTS, list(_PARTS))))
    page.evaluate(_KEEP, [list(_PARTS), most])
    frames, picture = [], page.locator(".mv")
    for presses in steps:
        _press(page, presses)
        frames.append(Image.open(io.BytesIO(picture.screenshot())).convert("RGB"))
    size = tuple(max(frame.size[axis] for frame in frames) for axis in (0, 1))  # a view may be lower than the next
    return [ImageOps.pad(frame, size, color=frame.getpixel((0, 0)), centering=(0, 0)) for frame in frames]


def write(frames: list[Image.Image], times: list[int], out: Path, once: bool) -> None:
    """Write frames, each shown for its milliseconds: without loss where that stays within the budget."""
    if out.suffix.lower() == ".gif":  # one palette and no dithering, so that what stands still costs nothing
        few = frames[:: max(len(frames) // 4, 1)]
        strip = Image.new("RGB", (few[0].width, few[0].height * len(few)))
        for at, frame in enumerate(few):
            strip.paste(frame, (0, at * frame.height))
        palette = strip.quantize(GIF_COLOURS)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    first, rest = frames[0], frames[1:]
    shared = {"save_all": True, "append_images": rest, "duration": times}
    if first.mode == "P":
        first.save(out, optimize=True, **shared, **({} if once else {"loop": 0}))
        return
    shared |= {"loop": int(once), "minimize_size": True, "method": 4}
    for quality in ({"lossless": True}, {"quality": 80}, {"quality": 60}, {"quality": 40}):
        first.save(out, **shared, **quality)
        if out.stat().st_size <= BUDGET_BYTES:
            return


def _press(page: Any, presses: Presses) -> None:
    """Press keys; `n:ArrowRight` presses on the setting n instead of on the picture."""
    for one in presses:
        setting, _, key = one.rpartition(":")
        where = f".mv [data-setting={setting}]" if setting else ".mv-picture"
        page.locator(where).focus()
        page.keyboard.press(key)
