"""What each convolution means: plain loops over numpy that count one MAC at each multiply.

Every function takes one picture x of (channels, height, width) and its kernels, and returns (output, MACs). Compare the
loops: `depthwise` is `conv` without the loop over input channels, `pointwise` is `conv` without the loops over the
kernel. Padding's zeros are multiplied, and counted, like any other number.
"""

from __future__ import annotations

import numpy as np

Pair = int | tuple[int, int]
Counted = tuple[np.ndarray, int]


def conv(x: np.ndarray, w: np.ndarray, stride: Pair = 1, padding: Pair = 0) -> Counted:
    """A standard convolution: each output channel sees every input channel.

    Shapes: x (M, H, W), w (N, M, k, k) -> (N, H', W').
    """
    return dilated(x, w, 1, stride, padding)


def dilated(x: np.ndarray, w: np.ndarray, dilation: Pair, stride: Pair = 1, padding: Pair = 0) -> Counted:
    """A convolution whose kernel reads every `dilation`-th position: it reaches further for the same MACs.

    Shapes: x (M, H, W), w (N, M, k, k) -> (N, H', W').
    """
    _expect_channels(x, w.shape[1])
    x, (dy, dx), (sy, sx) = _padded(x, padding), _pair(dilation), _pair(stride)
    out, macs = np.zeros((len(w), *_positions(x, w, stride, dilation))), 0
    for n, i, j, m, a, b in np.ndindex(*out.shape, *w.shape[1:]):
        out[n, i, j] += x[m, i * sy + a * dy, j * sx + b * dx] * w[n, m, a, b]
        macs += 1
    return out, macs


def grouped(x: np.ndarray, w: np.ndarray, groups: int, stride: Pair = 1, padding: Pair = 0) -> Counted:
    """A convolution in groups: each output channel sees only the input channels of its own group.

    Shapes: x (M, H, W), w (N, M / groups, k, k) -> (N, H', W').
    """
    _expect_channels(x, w.shape[1] * groups)
    x, (sy, sx) = _padded(x, padding), _pair(stride)
    out, macs = np.zeros((len(w), *_positions(x, w, stride))), 0
    for n, i, j, m, a, b in np.ndindex(*out.shape, *w.shape[1:]):
        first = n * groups // len(w) * w.shape[1]  # the first input channel of this output's group
        out[n, i, j] += x[first + m, i * sy + a, j * sx + b] * w[n, m, a, b]
        macs += 1
    return out, macs


def depthwise(x: np.ndarray, w: np.ndarray, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Counted:
    """A depthwise convolution: one kernel per channel, and no channel sees another.

    Shapes: x (M, H, W), w (M, 1, k, k) -> (M, H', W').
    """
    _expect_channels(x, len(w))
    x, (dy, dx), (sy, sx) = _padded(x, padding), _pair(dilation), _pair(stride)
    out, macs = np.zeros((len(w), *_positions(x, w, stride, dilation))), 0
    for m, i, j, a, b in np.ndindex(*out.shape, *w.shape[2:]):
        out[m, i, j] += x[m, i * sy + a * dy, j * sx + b * dx] * w[m, 0, a, b]
        macs += 1
    return out, macs


def pointwise(x: np.ndarray, w: np.ndarray) -> Counted:
    """A 1x1 convolution: each position is multiplied with the same matrix over the channels.

    Shapes: x (M, H, W), w (N, M, 1, 1) -> (N, H, W).
    """
    _expect_channels(x, w.shape[1])
    out, macs = np.zeros((len(w), *x.shape[1:])), 0
    for n, i, j, m in np.ndindex(*out.shape, len(x)):
        out[n, i, j] += float(x[m, i, j]) * w[n, m, 0, 0]
        macs += 1
    return out, macs


def separable(
    x: np.ndarray, depthwise_w: np.ndarray, pointwise_w: np.ndarray, stride: Pair = 1, padding: Pair = 0
) -> Counted:
    """A depthwise convolution looks around, then a pointwise one mixes the channels.

    Shapes: x (M, H, W), depthwise_w (M, 1, k, k), pointwise_w (N, M, 1, 1) -> (N, H', W').
    """
    maps, looking = depthwise(x, depthwise_w, stride, padding)
    out, mixing = pointwise(maps, pointwise_w)
    return out, looking + mixing


def factorised(
    x: np.ndarray, vertical_w: np.ndarray, horizontal_w: np.ndarray, stride: int = 1, padding: int = 0
) -> Counted:
    """A k x 1 convolution, then a 1 x k one: together they reach as far as k x k.

    Shapes: x (M, H, W), vertical_w (N, M, k, 1), horizontal_w (N, N, 1, k) -> (N, H', W').
    Source: Szegedy et al. 2016, arXiv:1512.00567, section 3.2.
    """
    maps, down = conv(x, vertical_w, (stride, 1), (padding, 0))
    out, across = conv(maps, horizontal_w, (1, stride), (0, padding))
    return out, down + across


def transposed(
    x: np.ndarray, w: np.ndarray, stride: Pair = 1, padding: Pair = 0, out_padding: Pair = 0, groups: int = 1
) -> Counted:
    """A transposed convolution: each *input* position stamps the whole kernel onto the output, `stride` apart.

    Padding cuts the output's border away; what was stamped there is counted. `out_padding` adds rows at its end.

    Shapes: x (M, H, W), w (M, N / groups, k, k) -> (N, H', W').
    """
    _expect_channels(x, len(w))
    (sy, sx), (py, px), (ey, ex) = _pair(stride), _pair(padding), _pair(out_padding)
    (_, rows, columns), (_, width, kh, kw) = x.shape, w.shape
    full = np.zeros((width * groups, (rows - 1) * sy + kh + ey, (columns - 1) * sx + kw + ex))
    macs = 0
    for m, i, j, n, a, b in np.ndindex(*x.shape, *w.shape[1:]):
        first = m * groups // len(x) * width  # the first output channel of this input's group
        full[first + n, i * sy + a, j * sx + b] += float(x[m, i, j]) * w[m, n, a, b]
        macs += 1
    return full[:, py : full.shape[1] - py, px : full.shape[2] - px], macs


def _positions(padded: np.ndarray, w: np.ndarray, stride: Pair, dilation: Pair = 1) -> tuple[int, int]:
    """How often the kernel fits downwards and across: counted, not by formula."""
    sides = zip(padded.shape[1:], w.shape[2:], _pair(stride), _pair(dilation), strict=True)
    rows, columns = (len(range(0, n - d * (k - 1), s)) for n, k, s, d in sides)
    if not (rows and columns):
        raise ValueError(f"a kernel of {w.shape[2:]} does not fit into a padded map of {padded.shape[1:]}; pad more")
    return rows, columns


def _padded(x: np.ndarray, padding: Pair) -> np.ndarray:
    """The picture with zeros around it, as floats, so that pixels of 8 bits do not overflow."""
    (py, px) = _pair(padding)
    return np.pad(np.asarray(x, float), ((0, 0), (py, py), (px, px)))


def _pair(value: Pair) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _expect_channels(x: np.ndarray, channels: int) -> None:
    if x.ndim != 3 or len(x) != channels:
        raise ValueError(f"x must be ({channels}, height, width) for these kernels (got {x.shape})")
