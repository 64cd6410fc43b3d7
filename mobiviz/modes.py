"""What stands between a pass and torch's dispatcher: modes that save or book each operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mobiviz import metashapes, opcosts
from mobiviz.frames import Frame
from mobiviz.meters import unseen
from mobiviz.opcosts import Plan
from mobiviz.origins import NOTED


class Watching(TorchDispatchMode):
    """A mode of a pass."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or torch wraps each dispatch once more, and imports its compiler for that

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.run = run


class Saving(Watching):
    """Sees each operation before it runs, and saves what it is about to overwrite."""

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, plan = kwargs or {}, opcosts.plan(op)
        if plan.changes(args):
            before_write(self.run, plan, args, kwargs)
        return op(*args, **kwargs)


class Counting(Watching):
    """Sees each operation before and after it runs, and books it."""

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        run = self.run
        plan = opcosts.plans.get(id(op)) or opcosts.plan(op)
        if plan.work == "composite":
            with self:
                return op.decompose(*args, **kwargs or {})
        out = operate(run, plan, args, kwargs)
        if run.shown is not None:
            run.shown.append((plan, args, out))
        return out


def operate(run: Any, plan: Plan, args: Any, kwargs: Any = None) -> Any:
    """One operation, from its beginning to its end."""
    frame = run.stack[-1] if run.stack else run.frames[0]
    if plan.may_write and plan.changes(args):
        before_write(run, plan, args, kwargs or {})
    try:
        if run.dry:
            out = metashapes.output(plan.op, plan, args, kwargs or {})
        else:
            out = plan.op(*args, **kwargs) if kwargs else plan.op(*args)
    except Exception as error:
        if (better := explain(plan, args, frame)) is not None:
            run.fault = str(error), better
        raise
    run.ledger.op(frame, plan, args, out, kwargs)
    if run.keeper is not None and plan.name in NOTED:
        run.keeper.note(frame, plan.name, args, out)
    return out


def before_write(run: Any, plan: Plan, args: Any, kwargs: Any) -> None:
    """Save what an operation is about to overwrite: kept maps, the network's own tensors, the input."""
    for tensor in opcosts.written(plan, args, kwargs):
        made_here = run.ledger is not None and run.ledger.made(tensor)
        if (made_here and run.keeper is None) or tensor.layout != torch.strided:
            continue
        with unseen():
            storage = tensor.untyped_storage()._cdata
            if not made_here:
                run.storages.save(storage)
            if run.keeper is not None:
                run.keeper.before_write(storage)


def explain(plan: Plan, args: Sequence[Any], frame: Frame) -> Exception | None:
    """Why a convolution or a linear refused its input, in the words of its layer."""
    if plan.work != "product" or len(args) < 2 or not all(isinstance(arg, Tensor) for arg in args[:2]):
        return None
    x, weight, layer = args[0], args[1], frame.path or type(frame.module).__name__
    if not x.is_floating_point() and weight.is_floating_point():
        return TypeError(f"{layer} expects {weight.dtype} numbers (got {x.dtype}); convert them with x.float()")
    if plan.name in ("conv1d", "conv2d", "conv3d") and x.dim() == weight.dim():
        channels = weight.shape[1] * (args[6] if len(args) > 6 else 1)
        if x.shape[1] != channels:
            return ValueError(f"{layer} expects {channels} channels (got {x.shape[1]}, in shape {tuple(x.shape)})")
    if plan.name == "linear" and x.shape[-1] != weight.shape[-1]:
        return ValueError(f"{layer} expects {weight.shape[-1]} features (got {x.shape[-1]}, in {tuple(x.shape)})")
    if weight.is_meta and not x.is_meta:
        return ValueError(f"{layer} has its weights on the meta device, without values; use dry=True")
    return None
