"""The feature bank's last frame as a standalone picture: trunk and bank, the curve, the map."""

from __future__ import annotations

import base64
import io
from math import log

from PIL import Image

from mobiviz.widgets.svg import el, text

# Marks of classes, about ten units in radius.
MARKS = {
    "disc": "M-9 0a9 9 0 1 0 18 0a9 9 0 1 0 -18 0z",
    "square": "M-8 -8h16v16h-16z",
    "triangle": "M0 -10L10 8H-10z",
    "cross": "M-3.5 -10h7v6.5h6.5v7h-6.5v6.5h-7v-6.5h-6.5v-7h6.5z",
    "diamond": "M0 -11L8 0L0 11L-8 0z",
    "wedge": "M0 10L10 -8H-10z",
    "bar": "M-11 -4h22v8h-22z",
    "post": "M-4 -11h8v22h-8z",
}
MAP = (360, 64, 430, 322)  # x, y, width and height
PLOT = (54, 288, 276, 84)
BANK = (190, 72, 142, 150)


def flow(data: dict, trunk: dict, n: int) -> list[str]:
    """The last photos, the trunk, and the bank with all its rows."""
    kinds, (x, y, width, height) = len(data["classes"]), BANK
    side, rows, all_rows = min(40, 150 / kinds - 4), n * kinds, data["rows"]
    body = [text(10, 62, "photos", 13, fill="@muted")]
    for at in range(kinds):
        top = y + at * (side + 5)
        body.append(window((10, top, side, side), data["thumbs"], (rows - kinds + at, 1, all_rows)))
    end = y + kinds * (side + 5) - 5
    shape = {"d": f"M66 {y}L160 {y + 34}V{end - 34}L66 {end}z", "fill": "@other", "stroke": "@other-ink"}
    body += [
        el("path", shape | {"fill-opacity": 0.25, "stroke-width": 1.5}),
        text(113, (y + end) / 2 - 3, "frozen", 13, anchor="middle", weight="600"),
        text(113, (y + end) / 2 + 14, "trunk", 13, anchor="middle", weight="600"),
        text(10, end + 18, f"{trunk['name']}:", 12, fill="@muted"),
        text(10, end + 34, f"{trunk['macs']:,} MACs", 12, fill="@muted"),
        _arrow(54, (y + end) / 2, 64),
        _arrow(164, (y + end) / 2, 186),
        text(x, 62, f"bank: {rows} × {trunk['numbers']}", 13, fill="@map-ink", weight="600"),
        window((x, y, width, height), trunk["bank"], (0, rows, all_rows)),
    ]
    frame = {"x": x, "y": y, "width": width, "height": height, "fill": "none", "stroke": "@map-ink"}
    return [*body, el("rect", frame | {"stroke-width": 1.5})]


def window(box: tuple[float, float, float, float], uri: str, rows: tuple[int, int, int]) -> str:
    """Some rows of a picture that has `of` of them one below the other, cut out and stretched into a box."""
    (x, y, width, height), (first, count, of) = box, rows
    kind = uri.partition(";")[0].partition("/")[2]
    whole = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    tall = whole.height // of
    part = as_uri(whole.crop((0, first * tall, whole.width, (first + count) * tall)), kind)
    place = {"x": x, "y": y, "width": width, "height": height, "href": part, "preserveAspectRatio": "none"}
    return el("image", place | {"style": "image-rendering:pixelated"} if kind == "png" else place)


def as_uri(picture: Image.Image, kind: str) -> str:
    """A picture as the address of itself: `kind` is jpeg or png."""
    file = io.BytesIO()
    picture.save(file, kind, **({"quality": 80} if kind == "jpeg" else {"optimize": True}))
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"


