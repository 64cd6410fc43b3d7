"""What a layer has to do at least, from the shapes of its Call: the multiplies and bytes that no runtime can save.

A Record counts MACs with padding's zeros, and bytes as run. A good kernel skips the zeros; a strided 1x1 convolution
does not read the pixels that it steps over; what works in place moves each byte to where it came from.
"""

from __future__ import annotations

from math import isqrt, prod

from mobiviz.record.call import Call

_LARGEST = 7  # side of the kernels that are looked for where a convolution may be grouped


def multiplies(call: Call) -> int | None:
    """MACs without those of padding's zeros; None where an operation could not be priced.

    Kernel, stride and padding are worked out from MACs and shapes; where several would fit, those with the most zeros
    are taken. Padding is at most half a kernel on each side.
    """
    found = call.macs
    for k in _kernels(call):
        (high, wide), (out_high, out_wide) = call.in_shape[2:], call.out_shape[2:]
        rows, columns = _taps(high, out_high, k), _taps(wide, out_wide, k)
        if rows is not None and columns is not None:
            found = min(found, call.macs * rows * columns // (out_high * out_wide * k * k))
    return found


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


def _kernels(call: Call) -> tuple[int, ...]:
    """The sides that a convolution's square kernel may have, small to large; none for other calls."""
    if call.kind not in ("standard", "depthwise", "pointwise", "se") or not call.macs:
        return ()
    if not (_is_map(call.in_shape) and _is_map(call.out_shape)) or call.macs % prod(call.out_shape):
        return ()
    if call.out_shape[2] > call.in_shape[2] or call.out_shape[3] > call.in_shape[3]:
        return ()  # transposed, or padded by more than it needs
    taps, least = call.macs // prod(call.out_shape), 2 if call.kind == "standard" else 1
    if call.kind == "pointwise":
        return (1,)
    inputs, rest = divmod(taps, 1 if call.kind == "depthwise" else call.in_shape[1])
    if not rest and isqrt(inputs) ** 2 == inputs and inputs % 2 and isqrt(inputs) >= least:
        return (isqrt(inputs),)  # one group, which nearly all have
    return tuple(k for k in range(least, _LARGEST + 1) if taps % (k * k) == 0)


def _taps(size: int, out: int, k: int) -> int | None:
    """The fewest taps along one axis that fall on the map and not on padding, over all positions; None if none fit."""
    found = None
    for stride in range(1, size + 1):
        for before in range(k // 2 + 1):
            for after in range(max(before - 1, 0), min(before + 1, k // 2) + 1):
                if size + before + after >= k and (size + before + after - k) // stride + 1 == out:
                    starts = range(-before, -before + out * stride, stride)
                    real = sum(min(start + k, size) - max(start, 0) for start in starts)
                    found = real if found is None else min(found, real)
    return found


def _stepped_over(call: Call) -> int:
    """Bytes of the input that no kernel position touches."""
    kernels = _kernels(call)
    if not kernels:
        return 0
    (high, wide), (out_high, out_wide) = call.in_shape[2:], call.out_shape[2:]
    touched = min(high, kernels[0] * out_high) * min(wide, kernels[0] * out_wide)
    return prod(call.in_shape[:2]) * (high * wide - touched) * item_bytes(call)


def _is_map(shape: tuple[int, ...] | None) -> bool:
    return _is_shape(shape) and len(shape) == 4 and prod(shape) > 0


def _is_shape(shape: tuple[int, ...] | None) -> bool:
    """Whether it is one tensor's shape; a nested output has several."""
    return shape is not None and all(isinstance(size, int) for size in shape)
