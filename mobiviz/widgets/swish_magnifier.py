"""The swish magnifier: swish and h-swish as curves, and their difference twenty times as large below."""

from math import exp

from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, picture, text

REACH, STEP, FINE, TIMES = 6, 0.25, 0.05, 20
TITLE = "h-swish stays within {most} of swish; it is farthest off at −3 and at 3"


def swish(x: float) -> float:
    """x sigmoid(x)."""
    return x / (1 + exp(-x))


def h_swish(x: float) -> float:
    """x relu6(x + 3) / 6: the same, its sigmoid drawn with straight lines.

    Source: MobileNetV3, arXiv:1905.02244, section 5.2.
    """
    return x * min(max(x + 3, 0), 6) / 6 + 0.0  # which makes a negative zero a zero


class Magnifier(Stage):
    """Steps along x and compares swish with h-swish; Right is a quarter of a unit."""

    script = "swish_magnifier.js"

    def __init__(self) -> None:
        points = [_point(round(-REACH + STEP * at, 2)) for at in range(round(2 * REACH / STEP) + 1)]
        fine = [round(-REACH + FINE * at, 2) for at in range(round(2 * REACH / FINE) + 1)]
        curves = {"x": fine, "swish": [round(swish(x), 4) for x in fine], "h": [round(h_swish(x), 4) for x in fine]}
        curves["apart"] = [round(TIMES * (h_swish(x) - swish(x)), 3) for x in fine]
        most = max(abs(h_swish(x) - swish(x)) for x in fine)
        head = ("x", "swish", "h-swish", "difference", f"{TIMES} times")
        rows = [(f"{p['x']:g}", *(f"{p[key]:.4f}" for key in ("swish", "h", "apart", "large"))) for p in points]
        title = TITLE.format(most=f"{most:.2f}")
        data = {"title": title, "alt": _alt(most), "controls": [], "table": [head, *rows]}
        super().__init__(data | {"points": points, "curves": curves, "most": f"{most:.3f}", "times": TIMES})

    def poster(self) -> str:
        """Both curves above, their difference below, with the places where it is largest marked."""
        curves, body = self.data["curves"], [text(10, 28, self.data["title"], 16, weight="600")]
        for name, style in (("swish", {"stroke": "@text", "stroke-dasharray": "6 4"}), ("h", {"stroke": "@map-ink"})):
            body.append(el("path", {"d": _line(curves["x"], curves[name], _upper), "fill": "none"} | style | _THICK))
        body += _axes(_upper, (0, 2, 4, 6), "0") + _axes(
            _lower, (-2, 0, 2), f"h-swish minus swish, on a scale {TIMES} times as large", TIMES
        )
        body.append(el("path", _THICK | {"d": _line(curves["x"], curves["apart"], _lower), "fill": "none"} | _APART))
        for x in (-3, 3):
            at = _lower(x, TIMES * (h_swish(x) - swish(x)))
            body.append(text(at[0], at[1] - 8, f"{h_swish(x) - swish(x):.3f}", 13, anchor="middle", weight="600"))
        body += [text(560, 96, "swish (dashed)", 13, anchor="end"), text(620, 220, "h-swish", 13, fill="@map-ink")]
        return picture("magnifier", (800, 446), self.data["title"], self.data["alt"], *body)


_THICK, _APART = {"stroke-width": 2}, {"stroke": "@other-ink"}


def _point(x: float) -> dict:
    one, two = swish(x), h_swish(x)
    inside = f"{min(max(x + 3, 0), 6):g}"
    return {
        "x": x,
        "swish": one,
        "h": two,
        "apart": two - one,
        "large": TIMES * (two - one),
        "words": f"h-swish = x × ReLU6(x + 3) / 6 = {x:g} × {inside} / 6 = {two:.4f}".replace("-", "−").replace(
            "h−", "h-"
        ),
    }


def _upper(x: float, y: float) -> tuple[float, float]:
    return 400 + 60 * x, 240 - 29 * y


def _lower(x: float, y: float) -> tuple[float, float]:
    return 400 + 60 * x, 366 - 22 * y


def _line(xs: list, ys: list, place) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in (place(x, y) for x, y in zip(xs, ys, strict=True)))


def _axes(place, ticks: tuple, label: str, times: int = 1) -> list[str]:
    (x0, y0), (x1, _) = place(-REACH, 0), place(REACH, 0)
    body = [el("path", {"d": f"M{x0} {y0}H{x1}", "stroke": "@line", "stroke-width": 1})]
    for y in ticks:
        body.append(
            text(x0 - 8, place(0, y)[1] + 4, f"{y / times:g}".replace("-", "−"), 12, anchor="end", fill="@muted")
        )
    if label != "0":
        body.append(text(400, place(0, 2)[1] - 12, label, 13, anchor="middle", fill="@other-ink"))
        for x in range(-REACH, REACH + 1, 3):
            at = place(x, 0)[0]
            body.append(
                text(at, 436, f"x = {x}" if not x else f"{x}".replace("-", "−"), 12, anchor="middle", fill="@muted")
            )
    return body


def _alt(most: float) -> str:
    return (
        f"Two curves from x = -{REACH} to {REACH}. Both are near 0 on the left and near x on the right, with a shallow "
        f"dip between -3 and 0; h-swish is exactly 0 below -3 and exactly x above 3. Below, their difference, drawn "
        f"{TIMES} times as large: it is never more than {most:.3f}, which it reaches at -3 and at 3."
    )
