"""Squeeze-and-excite.

Return a torch module that multiplies each channel of its input by a gate of its own, computed from the input itself.
Squeeze: the mean of each channel, over height and width. Excite: a layer from c means to `squeezed` numbers, with bias,
and ReLU; a layer from those back to c numbers, with bias; then the hard sigmoid, relu6(v + 3) / 6, so that each gate
is from 0 to 1. Each photo of the batch has its own gates. Both layers are 1x1 convolutions or linear layers, as you
like. The output is the input times the gates.
Input and output (N, c, H, W). The gates have shape (N, c, 1, 1).
"""

from mobiviz.course.exercise import mutant, other

NAME = "SqueezeExcite"
HINTS = (
    "x.mean((2, 3), keepdim=True) has shape (N, c, 1, 1): one number a channel.",
    "nn.Conv2d(c, squeezed, 1) and nn.Conv2d(squeezed, c, 1) take it there and back. A 1x1 has a bias unless told.",
    "gates = relu6(second(relu(first(means))) + 3) / 6, and the output is x * gates.",
)
TOLERANCE = 1e-4


def build(c, squeezed, over=(2, 3), gate="hardsigmoid", act=True, bias=True, keep=True, adds=False):
    """The module, and what goes wrong with it."""
    from torch import nn

    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(c, squeezed, 1, bias=bias)
            self.second = nn.Conv2d(squeezed, c, 1, bias=bias)

        def forward(self, x):
            means = x.mean(over, keepdim=True) if keep else x
            v = self.first(means).relu() if act else self.first(means)
            gates = getattr(nn.functional, gate)(self.second(v))
            return x + gates if adds else x * gates

    return Gated()


def reference(c, squeezed):
    return build(c, squeezed)


def cases():
    yield from ((2, 1), (3, 2), (8, 4), (16, 8))


def observe(answer, c, squeezed):
    """What the module does to a small batch of different photos; convolutions and linear layers count alike."""
    import torch

    from mobiviz.course.modules import seen

    x = torch.randn(3, c, 5, 4, generator=torch.Generator().manual_seed(1)) + torch.arange(3.0 * c).view(3, c, 1, 1) % 4
    found = seen(answer(c, squeezed), x)
    if isinstance(found, dict):
        sizes = sorted(size[:2] for size in found.pop("shapes of the parameters"))
        found["numbers in and out of the layers"] = sizes
    return found


@mutant("You average over the batch too: each photo has gates of its own.")
def one_gate_for_the_batch(c, squeezed):
    return build(c, squeezed, over=(0, 2, 3))


@mutant("There is no squeeze in yours: the layers run at every position, and so cost as much as 1x1 convolutions do.")
def no_squeeze(c, squeezed):
    return build(c, squeezed, keep=False)


@mutant("You average over the channels: what is left is one number a position. A mean of each channel is asked for.")
def means_over_channels(c, squeezed):
    return build(c, squeezed, over=(1,))


@mutant("Your gates go through a sigmoid. MobileNetV3 draws it with straight lines: the hard sigmoid.")
def soft_sigmoid(c, squeezed):
    return build(c, squeezed, gate="sigmoid")


@mutant("Nothing keeps your gates between 0 and 1. The hard sigmoid does.")
def gates_without_bounds(c, squeezed):
    return build(c, squeezed, gate="relu")


@mutant("You add the gates. A gate multiplies: it lets a share of its channel through.")
def adds_the_gates(c, squeezed):
    return build(c, squeezed, adds=True)


@mutant("Your two layers have no bias. No batch norm follows them, so nothing would make up for it.")
def no_bias(c, squeezed):
    return build(c, squeezed, bias=False)


@mutant("Between your two layers nothing is cut, so together they are one linear map. A ReLU stands there.")
def no_relu(c, squeezed):
    return build(c, squeezed, act=False)


@other
def from_the_library(c, squeezed):
    from mobiviz.blocks import SqueezeExcite

    return SqueezeExcite(c, squeezed)


@other
def with_linear_layers(c, squeezed):
    from torch import nn

    class Gated(nn.Sequential):
        def forward(self, x):
            return x * super().forward(x)[:, :, None, None]

    layers = (nn.Linear(c, squeezed), nn.ReLU(), nn.Linear(squeezed, c), nn.Hardsigmoid())
    return Gated(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *layers)
