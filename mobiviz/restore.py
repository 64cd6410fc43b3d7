"""Leave no trace: run a network in eval mode and put back whatever the run has changed."""

from __future__ import annotations

import gc
import random
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain, compress
from operator import attrgetter, itemgetter, methodcaller, not_
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

_CONTAINERS = frozenset((dict, OrderedDict, list, set))
_NAMES = [name for name, value in vars(nn.Module()).items() if type(value) in _CONTAINERS]
_BARE = len(vars(nn.Module()))  # a module with so many attributes has none of its own
_hooked = itemgetter(*(name for name in _NAMES if "hooks" in name))
_called = itemgetter("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_common = itemgetter(*(name for name in _NAMES if "hooks" not in name))
_parameters, _buffers = attrgetter("_parameters"), attrgetter("_buffers")


class Parts:
    """A network taken apart once: its modules in order, their paths (`shared` has all of several), its own tensors."""

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self.modules = [net]
        self.paths = {id(net): ""}
        self.shared: dict[int, list[str]] = {}
        self._walk(net, "")
        self.kinds = kinds = set(map(type, self.modules))
        self.scripted = scripted = {kind for kind in kinds if issubclass(kind, torch.jit.ScriptModule)}
        self.gates = {kind for kind in kinds if kind.__name__.startswith("SqueezeExcit")}
        torchs = {kind for kind in kinds - scripted if kind.__module__.startswith("torch.nn.modules")}
        self.plain = [each for each in self.modules if type(each) not in scripted] if scripted else self.modules
        bare = [type(each) in torchs or len(each.__dict__) == _BARE for each in self.plain]
        self.torchs = [*compress(self.plain, bare)]
        self.others = [*compress(self.plain, map(not_, bare))]
        self.parameters = [p for each in map(_parameters, self.modules) if each for p in each.values() if p is not None]
        self.buffers = [b for each in map(_buffers, self.modules) if each for b in each.values() if b is not None]
        self.sizes: dict[int, int] = {}
        self.trainable = 0

    def count(self) -> None:
        """The sizes of the parameters by id, and the sum of those that train."""
        self.sizes = dict(zip(map(id, self.parameters), map(methodcaller("numel"), self.parameters), strict=True))
        frozen = {id(p) for p in self.parameters if not p.requires_grad}
        self.trainable = sum(self.sizes.values()) - sum([self.sizes[each] for each in frozen])

    def _walk(self, module: nn.Module, before: str) -> None:
        paths = self.paths
        for name, child in module._modules.items():
            if child is None:
                continue
            key, path = id(child), before + name
            if key in paths:
                self.shared.setdefault(key, [paths[key]]).append(path)
            else:
                paths[key] = path
                self.modules.append(child)
            if child._modules:
                self._walk(child, path + ".")


class Storages:
    """The memory of a network and its input; `save` keeps a copy of what is about to be overwritten.

    `hooked` says whether a module has a hook on its calls.
    """

    def __init__(self, tensors: Iterable[Tensor], hooked: bool = False) -> None:
        self.tensors, self.hooked = tensors, hooked
        self.saved: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}

    @cached_property
    def held(self) -> dict[int, torch.UntypedStorage]:
        """Storages by address; looked up only where something writes, or maps are kept."""
        storages = (t.untyped_storage() for t in self.tensors if t.layout == torch.strided and not t.is_meta)
        return {storage._cdata: storage for storage in storages}

    def save(self, key: int) -> None:
        """Copy the storage with this key, if it is the network's or the input's and not yet copied."""
        if key in self.held and key not in self.saved:
            self.saved[key] = self.held[key], self.held[key].clone()

    def restore(self) -> None:
        for storage, copy in self.saved.values():
            storage.copy_(copy)


@contextmanager
def as_it_was(parts: Parts, inputs: Iterable[Tensor] = ()) -> Iterator[Storages]:
    """Set every submodule to eval; afterwards modes, attributes, tensors and random states are as before.

    The caller tells the Storages which memory is about to be overwritten.
    """
    modes = [(module, module.training) for module in parts.modules if module.training]
    owned, torchs = [*map(vars, parts.plain)], [*map(vars, parts.torchs)]
    containers = [value for module in parts.others for value in vars(module).values() if type(value) in _CONTAINERS]
    containers += chain.from_iterable(map(_common, torchs))  # those that a forward pass may change
    some, last_hook = any(chain.from_iterable(map(_called, owned))), RemovableHandle.next_id
    hooked = list(chain.from_iterable(map(_hooked, torchs))) if some else []
    kept = [*filter(None, containers)]
    full = [*kept, *filter(None, hooked)]
    others = [each for each in full if type(each) is not dict]
    dicts = owned + ([each for each in full if type(each) is dict] if others else full)
    earlier = [*map(dict.copy, dicts), *[each.copy() for each in others]]
    storages = Storages([*parts.parameters, *parts.buffers, *inputs], some)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        for module, _ in modes:
            module.training = False
        yield storages
    finally:
        deque(map(dict.update, dicts, earlier), maxlen=0)
        if [*map(len, dicts)] != [*map(len, earlier[: len(dicts)])]:
            others = dicts + others  # somebody added an attribute
        for living, before in zip(reversed(others), reversed(earlier), strict=False):
            _put_back(living, before)
        if RemovableHandle.next_id != last_hook or len([*filter(None, containers)]) != len(kept):
            known = set(map(id, full))
            for container in (*containers, *hooked):
                if id(container) not in known:
                    container.clear()
            for hooks in () if some else chain.from_iterable(map(_hooked, torchs)):
                for new in [each for each in hooks if each >= last_hook]:
                    del hooks[new]
        for module, mode in modes:
            module.training = mode
        storages.restore()
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
        if devices is not None:
            torch.cuda.set_rng_state_all(devices)


@contextmanager
def no_collection() -> Iterator[None]:
    """Garbage collection would fall on whoever happens to run."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _put_back(living: Any, before: Any) -> None:
    """Give a container its earlier contents; never leaves it emptier than before on the way."""
    if isinstance(living, dict):
        living.update(before)
        if len(living) != len(before):
            for key in [key for key in living if key not in before]:
                del living[key]
    elif isinstance(living, list):
        living[:] = before
    else:
        living |= before
        living &= before
