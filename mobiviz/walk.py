"""Layers that are known, alone or as a Sequential: looked at first, run with nothing in between, booked afterwards."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mobiviz import metashapes, modes
from mobiviz.direct import LAYERS, Layer
from mobiviz.frames import Frame
from mobiviz.meters import unseen
from mobiviz.opcosts import Plan, kernel_kind

# what a layer is about to do: the module and its path; its sort and what it gives its operation; the plan of that, and
# what runs it. A tuple, here and below, as the cheapest
Step = tuple[nn.Module, str, Layer, tuple[Any, ...], Plan, Any]
# what it made: the plan, and the shape and bytes of the map
Made = tuple[Plan, torch.Size, int]
# a call of it: what `fields` wants; the numbers of WORK, as the ledger books them, but for the parameters; their ids
Row = tuple[str, type, bool, Any, torch.Size, torch.Size]
Booked = tuple[Row, list[int], int, int]


def steps(run: Any, module: nn.Module, x: Any) -> list[Step]:
    """What a layer, or the layers of a Sequential, are to do; nothing where one is not known, or is unusual."""
    one, found = run.ledger.seen.get(id(x)), []
    if one is None or one.buffer is None:
        return found
    known, counts, paths, shared, dims = run.known, run.counts, run.parts.paths, run.parts.shared, x.dim()
    for each in (module,) if type(module) in LAYERS else module._modules.values():
        layer, own, path = LAYERS.get(type(each)), each.__dict__, paths.get(id(each))
        if layer is None or path is None or path in counts or "forward" in own or dims not in layer.dims:
            return []
        if shared and id(each) in shared:
            return []
        act = layer.in_place if own.get("inplace") else layer.act
        plan, rest = known.get(act), layer.given(own)
        if plan is None or rest is None:
            return []
        found.append((each, path, layer, rest, plan, act))
    return found


def go(run: Any, found: list[Step], x: Tensor, frame: Frame | None = None) -> Tensor:
    """Let a map pass layers, and book them; those of a Sequential have its Call before theirs."""
    one, shape, made, dry = run.ledger.seen[id(x)], x.shape, [], run.dry
    if frame is not None:
        frame.in_shape = shape
        run.frames.append(frame)
    try:
        with unseen():
            plan = found[0][4]
            if plan.in_place and (one.buffer.first < 1 or one.buffer.constant):
                modes.before_write(run, plan, (x,), {})
            for _, _, _, rest, plan, act in found:
                x = metashapes.output(plan.op, plan, (x, *rest), {}) if dry else act(x, *rest)
                made.append((plan, x.shape, x.nbytes))
    except BaseException as error:
        _book(run, found, (shape, one.nbytes), made)
        run.ledger.through(one, made, x)
        _broken(run, found[len(made)], x, error)
        raise
    _book(run, found, (shape, one.nbytes), made)
    run.ledger.through(one, made, x)
    if frame is not None:
        frame.out_shape = x.shape
    return x


def _book(run: Any, found: list[Step], before: tuple[torch.Size, int], made: list[Made]) -> None:
    """Note the layers that a map has passed, with its shape and bytes before and after each."""
    frames, counts, (shape, reads), run.failed = run.frames, run.counts, before, None
    se = bool(run.stack) and run.stack[-1].se
    for (module, path, layer, rest, _, _), (plan, out_shape, nbytes) in zip(found, made, strict=False):
        counts[path] = 0
        for tensor in rest[: layer.tensors]:
            if tensor is not None:
                reads += tensor.nbytes
        weight, bias = (id(rest[0]), id(rest[1])) if rest else (0, 0)
        touched, product = max(out_shape.numel(), shape.numel()), None
        if plan.work == "product":
            kernel = rest[0].shape
            product = kernel, rest[-1] if len(rest) > 2 else None  # a linear has no groups
            numbers = [out_shape.numel() * kernel[1:].numel(), 0, nbytes, 0, 0, 0, reads, nbytes]
        elif plan.work == "norm":
            numbers = [0, 0, 0, 0, touched, 0, reads, nbytes]
        else:
            numbers = [0, 0, 0, touched, 0, 0, reads, nbytes]
        frames.append(((path, type(module), se, product, shape, out_shape), numbers, weight, bias))
        shape, reads = out_shape, nbytes


def fields(row: Row, numbers: list[int]) -> dict[str, Any]:
    """The fields of the Call."""
    path, module, se, product, in_shape, out_shape = row
    kind = "map" if numbers[3] or numbers[4] else "other"
    if product:
        kernel, groups = product
        kind = "linear" if groups is None else kernel_kind(groups, groups * kernel[1], kernel)
    macs, params, out_bytes, elementwise, norm, pool, read_bytes, write_bytes = numbers
    return {
        "path": path,
        "type": module.__name__,
        "kind": "se" if se else kind,
        "nth": 0,
        "in_shape": tuple(in_shape),
        "out_shape": tuple(out_shape),
        "macs": macs,
        "params": params,
        "out_bytes": out_bytes,
        "elementwise": elementwise,
        "norm": norm,
        "pool": pool,
        "read_bytes": read_bytes,
        "write_bytes": write_bytes,
    }


def _broken(run: Any, step: Step, x: Tensor, error: BaseException) -> None:
    """A layer has raised: its call stands in the Record where the network goes on without it."""
    module, path, _, rest, plan, _ = step
    frame = Frame(module, path, 0, bool(run.stack) and run.stack[-1].se)
    frame.in_shape, run.counts[path], run.failed = x.shape, 0, path
    run.frames.append(frame)
    better = modes.explain(plan, (x, *rest), frame)
    if better is not None and isinstance(error, Exception):
        run.fault = str(error), better
