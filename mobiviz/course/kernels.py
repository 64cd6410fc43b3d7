"""What a learner's kernel does to a picture: the puzzles of notebook 03 compare that, and not the kernel's numbers."""

from __future__ import annotations

from typing import Any


def depthwise(kernels: Any, x: Any, k: int) -> Any:
    """Each channel of `x` under its own kernel, padded to keep its size; what is no kernel is handed through.

    Shapes: kernels (C, k, k), or (k, k) for one channel; x (1, C, H, W) -> (C, H, W), or (H, W).
    Raises: ValueError for kernels of another shape.
    """
    from torch.nn.functional import conv2d

    channels = x.shape[1]
    w = _weights(kernels, (channels, k, k) if channels > 1 else (k, k))
    if w is kernels:
        return kernels
    y = conv2d(x, w.reshape(channels, 1, k, k), padding=k // 2, groups=channels)[0]
    return y if channels > 1 else y[0]


def pointwise(weights: Any, x: Any) -> Any:
    """The channels of `x` mixed by the weights; what is none is handed through.

    Shapes: weights (C, C); x (1, C, H, W) -> (C, H, W).
    Raises: ValueError for weights of another shape.
    """
    from torch.nn.functional import conv2d

    w = _weights(weights, (x.shape[1],) * 2)
    return weights if w is weights else conv2d(x, w[:, :, None, None])[0]


def _weights(given: Any, shape: tuple[int, ...]) -> Any:
    import torch

    if given is None or given is Ellipsis:
        return given
    w = torch.as_tensor(given, dtype=torch.float32).clone()
    if tuple(w.shape) != shape:
        raise ValueError(f"the shape of what you return is {tuple(w.shape)}; it should be {shape}")
    return w
