"""MACs for each byte, and what a machine can make of them.

A convolution reads a map of `c_in` channels, `size` x `size`, and writes one of `c_out` channels of the same size
(stride 1, padded so that the size stays). Its kernels are k x k. With groups=1 each of the c_out kernels reads all c_in
channels; with groups=c_in, a depthwise layer, c_out is c_in and each kernel reads one channel. The layer has no bias.
Count all MACs, padding's zeros included, and count each number that is read (the input map, the weights) and each that
is written (the output map) once, at 4 bytes. The machine multiplies at most `peak` GMAC/s and moves at most `bandwidth`
GB/s. Return two floats, (intensity, limit): the MACs for each byte, and the most GMAC/s that the layer can reach, which
is the lower of two limits: the peak, and what the bandwidth lets through.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Weights: each of the c_out kernels has k * k * (c_in / groups) of them. Each is used at every position.",
    "Bytes: 4 times the numbers in the input map, the weights and the output map. The intensity is MACs / bytes.",
    "GB/s times MACs for each byte is GMAC/s: so much the bandwidth lets through. min() takes the lower of two.",
)
TOLERANCE = 1e-6


def parts(c_in, c_out, k, size, groups):
    weights = k * k * (c_in // groups) * c_out
    return weights * size**2, c_in * size**2, weights, c_out * size**2


def roof(intensity, peak, bandwidth):
    return intensity, min(float(peak), intensity * bandwidth)


def reference(c_in, c_out, k, size, groups, peak, bandwidth):
    macs, *numbers = parts(c_in, c_out, k, size, groups)
    return roof(macs / (4 * sum(numbers)), peak, bandwidth)


def cases():
    yield 1, 1, 1, 1, 1, 6, 60
    yield 2, 2, 3, 4, 2, 100, 10
    yield 2, 4, 1, 4, 1, 100, 10
    for channels, size in ((32, 112), (128, 56), (512, 14), (1024, 7)):
        yield channels, channels, 3, size, channels, 50, 20
        yield channels, 2 * channels, 1, size, 1, 50, 20
        yield channels, channels, 3, size, 1, 50, 20


@mutant("You leave the weights out. A 1x1 layer on a small map has far more weights than pixels: they are read too.")
def forgets_the_weights(c_in, c_out, k, size, groups, peak, bandwidth):
    macs, read, _, written = parts(c_in, c_out, k, size, groups)
    return roof(macs / (4 * (read + written)), peak, bandwidth)


@mutant("You leave the output out. Every number of it has to be written, and writing takes as long as reading.")
def forgets_the_output(c_in, c_out, k, size, groups, peak, bandwidth):
    macs, read, weights, _ = parts(c_in, c_out, k, size, groups)
    return roof(macs / (4 * (read + weights)), peak, bandwidth)


@mutant("You count numbers. Each of them has 4 bytes, and a bandwidth counts bytes.")
def counts_numbers(c_in, c_out, k, size, groups, peak, bandwidth):
    macs, *numbers = parts(c_in, c_out, k, size, groups)
    return roof(macs / sum(numbers), peak, bandwidth)


@mutant("You leave the groups out of account: a kernel of a depthwise layer reads one channel, not all of them.")
def forgets_the_groups(c_in, c_out, k, size, groups, peak, bandwidth):
    return reference(c_in, c_out, k, size, 1, peak, bandwidth)


@mutant(
    "Your limit is what the bandwidth lets through, however fast the machine multiplies. Take the lower of the two."
)
def never_at_the_peak(c_in, c_out, k, size, groups, peak, bandwidth):
    intensity, _ = reference(c_in, c_out, k, size, groups, peak, bandwidth)
    return intensity, intensity * bandwidth


@mutant("Your limit is the higher of the two. A layer has to multiply and to fetch, so the slower of the two decides.")
def takes_the_higher(c_in, c_out, k, size, groups, peak, bandwidth):
    intensity, _ = reference(c_in, c_out, k, size, groups, peak, bandwidth)
    return intensity, max(float(peak), intensity * bandwidth)


@mutant("Your intensity is upside down: bytes for each MAC. Asked for are MACs for each byte.")
def upside_down(c_in, c_out, k, size, groups, peak, bandwidth):
    macs, *numbers = parts(c_in, c_out, k, size, groups)
    return roof(4 * sum(numbers) / macs, peak, bandwidth)


@other
def by_time(c_in, c_out, k, size, groups, peak, bandwidth):
    macs, *numbers = parts(c_in, c_out, k, size, groups)
    seconds = max(macs / (peak * 1e9), 4 * sum(numbers) / (bandwidth * 1e9))
    return macs / (4 * sum(numbers)), macs / seconds / 1e9


@other
def by_the_library(c_in, c_out, k, size, groups, peak, bandwidth):
    from mobiviz import pricing

    macs = pricing.conv(c_in, c_out, k, size, padding=k // 2, groups=groups).macs
    moved = 4 * (macs // size**2 + (c_in + c_out) * size**2)
    return [macs / moved, min(peak, bandwidth * macs / moved)]
