"""The most expensive layer.

`layers` is a list of convolutions in the order in which they run. Each is a tuple of five: its name, its input
channels, its output channels, the side k of its k x k kernel, and the side of its square output. None has a bias.
Return the name of the layer with the most MACs. Where several tie, return the one that runs first.
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.resnet50 import convs

HINTS = (
    "Write down the MACs of one layer first, as a product of four of its numbers; two of them count twice.",
    "max(layers, key=f) returns the element for which f is largest, and the first of them on a tie.",
    "You need the layer's name, and not the layer nor its MACs.",
)


def macs(layer):
    _, c_in, c_out, k, out = layer
    return c_in * c_out * k * k * out * out


def reference(layers):
    return max(layers, key=macs)[0]


def cases():
    yield ([("a", 1, 1, 3, 2), ("b", 2, 3, 1, 2)],)  # 36 and 24
    yield ([("a", 1, 1, 1, 4), ("b", 1, 1, 3, 2)],)  # 16 and 36
    yield ([("a", 2, 8, 1, 2), ("b", 8, 4, 1, 2)],)  # 64 and 128
    yield ([("a", 4, 1, 1, 2), ("b", 1, 4, 1, 2)],)  # 16 and 16
    yield ([("a", 9, 9, 1, 1), ("b", 1, 1, 1, 7), ("c", 2, 2, 5, 2)],)  # 81, 49 and 400
    yield ([("a", 5, 5, 3, 1), ("b", 5, 5, 1, 4)],)  # 225 and 400
    yield ([("a", 4, 1, 1, 2), ("b", 2, 4, 1, 2)],)  # 16 and 32
    yield (convs(),)


@mutant("You pick the layer with the most parameters. Each parameter is used once for every position of the output.")
def most_parameters(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[3] ** 2)[0]


@mutant("You leave out the input channels: every kernel is as deep as its input.")
def forgets_c_in(layers):
    return max(layers, key=lambda layer: layer[2] * layer[3] ** 2 * layer[4] ** 2)[0]


@mutant("You leave out the kernel: each output number takes k * k products in every input channel.")
def forgets_the_kernel(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[4] ** 2)[0]


@mutant("You count k and the output's side once. Kernel and output are squares: both sides count.")
def forgets_the_squares(layers):
    return max(layers, key=lambda layer: layer[1] * layer[2] * layer[3] * layer[4])[0]


@mutant("On a tie you return the last of the layers that tie; the first was asked for.")
def takes_the_last(layers):
    return max(reversed(layers), key=macs)[0]


@mutant("You return the number of MACs. What was asked for is the layer's name.")
def returns_the_macs(layers):
    return max(map(macs, layers))


@mutant("You return the whole layer. What was asked for is its name, the first of its five: layer[0].")
def returns_the_layer(layers):
    return max(layers, key=macs)


@other
def by_walking(layers):
    best, most = None, -1
    for name, c_in, c_out, k, out in layers:
        if c_in * c_out * (k * out) ** 2 > most:
            best, most = name, c_in * c_out * (k * out) ** 2
    return best


@other
def by_sorting(layers):
    return sorted(layers, key=lambda layer: -macs(layer))[0][0]
