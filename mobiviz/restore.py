"""Leave no trace: run a network in eval mode and put back whatever the run has changed."""

from __future__ import annotations

import gc
import random
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_CONTAINERS = frozenset((dict, OrderedDict, list, set))
_common = itemgetter(*(name for name, value in vars(nn.Module()).items() if type(value) in _CONTAINERS))


class Parts:
    """A network taken apart once: its modules in order, their paths (several where shared), its own tensors."""

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self.modules: list[nn.Module] = []
        self.paths: dict[int, list[str]] = {}
        self._walk(net, "")
        kinds = set(map(type, self.modules))
        scripted = {kind for kind in kinds if issubclass(kind, torch.jit.ScriptModule)}
        torchs = {kind for kind in kinds - scripted if kind.__module__.startswith("torch.nn.modules")}
        self.plain = [module for module in self.modules if type(module) not in scripted]
        self.torchs = [module for module in self.modules if type(module) in torchs]
        self.others = [module for module in self.plain if type(module) not in torchs]
        self.parameters = [p for module in self.modules for p in module._parameters.values() if p is not None]
        self.buffers = [b for module in self.modules for b in module._buffers.values() if b is not None]

    def _walk(self, module: nn.Module, path: str) -> None:
        known = self.paths.get(id(module))
        if known is None:
            self.paths[id(module)] = [path]
            self.modules.append(module)
        else:
            known.append(path)
        before = f"{path}." if path else ""
        for name, child in module._modules.items():
            if child is not None:
                self._walk(child, before + name)


class Storages:
    """The memory of a network and its input; `save` keeps a copy of what is about to be overwritten."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self.tensors = tensors
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
    containers = [value for module in parts.others for value in vars(module).values() if type(value) in _CONTAINERS]
    containers += chain.from_iterable(map(_common, map(vars, parts.torchs)))  # those that a forward pass may change
    full = list(filter(None, containers))
    dicts = [*map(vars, parts.plain), *(each for each in full if type(each) is dict)]
    others = [each for each in full if type(each) is not dict]
    earlier = [each.copy() for each in (*dicts, *others)]
    storages = Storages([*parts.parameters, *parts.buffers, *inputs])
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        for module, _ in modes:
            module.training = False
        yield storages
    finally:
        for _ in map(dict.update, dicts, earlier):
            pass
        if list(map(len, dicts)) != [len(before) for before in earlier[: len(dicts)]]:
            others = dicts + others  # somebody added an attribute
        for living, before in zip(reversed(others), reversed(earlier), strict=False):
            _put_back(living, before)
        if len(list(filter(None, containers))) != len(full):
            known = set(map(id, full))
            for container in containers:
                if id(container) not in known:
                    container.clear()
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
