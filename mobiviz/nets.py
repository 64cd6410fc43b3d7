"""The networks: MobileNet(table, alpha), the one builder for V1, V2 and V3, and VGG16 and ResNet50 beside it."""

from __future__ import annotations

import copy

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mobiviz.blocks import ConvBN, DepthwiseSeparable, InvertedResidual, nonlinearity
from mobiviz.layers import check_batch
from mobiviz.names import unknown
from mobiviz.pricing import SMALLEST
from mobiviz.tables import Table, Unit, check_count

DIALECTS = ("torch", "tf")
DROPOUT = {"V1": 0.001, "V2": 0.2, "V3": 0.2}


class Net(nn.Module):
    """What every network here has: features, a pooling, a classifier, and three ways to change it."""

    features: nn.Module
    classifier: nn.Sequential
    in_ch = 3
    smallest = SMALLEST

    def forward(self, x: Tensor) -> Tensor:  # N, 3, H, W
        check_batch(x, self.in_ch, self.smallest)
        x = self.features(x)  # N, C, H/32, W/32
        x = self.pool(x).flatten(1)  # N, C
        return self.classifier(x)  # N, num_classes

    def with_classes(self, num_classes: int) -> Net:
        """A copy whose last linear layer answers with that many classes, freshly initialised; the rest is the same."""
        check_count("num_classes", num_classes)
        net = copy.deepcopy(self)
        net.classifier[-1] = initialised(nn.Linear(self.classifier[-1].in_features, num_classes))
        return net

    def fold(self) -> Net:
        """A copy in eval mode whose batch norms are folded into the convolutions before them; the outputs are equal."""
        net = copy.deepcopy(self).eval()
        for module in net.modules():
            if isinstance(module, ConvBN) and isinstance(module.bn, nn.BatchNorm2d):
                module.conv = fuse_conv_bn_eval(module.conv, module.bn)
                module.bn = nn.Identity()
        return net


class MobileNet(Net):
    """The network of a table at width multiplier alpha.

    `dialect="torch"` pads symmetrically, with torchvision's batch-norm epsilon; `"tf"` pads and divides as the authors'
    TensorFlow code, so that its weights fit.

    Shapes: (N, 3, H, W) -> (N, num_classes); H and W at least 32.
    Cost: `mv.cost(table, alpha, resolution)`, to the unit.
    Raises: TypeError where `table` is none; ValueError for alpha not above 0 or an unknown dialect.
    """

    def __init__(self, table: Table, alpha: float = 1.0, num_classes: int = 1000, dialect: str = "torch"):
        super().__init__()
        if not isinstance(table, Table):
            raise TypeError(f"MobileNet needs a table, such as mv.V2 (got {type(table).__name__})")
        if dialect not in DIALECTS:
            raise ValueError(unknown("dialect", dialect, DIALECTS))
        units = table.units(alpha, num_classes)
        padding = "symmetric" if dialect == "torch" else "end" if table.family == "V1" else "same"
        blocks = [unit for unit in units if unit.path.startswith("features")]
        linears = [unit for unit in units if unit.op == "linear"]
        if not linears or not blocks:
            raise ValueError("a network needs rows before its pool and a classifier after it; mv.cost prices any table")
        self.table, self.alpha, self.dialect = table, alpha, dialect
        self.in_ch = blocks[0].in_ch
        self.features = nn.Sequential(*(block(unit, padding) for unit in blocks))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = _classifier(linears, DROPOUT[table.family])
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-5 if table.family == "V2" and dialect == "torch" else 1e-3
            initialised(module)

    def extra_repr(self) -> str:
        return f"{self.table.name or 'table'}, alpha={self.alpha}, dialect={self.dialect!r}"


