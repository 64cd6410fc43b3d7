"""One forward pass under meters: which call is running, and what its operations do.

Names come from hooks that are process-wide, so that nothing is written on the network. Operations come from the
dispatcher under inference mode, where convolutions, linears and attention still show as such; each belongs to the
innermost running call.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _global_forward_hooks_with_kwargs as _with_kwargs
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode

from mobiviz import metashapes, opcosts
from mobiviz.frames import Frame
from mobiviz.ledger import Ledger
from mobiviz.meters import Keeper, unseen
from mobiviz.nested import leaves, shape
from mobiviz.origins import NOTED
from mobiviz.restore import Parts, Storages, as_it_was


class Pass:
    """One forward pass: the calls that it makes, in the order in which they begin."""

    def __init__(self, parts: Parts, inputs: tuple[Any, ...], dry: bool) -> None:
        self.parts, self.net, self.inputs, self.dry = parts, parts.net, inputs, dry
        self.thread = threading.get_ident()
        self.frames: list[Frame] = []
        self.stack: list[Frame] = []
        self.counts: dict[str, int] = {}
        self.ledger: Ledger | None = None
        self.keeper: Keeper | None = None
        self.storages: Storages | None = None
        self.peaks: tuple[int, int] | None = None
        self.failed: str | None = None
        self.fault: tuple[str, Exception] | None = None
        self.seconds = self.start = 0.0

    def run(self, ledger: bool = False, keeper: Keeper | None = None, clock: bool = False) -> None:
        tensors = [leaf for value in self.inputs for leaf in leaves(value).values()]
        self.keeper = keeper
        with as_it_was(self.parts, tensors) as self.storages, _without_fast_path(), torch.inference_mode():
            if ledger:
                self.ledger = Ledger(tensors, (*self.parts.parameters, *self.parts.buffers))
            with self._hooks(), _Timing(self) if clock else _Counting(self):
                self.start = perf_counter()
                out = self._forward()
                self.seconds = perf_counter() - self.start
            if ledger:
                self.peaks = self.ledger.finish(leaves(out).values())
            del out
            if keeper:
                keeper.finish(self.storages.held)

    def ask(self) -> Any:
        """Run under the hooks alone, for those that a subclass gives something to say; returns the answer."""
        tensors = [leaf for value in self.inputs for leaf in leaves(value).values()]
        with ExitStack() as stack:
            self.storages = stack.enter_context(as_it_was(self.parts, tensors))
            for context in (_without_fast_path(), torch.inference_mode(), self._hooks(), self.saving()):
                stack.enter_context(context)
            return self._forward()

    def saving(self) -> Saving:
        """The mode under which `ask` runs."""
        return Saving(self)

    def _forward(self) -> Any:
        try:
            return self.net(*self.inputs)
        except Exception as error:
            if self.fault and self.fault[0] == str(error):
                raise self.fault[1] from error
            if self.failed is not None:
                error.add_note(f"watch was in {self.failed or type(self.net).__name__}")
            raise

    @contextmanager
    def _hooks(self) -> Iterator[None]:
        with ExitStack() as stack:
            stack.callback(register_module_forward_pre_hook(self._enter).remove)
            leave = register_module_forward_hook(self._leave, with_kwargs=True, always_call=True)
            stack.callback(leave.remove)
            stack.callback(_with_kwargs.pop, leave.id, None)  # torch's own remove forgets this one
            yield

    def _enter(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if threading.get_ident() != self.thread:
            return
        paths = self.parts.paths.get(id(module), ())
        path = paths[0] if len(paths) == 1 else self._path(module, paths)
        nth = self.counts[path] = self.counts.get(path, -1) + 1
        stack = self.stack
        se = bool(stack and stack[-1].se) or type(module).__name__.startswith("SqueezeExcit")
        frame = Frame(module, path, nth, se)
        first = args[0] if args else None
        frame.in_shape = tuple(first.shape) if isinstance(first, Tensor) else shape(args)
        self.frames.append(frame)
        stack.append(frame)
        frame.began = perf_counter()

    def _leave(self, module: nn.Module, args: tuple[Any, ...], *rest: Any) -> None:
        """Called with (kwargs, output), or with (output,) alone after an exception."""
        now = perf_counter()
        stack = self.stack
        if threading.get_ident() != self.thread or not stack:
            return
        if stack[-1].module is not module and all(frame.module is not module for frame in stack):
            return
        while (frame := stack.pop()).module is not module:
            frame.ended = now
        frame.ended = now
        if len(rest) == 1:
            self.failed = frame.path if self.failed is None else self.failed
            return
        kwargs, out = rest
        self.failed = None
        if frame.in_shape is None:
            frame.in_shape = shape(kwargs)
        single = isinstance(out, Tensor)
        frame.out_shape = tuple(out.shape) if single else shape(out)
        if self.keeper is not None:
            self.keeper.keep(frame, {"out": out} if single else leaves(out))

    def _path(self, module: nn.Module, paths: Sequence[str]) -> str:
        """Of several paths, the one inside the innermost call that has one; a module without is named by its type."""
        if not paths:
            parent = f"{self.stack[-1].path}." if self.stack and self.stack[-1].path else ""
            return f"{parent}({type(module).__name__})"
        for frame in reversed(self.stack):
            inside = [path for path in paths if path.startswith(f"{frame.path}." if frame.path else "")]
            if inside:
                return inside[0]
        return paths[0]


class Saving(TorchDispatchMode):
    """Sees each operation before it runs, and saves what it is about to overwrite."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __init__(self, run: Pass) -> None:
        super().__init__()
        self.run = run

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, plan = kwargs or {}, opcosts.plan(op)
        if plan.changes(args):
            _before_write(self.run, plan, args, kwargs)
        return op(*args, **kwargs)


