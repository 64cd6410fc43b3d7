"""Why they tie.

A 1x1 convolution reads C channels and puts out C channels on a map of `size` x `size`. A second one reads and puts out
`times` as many channels, `times` x C. On what size of map does it take exactly as many MACs as the first? Return that
size, an int; `size` is a multiple of `times`.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Write down the MACs of the first: C in, C out, size x size positions. Three of these can trade places.",
    "The channels count twice in the product, and so does the side of the map.",
)


def reference(size, times):
    return size // times


def cases():
    yield 14, 2
    yield 56, 1
    yield 48, 4
    yield 112, 8
    yield 30, 3


@mutant("The map needs to shrink as the channels grow, and it does so on two sides: you shrink each side too much.")
def shrinks_twice(size, times):
    return size // times**2


@mutant("The channels grow on both ends of the layer, in and out. You count one end.")
def one_end(size, times):
    return round(size / times**0.5)


@mutant("The same map with more channels costs more. Something has to shrink.")
def stays(size, times):
    return size


@mutant("Your map grows with the channels. Both make the layer dearer.")
def grows(size, times):
    return size * times


@mutant("You give the number of positions. The side of the map is asked for.")
def positions(size, times):
    return (size // times) ** 2


@other
def by_counting(size, times):
    from mobiviz.pricing import pointwise

    want = pointwise(8, 8, size).macs
    return next(n for n in range(1, size + 1) if pointwise(8 * times, 8 * times, n).macs == want)


@other
def by_the_root(size, times):
    return round((size**2 / times**2) ** 0.5)
