"""Weights on a ladder of whole numbers.

`w` holds a convolution's weights, a tensor of shape (out, in, k, k). Eight bits count from -127 to 127. Choose a scale
so that the largest |weight| becomes 127, divide by it, round to whole numbers, and multiply by it again: what comes out
is `w` as 8-bit weights would have it, same shape, in floats. If `per_channel` is True each output channel, `w[0]`,
`w[1]` and so on, has a scale of its own, from its own largest |weight|; if False, one scale serves them all. No channel
is all zeros.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "One scale for all: w.abs().max() / 127. Then (w / scale).round() * scale.",
    "A scale for each output channel is a maximum over the other three axes: w.abs().amax((1, 2, 3), keepdim=True).",
    "keepdim=True leaves the shape (out, 1, 1, 1), which divides each channel by its own number.",
)
TOLERANCE = 1e-6


def rounding(w, most, top=127):
    return (w / (most / top)).round() * (most / top)


def reference(w, per_channel):
    most = w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()
    return rounding(w, most)


def cases():
    import torch

    small = torch.tensor([[[[1.0, 0.4]]], [[[0.02, -0.005]]]])
    yield small, False
    yield small, True
    yield -small, True
    draw = torch.Generator().manual_seed(10)
    for shape in ((4, 1, 3, 3), (3, 5, 1, 1), (2, 3, 5, 5)):
        w = torch.randn(shape, generator=draw) * torch.logspace(-2, 0, shape[0])[:, None, None, None]
        yield w, False
        yield w, True


@mutant("One scale for the whole layer, whatever per_channel says: a quiet channel loses its steps to a loud one.")
def always_per_layer(w, per_channel):
    return rounding(w, w.abs().max())


@mutant("A scale for each channel, whatever per_channel says. With False one scale serves the layer.")
def always_per_channel(w, per_channel):
    return reference(w, True)


@mutant("Your scale is per *input* channel, along axis 1. A layer stores one scale for each of its outputs, axis 0.")
def per_input_channel(w, per_channel):
    return rounding(w, w.abs().amax((0, 2, 3), keepdim=True) if per_channel else w.abs().max())


@mutant("The largest weight is the one of largest size, whatever its sign. Take abs() before the maximum.")
def without_abs(w, per_channel):
    most = w.amax((1, 2, 3), keepdim=True) if per_channel else w.max()
    return rounding(w, most.clamp_min(1e-9)).clamp(-128 * most.clamp_min(1e-9) / 127, most.clamp_min(1e-9))


@mutant("You cut the fraction off. Round to the nearest whole number: cutting is wrong by a whole step, not by half.")
def cut_off(w, per_channel):
    most = w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()
    return (w / (most / 127)).trunc() * (most / 127)


@mutant("These are the whole numbers. Multiply by the scale again, so that they can be compared with the weights.")
def whole_numbers(w, per_channel):
    most = w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()
    return (w / (most / 127)).round()


@mutant("With 255 steps on each side a weight would need nine bits. A sign takes one of the eight.")
def unsigned(w, per_channel):
    most = w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()
    return rounding(w, most, 255)


@mutant("Nothing was rounded: these are the weights as they were.")
def unchanged(w, per_channel):
    return w.clone()


@other
def channel_by_channel(w, per_channel):
    import torch

    if not per_channel:
        return torch.round(w * 127 / w.abs().max()) * w.abs().max() / 127
    return torch.stack([channel_by_channel(one[None], False)[0] for one in w])


@other
def flattened(w, per_channel):
    flat = w.reshape(len(w) if per_channel else 1, -1)
    scale = flat.abs().max(1, keepdim=True).values / 127
    return ((flat / scale).round() * scale).reshape(w.shape)


@other
def by_the_library(w, per_channel):
    from mobiviz.rounding import round_weights

    return round_weights(w, per_channel)
