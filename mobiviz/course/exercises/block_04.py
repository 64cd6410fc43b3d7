"""MobileNetV1's block.

Return a torch module for one block of MobileNetV1, with these six layers in this order: a 3x3 depthwise convolution of
the given stride and padding 1, a batch norm, a ReLU6, a 1x1 convolution to `c_out` channels, a batch norm, a ReLU6.
`c_in` and `c_out` are the input and output channels, `stride` is 1 or 2. Neither convolution has a bias: the batch
norm behind it adds its own. Input (N, c_in, H, W), output (N, c_out, H / stride, W / stride), rounded up.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "nn.Sequential(...) runs the modules that you hand it one after the other.",
    "A depthwise convolution is nn.Conv2d with groups=c_in: each group reads one channel.",
    "The six: nn.Conv2d, nn.BatchNorm2d(c_in), nn.ReLU6(), nn.Conv2d, nn.BatchNorm2d(c_out), nn.ReLU6().",
)
TOLERANCE = 1e-4


def build(c_in, c_out, stride, later=1, groups=None, bias=False, acts=(True, True), relu="ReLU6"):
    """The block, and what goes wrong with it."""
    from torch import nn

    layers = [nn.Conv2d(c_in, c_in, 3, stride, 1, groups=groups or c_in, bias=bias), nn.BatchNorm2d(c_in)]
    act = [getattr(nn, relu)()]
    second = [nn.Conv2d(c_in, c_out, 1, later, bias=bias), nn.BatchNorm2d(c_out)]
    return nn.Sequential(*layers, *act * acts[0], *second, *act * acts[1])


def reference(c_in, c_out, stride):
    return build(c_in, c_out, stride)


def cases():
    yield 2, 3, 1
    yield 2, 3, 2
    yield 4, 4, 1
    yield 8, 16, 2


def observe(answer, c_in, c_out, stride):
    """Shapes of the parameters, MACs and, with the same parameters set, the output for two pictures."""
    import torch

    from mobiviz.engine import watch
    from mobiviz.meters import Compute

    block = answer(c_in, c_out, stride)
    if block is Ellipsis or block is None:
        return block
    if not isinstance(block, torch.nn.Module):
        raise TypeError(f"a block is a torch module; this is a {type(block).__name__}")
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.copy_(2 * torch.randn(parameter.shape, generator=random))
        for norm in (each for each in block.modules() if isinstance(each, torch.nn.BatchNorm2d)):
            norm.running_mean.fill_(0.1)
        x = 3 * torch.randn(2, c_in, 6, 6, generator=random)
        record, y = watch(block, x, Compute()), block.eval()(x)
    found = {"shapes of the parameters": [tuple(each.shape) for each in block.parameters()]}
    return found | {"shape of the output": tuple(y.shape), "MACs": record.total.macs, "output": y.numpy()}


@mutant("Your first convolution is not depthwise: it reads all channels. Give it groups=c_in.")
def full_convolution(c_in, c_out, stride):
    return build(c_in, c_out, stride, groups=1)


@mutant("Your first convolution reads all channels: give it groups=c_in. And ReLU has no upper end: use ReLU6.")
def full_convolution_and_relu(c_in, c_out, stride):
    return build(c_in, c_out, stride, groups=1, relu="ReLU")


@mutant("There is no activation between the two convolutions. V1 has batch norm and ReLU6 after both of them.")
def one_activation(c_in, c_out, stride):
    return build(c_in, c_out, stride, acts=(False, True))


@mutant("Your block ends without an activation. That is V2's idea, two notebooks on; V1 has a ReLU6 at the end.")
def linear_end(c_in, c_out, stride):
    return build(c_in, c_out, stride, acts=(True, False))


@mutant("The stride is on the 1x1 convolution. The output is the same, but the 3x3 visits four times as many places.")
def strides_the_pointwise(c_in, c_out, stride):
    return build(c_in, c_out, 1, later=stride)


@mutant("You forget the stride: the map keeps its size.")
def forgets_the_stride(c_in, c_out, stride):
    return build(c_in, c_out, 1)


@mutant("Your convolutions have biases. The batch norm behind each has one already: pass bias=False.")
def keeps_the_bias(c_in, c_out, stride):
    return build(c_in, c_out, stride, bias=True)


@mutant("You use ReLU, which has no upper end. ReLU6 stops at 6, as the authors' code does.")
def plain_relu(c_in, c_out, stride):
    return build(c_in, c_out, stride, relu="ReLU")


@other
def the_library(c_in, c_out, stride):
    from mobiviz.blocks import MobileNetV1Block

    return MobileNetV1Block(c_in, c_out, stride=stride)


@other
def in_two_halves(c_in, c_out, stride):
    from torch import nn

    def half(conv, channels):
        return nn.Sequential(conv, nn.BatchNorm2d(channels), nn.Hardtanh(0, 6))

    depthwise = nn.Conv2d(c_in, c_in, kernel_size=3, stride=stride, padding=1, groups=c_in, bias=False)
    return nn.Sequential(half(depthwise, c_in), half(nn.Conv2d(c_in, c_out, 1, bias=False), c_out))
