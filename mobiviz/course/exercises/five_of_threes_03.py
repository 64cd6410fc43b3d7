"""5x5 out of two 3x3.

`a` and `b` are 3x3 kernels. Return the 5x5 kernel, shape (5, 5), that does in one step what `a` and then `b` do: each
is laid over every position as it is, not flipped, without padding. Either is a torch tensor, and so is the answer.
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "Each of b's nine weights looks at a position where a was laid down: copies of a, shifted and weighted by b.",
    "Copies of one kernel, shifted and weighted by another: that is what F.conv_transpose2d computes.",
    "F.conv_transpose2d wants four axes: a[None, None] and b[None, None]; take [0, 0] of what comes out.",
)
TOLERANCE = 1e-4
RULES = Rules()


def reference(a, b):
    from torch.nn import functional as F

    return F.conv_transpose2d(a[None, None], b[None, None])[0, 0]


def cases():
    import torch

    left, corner = torch.zeros(3, 3), torch.zeros(3, 3)
    left[1, 0], corner[0, 2] = 1, 10
    yield left, corner
    draw = torch.Generator().manual_seed(3)
    for _ in range(4):
        yield torch.randint(-3, 4, (3, 3), generator=draw).float(), torch.randint(-3, 4, (3, 3), generator=draw).float()


def observe(answer, a, b):
    return answer(a, b)


@mutant(
    "b works as if turned round. Laying b over a padded `a` does that, and so does a flip in front of conv_transpose2d."
)
def flipped(a, b):
    return reference(a, b.flip(0, 1))


@mutant("a works as if turned round: laying it over a padded b meets b's weights in the opposite order.")
def correlated(a, b):
    from torch.nn import functional as F

    return F.conv2d(F.pad(b, [2] * 4)[None, None], a[None, None])[0, 0]


@mutant("That multiplies the two, number by number, in the middle of a 5x5. One after the other is not a product.")
def multiplied(a, b):
    from torch.nn import functional as F

    return F.pad(a * b, [1] * 4)


@mutant("That adds the two. Two kernels added see 3x3; one after the other sees 5x5.")
def added(a, b):
    from torch.nn import functional as F

    return F.pad(a + b, [1] * 4)


@mutant("A matrix product mixes rows with columns. What is wanted are copies of a, shifted and weighted by b.")
def matrix_product(a, b):
    from torch.nn import functional as F

    return F.pad(a @ b, [1] * 4)


@other
def the_other_order(a, b):
    return reference(b, a)


@other
def padded(a, b):
    from torch.nn import functional as F

    return F.conv2d(F.pad(a[None, None], [2] * 4), b.flip(0, 1)[None, None])[0, 0]


@other
def by_polynomials(a, b):
    import torch

    return torch.fft.irfft2(torch.fft.rfft2(a, (5, 5)) * torch.fft.rfft2(b, (5, 5)), (5, 5))
