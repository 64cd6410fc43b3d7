"""Contact sheets of pixels: the feature maps of a layer, and the kernels of a convolution.

In every sheet 0 is dark, blue is positive, orange is negative, and brighter is further from 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.ticker import MaxNLocator

from mobiviz import units
from mobiviz.plot.palette import MAP_STOPS, contrast
from mobiviz.plot.style import PAD, SMALL, WIDTH, Canvas, Picture, text_width
from mobiviz.record import Record

SHOWN, MOST = 32, 64  # maps on a sheet when nobody says which; at most
_PIXELS = 160_000  # that a sheet holds before it averages, so that a notebook stays small
_SIDE, _LABEL, _GAP = 104, 20, 8  # room for the colour bar; above a tile; between tiles
_LEVELS = 127  # odd, so that 0 has its own
SCALE = LinearSegmentedColormap.from_list("mobiviz", MAP_STOPS)
CMAP = ListedColormap([SCALE(i / (_LEVELS - 1)) for i in range(_LEVELS)]).with_extremes(bad="#d7263d")


def maps(
    array_or_record: np.ndarray | Record,
    path: str | tuple[str, int] | None = None,
    channels: Iterable[int] | None = None,
    per_channel: bool = False,
    title: str | None = None,
    alt: str | None = None,
) -> Picture:
    """A contact sheet of feature maps with one colour scale, or with one for each channel.

    Where `channels` is None, the first 32. A value that is not finite is drawn red.

    Shapes: (C, H, W) or (1, C, H, W); of a Record, the layer at `path`.
    Raises: ValueError for another shape, a channel that is not there, or more than 64 of them; TypeError where a
    Record comes without a path, or an array with one.
    """
    array, name = _maps_of(array_or_record, path)
    chosen = _chosen(channels, len(array), "channels")
    shown = array[chosen]
    finite = np.isfinite(shown)
    means = np.abs(np.where(finite, shown, 0)).mean(axis=(1, 2), dtype=np.float64)
    best, typical = int(means.argmax()), float(np.median(means))
    zeros = float((shown == 0).mean())
    finding = f"Channel {chosen[best]}: mean |activation| {_number(means[best])}"
    if len(chosen) > 1:
        largest = f"Channel {chosen[best]} has the largest mean |activation|"
        finding = f"{largest}: {_number(means[best])}, the median channel {_number(typical)}"
    if zeros >= 0.05:
        finding = (
            f"{units.percent(zeros)} of the activations are exactly 0; channel {chosen[best]} has the largest mean"
        )
    if not finite.all():
        finding = f"{units.exact(int((~finite).sum()))} values are not finite numbers, drawn red"
    drawn, factor = _smaller(shown)
    height, width = shown.shape[1:]
    note = f"{name}{len(chosen)} of {len(array)} channels, maps of {height} x {width}"
    note += f", drawn as means of {factor} x {factor} pixels" if factor > 1 else ""
    note += "; each channel in its own scale" if per_channel else "; one scale for all"
    low, high = _range(shown)
    if alt is None:
        best_mean = f"Mean |activation| of channel {chosen[best]}: {_number(means[best])}"
        alt = f"Contact sheet. {note}. {finding}. {best_mean}. Activations from {_number(low)} to {_number(high)}."
    tops = [_top(one) for one in drawn] if per_channel else [_top(drawn)] * len(drawn)
    labels = [str(c) for c in chosen]
    if per_channel:
        labels = [
            f"{c}: to {_number(top)}" if one.any() else f"{c}: all 0"
            for c, top, one in zip(chosen, tops, shown, strict=True)
        ]
    return sheet((title or finding, alt, note), drawn, labels, tops, None if per_channel else "activation")


def kernels(
    array: np.ndarray, channels: Iterable[int] | None = None, title: str | None = None, alt: str | None = None
) -> Picture:
    """The kernels of a convolution as a sheet, with their weights printed where there is room.

    A kernel whose weights sum to nearly 0 (under 5% of the sum of their sizes) is blind to a flat area.

    Shapes: (k, k), (N, k, k), depthwise (N, 1, k, k), or standard (N, C, k, k), labelled output-input.
    Raises: ValueError for another shape, a value that is not finite, a channel that is not there, or over 64 kernels.
    """
    weights = _array(array, "kernels", "(k, k), (N, k, k) or (N, C, k, k)", (2, 3, 4))
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite numbers (got some that are not)")
    weights = weights.reshape(-1, 1, *weights.shape[-2:]) if weights.ndim < 4 else weights
    ins = weights.shape[1]
    chosen = _chosen(channels, len(weights), "kernels", most=max(MOST // ins, 1))
    shown = weights[chosen].reshape(-1, *weights.shape[-2:])[:MOST]
    labels = [str(n) if ins == 1 else f"{n}-{c}" for n in chosen for c in range(ins)][: len(shown)]
    sums, sizes = shown.sum(axis=(1, 2)), np.abs(shown).sum(axis=(1, 2))
    blind = int((np.abs(sums) <= 0.05 * sizes).sum())
    if len(shown) == 1:
        finding = f"In a flat area this kernel multiplies by {_number(sums[0])}, the sum of its weights"
    else:
        finding = f"Blind to a flat area, because their weights sum to nearly 0: {blind} of {len(shown)} kernels"
    low, high = _range(shown)
    kh, kw = shown.shape[1:]
    note = f"{len(shown)} of {len(weights) * ins} kernels, {kh} x {kw}; one scale for all"
    note = f"one kernel, {kh} x {kw}" if len(weights) * ins == 1 else note
    said = alt or f"Sheet of {note}. {finding}. Weights from {_number(low)} to {_number(high)}."
    return sheet((title or finding, said, note), shown, labels, [_top(shown)] * len(shown), "weight", values=True)


def _maps_of(source: np.ndarray | Record, path: str | tuple[str, int] | None) -> tuple[np.ndarray, str]:
    """The maps as (C, H, W), and what the note calls them."""
    if not isinstance(source, Record):
        if path is not None:
            raise TypeError(f"path names a layer of a Record, and an array has none (got {path!r})")
        return _array(source, "maps", "(C, H, W) or (1, C, H, W)", (3, 4)), ""
    if path is None:
        raise TypeError(f"maps of a Record needs the path of a layer, such as {next(iter(source)).path!r}")
    call = source[path]
    if call.output is None:
        raise ValueError(f"no map of {path!r} was kept; watch the network with mv.Features()")
    reduced = f" ({call.reduced})" if call.reduced else ""
    return _array(call.output, "maps", "(C, H, W) or (1, C, H, W)", (3, 4)), f"{call.path or source.net}{reduced}: "


def _array(given: object, name: str, rule: str, axes: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} needs a numpy array of real numbers (got {type(given).__name__} of {array.dtype})")
    if array.ndim not in axes or not array.size:
        raise ValueError(f"{name} needs shape {rule} (got {array.shape})")
    if name == "maps" and array.ndim == 4:
        if len(array) > 1:
            raise ValueError(f"maps draws one image at a time (got a batch of {len(array)}); pass array[0]")
        array = array[0]
    return array.astype(np.float64)


def _chosen(wanted: Iterable[int] | None, count: int, what: str, most: int = SHOWN) -> list[int]:
    if wanted is None:
        return list(range(min(count, most)))
    if not isinstance(wanted, Iterable):
        raise TypeError(
            f"channels must be a list or a range of numbers (got {wanted!r}); for one: channels=[{wanted!r}]"
        )
    chosen = list(wanted)
    if not 1 <= len(chosen) <= MOST:
        raise ValueError(f"a sheet holds 1 to {MOST} {what} (got {len(chosen)}); draw several sheets")
    wrong = [c for c in chosen if not isinstance(c, int | np.integer) or not 0 <= c < count]
    if wrong:
        raise ValueError(f"channels must be whole numbers from 0 to {count - 1} (got {wrong[0]!r})")
    return [int(c) for c in chosen]


def _smaller(shown: np.ndarray) -> tuple[np.ndarray, int]:
    """The maps averaged over squares of pixels until the sheet is small, and the side of a square."""
    factor = int(np.ceil(np.sqrt(max(shown.size / _PIXELS, 1))))
    if factor == 1:
        return shown, 1
    count, height, width = shown.shape
    ends = ((0, 0), (0, -height % factor), (0, -width % factor))
    squares = np.pad(shown, ends, mode="edge")
    squares = squares.reshape(count, squares.shape[1] // factor, factor, squares.shape[2] // factor, factor)
    return squares.mean(axis=(2, 4)), factor


def _range(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _top(values: np.ndarray) -> float:
    """The end of a scale centred at 0."""
    return max(map(abs, _range(values))) or 1.0


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def sheet(
    words: tuple[str, str, str],
    tiles: np.ndarray,
    labels: list[str],
    tops: list[float],
    unit: str | None = None,
    values: bool = False,
) -> Picture:
    """Tiles in rows with their labels above, and the colour bar where one scale serves all."""
    count, height, width = tiles.shape
    columns = count if count <= 4 else 4 if count <= 8 else 8
    room = WIDTH - 2 * PAD - _SIDE - _GAP * (columns - 1)
    side = min(room / columns, (320 if count < 3 else 200) * min(1, width / height))
    step_x, step_y = side + _GAP, side * height / width + _LABEL + _GAP
    body = max(step_y * -(-count // columns), 150 if unit else 0) + PAD

    def paint(canvas: Canvas) -> None:
        for i, (tile, label, top) in enumerate(zip(tiles, labels, tops, strict=True)):
            x, y = PAD + step_x * (i % columns), step_y * (i // columns) + _LABEL
            canvas.text(x, y - 5, label, "muted")
            canvas.image(tile, (x, y, side, side * height / width), top, CMAP)
            if values:
                _print_values(canvas, tile, (x, y, side / width), top)
        if unit:
            _colour_bar(canvas, PAD + step_x * columns + 16, _range(tiles), (unit, min(body - 60, 240)))

    return Picture(*words, body, paint)


def _print_values(canvas: Canvas, tile: np.ndarray, box: tuple[float, float, float], top: float) -> None:
    """The weights in their cells, where all of them fit."""
    x, y, cell = box
    words = {at: _number(round(float(value), 2)) for at, value in np.ndenumerate(tile)}
    if max(text_width(word, SMALL) for word in words.values()) > cell - 6:
        return
    for (row, column), word in words.items():
        red, green, blue, _ = CMAP((tile[row, column] / top + 1) / 2)
        back = f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
        ink = max("#000000", "#FFFFFF", key=lambda colour: contrast(colour, back))
        canvas.text(x + (column + 0.5) * cell, y + (row + 0.5) * cell + 5, word, ink, anchor="center")


def _colour_bar(canvas: Canvas, x: float, span: tuple[float, float], look: tuple[str, float]) -> None:
    """The part of the scale that the values use, always with 0."""
    low, high = min(span[0], 0.0), max(span[1], 0.0)
    high = high if high > low else 1.0
    (unit, height), top, y = look, max(-low, high), 38
    canvas.text(x, y - 18, unit, weight="bold")
    ramp = np.linspace(high, low, 128)[:, None]
    canvas.image(ramp, (x, y, 16, height), top, CMAP)
    for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high):
        if low <= tick <= high:
            at = y + height * (high - tick) / (high - low)
            canvas.line([x + 16, x + 20], [at, at])
            canvas.text(x + 24, at + 4.5, _number(tick), "muted")
