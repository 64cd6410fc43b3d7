"""The skip, moved to the thick ends.

Return a torch module whose input and output are thick: both have t * c channels. It runs the same three convolutions
as an inverted residual of c channels, none with a bias, each with a batch norm behind it, but it starts where the
thick tensor is. First a 1x1 from t * c down to c channels, with nothing after its batch norm. Then a 1x1 from c up to
t * c channels, with ReLU6 after its batch norm. Then a depthwise 3x3 on t * c channels with stride 1 and padding 1,
with ReLU6 after its batch norm. To that it adds its input, as it is, and nothing comes after the sum.
Input and output (N, t * c, H, W). Use torch's own layers.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Down, up, look around: three convolutions, three batch norms, two activations.",
    "nn.Sequential(...) holds all of it but the addition. The addition stands in forward: x + self.layers(x).",
    "Conv2d(t * c, c, 1), BatchNorm2d; Conv2d(c, t * c, 1), BatchNorm2d, ReLU6; the 3x3, BatchNorm2d, ReLU6",
)
NAME, TOLERANCE = "ThickSkip", 1e-4


def build(c, t, add=True, thin_act=False, last_act=True, groups=None, order="down up look", after=False):
    """The block, and what goes wrong with it."""
    from torch import nn

    thick = t * c

    def part(c_in, c_out, act, k=1, cut=1):
        conv = nn.Conv2d(c_in, c_out, k, padding=k // 2, groups=cut, bias=False)
        return [conv, nn.BatchNorm2d(c_out)] + [nn.ReLU6()] * act

    parts = {"down": part(thick, c, thin_act), "up": part(c, thick, True)}
    parts["look"] = part(thick, thick, last_act, 3, groups or thick)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(*(layer for name in order.split() for layer in parts[name]))
            self.after = nn.ReLU6() if after else nn.Identity()

        def forward(self, x):
            return self.after(x + self.layers(x)) if add else self.layers(x)

    return Block()


def reference(c, t):
    return build(c, t)


def cases():
    yield from ((1, 2), (2, 3), (4, 6), (3, 1))


def observe(answer, c, t):
    import torch

    from mobiviz.course.modules import seen

    return seen(answer(c, t), 3 * torch.randn(2, t * c, 5, 5, generator=torch.Generator().manual_seed(1)))


@mutant("You add nothing. The skip is the point of it: here it joins the thick ends.")
def no_skip(c, t):
    return build(c, t, add=False)


@mutant("The thin tensor in your block gets an activation. It has few channels, where ReLU6 would lose most.")
def cuts_the_thin_tensor(c, t):
    return build(c, t, thin_act=True)


@mutant("Nothing is cut behind your depthwise 3x3. Only the thin end is linear; here stands a ReLU6.")
def no_relu_behind_the_depthwise(c, t):
    return build(c, t, last_act=False)


@mutant("Your 3x3 reads all channels. It is depthwise.")
def full_3x3(c, t):
    return build(c, t, groups=1)


@mutant("You look around first, then go down and up. The block starts with the 1x1 that goes down.")
def looks_first(c, t):
    return build(c, t, order="look down up")


@mutant("There is an activation after the sum. The thick tensor that the skip carries stays as it is.")
def cuts_the_sum(c, t):
    return build(c, t, after=True)


@mutant("This is the block with its skip between the thin ends: it reads c channels. Move the skip to where t * c are.")
def still_thin(c, t):
    from mobiviz.blocks import InvertedResidual

    return InvertedResidual(c, c, 1, t)


@other
def of_the_librarys_parts(c, t):
    from torch import nn

    from mobiviz.blocks import ConvBN

    class Block(nn.Sequential):
        def forward(self, x):
            return super().forward(x) + x

    return Block(ConvBN(t * c, c, 1, nl=""), ConvBN(c, t * c, 1), ConvBN(t * c, t * c, 3, groups=t * c))


@other
def added_from_outside(c, t):
    from torch import nn

    class Block(nn.Sequential):
        def forward(self, x):
            return x.add(super().forward(x))

    return Block(*build(c, t, add=False).layers)
