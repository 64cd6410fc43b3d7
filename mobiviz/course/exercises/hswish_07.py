"""h-swish.

`x` is a float tensor of any shape. Return h-swish of it, a tensor of the same shape: each number is multiplied by its
own gate. The gate is 0 for numbers up to -3, 1 for numbers from 3 on, and a straight line between, 0.5 at 0.
Build it from torch.nn.functional.relu6, which sets what is below 0 to 0 and what is above 6 to 6. Do not change x.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "relu6(x) rises from 0 to 6 while x goes from 0 to 6. The gate rises while x goes from -3 to 3: shift x first.",
    "The shifted relu6 ends at 6, and a gate at 1. Divide.",
    "That is the gate, F.relu6(x + 3) / 6. h-swish is x times its gate.",
)
TOLERANCE = 1e-5


def relu6(x):
    from torch.nn import functional

    return functional.relu6(x)


def reference(x):
    return x * relu6(x + 3) / 6


def cases():
    import torch

    yield (torch.tensor([-4.0, -3.0, 0.0, 3.0, 4.0]),)
    yield (torch.tensor([-1.0, 1.0, 9.0]),)
    yield (torch.linspace(-8, 8, 33),)
    yield (5 * torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(7)),)
    yield (torch.zeros(1, 1),)


def observe(answer, x):
    before = x.clone()
    y = answer(x)
    if y is Ellipsis or y is None or bool((x == before).all()):
        return y
    raise ValueError("x itself was changed: other layers may still need it, so return a new tensor")


@mutant("Your + 3 stands behind the cut: ReLU6 comes first. The shift belongs inside, so that the cut is at -3 and 3.")
def shifts_after_the_cut(x):
    return x * (relu6(x) + 3) / 6


@mutant("You divide x + 3 by 6 before you cut it. Then the cut at 6 comes too late: above 3 the gate goes beyond 1.")
def divides_before_the_cut(x):
    return x * relu6((x + 3) / 6)


@mutant("This is the gate alone, which is called h-sigmoid. Multiply x by it.")
def gate_alone(x):
    return relu6(x + 3) / 6


@mutant("Your gate goes up to 6: divide by 6.")
def forgets_the_division(x):
    return x * relu6(x + 3)


@mutant("This is swish itself, with a sigmoid. h-swish draws the sigmoid with straight lines.")
def swish(x):
    return x * x.sigmoid()


@mutant("Your gate is 0 up to 0: without the + 3 it starts too late.")
def forgets_the_shift(x):
    return x * relu6(x) / 6


@mutant("You multiply by x + 3, not by x. Only the gate is shifted.")
def shifts_both(x):
    return (x + 3) * relu6(x + 3) / 6


@mutant("Your gate falls where it should rise: it is 1 on the left and 0 on the right.")
def falls(x):
    return x * relu6(3 - x) / 6


@other
def by_clamp(x):
    return x * (x / 6 + 0.5).clamp(0, 1)


@other
def by_pieces(x):
    import torch

    return torch.where(x <= -3, torch.zeros_like(x), torch.where(x >= 3, x, x * (x + 3) / 6))


@other
def by_torch(x):
    from torch.nn import functional

    return functional.hardswish(x)
