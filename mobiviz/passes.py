"""One forward pass under meters: which call is running, and what its operations do.

Names come from a hook on all calls, so that nothing is written on the network. Operations come from the dispatcher
under inference mode, where convolutions, linears and attention still show as such; each belongs to the innermost
running call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from mobiviz import modes, opcosts, walk
from mobiviz.calls import Seer, onwards, seen_by
from mobiviz.direct import LAYERS, Layer, calm, chains, plain, same, usual
from mobiviz.frames import Frame
from mobiviz.ledger import Ledger
from mobiviz.meters import Keeper
from mobiviz.nested import leaves, shape
from mobiviz.opcosts import Plan
from mobiviz.restore import Parts, Storages, as_it_was


class Pass:
    """One forward pass: the calls that it makes, in the order in which they begin."""

    def __init__(self, parts: Parts, inputs: tuple[Any, ...], dry: bool) -> None:
        self.parts, self.net, self.inputs, self.dry = parts, parts.net, inputs, dry
        self.outer: Seer | None = None
        self.clocked = self.direct = False
        self.hooks = 0  # that torch had given out when the network was seen to have none
        self.known: dict[Any, Plan | None] = {}
        self.chains: set[type] = set()
        self.shown: list[Any] | None = None
        self.frames: list[Frame | walk.Booked] = []
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
        self.keeper, self.clocked = keeper, clock
        with as_it_was(self.parts, tensors) as self.storages, _without_fast_path(), torch.inference_mode():
            if ledger:
                self.ledger = Ledger(tensors, (*self.parts.parameters, *self.parts.buffers))
                if plain(self.parts) and not self.storages.hooked:
                    self.chains, self.hooks = chains(self.parts), RemovableHandle.next_id
                    self.direct = keeper is None and self.ledger.apart
            with self.watching(), _Timing(self) if clock else modes.Counting(self):
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
            for context in (_without_fast_path(), torch.inference_mode(), self.watching(), self.saving()):
                stack.enter_context(context)
            return self._forward()

    def saving(self) -> modes.Saving:
        """The mode under which `ask` runs."""
        return modes.Saving(self)

    def _forward(self) -> Any:
        try:
            return self.net(*self.inputs)
        except Exception as error:
            if self.fault and self.fault[0] == str(error):
                raise self.fault[1] from error
            if self.failed is not None:
                error.add_note(f"watch was in {self.failed or type(self.net).__name__}")
            raise

    def watching(self) -> AbstractContextManager[None]:
        """Take part in each call of a module on this thread."""
        return seen_by(self, self.parts.plain)

    def call(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], lone: bool = True) -> Any:
        """One call of a module, from its beginning to its end."""
        single, kind = lone and len(args) == 1 and not kwargs, type(module)
        layer = LAYERS.get(kind) if single and self.direct else None
        if layer is not None and self.calm() and (found := walk.steps(self, module, args[0])):
            return walk.go(self, found, args[0])
        path = self.parts.paths.get(id(module))
        if path is None or id(module) in self.parts.shared:
            path = self._path(module)
        nth = self.counts[path] = self.counts.get(path, -1) + 1
        stack = self.stack
        frame = Frame(module, path, nth, bool(stack and stack[-1].se) or kind in self.parts.gates)
        chained = single and kind in self.chains and "forward" not in module.__dict__ and self.calm()
        if chained and self.direct and (found := walk.steps(self, module, args[0])):
            return walk.go(self, found, args[0], frame)
        first = args[0] if args else None
        frame.in_shape = first.shape if isinstance(first, Tensor) else shape(args or kwargs)
        self.frames.append(frame)
        stack.append(frame)
        if self.clocked:
            frame.began = perf_counter()
        try:
            if layer is not None and self.calm():
                out = self._learn(module, layer, first)
            elif chained:
                out = self._through(module, first)
            else:
                out = onwards(self, module, args, kwargs)
        except BaseException:
            self.failed = path if self.failed is None else self.failed
            raise
        finally:
            if self.clocked:
                frame.ended = perf_counter()
            stack.pop()
        return self._leave(frame, out)

    def _leave(self, frame: Frame, out: Any) -> Any:
        """The end of a call that went well; returns what it puts out."""
        self.failed = None
        single = isinstance(out, Tensor)
        frame.out_shape = out.shape if single else shape(out)
        if self.keeper is not None:
            self.keeper.keep(frame, {"out": out} if single else leaves(out))
        return out

    def calm(self) -> bool:
        return RemovableHandle.next_id == self.hooks and calm()

    def _through(self, module: nn.Module, x: Any) -> Any:
        """Call the children of a Sequential in turn, as it would."""
        for child in module._modules.values():
            x = self.call(child, (x,), {}) if usual(child) else child(x)
        return x

    def _learn(self, module: nn.Module, layer: Layer, x: Any) -> Any:
        """The first layer of its sort: the dispatcher shows whether it does what is said of it."""
        own = module.__dict__
        act, rest = layer.in_place if own.get("inplace") else layer.act, layer.given(own)
        if act in self.known or rest is None or "forward" in own:
            return module._call_impl(x)
        shown = self.shown = []
        try:
            out = module._call_impl(x)
        finally:
            self.shown = None
        args = (x, *rest)
        plans = [p for p, seen, made in shown if made is out and (p.fresh or out is x) and same(args, seen)]
        self.known[act] = plans[0] if len(plans) == len(shown) == 1 else None
        return out

    def _path(self, module: nn.Module) -> str:
        """Of several paths, the one inside the innermost call that has one; a module without is named by its type."""
        paths = self.parts.shared.get(id(module))
        if paths is None:
            parent = f"{self.stack[-1].path}." if self.stack and self.stack[-1].path else ""
            return f"{parent}({type(module).__name__})"
        for frame in reversed(self.stack):
            inside = [path for path in paths if path.startswith(f"{frame.path}." if frame.path else "")]
            if inside:
                return inside[0]
        return paths[0]


class _Timing(modes.Watching):
    """Times each operation and leaves composites whole."""

    def __init__(self, run: Any) -> None:
        super().__init__(run)
        tensors = [*run.parts.parameters, *(leaf for x in run.inputs for leaf in leaves(x).values())]
        self.wait = torch.cuda.synchronize if any(t.is_cuda for t in tensors) else lambda: None

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        run, kwargs = self.run, kwargs or {}
        plan = opcosts.plan(op)
        if plan.may_write and plan.changes(args):
            modes.before_write(run, plan, args, kwargs)
        frame = run.stack[-1] if run.stack else run.frames[0]
        self.wait()
        start = perf_counter()
        out = op(*args, **kwargs)
        self.wait()
        frame.seconds += perf_counter() - start
        return out


@contextmanager
def _without_fast_path() -> Iterator[None]:
    """Let attention run as its layers and not as one kernel that hides them."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)
