"""Every call of a module, seen by the passes that run on its thread; nothing is written on a network for that.

All modules share one class attribute, None unless somebody compiles them, that torch asks on each call. While a pass
runs it is a function of this file: a hook that costs a third of torch's own.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import MethodType
from typing import Any, Protocol

from torch import nn

get_ident = threading.get_ident
_lock = threading.Lock()
_passes: dict[int, Seer] = {}  # the innermost pass of each thread that has one
_changes = 0  # of the class attribute
ENOUGH = 900 if sys.version_info >= (3, 13) else None  # from 1,000 on Python looks up all attributes of modules slowly


class Seer(Protocol):
    """A pass that sees calls; `outer` is the one that was on this thread before it."""

    outer: Seer | None

    def call(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], lone: bool = True) -> Any:
        """Take a call of a module; `lone` where no other pass has seen it before."""


@contextmanager
def seen_by(one: Seer, modules: Sequence[nn.Module]) -> Iterator[None]:
    """Show a pass all calls on this thread. Those of `modules` that are compiled run as written, and are shown too.

    The caller puts the attributes of `modules` back.
    """
    here = get_ident()
    for module in modules:
        if "_compiled_call_impl" in module.__dict__ and module._compiled_call_impl is not None:
            vars(module)["_compiled_call_impl"] = MethodType(_call, module)
    with _lock:
        one.outer = _passes.get(here)
        _passes[here] = one
        _put(_call)
    try:
        yield
    finally:
        with _lock:
            if one.outer is None:
                del _passes[here]
            else:
                _passes[here] = one.outer
            if not _passes and (ENOUGH is None or _changes < ENOUGH):
                _put(None)


def _put(value: Any) -> None:
    global _changes
    if nn.Module._compiled_call_impl is not value:
        nn.Module._compiled_call_impl = value
        _changes += 1


def _call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    one = _passes.get(get_ident())
    return module._call_impl(*args, **kwargs) if one is None else one.call(module, args, kwargs)


def onwards(one: Seer, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call itself, or what the next pass makes of it."""
    if one.outer is None:
        return module._call_impl(*args, **kwargs)
    return one.outer.call(module, args, kwargs, lone=False)
