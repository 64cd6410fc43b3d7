"""Every kind of convolution as a thin nn.Module without bias; every map is (N, C, H, W).

Each takes its channels, then the kernel k, then what sets its kind apart, then stride and padding.
`check_batch` refuses what no layer can use, in words; every module here calls it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mobiviz import pricing
from mobiviz.pricing import Pair
from mobiviz.tables import check_count


def check_batch(x: Tensor, channels: int, smallest: int = 1) -> None:
    """Raise, in words, unless x is a batch of float maps (N, channels, H, W) of at least `smallest` pixels a side.

    Raises: TypeError for anything but a tensor of floats; ValueError for a wrong shape.
    """
    if _exporting():
        return  # an exported graph holds no checks
    if not isinstance(x, Tensor):
        made = "mv.image makes one of a photo, torch.from_numpy one of an array"
        raise TypeError(f"expected a tensor (N, {channels}, H, W), got {type(x).__name__}; {made}")
    got = f"expected (N, {channels}, H, W), got {tuple(x.shape)}"
    if not x.is_floating_point():
        raise TypeError(f"expected floats, got {x.dtype}; use x.float(), and scale pixels as mv.image does")
    if x.ndim != 4:
        raise ValueError(f"{got}; x[None] makes a batch of one picture")
    if x.shape[1] != channels:
        raise ValueError(f"{got}; channels come second, so check the layer before, or use x.permute(0, 3, 1, 2)")
    if len(x) == 0:
        raise ValueError(f"expected at least one picture, got a batch of shape {tuple(x.shape)}; check what you chose")
    if min(x.shape[2:]) < smallest:
        sides = "x".join(map(str, x.shape[2:]))
        raise ValueError(f"resolution must be at least {smallest}, the product of the strides (got {sides})")


def _exporting() -> bool:
    return torch.jit.is_tracing() or torch.compiler.is_compiling()


class _Conv2d(nn.Conv2d):
    """torch's convolution, without bias, that says in words what it cannot read."""

    def __init__(
        self, in_ch: int, out_ch: int, k: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1
    ):
        pricing.check_groups(in_ch, out_ch, groups)
        _check_sides(padding, k=k, stride=stride, dilation=dilation)
        super().__init__(in_ch, out_ch, k, stride, padding, dilation, groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        check_batch(x, self.in_channels)
        if not _exporting():
            for side in zip(x.shape[2:], self.kernel_size, self.stride, self.padding, self.dilation, strict=True):
                pricing.out_size(*side)  # raises where the kernel does not fit
        return super().forward(x)  # N, out_ch, H', W'


class Conv(_Conv2d):
    """A standard convolution: each output channel sees every input channel.

    Cost: pricing.conv
    """

    def __init__(self, in_ch: int, out_ch: int, k: Pair, stride: Pair = 1, padding: Pair = 0):
        super().__init__(in_ch, out_ch, k, stride, padding)


class Grouped(_Conv2d):
    """A convolution in groups: each output channel sees only the input channels of its own group.

    Cost: pricing.conv with groups
    Raises: ValueError where groups does not divide both channel counts.
    """

    def __init__(self, in_ch: int, out_ch: int, k: Pair, groups: int, stride: Pair = 1, padding: Pair = 0):
        super().__init__(in_ch, out_ch, k, stride, padding, groups=groups)


class Dilated(_Conv2d):
    """A convolution whose kernel reads every `dilation`-th position: it reaches further for the same MACs.

    Cost: pricing.conv with dilation
    """

    def __init__(self, in_ch: int, out_ch: int, k: Pair, dilation: Pair, stride: Pair = 1, padding: Pair = 0):
        super().__init__(in_ch, out_ch, k, stride, padding, dilation)


class Depthwise(_Conv2d):
    """A depthwise convolution: one kernel per channel, and no channel sees another.

    Cost: pricing.depthwise
    """

    def __init__(self, channels: int, k: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1):
        super().__init__(channels, channels, k, stride, padding, dilation, groups=channels)


class Pointwise(_Conv2d):
    """A 1x1 convolution: each position is multiplied with the same matrix over the channels.

    Cost: pricing.pointwise
    """

    def __init__(self, in_ch: int, out_ch: int):
        super().__init__(in_ch, out_ch, 1)


class Separable(nn.Module):
    """A depthwise convolution looks around, then a pointwise one mixes the channels; nothing stands between them.

    Cost: pricing.separable
    Leaves the paper: V1 puts batch norm and ReLU after each half; `blocks` has that block.
    """

    def __init__(self, in_ch: int, out_ch: int, k: Pair, stride: Pair = 1, padding: Pair = 0):
        super().__init__()
        self.depthwise = Depthwise(in_ch, k, stride, padding)
        self.pointwise = Pointwise(in_ch, out_ch)

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        x = self.depthwise(x)  # N, in_ch, H', W'
        return self.pointwise(x)  # N, out_ch, H', W'


class Factorised(nn.Module):
    """A k x 1 convolution, then a 1 x k one: together they reach as far as k x k.

    Cost: pricing.factorised
    Source: Szegedy et al. 2016, arXiv:1512.00567, section 3.2.
    """

    def __init__(self, in_ch: int, out_ch: int, k: int, stride: int = 1, padding: int = 0):
        super().__init__()
        self.vertical = Conv(in_ch, out_ch, (k, 1), (stride, 1), (padding, 0))
        self.horizontal = Conv(out_ch, out_ch, (1, k), (1, stride), (0, padding))

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        x = self.vertical(x)  # N, out_ch, H', W
        return self.horizontal(x)  # N, out_ch, H', W'


class Transposed(nn.ConvTranspose2d):
    """A transposed convolution: each input position stamps the whole kernel onto the output, `stride` apart.

    Cost: pricing.transposed
    Raises: ValueError where groups does not divide both channel counts, or padding leaves nothing.
    """

    def __init__(
        self,
        in_ch: int,
        out_ch: int,
        k: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        out_padding: Pair = 0,
        groups: int = 1,
    ):
        pricing.check_groups(in_ch, out_ch, groups)
        _check_sides(padding, k=k, stride=stride)
        super().__init__(in_ch, out_ch, k, stride, padding, out_padding, groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        check_batch(x, self.in_channels)
        if not _exporting():
            for side in zip(x.shape[2:], self.kernel_size, self.stride, self.padding, self.output_padding, strict=True):
                pricing.transposed_size(*side)  # raises where nothing is left
        return super().forward(x)  # N, out_ch, H', W'


def _check_sides(padding: Pair, **sizes: Pair) -> None:
    for name, value in sizes.items():
        for side in _sides(value):
            check_count(name, side)
    for side in _sides(padding):
        if isinstance(side, bool) or not isinstance(side, int) or side < 0:
            raise ValueError(
                f"padding must be a whole number of at least 0 (got {padding!r}); k // 2 keeps the size at stride 1"
            )


def _sides(value: Pair) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)
