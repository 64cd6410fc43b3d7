"""A training as it goes: the loss and the top-1 share after each epoch, complete at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from matplotlib.ticker import MaxNLocator

from mobiviz import units
from mobiviz.plot.style import BODY, PAD, SMALL, WIDTH, Canvas, Picture, text_width

_HEIGHT, _GAP, _AXIS = 210, 36, 54
_DOT = 6.0


def training(
    rows: Sequence[Mapping], epochs: int | None = None, title: str | None = None, alt: str | None = None
) -> Picture:
    """Loss and top-1 over the epochs, from the rows that `train` returns and gives to `on_epoch`.

    With `epochs`, the number that is planned, the axis is that long from the first row on.

    Raises: ValueError without a row, or without loss and top-1 in each.
    """
    if not rows or not all({"epoch", "loss", "top1"} <= set(row) for row in rows):
        raise ValueError(f"rows need epoch, loss and top1, as train returns them (got {list(rows)[:1]})")
    last, planned = rows[-1], max(epochs or 0, len(rows))
    best = max(rows, key=lambda row: row["top1"])
    finding = f"After {_epochs(len(rows))} {units.percent(last['top1'])} of the held-out photos are right"
    if len(rows) < planned:
        finding = f"Epoch {len(rows)} of {planned}: {units.percent(last['top1'])} of the held-out photos are right"
    seconds = sum(row.get("seconds", 0) for row in rows)
    note = f"best: {units.percent(best['top1'])} after epoch {best['epoch']}"
    note += f"; {seconds / 60:.1f} minutes, {seconds / len(rows):.0f} s an epoch" if seconds else ""
    if alt is None:
        alt = (
            f"Two curves over {_epochs(len(rows))}. {finding}. The loss went from {rows[0]['loss']:.2f} to "
            f"{last['loss']:.2f}, top-1 from {units.percent(rows[0]['top1'])} to {units.percent(last['top1'])}."
        )

    def paint(canvas: Canvas) -> None:
        width = (WIDTH - 2 * PAD - _GAP) / 2
        losses, shares = [row["loss"] for row in rows], [100 * row["top1"] for row in rows]
        _curve(
            canvas, (PAD, width, planned), losses, ("loss (training)", "other", f"{losses[-1]:.2f}", max(*losses, 1e-3))
        )
        at_end = units.percent(last["top1"])
        _curve(canvas, (PAD + width + _GAP, width, planned), shares, ("top-1, % (held out)", "yours", at_end, 100))

    return Picture(title or finding, alt, note, _HEIGHT + _AXIS + 24, paint)


def live(epochs: int | None = None) -> Callable[[Sequence[Mapping]], None]:
    """An `on_epoch` for `train` that keeps one picture in a notebook's cell up to date."""
    shown = None

    def show(rows: Sequence[Mapping]) -> None:
        nonlocal shown
        from IPython.display import display

        picture = training(rows, epochs)
        if shown is None:
            shown = display(picture, display_id=True)
        else:
            shown.update(picture)

    return show


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def _curve(
    canvas: Canvas, place: tuple[float, float, int], values: list[float], look: tuple[str, str, str, float]
) -> None:
    """One curve with its axes, from 0; the last value stands at its end."""
    (x, width, planned), (name, kind, end, most) = place, look
    ticks = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, most)
    high = float(ticks[-1])
    labels = [f"{tick:g}" for tick in ticks]
    left = x + max(text_width(label, SMALL) for label in labels) + 8
    right = x + width - text_width(end, BODY, "bold") - 12
    top, bottom = 24.0, 24.0 + _HEIGHT

    def across(epoch: float) -> float:
        return left + 6 + (right - left - 6) * (epoch - 1) / max(planned - 1, 1)

    def up(value: float) -> float:
        return bottom - (bottom - top) * value / high

    canvas.text(x, 10, name, f"{kind}-ink", weight="bold")
    for tick, label in zip(ticks, labels, strict=True):
        canvas.line([left, right], [up(tick)] * 2, width=0.5)
        canvas.text(left - 6, up(tick) + 4.5, label, "muted", anchor="right")
    for epoch in MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]).tick_values(1, max(planned, 2)):
        if 1 <= epoch <= planned:
            canvas.text(across(epoch), bottom + 20, f"{epoch:g}", "muted", anchor="center")
    canvas.text((left + right) / 2, bottom + 40, "epoch", "muted", anchor="center")
    points = [(across(i), up(value)) for i, value in enumerate(values, 1)]
    canvas.line([px for px, _ in points], [py for _, py in points], f"{kind}-ink", width=2)
    if len(points) <= 40:
        canvas.bars([(px - _DOT / 2, py - _DOT / 2, _DOT, _DOT) for px, py in points], kind, edge=False)
    px, py = points[-1]
    canvas.text(px + 8, py + 5, end, f"{kind}-ink", size=BODY, weight="bold")
