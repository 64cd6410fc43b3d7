"""How far a position can see.

`layers` is a list of tuples (k, s) in the order in which the layers run: the side of a kernel and its stride. Maps are
not padded. One number of the last layer's map is a sum over numbers of the map before it, and so on back to the photo.
Return how many pixels of the photo, along one side, lie between the first and the last that this number depends on,
both counted: a whole number. For no layers at all that is 1.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "One 3x3 layer sees 3 pixels. A second one, stride 1, sees 3 positions that overlap: 5 pixels. Draw it.",
    "Keep two numbers: how many pixels a position sees, and how many pixels lie between two neighbouring positions.",
    "A kernel of k adds k - 1 neighbours, each as far apart as the strides of all earlier layers multiply to.",
)


def reference(layers):
    size, jump = 1, 1
    for k, s in layers:
        size += (k - 1) * jump
        jump *= s
    return size


def cases():
    yield ([(3, 1)],)
    yield ([(3, 1), (3, 1)],)
    yield ([(3, 2), (3, 1)],)
    yield ([],)
    yield ([(1, 1)],)
    yield ([(5, 1), (3, 2)],)
    yield ([(3, 2), (3, 2), (5, 1)],)
    yield ([(7, 2), (3, 2), (1, 1), (3, 1), (5, 2), (3, 1)],)
    yield ([(3, 2), *[(3, 1), (3, 2), (3, 1)] * 3],)


def walk(layers, before=1, own=False, less=1, first=1):
    """The reference's arithmetic with something done differently."""
    size, jump = first, before
    for k, s in layers:
        jump *= s if own else 1
        size += (k - less) * jump
        jump *= 1 if own else s
    return size


@mutant("You leave the strides out. Behind a stride of 2 neighbouring positions lie 2 pixels apart, and so on.")
def forgets_the_strides(layers):
    return walk([(k, 1) for k, _ in layers])


@mutant("You multiply by a layer's own stride before you add its kernel. Its kernel lies on the map before it.")
def own_stride_first(layers):
    return walk(layers, own=True)


@mutant("You add k for each layer. The first of its k neighbours is the position itself: k - 1 are new.")
def adds_the_whole_kernel(layers):
    return walk(layers, less=0)


@mutant("You are one short: without any layer a position is one pixel, not none.")
def starts_at_nought(layers):
    return walk(layers, first=0)


@mutant("You multiply the kernels. Windows of neighbours overlap: each layer adds, only strides multiply.")
def multiplies_the_kernels(layers):
    from math import prod

    return prod(k for k, _ in layers)


@mutant("You go from the last layer to the first with the wrong strides: a kernel is spread by those before it.")
def spreads_by_later_strides(layers):
    return walk(layers[::-1])


@mutant("You return how far apart two neighbouring positions are. Asked for is how much one of them sees.")
def returns_the_jump(layers):
    from math import prod

    return prod(s for _, s in layers)


@other
def by_gradients(layers):
    """The gradient mask itself: the layers as convolutions, and which pixels a change of the middle number reaches."""
    import torch
    from torch.nn import functional as F

    length, y = 64, None
    while y is None or y.shape[2] < 3:
        length *= 2
        photo = torch.ones(1, 1, length, dtype=torch.float64, requires_grad=True)
        y = photo
        for k, s in layers:
            kernel = torch.full((1, 1, k), 1 / k, dtype=torch.float64)
            y = F.conv1d(y, kernel, stride=s) if y.shape[2] >= k else y[..., :0]
    y[0, 0, y.shape[2] // 2].backward()
    seen = photo.grad[0, 0].nonzero()
    return int(seen.max() - seen.min()) + 1


@other
def from_the_end(layers):
    size = 1
    for k, s in reversed(layers):
        size = (size - 1) * s + k
    return size


@other
def by_marking_pixels(layers):
    seen = {0}
    for k, s in reversed(layers):
        seen = {s * position + step for position in seen for step in range(k)}
    return max(seen) - min(seen) + 1
