"""watch: runs a network once under meters, leaves it as it was, and tells what each layer did."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mobiviz.frames import Frame
from mobiviz.meters import METERS, Clock, Compute, Features, Keeper, array
from mobiviz.nested import leaves, mapped, shape
from mobiviz.passes import Pass
from mobiviz.record import Call, Record
from mobiviz.record.call import WORK, as_tuple
from mobiviz.restore import Parts, no_collection
from mobiviz.walk import Booked, Row, fields


def watch(net: nn.Module, x: Any, *meters: Features | Compute | Clock, dry: bool = False) -> Record:
    """Run a network once in eval mode under meters, restore it, and say what each of its layers did.

    `x` is a batch; a tuple is taken as several arguments. With no meter named: Compute and Features. A Clock takes
    passes of its own. `dry=True` runs on the meta device: no arithmetic, no memory, no maps.

    Units: MACs; bytes; ms are shares of a watched pass, never a latency.
    Raises: TypeError where `net` is no module, a meter is none, or x holds integers where floats belong; ValueError for
    an empty batch or a wrong number of channels.
    """
    features, clock = _meters(meters, dry)
    parts = _parts(net)
    inputs = _inputs(x, dry)
    main = Pass(parts, inputs, dry)
    keeper = Keeper(features.max_bytes, len(parts.modules)) if features else None
    with no_collection():
        main.run(ledger=True, keeper=keeper)
        timed = [Pass(parts, inputs, dry) for _ in range(clock.passes if clock else 0)]
        for one in timed:
            one.run(clock=True)
        timed.sort(key=lambda one: one.seconds)
        return _record(main, timed[len(timed) // 2] if timed else None)


def _meters(meters: tuple[Any, ...], dry: bool) -> tuple[Features | None, Clock | None]:
    for meter in meters:
        if not isinstance(meter, METERS):
            raise TypeError(f"a meter is one of Features(), Compute(), Clock() (got {meter!r})")
    features = next((meter for meter in meters if isinstance(meter, Features)), None)
    clock = next((meter for meter in meters if isinstance(meter, Clock)), None)
    if dry and (features or clock):
        raise ValueError("a dry run computes nothing, so it has no maps and no times: use Compute() alone")
    return (None if dry else features if meters else Features()), clock


def _parts(net: nn.Module) -> Parts:
    if not isinstance(net, nn.Module):
        raise TypeError(f"watch runs a torch.nn.Module (got {type(net).__name__})")
    parts = Parts(net)
    if any(issubclass(kind, nn.parameter.UninitializedTensorMixin) for kind in set(map(type, parts.parameters))):
        name = next(name for name, p in net.named_parameters() if nn.parameter.is_lazy(p))
        raise ValueError(f"{name} has no shape yet; run the network once on a batch, then watch it")
    parts.count()  # now that the tensors are at hand, and not after the run has swept the caches
    return parts


def _inputs(x: Any, dry: bool) -> tuple[Any, ...]:
    """The arguments of the network, checked; on the meta device for a dry run."""
    x = mapped(x, lambda leaf: torch.from_numpy(leaf) if isinstance(leaf, np.ndarray) else leaf)
    for tensor in leaves(x).values():
        if tensor.numel() == 0:
            raise ValueError(f"the batch must hold at least one item (got shape {tuple(tensor.shape)})")
    if dry:
        x = mapped(x, lambda leaf: leaf.to("meta") if isinstance(leaf, Tensor) else leaf)
    return x if type(x) is tuple else (x,)


def _record(main: Pass, timed: Pass | None) -> Record:
    parts = main.parts
    sizes = parts.sizes  # what is not counted yet
    rows = [_booked(each, sizes) if type(each) is tuple else _work(each, parts, sizes) for each in main.frames]
    rest = [*_uncalled(main, sizes)] if sizes else []
    frames = [row for row, _ in rows if type(row) is Frame]
    for frame in frames:
        frame.module = None  # a Record keeps no network alive
    record = Record.of(
        lambda: (*_calls(rows, timed), *rest),
        [*(numbers for _, numbers in rows), *map(_numbers, rest)],
        [name for frame in frames for name in frame.unpriced],
        net=_type(parts.net, parts),
        in_shape=shape(main.inputs),
        trainable=parts.trainable,
        peak_fused=main.peaks[0],
        peak_live=main.peaks[1],
        pass_ms=1e3 * timed.seconds if timed else None,
        threads=torch.get_num_threads() if timed else None,
        dry=main.dry,
        versions={"torch": str(torch.__version__)},
    )
    if main.keeper is not None or timed is not None:
        _ = record.calls  # now: they hold parameters as the run had them, and a timed pass holds the network
    return record


_numbers = attrgetter(*WORK)


def _calls(rows: list[tuple[Any, Any]], timed: Pass | None) -> Iterator[Call]:
    times = {(frame.path, frame.nth): frame for frame in timed.frames} if timed else {}
    for row, numbers in rows:
        call = fields(row, numbers) if type(row) is tuple else _fields(row, numbers)
        if timed and (twin := times.get((call["path"], call["nth"]))) is not None:
            call |= {"ms": 1e3 * twin.seconds, "span_ms": _span(twin, timed.start)}
        yield Call.of(call)


def _uncalled(main: Pass, sizes: dict[int, int]) -> Iterator[Call]:
    """Modules that own parameters and were not called."""
    parts = main.parts
    for module in parts.modules:
        path = parts.paths[id(module)]
        called = not main.counts.keys().isdisjoint(parts.shared.get(id(module), (path,)))
        if not called and (own := _own(module, parts, sizes)):
            yield Call(path, _type(module, parts), "other", called=False, params=own)


def _booked(call: Booked, sizes: dict[int, int]) -> tuple[Row, list[int]]:
    row, numbers, weight, bias = call
    numbers[1] = sizes.pop(weight, 0) + sizes.pop(bias, 0)
    return row, numbers


def _work(frame: Frame, parts: Parts, sizes: dict[int, int]) -> tuple[Frame, tuple[int | None, ...]]:
    """The frame, with what its module says; and the numbers of WORK."""
    module = frame.module
    frame.type = _type(module, parts)
    if id(module) in parts.paths:
        frame.params = _own(module, parts, sizes)
    return frame, _numbers(frame)


def _fields(frame: Frame, numbers: tuple[int | None, ...]) -> dict[str, Any]:
    """The fields of a Call that are not its class's own: what the frame has gathered, and what it leads to."""
    call = dict(zip(WORK, numbers, strict=True))
    call["path"], call["type"], call["kind"], call["nth"] = frame.path, frame.type, frame.kind(), frame.nth
    call["in_shape"], call["out_shape"] = as_tuple(frame.in_shape), as_tuple(frame.out_shape)
    if frame.unpriced:
        call["unpriced"] = tuple(sorted(set(frame.unpriced)))
    if frame.kept:
        first = next(iter(frame.kept.values()))
        call["outputs"] = {name: one.array for name, one in frame.kept.items() if one.array is not None}
        call["reduced"], call["summary"] = first.reduced, first.summary
    if frame.origin is not None:
        call["made"] = frame.origin.made(array)
    return call


def _span(frame: Frame, start: float) -> tuple[float, float]:
    return 1e3 * (frame.began - start), 1e3 * (frame.ended - start)


def _own(module: nn.Module, parts: Parts, sizes: dict[int, int]) -> int:
    """Parameters of the module itself that no earlier call has counted; a scripted one answers for all inside it."""
    if type(module) in parts.scripted:
        return sum(sizes.pop(id(p), 0) for p in module.parameters())
    own = module._parameters
    return sum([sizes.pop(id(p), 0) for p in own.values()]) if own else 0


def _type(module: nn.Module, parts: Parts) -> str:
    return module.original_name if type(module) in parts.scripted else type(module).__name__
