"""The arithmetic of receptive fields: each operation of a run says what a position of its output can see.

Along each side of the photo a map has an Axis (size, jump, start), or None where each position sees the whole side. A
kernel of k pixels, dilated d times, adds (k - 1) * d jumps to the size; a stride multiplies the jump; padding moves the
start. What no rule knows is lost, with the reason; the gradient then has the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mobiviz import opcosts
from mobiviz.findings import Axis
from mobiviz.modes import Saving
from mobiviz.passes import Pass

_REDUCING = {"mean", "sum", "amax", "amin", "max", "min", "std", "var", "logsumexp", "norm", "softmax", "_softmax"}
_REDUCING |= {"log_softmax", "_log_softmax", "linalg_vector_norm", "var_mean", "std_mean", "prod", "argmax", "argmin"}
_ACROSS = {"group_norm", "native_group_norm", "instance_norm", "layer_norm", "native_layer_norm"}
_MIXING = {"linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "mv", "addmv"}
_IN_PLACE_OF = {"flatten", "reshape", "view", "clone", "contiguous", "copy", "to", "_to_copy", "type_as", "detach"}
_IN_PLACE_OF |= {"chunk", "split", "split_with_sizes", "slice", "narrow", "unsqueeze", "squeeze", "expand", "alias"}
_IN_PLACE_OF |= {"channel_shuffle", "native_channel_shuffle", "dropout", "feature_dropout", "native_dropout"}
_IN_PLACE_OF |= {"unflatten", "select", "lift_fresh", "_reshape_alias", "resolve_conj", "resolve_neg"}
_NO_RULE = {"cumsum", "cumprod", "sort", "argsort", "topk", "col2im", "im2col", "scatter_add", "outer"}
Window = tuple[int, int, int, int]  # k, stride, padding, dilation
_MEAN = "takes its mean over positions"


@dataclass(frozen=True)
class Reach:
    """What a position of a tensor sees: an Axis a side, None for a whole side; lost where `axes` is None."""

    axes: tuple[Axis | None, ...] | None
    why: str = ""

    @property
    def whole(self) -> bool:
        return self.axes is not None and not any(self.axes)


class Following(Saving):
    """Watches the operations of a run, and knows what each tensor that came from the photo sees of it."""

    def __init__(self, run: Pass, photo: Tensor) -> None:
        super().__init__(run)
        self.sides = photo.dim() - 2
        start = Reach((Axis(1, 1, 0),) * self.sides)
        self.known: dict[int, tuple[Tensor, Reach]] = {id(photo): (photo, start)}  # holds them: an id must not return

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, plan = kwargs or {}, opcosts.plan(op)
        if plan.work == "composite" and plan.name not in _MIXING:
            with self:
                return op.decompose(*args, **kwargs)
        out = super().__torch_dispatch__(op, types, args, kwargs)
        given = [leaf for leaf in _flat((args, list(kwargs.values()))) if isinstance(leaf, Tensor)]
        seen = [tensor for tensor in given if id(tensor) in self.known]
        if not seen:
            return out
        for leaf in (leaf for leaf in _flat(out) if isinstance(leaf, Tensor)):
            self.known[id(leaf)] = leaf, self._reach(plan, args, leaf, seen)
        if plan.in_place and isinstance(args[0], Tensor):
            self.known[id(args[0])] = args[0], self._reach(plan, args, args[0], seen)
        return out

    def of(self, tensor: Tensor) -> Reach:
        """What a position of this tensor sees."""
        return self.known[id(tensor)][1] if id(tensor) in self.known else Reach(None, "it does not come from the photo")

    def _reach(self, plan: opcosts.Plan, args: Sequence[Any], out: Tensor, seen: list[Tensor]) -> Reach:
        first, name = self.of(seen[0]), plan.name
        if name in opcosts.CONVOLUTIONS and len(seen) == 1 and seen[0] is args[0]:
            return self._window(first, _conv_window(name, args, self.sides), name)
        if plan.work == "pool":
            return self._pool(first, name, args, out)
        if name in _ACROSS:
            return self._all(first, range(self.sides), _MEAN)
        if name in _REDUCING:
            return self._reduced(first, args, seen[0], out)
        if name in _MIXING:
            flat = len(seen) == 1 and seen[0].dim() == 2
            return self._all(Reach((None,) * self.sides), (), "mixes all positions") if flat else self._lost(name)
        if name in ("constant_pad_nd", "pad") or "_pad" in name:
            return self._padded(first, args[1])
        if name in ("cat", "concat"):
            dim = (args[1] if len(args) > 1 else 0) % out.dim()
            return self._union(seen, out) if dim < out.dim() - self.sides else self._lost(name)
        if name in _NO_RULE:
            return self._lost(name)
        if plan.work in ("elementwise", "add", "norm"):
            return self._union(seen, out)
        if name in _IN_PLACE_OF and (first.whole or self._same_sides(seen[0], out)):
            return first
        if name in ("flatten", "view", "reshape", "_reshape_alias"):
            return Reach(None, "it is flattened, and a number of it has no place on the photo")
        return first if first.whole else self._lost(name)

    def _lost(self, name: str) -> Reach:
        return Reach(None, f"there is no arithmetic for {name} in {self._where()}")

    def _where(self) -> str:
        frame = self.run.stack[-1] if self.run.stack else self.run.frames[0]
        return frame.path or type(frame.module).__name__

    def _same_sides(self, before: Tensor, after: Tensor) -> bool:
        return after.dim() > self.sides and before.shape[-self.sides :] == after.shape[-self.sides :]

    def _all(self, before: Reach, sides: Any, why: str) -> Reach:
        """The same with these sides seen whole."""
        if before.axes is None:
            return before
        axes = tuple(None if side in sides else axis for side, axis in enumerate(before.axes))
        return Reach(axes, before.why or f"{self._where()} {why}")

    def _window(self, before: Reach, windows: list[Window] | None, name: str) -> Reach:
        """After a window of k pixels with stride s, padding p and dilation d, one for each side."""
        if before.axes is None:
            return before
        if windows is None:
            return before if before.whole else self._lost(name)
        axes = []
        for axis, (k, s, p, d) in zip(before.axes, windows, strict=True):
            after = axis and Axis(axis.size + (k - 1) * d * axis.jump, axis.jump * s, axis.start - p * axis.jump)
            axes.append(after)
        return Reach(tuple(axes), before.why)

    def _pool(self, before: Reach, name: str, args: Sequence[Any], out: Tensor) -> Reach:
        if "unpool" in name or "fractional" in name:
            return self._lost(name)
        if "adaptive" not in name:
            k, s, p = (list(args[at]) if len(args) > at and args[at] is not None else [] for at in (1, 2, 3))
            dilation = list(args[4]) if "max" in name and len(args) > 4 else [1]
            parts = [_each(part, self.sides) for part in (k, s or k, p or [0], dilation or [1])]
            return self._window(before, list(zip(*parts, strict=True)), name)
        sizes = list(zip(args[0].shape[-self.sides :], out.shape[-self.sides :], strict=True))
        whole = self._all(
            before, [side for side, (_, to) in enumerate(sizes) if to == 1], "takes its mean over positions"
        )
        rest = [(n // to, n // to, 0, 1) if not n % to else None for n, to in sizes]
        fits = all(rest) or whole.whole
        return self._window(whole, [one or (1, 1, 0, 1) for one in rest], name) if fits else self._lost(name)

    def _reduced(self, before: Reach, args: Sequence[Any], tensor: Tensor, out: Tensor) -> Reach:
        dims = args[1] if len(args) > 1 and args[1] is not None else list(range(tensor.dim()))
        dims = {dim % tensor.dim() for dim in (dims if isinstance(dims, (list, tuple)) else [dims])}
        first = tensor.dim() - self.sides
        after = self._all(before, [dim - first for dim in dims if dim >= first], _MEAN)
        kept = after.whole or out.dim() == tensor.dim() or all(dim < first for dim in dims)
        return after if kept or after.axes is None else self._lost("a mean along one side")

    def _padded(self, before: Reach, pads: Sequence[int]) -> Reach:
        if before.axes is None:
            return before
        left = [0] * self.sides
        for place, amount in enumerate(pads[::2][: self.sides]):
            left[-1 - place] = amount
        return self._window(before, [(1, 1, amount, 1) for amount in left], "pad")

    def _union(self, seen: list[Tensor], out: Tensor) -> Reach:
        """What is seen through any of several tensors that meet position by position."""
        merged = self.of(seen[0])
        for tensor in seen:
            reach = self.of(tensor)
            if reach.axes is None:
                return reach
            spread = not reach.whole and not self._same_sides(tensor, out)
            both = list(zip(merged.axes, reach.axes, strict=True))
            if spread or any(a and b and a.jump != b.jump for a, b in both):
                return self._lost("maps of different grids that meet")
            merged = Reach(tuple(_hull(a, b) for a, b in both), merged.why or reach.why)
        return merged


def _hull(a: Axis | None, b: Axis | None) -> Axis | None:
    if a is None or b is None:
        return None
    start = min(a.start, b.start)
    return Axis(max(a.start + a.size, b.start + b.size) - start, a.jump, start)


def _conv_window(name: str, args: Sequence[Any], sides: int) -> list[Window] | None:
    """Kernel, stride, padding and dilation of a convolution, one of each a side; None where it is transposed."""
    general = name in ("convolution", "_convolution", "convolution_overrideable")
    if "transpose" in name or name == "conv_tbc" or (general and args[6]):
        return None
    kernel = args[1].shape[2:]
    if len(kernel) != sides:
        return None
    given = [args[at] if len(args) > at else default for at, default in ((3, 1), (4, 0), (5, 1))]
    stride, padding, dilation = given
    s, d = _each(stride, sides), _each(dilation, sides)
    if isinstance(padding, str):
        p = [(k - 1) * gap // 2 if padding == "same" else 0 for k, gap in zip(kernel, d, strict=True)]
    else:
        p = _each(padding, sides)
    return list(zip(kernel, s, p, d, strict=True))


def _each(value: Any, sides: int) -> list[int]:
    """One number a side, from one or several."""
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return values * sides if len(values) == 1 else values


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, (list, tuple)) else [value]