def block(unit: Unit, padding: str) -> nn.Module:
    """The module of one unit of a table, padded as ConvBN names it."""
    if unit.op == "separable":
        return DepthwiseSeparable(unit.in_ch, unit.out_ch, unit.s, unit.k, padding)
    if unit.op == "bottleneck":
        ratio = unit.exp_ch / unit.in_ch
        return InvertedResidual(unit.in_ch, unit.out_ch, unit.s, ratio, unit.k, unit.se_ch, unit.nl, padding)
    padding = "same" if padding == "end" else padding  # Keras pads V1's depthwise layers at the end, and its first SAME
    return ConvBN(unit.in_ch, unit.out_ch, unit.k, unit.s, nl=unit.nl, padding=padding)


def _classifier(linears: list[Unit], dropout: float) -> nn.Sequential:
    """Linear layers with their activations; dropout before the last."""
    layers: list[nn.Module] = []
    for unit in linears[:-1]:
        layers += [nn.Linear(unit.in_ch, unit.out_ch), nonlinearity(unit.nl)]
    return nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear(linears[-1].in_ch, linears[-1].out_ch))


def initialised(module: nn.Module) -> nn.Module:
    """Kaiming for convolutions, small normals for linears; biases zero."""
    if any(own.is_meta for own in module.parameters(recurse=False)):
        return module  # no numbers to draw, and torch would load its compiler to draw none
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)
    if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


class VGG16(Net):
    """Thirteen 3x3 convolutions with biases, three linear layers, 138 million parameters.

    Shapes: (N, 3, H, W) -> (N, num_classes); H and W at least 32.
    Source: Simonyan and Zisserman, arXiv:1409.1556, Table 1, column D.
    """

    WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))

    def __init__(self, num_classes: int = 1000):
        super().__init__()
        layers: list[nn.Module] = []
        in_ch = 3
        for stage in self.WIDTHS:
            for out_ch in stage:
                layers += [nn.Conv2d(in_ch, out_ch, 3, padding=1), nn.ReLU(inplace=True)]
                in_ch = out_ch
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(inplace=True), nn.Dropout()),
            *(nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout()),
            nn.Linear(4096, num_classes),
        )
        self.apply(initialised)


class Bottleneck(nn.Module):
    """ResNet's block: 1x1 down, 3x3 with the stride, 1x1 up, added to the input (itself a strided 1x1 where it must).

    Shapes: (N, in_ch, H, W) -> (N, 4 ch, H / stride, W / stride).
    Source: He et al., arXiv:1512.03385, Figure 5.
    Leaves the paper: the stride stands on the 3x3, as in torchvision, and not on the first 1x1.
    """

    def __init__(self, in_ch: int, ch: int, stride: int):
        super().__init__()
        self.reduce = ConvBN(in_ch, ch, k=1, nl="RE")
        self.conv = ConvBN(ch, ch, 3, stride, nl="RE")
        self.expand = ConvBN(ch, 4 * ch, k=1, nl="")
        self.shortcut = ConvBN(in_ch, 4 * ch, 1, stride, nl="") if in_ch != 4 * ch else None
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # N, in_ch, H, W
        y = self.expand(self.conv(self.reduce(x)))  # N, 4 ch, H/s, W/s
        x = self.shortcut(x) if self.shortcut is not None else x  # N, 4 ch, H/s, W/s
        return self.act(y.add_(x))


class ResNet50(Net):
    """A strided 7x7, a max pool, sixteen bottlenecks in four stages, one linear layer.

    Shapes: (N, 3, H, W) -> (N, num_classes); H and W at least 32.
    Source: He et al., arXiv:1512.03385, Table 1.
    """

    STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))

    def __init__(self, num_classes: int = 1000):
        super().__init__()
        blocks: list[nn.Module] = [ConvBN(3, 64, 7, 2, nl="RE"), nn.MaxPool2d(3, 2, padding=1)]
        in_ch = 64
        for stage, (ch, depth) in enumerate(self.STAGES):
            for turn in range(depth):
                blocks.append(Bottleneck(in_ch, ch, stride=2 if turn == 0 and stage else 1))
                in_ch = 4 * ch
        self.features = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Linear(in_ch, num_classes))
        self.apply(initialised)
