"""A Record as the path down sees it: its layers that multiply, the blocks they stand in, and where their maps are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mobiviz.pricing import LayerCost
from mobiviz.record import Call, Record
from mobiviz.widgets.block_tube import tube_of
from mobiviz.widgets.net_skyline import KEYS
from mobiviz.widgets.path_layers import unit_at
from mobiviz.windows import Unit


@dataclass(frozen=True, eq=False)
class Stop:
    """One layer on the way down: its bar, and its unit where a map of it was kept."""

    bar: dict[str, Any]
    call: Call
    unit: Unit | None
    why: str = ""

    @property
    def path(self) -> str:
        return self.unit.path if self.unit else self.call.path


def bar(call: Call) -> dict[str, Any]:
    """A call as a bar of the skyline; the batch is left out of its shapes."""
    made = {key: getattr(call, key) for key in KEYS}
    return made | {side: tuple(made[side][1:]) for side in ("in_shape", "out_shape")}


def stops(record: Record) -> list[Stop]:
    """The layers of a Record that multiply, in the order in which they run."""
    found = []
    for call in record:
        if not call.macs or call.nth or not call.in_shape or not call.out_shape:
            continue
        try:
            found.append(Stop(bar(call), call, unit_at(record, call.path)))
        except ValueError as error:
            found.append(Stop(bar(call), call, None, str(error)))
    return found


def blocks(record: Record, found: list[Stop]) -> list[dict[str, Any]]:
    """The tubes of a network's blocks; `bars` says which bars each of their steps has."""
    tubes = []
    for path, own in _grouped(found):
        members = [found[at] for at in own]
        addition = _addition(record, path) if len(own) > 1 else None
        layers = [_priced(record, stop) for stop in members] + ([addition] if addition else [])
        if len(own) > 1 and not _chained(layers):
            tubes += [_tube(found[at].path, [_priced(record, found[at])], [at]) for at in own]
        else:
            tubes.append(_tube(path, layers, own))
    return tubes


def chosen(found: list[Stop]) -> list[int]:
    """Six layers to begin with: the first, the steps of a block, and two further down."""
    usable = [at for at, stop in enumerate(found) if stop.unit is not None and len(stop.unit.maps.shape) == 3]
    maps = [at for at in usable if found[at].unit.maps.shape[1] > 1] or usable
    if len(maps) <= 6:
        return maps
    groups = [own for _, own in _grouped(found) if sum(at in maps for at in own) >= 3]
    own = [at for at in (groups[min(2, len(groups) - 1)] if groups else []) if at in maps][:3]
    deep = [at for at in maps if found[at].call.kind == "depthwise" and at > max(own, default=0)] or maps
    spread = [deep[round(share * (len(deep) - 1))] for share in (0.5, 0, 0.25, 0.75, 1)]
    return sorted(list(dict.fromkeys([maps[0], maps[-1], *own, *spread, *maps]))[:6])


def _grouped(found: list[Stop]) -> Iterator[tuple[str, list[int]]]:
    """Neighbouring layers whose paths begin with the same two names."""
    path, own = "", []
    for at, stop in enumerate(found):
        head = ".".join(stop.call.path.split(".")[:2])
        if own and head != path:
            yield path, own
            own = []
        path = head
        own.append(at)
    if own:
        yield path, own


def _tube(path: str, layers: list[LayerCost], own: list[int]) -> dict[str, Any]:
    tube = tube_of(path, layers)
    steps: list[list[int]] = []
    for at, one in zip(own, layers, strict=False):
        if steps and one.kind == "se" and one.path.split(".")[2:3] == ["se"] and one.path.endswith("expand"):
            steps[-1].append(at)
        else:
            steps.append([at])
    return tube | {"path": path, "bars": steps + [[]] * (len(tube["steps"]) - len(steps))}


def _priced(record: Record, stop: Stop) -> LayerCost:
    """A layer with the parameters of its batch norm, as `mv.cost` counts them."""
    head = f"{stop.path}."
    own = [call for call in record if call.path == stop.path or call.path.startswith(head)]
    params = sum(call.params for call in own) if stop.unit else stop.call.params
    shapes = [_map_shape(shape) for shape in (stop.call.in_shape, stop.call.out_shape)]
    return LayerCost(stop.call.path, stop.call.kind, *shapes, stop.call.macs, params, stop.call.out_bytes)


def _addition(record: Record, path: str) -> LayerCost | None:
    if path not in record or record[path].kind != "other" or not record[path].out_bytes or record[path].macs:
        return None
    shape = _map_shape(record[path].out_shape)
    return LayerCost(path, "other", shape, shape, 0, 0, record[path].out_bytes)


def _map_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    found = tuple(shape[1:])
    return found if len(found) == 3 else (found[-1] if found else 1, 1, 1)


def _chained(layers: list[LayerCost]) -> bool:
    """Whether each layer reads what the one before it puts out; gates stand beside the way."""
    now = layers[0].in_shape
    for one in layers:
        if one.kind == "se":
            continue
        if one.in_shape != now:
            return False
        now = one.out_shape
    return True
