"""The odometer: a kernel steps over a 5x5x3 input, its products fall into one sum, and a counter ticks MACs."""

from functools import cache
from itertools import product

import numpy as np

from mobiviz import pricing
from mobiviz.widgets.stage import Stage, one_of
from mobiviz.widgets.svg import el, picture, text

SIZE, C_IN = 5, 3
KERNELS, STRIDES, PADDINGS, FILTERS = (1, 3, 5), (1, 2), (0, 1, 2), (1, 2, 3, 4)
MAC = "A MAC is a multiply-accumulate: one product, added to a sum."
HEAD = ("k", "stride", "padding", "output", "MACs per number", *(f"MACs, {n} out" for n in FILTERS))


def input_grid() -> np.ndarray:
    """The input that the kernel steps over: small whole numbers that a reader can multiply in the head."""
    c, y, x = np.indices((C_IN, SIZE, SIZE))
    return (3 * c + 2 * y * y + x * (y + 1)) % 4


def kernel_grid(k: int) -> np.ndarray:
    """Four kernels of -1, 0 and 1.

    Shapes: (filter, channel, k, k).
    """
    f, c, y, x = np.indices((FILTERS[-1], C_IN, k, k))
    return (5 * f + 2 * c + 2 * y + x * x * (f + 1) + f * y * y + f // 3 * c * (x + 1)) % 3 - 1


def running_sums(k: int, stride: int, padding: int) -> np.ndarray:
    """The sum after each product, in the order in which the picture multiplies: channel, row, column.

    Shapes: (filter, output row, output column, product).
    """
    padded = np.pad(input_grid(), ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    windows = windows.transpose(1, 2, 0, 3, 4).reshape(*windows.shape[1:3], -1)
    weights = kernel_grid(k).reshape(FILTERS[-1], 1, 1, -1)
    return np.cumsum(windows * weights, axis=-1)


class Odometer(Stage):
    """Steps a kernel over an input and counts: Right one position, Shift+Right one MAC, End the formula.

    Raises: ValueError for a setting whose numbers the picture does not hold.
    """

    script = "odometer.js"

    def __init__(self, k: int = 3, stride: int = 1, padding: int = 0, c_out: int = 2) -> None:
        start = {
            "k": one_of("k", k, KERNELS),
            "stride": one_of("stride", stride, STRIDES),
            "padding": one_of("padding", padding, PADDINGS),
            "c_out": one_of("c_out", c_out, FILTERS),
        }
        cases, grids = _cases()
        case = cases[f"{k},{stride},{padding}"]
        data = {
            "title": case["titles"][c_out - 1],
            "alt": _alt(start, case),
            "mac": MAC,
            "size": SIZE,
            "c_in": C_IN,
            "input": input_grid().tolist(),
            "kernels": {str(each): kernel_grid(each).tolist() for each in KERNELS},
            "cases": cases,
            "controls": [
                {"name": "k", "label": "kernel size k", "values": KERNELS},
                {"name": "stride", "label": "stride", "values": STRIDES},
                {"name": "padding", "label": "padding", "values": PADDINGS},
                {"name": "c_out", "label": "filters C_out", "values": FILTERS},
            ],
            "table": [HEAD, *(_table_row(key, case) for key, case in cases.items())],
        }
        super().__init__(data, grids, start)

    def poster(self) -> str:
        """The last step: all products of the last window lit, all outputs filled, the formula with its numbers."""
        setting = [self.start[key] for key in ("k", "stride", "padding")]
        case = self.data["cases"][",".join(map(str, setting))]
        at = self.start["c_out"] - 1
        formula = f"MACs = {case['symbols']} = {case['formulas'][at]}"
        body = [text(10, 30, case["titles"][at], 16, weight="600"), *_inputs(setting, at), *_outputs(case, self.start)]
        weights = f"{case['params'][at]:,} weights = {case['weights'][at]}"
        body += [text(10, 456, formula, 14, weight="600"), text(10, 480, f"{MAC} {weights}.", 14)]
        alt = _alt(self.start, case)
        return picture("odometer", (800, 494), case["titles"][at], alt, *body)


@cache
def _cases() -> tuple[dict[str, dict], bytes]:
    """Every setting's numbers, and all running sums one after the other, a byte each."""
    cases, sums = {}, []
    for setting in product(KERNELS, STRIDES, PADDINGS):
        cases[",".join(map(str, setting))] = _case(setting, sum(part.size for part in sums))
        sums.append(running_sums(*setting).ravel())
    return cases, _int8(np.concatenate(sums))


def _case(setting: tuple[int, int, int], offset: int) -> dict:
    k, stride, padding = setting
    out, n = pricing.out_size(SIZE, k, stride, padding), pricing.conv(C_IN, 1, k, k).macs
    prices = [pricing.conv(C_IN, filters, k, SIZE, stride, padding) for filters in FILTERS]
    window = f"{k} × {k} × {C_IN}"
    sums = running_sums(*setting)[..., -1]
    return {
        "out": out,
        "n": n,
        "offset": offset,
        "sums": sums.reshape(len(FILTERS), -1).tolist(),
        "macs": [price.macs for price in prices],
        "params": [price.params for price in prices],
        "weights": [f"{f} × {window}" for f in FILTERS],
        "symbols": "H_out × W_out × C_out × k × k × C_in",
        "formulas": [f"{out} × {out} × {f} × {window} = {p.macs:,}" for f, p in zip(FILTERS, prices, strict=True)],
        "titles": [
            f"Each output number costs {window} = {n} MACs, and {_numbers(out * out * f)} {p.macs:,}"
            for f, p in zip(FILTERS, prices, strict=True)
        ],
    }


def _numbers(count: int) -> str:
    return "there is one:" if count == 1 else f"all {count} cost"


def _table_row(key: str, case: dict) -> tuple:
    return (*map(int, key.split(",")), f"{case['out']} × {case['out']}", case["n"], *case["macs"])


def _int8(values: np.ndarray) -> bytes:
    small = values.astype(np.int8)
    if not np.array_equal(small, values):
        raise ValueError("a running sum does not fit into one byte; use smaller inputs or weights")
    return small.tobytes()


def _alt(start: dict, case: dict) -> str:
    k, filters, out = start["k"], start["c_out"], case["out"]
    return (
        f"Three 5 by 5 input channels side by side; a {k} by {k} window is marked in each. Below each channel stands "
        f"its slice of the kernel. The {case['n']} products of the three slices fall into one sum, which fills one "
        f"cell of the output. The output has {filters} channel{'s' * (filters > 1)} of {out} by {out}; filling all "
        f"of it takes {case['macs'][filters - 1]:,} MACs."
    )


def _inputs(setting: list[int], filter_at: int) -> list[str]:
    """The three channels with the last window marked, and the kernel slices below them."""
    k, stride, padding = setting
    n = SIZE + 2 * padding
    cell, first = min(26, 156 / n), (pricing.out_size(SIZE, k, stride, padding) - 1) * stride
    grid = np.pad(input_grid(), ((0, 0), (padding, padding), (padding, padding)))
    heading = f"input H_in × W_in × C_in = {SIZE} × {SIZE} × {C_IN}"
    body = [text(266, 58, heading, 13, anchor="middle", fill="@map-ink")]
    for c in range(C_IN):
        mid = 88 + 178 * c
        x0, y0 = mid - n * cell / 2, 88
        body.append(text(mid, 80, f"channel {c + 1}", 13, anchor="middle", fill="@muted"))
        for y, x in product(range(n), repeat=2):
            inside = first <= y < first + k and first <= x < first + k
            body.append(_cell((x0 + x * cell, y0 + y * cell, cell), grid[c, y, x], "map" if inside else ""))
        body.append(_frame(x0 + first * cell, y0 + first * cell, k * cell))
        small = min(24, 92 / k)
        for y, x in product(range(k), repeat=2):
            box = (mid - k * small / 2 + x * small, 270 + y * small, small)
            body.append(_cell(box, kernel_grid(k)[filter_at, c, y, x], "standard"))
        label = f"× filter {filter_at + 1}, slice {c + 1}"
        body.append(text(mid, 262, label, 13, anchor="middle", fill="@standard-ink"))
        line = {"d": f"M{mid} {274 + k * small:.1f}V370L{216 + 50 * c} 392", "fill": "none", "stroke": "@standard-ink"}
        body.append(el("path", line | {"stroke-width": 1.5}))
    return body


def _outputs(case: dict, start: dict) -> list[str]:
    """All filters' outputs, the sum, and an arrow from it into the last cell."""
    out, filters, sums = case["out"], start["c_out"], case["sums"]
    cell, y0 = min(32, 100 / case["out"]), 88
    roomy = cell >= 8 * max(len(str(total)) for one in sums for total in one) + 4
    heading = f"output H_out × W_out × C_out = {out} × {out} × {filters}"
    body = [text(668, 58, heading, 13, anchor="middle", fill="@map-ink")]
    for f in range(filters):
        mid, y0 = (685 if filters == 1 else 628 + 114 * (f % 2)), 88 + 140 * (f // 2)
        for at, total in enumerate(sums[f]):
            box = (mid - out * cell / 2 + at % out * cell, y0 + at // out * cell, cell)
            body.append(_cell(box, total if roomy else "", "map"))
        body.append(text(mid, y0 - 8, f"filter {f + 1}", 13, anchor="middle", fill="@muted"))
    x, bottom = mid + (out / 2 - 0.5) * cell, y0 + out * cell
    body.append(_frame(x - cell / 2, bottom - cell, cell))
    box = {"x": 153, "y": 394, "width": 226, "height": 32, "rx": 4, "fill": "@paper", "stroke": "@standard-ink"}
    words = f"sum of {case['n']} products = {sums[filters - 1][-1]}".replace("-", "−")
    body += [el("rect", box | {"stroke-width": 1.5}), text(266, 415, words, 14, anchor="middle", weight="600")]
    arrow = {"d": f"M379 410H{x:.1f}V{bottom + 5:.1f}", "fill": "none", "stroke": "@text", "stroke-width": 1.5}
    return [*body, el("path", arrow), el("path", {"d": f"M{x:.1f} {bottom:.1f}l4.5 8h-9z", "fill": "@text"})]


def _cell(box: tuple[float, float, float], value: object, idea: str) -> str:
    x, y, side = box
    rect = {"x": x, "y": y, "width": side, "height": side, "fill": f"@{idea}" if idea else "@paper"}
    rect |= {"stroke": f"@{idea}-edge" if idea else "@line", "stroke-width": 1}
    words = str(value).replace("-", "−")
    fill = f"@{idea}-on" if idea else "@text"
    label = text(x + side / 2, y + side / 2 + 4.5, words, 12, anchor="middle", fill=fill)
    return el("rect", rect) + (label if words else "")


def _frame(x: float, y: float, side: float) -> str:
    edge = {"x": x, "y": y, "width": side, "height": side, "fill": "none", "stroke": "@text"}
    return el("rect", edge | {"stroke-width": 2.5})
