"""How many times fewer MACs.

A standard convolution has `N` kernels of k x k, each as deep as its input. The pair that replaces it first has one
k x k kernel for each input channel, the depthwise half, and then N kernels of 1 x 1, each as deep as the input, the
pointwise half. Both read the same input, both put out N maps, and both halves work at the same number of positions.
Return the MACs of the standard convolution divided by the MACs of the pair, a float: 2.0 where the pair takes half as
many. The number of input channels and of positions is not given: you will not need it.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Call the input channels C. At one position the standard convolution takes k * k * C * N MACs. And each half?",
    "At one position the depthwise half takes k * k * C and the pointwise half C * N. Add them up.",
    "Divide, and cross out what stands above and below: C does.",
)
TOLERANCE = 1e-6


def reference(N, k):
    return 1 / (1 / N + 1 / k**2)


def cases():
    yield 4, 2
    yield 1, 1
    yield 4, 3
    yield from ((n, k) for n in (8, 16, 32, 128, 1024) for k in (1, 3, 5, 7))


@mutant("You count the pointwise half only. The depthwise half costs MACs too: with few kernels it has most of them.")
def forgets_the_depthwise_half(N, k):
    return float(k**2)


@mutant("You count the depthwise half only. The pointwise half costs MACs too: with many kernels it has most of them.")
def forgets_the_pointwise_half(N, k):
    return float(N)


@mutant("This is the share that is left, the paper's way to say it. Asked for is how many times fewer.")
def gives_the_share(N, k):
    return 1 / N + 1 / k**2


@mutant("You put the race's 3 input channels into the formula. Both sides read all of them, so they cancel.")
def uses_c_in(N, k):
    return 1 / (1 / 3 + 1 / k**2)


@mutant("A kernel is k by k: its side counts twice.")
def counts_one_side(N, k):
    return 1 / (1 / N + 1 / k)


@mutant("You add up the two savings. What adds up is the two costs; divide by their sum.")
def adds_the_savings(N, k):
    return float(N + k**2)


@mutant("You divide with //, which drops the fraction. A ratio is not a count: use /.")
def drops_the_fraction(N, k):
    return N * k**2 // (N + k**2)


@other
def in_whole_numbers_first(N, k):
    return N * k * k / (N + k * k)


@other
def by_counting(N, k, c_in=6, positions=49):
    standard = k * k * c_in * N * positions
    depthwise, pointwise = k * k * c_in * positions, c_in * N * positions
    return standard / (depthwise + pointwise)


@other
def by_the_library(N, k):
    from mobiviz import pricing

    return pricing.conv(5, N, k, 9).macs / pricing.separable(5, N, k, 9).macs
