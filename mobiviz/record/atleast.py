"""What a layer has to do at least, from the shapes of its Call: the multiplies and bytes that no runtime can save.

A Record counts MACs with padding's zeros, and bytes as run. A good kernel skips the zeros; a strided 1x1 convolution
does not read the pixels that it steps over; what works in place moves each byte to where it came from.
"""

from __future__ import annotations

from math import isqrt, prod

from mobiviz.record.call import Call

_LARGEST = 7  # kernels that are looked for where a convolution may be grouped


def multiplies(call: Call) -> int | None:
    """MACs without those of padding's zeros; None where an operation could not be priced.

    A convolution's kernel is worked out from its MACs and shapes. Where a grouped one leaves several, the largest is
    taken: it has the most zeros.
    """
    sides = _sides(call)
    if not call.macs or sides is None:
        return call.macs
    (high, wide), (out_high, out_wide), k = sides
    all_taps = out_high * out_wide * k * k
    return call.macs * _taps(high, out_high, k) * _taps(wide, out_wide, k) // all_taps


def must_move(call: Call) -> int:
    """Bytes of the call's working set that must pass at least once.

    For a product: the input that it uses, its weights, its output. For other work: the larger of what is read and what
    is written. A call that does both in its own forward counts what its products write, since the rest could be fused.
    """
    if not call.macs:
        return max(call.read_bytes, call.write_bytes)
    if call.elementwise or call.norm or call.pool:
        return call.out_bytes
    return call.read_bytes - _stepped_over(call) + call.out_bytes


def item_bytes(call: Call) -> int:
    """Bytes of one number of a product's output; 4, those of float32, for other calls."""
    numbers = prod(call.out_shape) if call.macs and _is_shape(call.out_shape) else 0
    return max(call.out_bytes // numbers, 1) if numbers else 4


def kernel(call: Call) -> int | None:
    """The side of a convolution's square kernel; None for other calls, and where the shapes do not tell it."""
    if call.kind not in ("standard", "depthwise", "pointwise", "se") or not call.macs:
        return None
    if not (_is_map(call.in_shape) and _is_map(call.out_shape)) or call.macs % prod(call.out_shape):
        return None
    taps = call.macs // prod(call.out_shape)
    channels = 1 if call.kind == "depthwise" else call.in_shape[1]
    if taps % channels == 0 and isqrt(taps // channels) ** 2 == taps // channels:
        return isqrt(taps // channels)
    return next((k for k in range(_LARGEST, 1, -1) if taps % (k * k) == 0), None)


def _sides(call: Call) -> tuple[tuple[int, int], tuple[int, int], int] | None:
    k = kernel(call)
    if k is None or call.out_shape[2] > call.in_shape[2] or call.out_shape[3] > call.in_shape[3]:
        return None  # no convolution, or one that pads more than it needs
    return call.in_shape[2:], call.out_shape[2:], k


def _taps(size: int, out: int, k: int) -> int:
    """Taps of a kernel along one axis that fall on the map and not on padding, over all its positions."""
    stride = max(round(size / out), 1)
    before = -(-max((out - 1) * stride + k - size, 0) // 2)
    starts = (at * stride - before for at in range(out))
    return sum(min(start + k, size) - max(start, 0) for start in starts)


def _stepped_over(call: Call) -> int:
    """Bytes of the input that no kernel position touches."""
    sides = _sides(call)
    if sides is None:
        return 0
    (high, wide), (out_high, out_wide), k = sides
    touched = min(high, k * out_high) * min(wide, k * out_wide)
    return prod(call.in_shape[:2]) * (high * wide - touched) * item_bytes(call)


def _is_map(shape: tuple[int, ...] | None) -> bool:
    return _is_shape(shape) and len(shape) == 4 and prod(shape) > 0


def _is_shape(shape: tuple[int, ...] | None) -> bool:
    """Whether it is one tensor's shape; a nested output has several."""
    return shape is not None and all(isinstance(size, int) for size in shape)
