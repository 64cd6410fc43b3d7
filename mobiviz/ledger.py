"""Compute at work: books each operation on the innermost running call, and follows memory as it comes and goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from mobiviz.buffers import Buffer, Constant, Map, Seen, could_fuse, is_alias, peak_fused
from mobiviz.frames import Frame
from mobiviz.opcosts import CONVOLUTIONS, Plan, conv_kind


class Ledger:
    """Work by call, and live bytes by operation. Tensors are known by identity; `own` are those of the network."""

    def __init__(self, inputs: Iterable[Tensor], own: Iterable[Tensor] = ()) -> None:
        self.weights = set(map(id, own))
        self.seen: dict[int, Seen] = {}
        self.storages: dict[int, Buffer] = {}
        self.buffers: list[Buffer] = []
        self.now = self.live = self.peak_live = 0
        self.apart = True  # no input is one of the network's own tensors
        for tensor in inputs:
            self._meet(tensor)
            self.apart &= id(tensor) not in self.weights
        self.weights -= self.seen.keys()

    def op(self, frame: Frame, plan: Plan, args: Any, out: Any, kwargs: Any = None) -> None:
        """Book one operation that has just run."""
        self.now = now = self.now + 1
        if plan.weighted and not kwargs and type(out) is Tensor and self._layer(frame, plan, args, out):
            return
        work, reads = plan.work, self._reads(plan, args, kwargs)
        if plan.fresh and type(out) is Tensor:
            outs = [self._new(out)]
        else:
            outs = self._met(out)
            if not plan.writes and (not outs or is_alias(outs[0], reads, now)):
                return
        if work == "elementwise" and plan.name.endswith("dropout") and not args[2]:
            return
        read = 0
        for one in reads:
            read += one.nbytes
            if one.buffer is not None:
                one.buffer.last = now
        frame.read_bytes += read
        for one in outs:
            frame.write_bytes += one.nbytes
            if one.buffer is not None:
                one.buffer.last = now
        if work == "product":
            frame.out_bytes += outs[0].nbytes
            _product(frame, plan, args, out)
        elif work == "unknown":
            frame.macs = None
            frame.unpriced += (plan.name,)
        elif work not in ("move", "view") and outs:
            self._touch(frame, work, reads, outs[0])

    def _layer(self, frame: Frame, plan: Plan, args: Any, out: Tensor) -> bool:
        """Book one map that meets the network's own weights, as most operations do; False where it is not so."""
        x = self.seen.get(id(args[0]))
        if x is None or (source := x.buffer) is None:
            return False
        read, weights, count = x.nbytes, self.weights, len(args)
        for at in plan.tensors:
            if 0 < at < count and (value := args[at]) is not None:
                if id(value) not in weights:
                    return False
                read += value.nbytes
        one = self._new(out)
        made, now = one.buffer, self.now
        frame.read_bytes += read
        frame.write_bytes += one.nbytes
        source.last = made.last = now
        if plan.work == "product":
            frame.out_bytes += one.nbytes
            _product(frame, plan, args, out)
            return True
        frame.norm += max(one.numel, x.numel)
        if made.first == now and could_fuse(source, made):
            made.source = source
        return True

    def through(self, one: Seen, made: Iterable[tuple[Plan, Any, int]], out: Tensor) -> None:
        """Follow a map through operations whose results nobody else has seen, but for the last; with their bytes."""
        buffer, now, live, before = one.buffer, self.now, self.live, 0
        for plan, _, nbytes in made:
            now += 1
            buffer.last = now
            if plan.in_place:
                continue
            source, buffer = buffer, Buffer(nbytes, now)
            self.buffers.append(buffer)
            live += nbytes
            if live > self.peak_live:
                self.peak_live = live
            if plan.work != "product" and could_fuse(source, buffer):
                buffer.source = source
            live -= before
            before = nbytes
        self.now, self.live = now, live
        if buffer is not one.buffer:
            self._follow(out, nbytes, buffer)

    def made(self, tensor: Tensor) -> bool:
        """Whether an operation of this run made this tensor's memory: no input's, no weight's, nothing unknown."""
        one = self.seen.get(id(tensor))
        return type(one) is Map and one.buffer is not None and one.buffer.first > 0 and not one.buffer.constant

    def finish(self, outputs: Iterable[Tensor]) -> tuple[int, int]:
        """Bytes at the peak: with batch norm and activations fused, and as run."""
        for tensor in outputs:
            if (one := self.seen.get(id(tensor))) is not None and one.buffer is not None:
                one.buffer.last = self.now
        self.seen.clear()
        return peak_fused(self.buffers, self.now), self.peak_live

    def _touch(self, frame: Frame, work: str, reads: list[Seen], out: Seen) -> None:
        elements = max(out.numel, reads[0].numel) if reads else out.numel
        if work == "norm":
            frame.norm += elements
        elif work == "pool":
            frame.pool += elements
            return
        else:
            frame.elementwise += elements
            if work == "add" and len(reads) > 1 and reads[0].numel == reads[1].numel == out.numel:
                frame.added = True
                frame.out_bytes += out.nbytes
                return
        if out.buffer is not None and out.buffer.first == self.now:
            out.buffer.source = next((one.buffer for one in reads if could_fuse(one.buffer, out.buffer)), None)

    def _reads(self, plan: Plan, args: Any, kwargs: Any) -> list[Seen]:
        """The tensors among the arguments; one not seen before is a constant."""
        seen, found, count = self.seen, [], len(args)
        for at in plan.tensors:
            if at >= count:
                break
            value = args[at]
            one = seen.get(id(value))
            if one is not None:
                found.append(one)
            elif value is not None:
                self._add(value, found)
        if kwargs:
            for value in kwargs.values():
                self._add(value, found)
        if not plan.fresh:
            for one in found:
                self._locate(one)
        return found

    def _add(self, value: Any, found: list[Seen]) -> None:
        if isinstance(value, Tensor):
            one = self.seen.get(id(value))
            if one is None:
                one = self.seen[id(value)] = Constant(value)
            found.append(one)
        elif type(value) is list or type(value) is tuple:
            for part in value:
                self._add(part, found)

    def _met(self, out: Any) -> list[Seen]:
        if isinstance(out, Tensor):
            return [self._meet(out)]
        return [one for value in out for one in self._met(value)] if isinstance(out, (list, tuple)) else []

    def _new(self, tensor: Tensor) -> Seen:
        """A result that lies in new memory of its own, unless it is an argument given back."""
        key, nbytes = id(tensor), tensor.nbytes
        one = self.seen.get(key)
        if one is None:
            one = self._follow(tensor, nbytes, self._buffer(nbytes))
        return one

    def _follow(self, tensor: Tensor, nbytes: int, buffer: Buffer | None) -> Map:
        one = self.seen[id(tensor)] = Map(tensor, self._forget)
        one.key, one.numel, one.nbytes, one.storage, one.buffer = id(tensor), tensor.numel(), nbytes, None, buffer
        return one

    def _meet(self, tensor: Tensor) -> Seen:
        key = id(tensor)
        one = self.seen.get(key)
        if one is not None:
            return one
        one = self._follow(tensor, tensor.nbytes, None)
        try:
            storage = tensor.untyped_storage()
        except (NotImplementedError, RuntimeError):  # sparse and other tensors without one storage
            return one
        one.storage = where = storage._cdata
        one.buffer = self.storages.get(where)
        if one.buffer is None:
            one.buffer = self.storages[where] = self._buffer(storage.nbytes())
        else:
            one.buffer.owners += 1
        one.nbytes = min(one.nbytes, one.buffer.nbytes)
        return one

    def _buffer(self, nbytes: int) -> Buffer:
        """New memory, with its first owner."""
        buffer = Buffer(nbytes, self.now)
        self.buffers.append(buffer)
        self.live += nbytes
        if self.live > self.peak_live:
            self.peak_live = self.live
        return buffer

    def _locate(self, one: Seen) -> None:
        """Find the memory of a tensor, so that a view of it is known as such."""
        if one.storage is not None:
            return
        if type(one) is Constant:
            if one.tensor.layout == torch.strided:
                storage = one.tensor.untyped_storage()
                one.storage = storage._cdata
                one.buffer = self.storages.get(one.storage)
                if one.buffer is None:
                    one.buffer = self.storages[one.storage] = Buffer(storage.nbytes(), -1)
                    one.buffer.constant = True
                else:
                    one.buffer.owners += 1
        elif one.buffer is not None and (tensor := one()) is not None:
            one.storage = tensor.untyped_storage()._cdata
            self.storages[one.storage] = one.buffer

    def _forget(self, one: Map) -> None:
        self.seen.pop(one.key, None)
        if (buffer := one.buffer) is not None:
            buffer.owners -= 1
            if not buffer.owners:
                self.live -= buffer.nbytes
                if one.storage is not None:
                    self.storages.pop(one.storage, None)


def _product(frame: Frame, plan: Plan, args: Any, out: Any) -> None:
    macs = plan.price(args, out)
    if frame.macs is not None:
        frame.macs += macs
    name = plan.name
    kind = conv_kind(args, name) if name in CONVOLUTIONS else "linear" if name == "linear" else "other"
    if frame.votes is None:
        frame.votes = {kind: macs}
    else:
        frame.votes[kind] = frame.votes.get(kind, 0) + macs
