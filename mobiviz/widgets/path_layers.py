"""One layer for the path down: its maps as bytes, and for places of them the numbers that made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mobiviz import units
from mobiviz.explaining import CLOSE
from mobiviz.plot.palette import idea
from mobiviz.record import Call, Record, Stats
from mobiviz.windows import Unit, norm, unit

PAGE = 16  # maps at once
LEVEL = 127  # the largest byte of a map


def unit_at(record: Record, path: str) -> Unit:
    """The largest module around a product that still makes one map of it: with its batch norm and activation.

    Raises: ValueError where nothing of it was kept.
    """
    best, inner = unit(record, path), path
    while inner := inner.rpartition(".")[0]:
        if inner not in record:
            continue
        try:
            found = unit(record, inner)
            _numbers(found, [0], _lattice(found, 2))
        except ValueError:
            return best
        if found.maps.shape != best.maps.shape:
            return best
        best = found
    return best


def layer(record: Record, one: Unit, page: int = 0, places: int = 7, side: int = 64) -> tuple[dict[str, Any], bytes]:
    """A page of a unit's maps: words and places as JSON, maps and numbers as bytes.

    At most `places` rows and columns have their numbers with them, spread over the map; maps are drawn with at most
    `side` pixels a side.
    """
    count = len(one.maps)
    channels = list(range(count))[PAGE * page : PAGE * (page + 1)]
    maps, lattice = one.maps[channels], _lattice(one, places)
    parts, steps = _numbers(one, channels, lattice)
    tops = np.abs(maps).max(axis=(1, 2)).astype(np.float64)
    small = _smaller(maps, side)
    levels = np.round(small / np.where(tops > 0, tops, 1)[:, None, None] * LEVEL).astype(np.int8)
    grids, offsets = b"", {}
    for name, array in parts.items():
        offsets[name] = len(grids)
        grids += array.astype("<f4").tobytes()
    offsets["maps"] = len(grids)
    shown = one.maps[np.ix_(channels, *lattice)].reshape(len(channels), -1)
    facts = {
        "path": one.path,
        "code": one.call.path,
        "idea": idea(one.call.kind).name,
        "label": "linear layer" if one.call.kind == "linear" else idea(one.call.kind).label,
        "title": _title(one),
        "channels": channels,
        "count": count,
        "shape": list(one.maps.shape[1:]),
        "drawn": list(small.shape[1:]),
        "rows": lattice[0],
        "columns": lattice[1],
        "peaks": [int(at) for at in np.abs(shown).argmax(axis=1)],
        "tops": [float(f"{top:.4g}") for top in tops],
        "stats": [_stats(each) for each in maps],
        "goes": [_goes(record, one, channel) for channel in channels],
        "first": [one.group(channel).start for channel in channels],
        "reads": list(one.kernels.shape[1:]),
        "shared": one.made.groups == 1,
        "geometry": [*one.made.stride, *one.made.padding, *one.made.dilation],
        "steps": steps,
        "offsets": offsets,
    }
    return facts, grids + levels.tobytes()


def _lattice(one: Unit, places: int) -> tuple[list[int], list[int]]:
    found = []
    for length in one.maps.shape[1:]:
        step = -(-length // places)
        found.append(list(range((length - 1) % step // 2, length, step)))
    return found[0], found[1]


def _numbers(
    one: Unit, channels: Sequence[int], lattice: tuple[list[int], list[int]]
) -> tuple[dict[str, np.ndarray], list[dict[str, Any]]]:
    """Inputs, kernels, biases and the values after each step, at these places; inputs in the padding are NaN.

    Raises: ValueError where they do not make the kept map.
    """
    found, rows, columns = one.window(*lattice)
    height, width = one.source.shape[1:]
    outside = ((rows < 0) | (rows >= height))[:, None, :, None] | ((columns < 0) | (columns >= width))[None, :, None, :]
    places = len(lattice[0]) * len(lattice[1])
    seen = np.where(outside, np.nan, found).transpose(1, 2, 0, 3, 4).reshape(places, *found.shape[:1], -1)
    kernels = one.kernels[channels].reshape(len(channels), one.kernels.shape[1], -1)
    bias = np.zeros(len(channels)) if one.made.bias is None else one.made.bias[channels].astype(np.float64)
    own = [seen[:, one.group(channel)] for channel in channels]
    products = [np.nan_to_num(x).astype(np.float64) * k.astype(np.float64) for x, k in zip(own, kernels, strict=True)]
    sums = np.stack([each.sum(axis=(1, 2)) for each in products]) + bias[:, None]
    after = one.steps(sums, channels)
    kept = one.maps[np.ix_(channels, *lattice)].reshape(len(channels), places)
    sizes = np.stack([np.abs(each).sum(axis=(1, 2)) for each in products])
    for call in (call for call in one.after if call.made is not None):
        sizes = sizes * np.maximum(np.abs(norm(call.made, channels)[0]), 1)[:, None]
    value = after[-1][2] if after else sums
    if np.any(np.abs(value - kept) > CLOSE * np.maximum(np.maximum(sizes, np.abs(kept)), 1)):
        raise ValueError(f"the products at {one.path} do not make its kept map; watch the network again")
    parts = {
        "inputs": seen if one.made.groups == 1 else np.stack(own),
        "kernels": kernels,
        "bias": bias,
        "values": np.stack([sums, *(each for *_, each in after[:-1]), *([kept] if after else [])]),
    }
    return parts, [_step(call, name, channels) for call, (name, *_) in zip(one.after, after, strict=True)]


def _step(call: Call, name: str, channels: Sequence[int]) -> dict[str, Any]:
    """A step in words, for each channel where its numbers differ."""
    if call.made is None:
        return {"name": name, "words": []}
    pairs = zip(*norm(call.made, channels), strict=True)
    return {
        "name": name,
        "words": [f"× {a:.4g} {'−' if b < 0 else '+'} {abs(b):.4g}".replace("-", "−") for a, b in pairs],
    }


def _smaller(maps: np.ndarray, side: int) -> np.ndarray:
    """Maps of at most `side` pixels a side, by means of squares."""
    factor = -(-max(maps.shape[1:]) // side)
    if factor == 1:
        return maps
    count, height, width = maps.shape[0], *(max(length // factor, 1) for length in maps.shape[1:])
    cut = maps[:, : height * factor, : width * factor]
    return cut.reshape(count, height, cut.shape[1] // height, width, cut.shape[2] // width).mean(axis=(2, 4))


def _title(one: Unit) -> str:
    silent, below = float(np.mean(one.maps == 0)), float(np.mean(one.maps < 0))
    if silent > 0.01:
        return f"{units.percent(silent, 0)} of the numbers of {one.path} are exactly 0"
    return f"{one.path} keeps both signs: {units.percent(below, 0)} of its numbers are below 0"


def _stats(one: np.ndarray) -> str:
    found = Stats.of(one)
    words = f"mean {found.mean:.3g}, deviation {found.std:.3g}, from {found.min:.3g} to {found.max:.3g}"
    return f"{words}; {units.percent(found.zeros, 0)} are exactly 0".replace("-", "−")


def _goes(record: Record, one: Unit, channel: int) -> str:
    """Who reads this map next, and with which weight most."""
    output = record[one.path].output
    readers = [call for call in record if call.made and call.made.op != "batch_norm" and call.made.input is output]
    if readers:
        return "; ".join(_read_by(reader, channel) for reader in readers[:2])
    start = next(at for at, call in enumerate(record) if call is one.call)
    own = f"{one.path}."
    later = [c for c in record.calls[start + 1 :] if c.works and c.called and not c.path.startswith(own)]
    block = record[around] if (around := one.path.rpartition(".")[0]) in record else None
    if block is not None and block.kind == "other" and block.out_bytes:
        last = not any(call.path.startswith(f"{around}.") for call in later)
        then = f", and {later[0].path} reads the sum" if last and later else ""
        if last:
            return f"it is added to the input of {around}{then}"
    return f"it goes on to {later[0].path}" if later else "it is the answer"


def _read_by(reader: Call, channel: int) -> str:
    weight = reader.made.weight
    if reader.made.op == "conv" and reader.made.groups > 1:
        each = weight.shape[1]
        own = len(weight) // reader.made.groups
        first = channel // each * own
        which = f"filter {first}" if own == 1 else f"filters {first} to {first + own - 1}"
        return f"{reader.path}: {which} alone reads it" if own == 1 else f"{reader.path}: {which} read it"
    if reader.made.op == "linear" and channel >= weight.shape[1]:
        return f"it goes on to {reader.path}"
    column = weight[:, channel].reshape(len(weight), -1)
    most = int(np.abs(column).sum(axis=1).argmax())
    strongest = column[most][int(np.abs(column[most]).argmax())]
    return (
        f"{reader.path}: all {units.exact(len(weight))} channels read it, most of all channel {most}, "
        f"weight {strongest:.2g}".replace("-", "−")
    )
