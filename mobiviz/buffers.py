"""Stretches of memory in a run, the tensors that lie in them, and how much lives at a time."""

from __future__ import annotations

import weakref
from itertools import accumulate

from torch import Tensor


class Buffer:
    """A stretch of memory: its bytes, the first and last operation to touch it, and how many tensors lie in it."""

    __slots__ = ("constant", "first", "last", "nbytes", "owners", "source")

    def __init__(self, nbytes: int, now: int) -> None:
        self.nbytes, self.first, self.last, self.owners = nbytes, now, now, 1
        self.constant, self.source = False, None


class Constant:
    """A weight, or another tensor that no operation of this run has made; its buffer is looked up when needed."""

    __slots__ = ("buffer", "nbytes", "numel", "storage", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.numel, self.nbytes = tensor, tensor.numel(), tensor.nbytes
        self.buffer: Buffer | None = None
        self.storage: int | None = None


class Map(weakref.ref):
    """An input or the result of an operation, forgotten when it dies; None as buffer for sparse and the like.

    The storage of a new result is looked up only when somebody asks for it: most never meet a view.
    """

    __slots__ = ("buffer", "key", "nbytes", "numel", "storage")


Seen = Constant | Map


def is_alias(out: Seen, reads: list[Seen], now: int) -> bool:
    """Whether an operation gave back memory that it was given: a view, a dropout in eval, `.to` of the same type."""
    buffer = out.buffer
    if buffer is None or buffer.first == now:
        return False
    return any(one.buffer is buffer for one in reads)


def could_fuse(buffer: Buffer | None, into: Buffer) -> bool:
    return buffer is not None and buffer.first > 0 and buffer.nbytes == into.nbytes and not buffer.constant


def peak_fused(buffers: list[Buffer], end: int) -> int:
    """The largest sum of live buffers, where an activation that is the last to need its input works in place."""
    change = [0] * (end + 2)
    for buffer in buffers:
        source = buffer.source
        takes_over = source is not None and source.last == buffer.first  # it works in the memory of its input
        change[buffer.first + takes_over] += buffer.nbytes
        change[buffer.last + 1] -= buffer.nbytes
    return max(accumulate(change))
