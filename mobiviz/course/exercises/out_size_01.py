"""The size of the output.

A kernel of `k` pixels steps along a side of `size` pixels. It moves `stride` pixels at a time, and `padding`
extra pixels are added at both ends before it starts. It never hangs over the edge.
Return the number of positions that it visits: the size of the output along this side, a whole number.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Take size 5, kernel 3, stride 1, padding 0, and put the kernel's left edge on each pixel that works.",
    "The kernel's left edge may be anywhere from 0 to size + 2 * padding - k.",
    "Count the multiples of stride from 0 up to and including that last place.",
)


def reference(size, k, stride, padding):
    return (size + 2 * padding - k) // stride + 1


def cases():
    yield 5, 3, 1, 0
    yield 5, 3, 2, 0
    yield 6, 3, 2, 0
    yield 3, 3, 1, 1
    yield 4, 4, 1, 0
    yield from ((size, k, s, p) for size in (7, 8, 224) for k in (1, 3, 5) for s in (1, 2, 3) for p in (0, 1, 2))


@mutant("The first position counts too: five pixels have three places for a kernel of 3, not two.")
def forgets_the_first(size, k, stride, padding):
    return (size + 2 * padding - k) // stride


@mutant("You round up. A kernel that would hang over the edge is not a position: round down.")
def rounds_up(size, k, stride, padding):
    return -(-(size + 2 * padding - k) // stride) + 1


@mutant("Padding is added at both ends of the side, so it counts twice.")
def pads_one_end(size, k, stride, padding):
    return (size + padding - k) // stride + 1


@mutant("You return size / stride. That holds only when the padding makes up for the kernel: k = 2 * padding + 1.")
def divides_only(size, k, stride, padding):
    return -(-size // stride)


@mutant("You divide with /, which leaves fractions. There is no half position: use // and get a whole number.")
def leaves_fractions(size, k, stride, padding):
    return (size + 2 * padding - k) / stride + 1


@other
def counts_places(size, k, stride, padding):
    return len(range(0, size + 2 * padding - k + 1, stride))


@other
def walks(size, k, stride, padding):
    left, count = -padding, 0
    while left + k <= size + padding:
        left, count = left + stride, count + 1
    return count


@other
def asks_torch(size, k, stride, padding):
    import torch

    return torch.nn.Conv1d(1, 1, k, stride, padding)(torch.zeros(1, 1, size)).shape[-1]
