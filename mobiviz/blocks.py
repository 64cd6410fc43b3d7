"""The MobileNets' blocks, one nn.Module per idea, from convolution with batch norm to the inverted residual.

Every map is (N, C, H, W); `nl` names the non-linearity as the papers do: RE6, RE, HS, or "" for none.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from mobiviz.names import unknown


class HardSwish(nn.Module):
    """x relu6(x + 3) / 6: swish drawn with straight lines.

    Source: MobileNetV3, arXiv:1905.02244, section 5.2.
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, x: Tensor) -> Tensor:
        return F.hardswish(x, self.inplace)  # one kernel for the formula above


NONLINEARITIES = {"RE6": nn.ReLU6, "RE": nn.ReLU, "HS": HardSwish}


def nonlinearity(nl: str) -> nn.Module:
    """The activation of that name, working in place.

    Raises: ValueError with the allowed names.
    """
    if nl not in NONLINEARITIES:
        raise ValueError(unknown("nl", nl, NONLINEARITIES))
    return NONLINEARITIES[nl](inplace=True)


class PaddedConv2d(nn.Conv2d):
    """A strided convolution that pads as TensorFlow does: `same`, as little as keeps ceil(n / s), the odd one at the
    end; or `end`, always one row below and one column on the right, as Keras's V1 in its blocks.

    Leaves the paper: no paper says how it pads; symmetric padding is PyTorch's habit, this is the authors' code's.
    """

    def __init__(self, in_ch: int, out_ch: int, k: int, stride: int, groups: int = 1, padding: str = "same"):
        super().__init__(in_ch, out_ch, k, stride, groups=groups, bias=False)
        self.pad_mode = padding

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, [*self._pad(x.shape[3]), *self._pad(x.shape[2])]))

    def _pad(self, n: int) -> tuple[int, int]:
        if self.pad_mode == "end":
            return 0, 1
        k, s = self.kernel_size[0], self.stride[0]
        total = max((-(-n // s) - 1) * s + k - n, 0)
        return total // 2, total - total // 2


class ConvBN(nn.Sequential):
    """A convolution without bias, its batch norm, and a non-linearity where `nl` names one.

    Shapes: (N, in_ch, H, W) -> (N, out_ch, ceil(H / stride), ceil(W / stride)).
    Raises: ValueError for an unknown `nl` or `padding`, or groups that do not divide the channels.
    """

    def __init__(
        self,
        in_ch: int,
        out_ch: int,
        k: int = 3,
        stride: int = 1,
        groups: int = 1,
        nl: str = "RE6",
        padding: str = "symmetric",
    ):
        super().__init__()
        if padding not in ("symmetric", "same", "end"):
            raise ValueError(unknown("padding", padding, ("symmetric", "same", "end")))
        if padding == "symmetric" or stride == 1:
            self.conv = nn.Conv2d(in_ch, out_ch, k, stride, k // 2, groups=groups, bias=False)
        else:
            self.conv = PaddedConv2d(in_ch, out_ch, k, stride, groups, padding)
        self.bn = nn.BatchNorm2d(out_ch)
        if nl:
            self.act = nonlinearity(nl)


class DepthwiseSeparable(nn.Module):
    """MobileNetV1's block: a 3x3 on each channel alone, then a 1x1 that mixes them; batch norm and ReLU6 after both.

    Shapes: (N, in_ch, H, W) -> (N, out_ch, ceil(H / stride), ceil(W / stride)).
    Source: MobileNetV1, arXiv:1704.04861, Figure 3.
    Leaves the paper: ReLU6 where the paper says ReLU, as its authors' code does.
    """

    def __init__(self, in_ch: int, out_ch: int, stride: int = 1, k: int = 3, padding: str = "symmetric"):
        super().__init__()
        self.depthwise = ConvBN(in_ch, in_ch, k, stride, groups=in_ch, padding=padding)
        self.pointwise = ConvBN(in_ch, out_ch, k=1)

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        x = self.depthwise(x)  # N, in_ch, H/s, W/s
        return self.pointwise(x)  # N, out_ch, H/s, W/s


MobileNetV1Block = DepthwiseSeparable  # the name that courses use


class SqueezeExcite(nn.Module):
    """One gate per channel, from 0 to 1, computed from the channel means.

    Shapes: (N, ch, H, W) -> (N, ch, H, W).
    Source: Hu et al., arXiv:1709.01507; hard sigmoid and a quarter of the channels as in MobileNetV3, section 5.3.
    """

    def __init__(self, ch: int, squeeze_ch: int):
        super().__init__()
        self.reduce = nn.Conv2d(ch, squeeze_ch, 1)
        self.expand = nn.Conv2d(squeeze_ch, ch, 1)

    def gate(self, x: Tensor) -> Tensor:
        """The gates alone: N, ch, 1, 1."""
        means = x.mean((2, 3), keepdim=True)  # N, ch, 1, 1
        squeezed = F.relu(self.reduce(means))  # N, squeeze_ch, 1, 1
        return F.hardsigmoid(self.expand(squeezed))  # N, ch, 1, 1

    def forward(self, x: Tensor) -> Tensor:  # N, ch, H, W
        return x * self.gate(x)  # N, ch, H, W


class InvertedResidual(nn.Module):
    """MobileNetV2's block, and with `se_ch` and `nl` MobileNetV3's: thin, expanded, thin again, and linear at the end.

    The input is added to the output where the stride is 1 and the widths are equal. `expand_ratio` 1 has no expansion.

    Shapes: (N, in_ch, H, W) -> (N, out_ch, ceil(H / stride), ceil(W / stride)).
    Raises: ValueError for a stride that is not 1 or 2, or an expand_ratio not above 0.
    Source: MobileNetV2, arXiv:1801.04381, Figure 4; MobileNetV3, arXiv:1905.02244, Figure 4.
    """

    def __init__(
        self,
        in_ch: int,
        out_ch: int,
        stride: int,
        expand_ratio: float,
        k: int = 3,
        se_ch: int = 0,
        nl: str = "RE6",
        padding: str = "symmetric",
    ):
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride must be 1 or 2 (got {stride!r})")
        if not expand_ratio > 0:
            raise ValueError(f"expand_ratio must be > 0 (got {expand_ratio}); MobileNetV2 uses 6; 1 expands nothing")
        exp_ch = round(in_ch * expand_ratio)
        self.skip = stride == 1 and in_ch == out_ch
        self.expand = ConvBN(in_ch, exp_ch, k=1, nl=nl) if exp_ch != in_ch else None
        self.depthwise = ConvBN(exp_ch, exp_ch, k, stride, groups=exp_ch, nl=nl, padding=padding)
        self.se = SqueezeExcite(exp_ch, se_ch) if se_ch else None
        self.project = ConvBN(exp_ch, out_ch, k=1, nl="")

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        y = self.expand(x) if self.expand is not None else x  # N, exp_ch, H, W
        y = self.depthwise(y)  # N, exp_ch, H/s, W/s
        y = self.se(y) if self.se is not None else y  # N, exp_ch, H/s, W/s
        y = self.project(y)  # N, out_ch, H/s, W/s
        return x + y if self.skip else y
