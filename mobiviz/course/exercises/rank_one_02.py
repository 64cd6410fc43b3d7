"""What a pair can do, and what it cannot.

Build two standard kernels, arrays of shape (4, 3, 3, 3): 4 output channels, 3 input channels, 3 x 3. The first, `can`,
is one that a depthwise and a pointwise half together can reproduce exactly, with nothing between the two; and no two
of its four output channels are equal. The second, `cannot`, differs from `can` in one single weight of its 108, by more
than a rounding error, and no such pair can reproduce it.
Hand over both: (can, cannot).
"""

import numpy as np

from mobiviz.course.compare import array
from mobiviz.course.exercise import mutant, other

HINTS = (
    "What does the pair do from input channel c to output channel n? Its slice there is pw[n, c] times dw[c].",
    "Choose dw, three 3x3 kernels, and pw, 4 x 3 numbers. Then can[n, c] = pw[n, c] * dw[c].",
    "For one c the four slices can[0, c] to can[3, c] are multiples of one kernel. Which change breaks that?",
    "cannot = can.copy(), and then change one number of it. Without copy() you change both.",
)
CAN = np.arange(1.0, 13).reshape(4, 3, 1, 1) * np.arange(1.0, 28).reshape(3, 3, 3)


def changed(kernel, at=0):
    kernel = kernel.copy()
    kernel.flat[at] += 1
    return kernel


def reference():
    return CAN, changed(CAN)


def cases():
    yield ()


def observe(answer):
    """What a pair makes of both: in each input channel, whether the matrix of its 4 slices and 9 places has rank 1."""
    both = answer()
    if not isinstance(both, (tuple, list)) or len(both) != 2:
        raise TypeError('hand over both kernels: check("rank_one_02", (can, cannot))')
    if any(kernel is Ellipsis for kernel in both):
        return list(both)
    can, cannot = map(array, both)
    if any(kernel is None or kernel.dtype.kind == "c" or not np.isfinite(kernel).all() for kernel in (can, cannot)):
        raise TypeError("both are arrays of finite numbers; these hold something else")
    found = {"shape of can": can.shape, "shape of cannot": cannot.shape}
    if can.shape != CAN.shape or cannot.shape != CAN.shape:
        return found
    return found | {
        "output channels of can that differ": len(np.unique(can.reshape(4, -1), axis=0)),
        "input channels of can that no pair reproduces": unlike(can.swapaxes(0, 1)),
        "weights in which cannot differs": int((~np.isclose(can, cannot, rtol=1e-6, atol=0)).sum()),
        "input channels of cannot that no pair reproduces": unlike(cannot.swapaxes(0, 1)),
        "what is alike": alike(can),
    }


def unlike(sets):
    """In how many of these sets of slices, (sets, slices, ...), they are not all multiples of one."""
    sizes = np.linalg.svd(sets.reshape(*sets.shape[:2], -1).astype(float), compute_uv=False)
    return int((sizes[:, 1] > 1e-6 * sizes[:, 0]).sum())


def alike(can):
    """Whose parts are multiples of one another; tells wrong answers apart, and no right ones."""
    ways = {"an input channel": can.swapaxes(0, 1), "an output channel": can, "a slice": can.reshape(12, 3, 3)}
    return next((of for of, sets in ways.items() if not unlike(sets)), "nothing")


@mutant("In `can` the slices have nothing to do with each other. One depthwise kernel has to serve all four outputs.")
def unrelated():
    can = np.random.default_rng(0).normal(size=CAN.shape)
    return can, changed(can)


@mutant("In `can` each output has one slice for all inputs. It is each input that has one depthwise kernel.")
def shares_the_wrong_way():
    can = np.arange(1.0, 37).reshape(4, 1, 3, 3) * np.arange(1.0, 4)[:, None, None]
    return can, changed(can)


@mutant("Each slice of `can` is a column times a row. That saves MACs too, but it splits the 3x3, not the channels.")
def splits_the_square():
    random = np.random.default_rng(1)
    can = random.normal(size=(4, 3, 3, 1)) * random.normal(size=(4, 3, 1, 3))
    return can, changed(can)


@mutant("A pair can do your `can`, but its output channels are not all different. Give each its own weights.")
def all_alike():
    return np.ones(CAN.shape), changed(np.ones(CAN.shape))


@mutant("`can` and `cannot` are one and the same array: a second name is no copy, so both changed. Use can.copy().")
def no_copy():
    return (changed(CAN),) * 2


@mutant("In `cannot` you scale a whole slice. The pointwise weight for that slice does the same: a pair still can.")
def scales_a_slice():
    return CAN, CAN * np.where(np.arange(12).reshape(4, 3, 1, 1), 1, 2)


@other
def from_torch():
    import torch

    random = torch.Generator().manual_seed(3)
    can = torch.randn(4, 3, 1, 1, generator=random) * torch.randn(3, 3, 3, generator=random)
    return can, torch.where(torch.arange(108).reshape(CAN.shape) == 77, -can, can)


@other
def as_lists():
    can = [[[[n + 1.0] * 3] * 3 for _ in range(3)] for n in range(4)]
    return [can, changed(np.array(can), 65).tolist()]