class _Counting(TorchDispatchMode):
    """Sees each operation before and after it runs, and books it."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or torch wraps each dispatch once more, and imports its compiler for that

    def __init__(self, run: Pass) -> None:
        super().__init__()
        self.run = run

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        run = self.run
        plan = opcosts.plans.get(id(op)) or opcosts.plan(op)
        if plan.may_write and plan.changes(args):
            _before_write(run, plan, args, kwargs or {})
        if plan.work == "composite":
            with self:
                return op.decompose(*args, **kwargs or {})
        frame = run.stack[-1] if run.stack else run.frames[0]
        try:
            if run.dry:
                out = metashapes.output(op, plan, args, kwargs or {})
            else:
                out = op(*args, **kwargs) if kwargs else op(*args)
        except Exception as error:
            if (better := _explain(plan, args, frame)) is not None:
                run.fault = str(error), better
            raise
        run.ledger.op(frame, plan, args, out, kwargs)
        if plan.name in NOTED and run.keeper is not None:
            run.keeper.note(frame, plan.name, args, out)
        return out


class _Timing(TorchDispatchMode):
    """Times each operation and leaves composites whole."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __init__(self, run: Pass) -> None:
        super().__init__()
        self.run = run
        tensors = [*run.parts.parameters, *(leaf for x in run.inputs for leaf in leaves(x).values())]
        self.wait = torch.cuda.synchronize if any(t.is_cuda for t in tensors) else lambda: None

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        run, kwargs = self.run, kwargs or {}
        plan = opcosts.plan(op)
        if plan.may_write and plan.changes(args):
            _before_write(run, plan, args, kwargs)
        frame = run.stack[-1] if run.stack else run.frames[0]
        self.wait()
        start = perf_counter()
        out = op(*args, **kwargs)
        self.wait()
        frame.seconds += perf_counter() - start
        return out


def _before_write(run: Pass, plan: opcosts.Plan, args: Any, kwargs: Any) -> None:
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


def _explain(plan: opcosts.Plan, args: Sequence[Any], frame: Frame) -> Exception | None:
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


@contextmanager
def _without_fast_path() -> Iterator[None]:
    """Let attention run as its layers and not as one kernel that hides them."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)
