"""MobileNetV2's block, the inverted residual.

Return a torch module for one block. With c_mid = t * c_in it has up to three convolutions, none with a bias, each with
a batch norm behind it: a 1x1 from c_in to c_mid channels with ReLU6 after its batch norm, left out entirely where t is
1; a depthwise 3x3 on the c_mid channels with the given stride and padding 1, with ReLU6 after its batch norm; a 1x1
from c_mid to c_out channels, with nothing after its batch norm. Where the stride is 1 and c_in equals c_out, the block
adds its input to that, as it is, and nothing comes after the sum. Stride is 1 or 2.
Input (N, c_in, H, W), output (N, c_out, H / stride, W / stride), rounded up. Use torch's own layers.
"""

from mobiviz.course.exercise import mutant, other

NAME = "InvertedResidual"
HINTS = (
    "A class with __init__ and forward, or a function that returns a module: both are called with these four.",
    "Collect the layers in a list, and put the first three in only `if t != 1`. nn.Sequential(*layers) runs them.",
    "forward: y = self.layers(x), then `return x + y` where the skip exists, else `return y`.",
    "self.skip = stride == 1 and c_in == c_out",
)
TOLERANCE = 1e-4


def build(c_in, c_out, stride, t, always=False, end=None, groups=None, mid=None, skip=None, relu="ReLU6", after=None):
    """The block, and what goes wrong with it."""
    from torch import nn

    act, c_mid = getattr(nn, relu), mid or t * c_in
    layers = [nn.Conv2d(c_in, c_mid, 1, bias=False), nn.BatchNorm2d(c_mid), act()] if t != 1 or always else []
    layers += [nn.Conv2d(c_mid, c_mid, 3, stride, 1, groups=groups or c_mid, bias=False), nn.BatchNorm2d(c_mid), act()]
    layers += [nn.Conv2d(c_mid, c_out, 1, bias=False), nn.BatchNorm2d(c_out)] + ([act()] if end else [])
    adds = stride == 1 and c_in == c_out if skip is None else skip

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.after = nn.Sequential(*layers), act() if after else nn.Identity()

        def forward(self, x):
            return self.after(x + self.layers(x)) if adds else self.layers(x)

    return Block()


def reference(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t)


def cases():
    yield from ((2, 2, 1, 2), (2, 3, 1, 2), (2, 2, 2, 2), (3, 3, 1, 1), (3, 2, 1, 1), (4, 4, 1, 6), (4, 6, 2, 6))


def observe(answer, c_in, c_out, stride, t):
    import torch

    from mobiviz.course.modules import seen

    return seen(answer(c_in, c_out, stride, t), 3 * torch.randn(2, c_in, 6, 6, generator=torch.manual_seed(1)))


@mutant("You add the input also at stride 2. The output is half as high and wide there, and the two do not fit.")
def skip_at_stride_2(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, skip=c_in == c_out)


@mutant("You add the input also where the number of channels changes. The two cannot be added there.")
def skip_at_any_width(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, skip=stride == 1)


@mutant("Your block never adds its input. Where the shape stays the same, a residual adds it.")
def no_skip(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, skip=False)


@mutant("Your last 1x1 has an activation. It projects to few channels, where ReLU6 would lose most: leave it linear.")
def relu_on_the_projection(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, end=True)


@mutant("There is an activation after the sum, as in a ResNet. This block's ends are linear.")
def relu_after_the_sum(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, after=True)


@mutant("With t = 1 there is nothing to expand, and the first 1x1 falls away. You keep it, and pay for it.")
def expands_by_1(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, always=True)


@mutant("Your 3x3 reads all channels. It is depthwise: groups as many as the channels that it reads.")
def full_3x3(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, groups=1)


@mutant("You use ReLU, which has no upper end. V2 has ReLU6 in its middle.")
def plain_relu(c_in, c_out, stride, t):
    return build(c_in, c_out, stride, t, relu="ReLU")


@other
def from_the_library(c_in, c_out, stride, t):
    from mobiviz.blocks import InvertedResidual

    return InvertedResidual(c_in, c_out, stride, t)


@other
def skip_seen_from_shapes(c_in, c_out, stride, t):
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = build(c_in, c_out, stride, t, skip=False)

        def forward(self, x):
            y = self.body(x)
            return y + x if y.shape == x.shape else y

    return Block()
