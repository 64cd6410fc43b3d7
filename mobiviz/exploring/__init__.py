"""explore: the interactive picture that suits a thing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mobiviz.exploring.rows import block_of
from mobiviz.pricing import Cost, cost
from mobiviz.record import Record, Timing
from mobiviz.rows import Row
from mobiviz.tables import Table, Unit
from mobiviz.widgets import Blocks, NoiseLamp, PathDown, Skyline
from mobiviz.widgets.path_net import bar


def explore(
    thing: Any, twin: Table | Cost | Record | None = None, photo: Any = None, classes: Sequence[str] = ()
) -> Any:
    """The picture that suits a thing: the way down a watched network, the layers of a table or its cost, the block of a
    row beside the other papers' blocks, the runs of a Timing, or any layer of a network on a photo of yours.

    With a twin, switch between the layers of two networks. A network is run on `photo`, which is what `mv.image` takes
    ("cat") or a batch of one, and again on each that you upload; `classes` are the names of its answers. Beside a
    Record, `photo` is uint8 (H, W, 3).

    Raises: TypeError for anything else; ValueError for a Record in which nothing was counted.
    """
    if _is_network(thing) and twin is None:
        from mobiviz.exploring.own_photo import FeatureExplorer

        return FeatureExplorer(thing, "cat" if photo is None else photo, classes=classes)
    if isinstance(thing, Row | Unit) and twin is None:
        return Blocks(block_of(thing))
    if isinstance(thing, Timing) and twin is None:
        return NoiseLamp(thing)
    if isinstance(thing, Record) and twin is None and any(call.made for call in thing):
        return PathDown(thing, photo)
    bars, name = _bars(thing)
    if twin is None:
        return Skyline(bars, name=name)
    other, other_name = _bars(twin)
    return Skyline(bars, twin=other, name=name, twin_name=other_name)


def _is_network(thing: Any) -> bool:
    torch = sys.modules.get("torch")  # without it there is no network
    return torch is not None and isinstance(thing, torch.nn.Module)


def _bars(thing: Any) -> tuple[list[dict], str]:
    """Layers that multiply, as the skyline takes them, and what to call them."""
    if isinstance(thing, Table):
        return [asdict(layer) for layer in cost(thing).layers if layer.macs], thing.name or "the table"
    if isinstance(thing, Cost):
        return [asdict(layer) for layer in thing.layers if layer.macs], "the network"
    if isinstance(thing, Record):
        return [bar(call) for call in thing if call.macs], thing.net
    if isinstance(thing, Row | Unit | Timing) or _is_network(thing):
        raise TypeError(f"a {type(thing).__name__} has no twin: explore each on its own")
    raise TypeError(
        "explore takes a table, one of its rows, a cost, a Record, a Timing or a network "
        f"(got {type(thing).__name__}); mv.watch makes a Record"
    )
