"""explore: the interactive picture that suits a thing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mobiviz.pricing import Cost, cost
from mobiviz.record import Record, Timing
from mobiviz.tables import Table
from mobiviz.widgets.net_skyline import KEYS, Skyline
from mobiviz.widgets.noise_lamp import NoiseLamp
from mobiviz.widgets.stage import Stage


def explore(thing: Table | Cost | Record | Timing, twin: Table | Cost | Record | None = None) -> Stage:
    """Walk along the layers of a table, its cost or a Record, or through the runs of a Timing.

    With a twin, switch between two networks.
    Raises: TypeError for anything else; ValueError for a Record in which nothing was counted.
    """
    if isinstance(thing, Timing) and twin is None:
        return NoiseLamp(thing)
    bars, name = _bars(thing)
    if twin is None:
        return Skyline(bars, name=name)
    other, other_name = _bars(twin)
    return Skyline(bars, twin=other, name=name, twin_name=other_name)


def _bars(thing: Any) -> tuple[list[dict], str]:
    """Layers that multiply, as the skyline takes them, and what to call them."""
    if isinstance(thing, Table):
        return [asdict(layer) for layer in cost(thing).layers if layer.macs], thing.name or "the table"
    if isinstance(thing, Cost):
        return [asdict(layer) for layer in thing.layers if layer.macs], "the network"
    if isinstance(thing, Record):
        return [_bar(call) for call in thing if call.macs], thing.net
    if isinstance(thing, Timing):
        raise TypeError("a Timing has no twin: explore each on its own, or time both with mv.race")
    raise TypeError(f"explore takes a table, a cost or a Record (got {type(thing).__name__}); mv.watch makes a Record")


def _bar(call: Any) -> dict:
    """A call as a bar; the batch is left out of its shapes."""
    bar = {key: getattr(call, key) for key in KEYS}
    return bar | {side: tuple(bar[side][1:]) for side in ("in_shape", "out_shape")}