def curve(data: dict, n: int, chosen: int) -> list[str]:
    """Accuracy against photos a class, one line a trunk, the chosen one with its intervals."""
    left, top, width, height = PLOT
    counts = [row[0] for row in data["trunks"][0]["curve"]]
    span = log(counts[-1] / counts[0]) or 1

    def at(count: float, share: float) -> tuple[float, float]:
        return left + width * log(count / counts[0]) / span, top + height * (1 - share)

    body = [text(10, top - 20, "right answers, mean of many draws", 12, fill="@muted")]
    for share in (0, 0.5, 1):
        y = at(1, share)[1]
        line = {"d": f"M{left} {y:.1f}h{width}", "stroke": "@line", "stroke-width": 0.5}
        body += [el("path", line), text(left - 6, y + 4, f"{share:.0%}", 12, anchor="end", fill="@muted")]
    for count in counts:
        words = {
            "anchor": "middle",
            "fill": "@text" if count == n else "@muted",
            "weight": "650" if count == n else "400",
        }
        body.append(text(at(count, 0)[0], top + height + 18, count, 12, **words))
    body.append(text(left + width / 2, top + height + 35, "photos a class", 12, anchor="middle", fill="@muted"))
    for number, trunk in enumerate(data["trunks"]):
        ink, corners = ("@map-ink" if number == chosen else "@other-ink"), []
        for count, mean, low, high in trunk["curve"]:
            x, y = at(count, mean)
            corners.append(f"{x:.1f} {y:.1f}")
            bar = {"d": f"M{x:.1f} {at(1, low)[1]:.1f}V{at(1, high)[1]:.1f}", "stroke": ink, "stroke-width": 1.5}
            body.append(el("path", bar))
        body.append(el("path", {"d": "M" + "L".join(corners), "stroke": ink, "stroke-width": 2, "fill": "none"}))
        share = trunk["curve"][-1][1]
        below = share < max(other["curve"][-1][1] for other in data["trunks"])
        y = at(1, share)[1] + (22 if below else -9)
        body.append(text(left + width, y, trunk["name"], 12, anchor="end", fill=ink))
    x, y = at(n, next(row[1] for row in data["trunks"][chosen]["curve"] if row[0] == n))
    dot = {"d": MARKS["disc"], "transform": f"translate({x:.1f} {y:.1f}) scale(0.6)", "fill": "@map"}
    return [*body, el("path", dot | {"stroke": "@map-ink", "stroke-width": 2.5})]


def plane(data: dict, case: dict, step: int) -> list[str]:
    """The map after a step: regions, marks, names."""
    x0, y0, width, height = MAP
    body = [text(x0, y0 - 8, "large: learned from · small: asked, filled where the head is right", 12, fill="@muted")]
    for kind, corners in enumerate(case["regions"][step]):
        if corners:
            path = "M" + "L".join(f"{x0 + x:.1f} {y0 + y:.1f}" for x, y in corners) + "z"
            fill = {"fill": ("@paper", "@panel", "@line")[kind % 3], "fill-opacity": (1, 1, 0.35)[kind % 3]}
            body.append(el("path", {"d": path, "stroke": "@text", "stroke-width": 1.2, **fill}))
    answers, kinds = case["answers"][step], len(data["classes"])
    for at, (x, y) in enumerate(case["learned"]):
        body.append(_mark(data["marks"][at % kinds], (x0 + x, y0 + y, 0.75), "@map", 1.5))
    for at, (x, y) in enumerate(case["asked"]):
        truth = data["truth"][at]
        fill = "@map" if answers[at] == truth else "@paper"
        body.append(_mark(data["marks"][int(truth)], (x0 + x, y0 + y, 0.4), fill, 2.5))
    for name, place in zip(data["classes"], case["names"][step], strict=True):
        if place:
            halo = {
                "x": x0 + place[0],
                "y": y0 + place[1],
                "font-size": 15,
                "font-weight": 700,
                "text-anchor": "middle",
            }
            halo |= {"paint-order": "stroke", "stroke": "@paper", "stroke-width": 4, "fill": "@text"}
            body.append(el("text", halo, name))
    frame = {"x": x0, "y": y0, "width": width, "height": height, "fill": "none", "stroke": "@line", "stroke-width": 1}
    return [*body, el("rect", frame)]


def _mark(path: str, where: tuple[float, float, float], fill: str, edge: float) -> str:
    x, y, scale = where
    place = {"d": path, "transform": f"translate({x:.1f} {y:.1f}) scale({scale})", "fill": fill}
    return el("path", place | {"stroke": "@map-ink", "stroke-width": edge})


def _arrow(x: float, y: float, to: float) -> str:
    line = {"d": f"M{x} {y}H{to - 4}M{to - 6} {y - 4}L{to} {y}L{to - 6} {y + 4}", "fill": "none", "stroke": "@text"}
    return el("path", line | {"stroke-width": 1.5})
