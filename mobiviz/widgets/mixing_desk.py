"""The mixing desk: a squeeze-and-excite's gates as one fader a channel, the maps before them above and after below."""

import base64
import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, hatched, picture, text

SIDE, PHOTO, LEVELS, MOST = 32, 64, 127, 16
BRIGHT = 0.97  # of all values are below the brightest colour
STOPS = ("#15191e", "#1d6a9c", "#56b4e9", "#e6f6ff")  # from 0 to the largest, as in every sheet of maps
HEAD = ("photo", "channel", "mean of the map", "gate", "mean after")


class MixingDesk(Stage):
    """What a squeeze-and-excite does to each photo's channels; Right walks along them, a menu mutes it.

    Each photo is a triple: the picture, the maps in front of the gates, and the gates.
    Shapes: uint8 (H, W, 3); (C, H, W), not negative; (C,), from 0 to 1. No more channels than the desk has strips.
    Raises: ValueError for another shape, a gate outside of 0 to 1, or no photo.
    """

    script = "mixing_desk.js"

    def __init__(self, photos: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]], layer: str = "") -> None:
        if not photos:
            raise ValueError("MixingDesk needs photos: a name and its picture, maps and gates each")
        made = [_photo(name, *parts) for name, parts in photos.items()]
        described, pixels = [one for one, _ in made], [bytes_ for _, bytes_ in made]
        if len({len(one["gates"]) for one in described}) > 1:
            raise ValueError("all photos must have as many channels: the maps of one layer")
        names = {"name": "photo", "label": "photo", "values": list(range(len(made))), "labels": list(photos)}
        mute = {"name": "se", "label": "SE", "values": [1, 0], "labels": ["on", "muted: all at 1"]}
        table = [HEAD] + [(one["name"], c, *row) for one in described for c, row in enumerate(one["rows"])]
        data = {"title": described[0]["title"], "alt": _alt(described[0]), "photos": described, "layer": layer}
        data |= {"side": SIDE, "small": PHOTO, "stops": STOPS, "controls": [names, mute], "table": table}
        super().__init__(data, b"".join(pixels), {"photo": 0, "se": 1, "at": 0})

    def poster(self) -> str:
        """The first photo's channels: its maps, the faders where the gates set them, and the maps after them."""
        one = self.data["photos"][0]
        maps = _maps(np.frombuffer(self.grids, np.int8), len(one["gates"]))
        after = np.round(maps * np.array(one["gates"])[:, None, None]).astype(int)
        body = [text(10, 28, one["title"], 16, weight="600"), text(10, 52, f"before, {one['name']}", 13, fill="@muted")]
        body += [*_row(maps, 60), text(10, 308, "after: each map times its gate", 13, fill="@muted"), *_row(after, 240)]
        for c, gate in enumerate(one["gates"]):
            x, y = 30 + 49 * c, 216 - 84 * gate
            body.append(el("path", {"d": f"M{x} 126V222", "stroke": "@line", "stroke-width": 4}))
            knob = {"x": x - 13, "y": y - 6, "width": 26, "height": 12, "rx": 2, "fill": hatched("desk", "se")}
            body.append(el("rect", knob | {"stroke": "@se-ink", "stroke-width": 1.5}))
            body.append(text(x, 122, f"{gate:.2f}", 12, anchor="middle", fill="@se-ink"))
        return picture("desk", (800, 322), one["title"], _alt(one), *body)


def _photo(name: str, shown: np.ndarray, maps: np.ndarray, gates: np.ndarray) -> tuple[dict, bytes]:
    """One photo as the picture needs it: words and numbers, and its pixels as bytes."""
    shown, maps, gates = np.asarray(shown), np.asarray(maps, dtype=float), np.asarray(gates, dtype=float).ravel()
    if shown.dtype != np.uint8 or shown.ndim != 3 or shown.shape[2] != 3:
        raise ValueError(f"the picture of {name} must be uint8 (H, W, 3) (got {shown.dtype} {shown.shape})")
    if maps.ndim != 3 or not 1 <= len(maps) <= MOST or gates.shape != (len(maps),):
        raise ValueError(
            f"{name} must have maps (C, H, W) and gates (C,), at most {MOST} (got {maps.shape}, {gates.shape})"
        )
    if maps.min() < 0 or gates.min() < 0 or gates.max() > 1:
        raise ValueError(f"maps of {name} must be 0 or more, its gates from 0 to 1")
    means = maps.mean(axis=(1, 2))
    closed, low, most = int((gates < 0.005).sum()), gates.min(), gates.max()
    title = f"{name}: SE closes {closed or 'none'} of {len(gates)} channels, and leaves {low:.0%} to {most:.0%} of each"
    rows = [(f"{m:.3f}", f"{g:.3f}", f"{m * g:.3f}") for m, g in zip(means, gates, strict=True)]
    top = np.quantile(maps, BRIGHT) or 1
    small = np.clip(np.round(_resized(maps) / top * LEVELS), 0, LEVELS).astype(np.int8)
    thumb = np.asarray(Image.fromarray(shown).resize((PHOTO, PHOTO)))
    words = {"name": name, "title": title, "gates": [round(float(g), 4) for g in gates], "rows": rows}
    return words, small.tobytes() + thumb.tobytes()


def _resized(maps: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(Image.fromarray(one.astype(np.float32)).resize((SIDE, SIDE))) for one in maps])


def _maps(grids: np.ndarray, channels: int) -> np.ndarray:
    return grids[: channels * SIDE * SIDE].reshape(channels, SIDE, SIDE)


def _row(maps: np.ndarray, y: float) -> list[str]:
    """One row of maps as small pictures, each 44 pixels wide."""
    body = []
    for c, one in enumerate(maps):
        box = {"x": 8 + 49 * c, "y": y, "width": 44, "height": 44}
        body.append(el("image", box | {"href": _png(one), "style": "image-rendering:pixelated"}))
        body.append(el("rect", box | {"fill": "none", "stroke": "@line", "stroke-width": 1}))
    return body


def _png(values: np.ndarray) -> str:
    coloured = Image.fromarray(values.astype(np.uint8), "P")
    stops = np.array([[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in STOPS])
    at = np.linspace(0, len(STOPS) - 1, LEVELS + 1)
    channels = [np.interp(at, range(len(STOPS)), stops[:, k]) for k in range(3)]
    coloured.putpalette(np.round(np.stack(channels, axis=1)).astype(np.uint8).tobytes())
    held = io.BytesIO()
    coloured.save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()


def _alt(one: dict) -> str:
    gates = ", ".join(f"{gate:.2f}" for gate in one["gates"])
    return (
        f"A mixing desk with {len(one['gates'])} strips. Each has a channel's map at the top, a fader in the middle "
        f"and the map times the fader at the bottom. {one['title']}. The faders stand at {gates}."
    )
