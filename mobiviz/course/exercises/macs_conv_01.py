"""The MACs of a convolution.

A picture of `size` x `size` pixels with `c_in` channels goes through a convolution with `c_out` kernels of k x k,
with this `stride`, and with `padding` pixels added on every side. One multiply and the add that follows it are
one MAC. Products with the padding's zeros count too; there is no bias.
Return the number of MACs for the whole picture, a whole number.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "How many products make one number of the output? A kernel is as deep as its input.",
    "How many numbers does the output have? It has c_out channels, and its side is the answer of out_size.",
    "Multiply the two.",
)


def reference(size, c_in, c_out, k, stride, padding):
    out = (size + 2 * padding - k) // stride + 1
    return out * out * c_out * c_in * k * k


def cases():
    yield 3, 1, 1, 3, 1, 0
    yield 3, 2, 1, 1, 1, 0
    yield 3, 1, 2, 1, 1, 0
    yield 4, 1, 1, 3, 1, 0
    yield 5, 3, 2, 3, 1, 0
    yield from ((size, 3, 8, k, s, p) for size in (7, 32) for k in (1, 3, 5) for s in (1, 2) for p in (0, 1, 2))
    yield 224, 3, 64, 7, 2, 3


@mutant("You forget c_in: each kernel reads every channel of its input, so one output takes c_in * k * k products.")
def forgets_c_in(size, c_in, c_out, k, stride, padding):
    return reference(size, 1, c_out, k, stride, padding)


@mutant("You forget c_out: there is one kernel for each output channel, and each of them visits every position.")
def forgets_c_out(size, c_in, c_out, k, stride, padding):
    return reference(size, c_in, 1, k, stride, padding)


@mutant("You use the size of the input. The kernel computes once for each position of the output: ask out_size.")
def uses_the_input_size(size, c_in, c_out, k, stride, padding):
    return size * size * c_out * c_in * k * k


@mutant("A kernel is k by k: its side counts twice.")
def counts_one_side_of_the_kernel(size, c_in, c_out, k, stride, padding):
    return reference(size, c_in, c_out, k, stride, padding) // k


@mutant("The output has rows and columns: its side counts twice.")
def counts_one_row(size, c_in, c_out, k, stride, padding):
    return ((size + 2 * padding - k) // stride + 1) * c_out * c_in * k * k


@mutant(
    "This is twice as many: you count the multiply and the add apart, which gives FLOPs. Together they are one MAC."
)
def counts_flops(size, c_in, c_out, k, stride, padding):
    return 2 * reference(size, c_in, c_out, k, stride, padding)


@mutant("These are the parameters, the numbers stored in the kernels. Each of them is used once in every position.")
def counts_parameters(size, c_in, c_out, k, stride, padding):
    return c_out * c_in * k * k


@other
def by_positions(size, c_in, c_out, k, stride, padding):
    places = len(range(-padding, size + padding - k + 1, stride))
    return sum(c_in * k**2 * c_out for _ in range(places**2))


@other
def by_torch(size, c_in, c_out, k, stride, padding):
    import torch

    conv = torch.nn.Conv2d(c_in, c_out, k, stride, padding, bias=False, device="meta")
    return conv.weight.numel() * conv(torch.empty(1, c_in, size, size, device="meta"))[0, 0].numel()
