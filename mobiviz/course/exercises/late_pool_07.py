"""Pool first, or multiply first?

`x` holds maps, a float tensor of shape (1, C, H, W). `w` holds the weights of a 1x1 convolution without bias, shape
(M, C). `act` is a function that takes a tensor and returns one of the same shape, number by number.
One tail multiplies first: at each position the 1x1 gives M numbers, `act` is applied to them, and then each of the M
maps is replaced by its mean. The other pools first: each of the C maps is replaced by its mean, then the 1x1 is applied
to the C means, and then `act`. Either tail puts out M numbers.
Return a pair (saving, same). `saving`: how many times more MACs the first tail takes than the second, MACs of the 1x1
only, a whole number (an int). `same`: True where both put out the same M numbers for this x, to within 1e-4, else
False.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "The 1x1 is a matrix over the channels: torch.einsum('mc,nchw->nmhw', w, x), or F.conv2d(x, w[:, :, None, None]).",
    "The first tail runs it at H x W positions, the second at one. The rest of the MACs is the same and cancels.",
    "A mean over positions is maps.mean((2, 3)). Run both tails, each in its own order, and compare them.",
)


def tails(x, w, act, pool=None):
    """What both tails put out, (1, M) each."""
    means = pool or (lambda maps: maps.mean((2, 3)))
    return means(act(w @ x.flatten(2)).reshape(1, len(w), *x.shape[2:])), act(means(x) @ w.T)


def close(a, b):
    return bool(((a - b).abs() < 1e-4).all())


def reference(x, w, act):
    return x.shape[2] * x.shape[3], close(*tails(x, w, act))


def identity(y):
    return y


def hswish(y):
    return y * (y + 3).clamp(0, 6) / 6


def relu(y):
    return y.clamp(min=0)


def cases():
    import torch

    random = torch.Generator().manual_seed(7)
    x, w = torch.tensor([[[[4.0, -4.0]]]]), torch.tensor([[1.0]])
    for act in (identity, hswish, relu):
        yield x, w, act
    yield torch.full((1, 1, 2, 2), 2.0), w, hswish  # all positions alike
    yield torch.tensor([[[[4.0, 5.0]]]]), w, hswish  # above 3 h-swish is x itself
    yield torch.tensor([[[[4.0, 8.0]]]]), w / 4, hswish  # the 1x1 brings them back to where it bends
    yield torch.tensor([[[[1.0, 3.0], [2.0, 0.5]]]]), w, relu
    yield torch.tensor([[[[4.0, 5.0]]]]), torch.tensor([[1.0], [-0.5]]), hswish  # one of the two numbers agrees
    yield torch.tensor([[[[0.03, -0.03]]]]), w, hswish  # 1.5e-4 apart
    for c, m, h, w_ in ((3, 4, 7, 7), (8, 2, 5, 3), (2, 2, 1, 1)):
        maps, weights = torch.randn(1, c, h, w_, generator=random), torch.randn(m, c, generator=random)
        for act in (identity, hswish):
            yield maps, weights, act


def observe(answer, x, w, act):
    found = answer(x, w, act)
    return dict(zip(("saving", "same"), found, strict=True)) if isinstance(found, (tuple, list)) else found


@mutant("You count the side of the map. It is multiplied at every position: height times width.")
def counts_one_side(x, w, act):
    return x.shape[2], reference(x, w, act)[1]


@mutant("You say that they are the same whatever act is. A mean and a bend cannot change places: compare the numbers.")
def always_the_same(x, w, act):
    return reference(x, w, act)[0], True


@mutant("You say that they differ as soon as there is an h-swish. On some maps they do not: compare the numbers.")
def never_with_a_bend(x, w, act):
    return reference(x, w, act)[0], act is identity


@mutant("One of your tails leaves out act. It comes after the 1x1, in both.")
def forgets_act_once(x, w, act):
    first, _ = tails(x, w, act)
    return reference(x, w, act)[0], close(first, tails(x, w, identity)[1])


@mutant("You pool by the largest value. A mean is asked for.")
def pools_by_the_largest(x, w, act):
    return reference(x, w, act)[0], close(*tails(x, w, act, lambda maps: maps.amax((2, 3))))


@mutant("Your act comes before the 1x1. In both tails it is applied to what the 1x1 puts out.")
def acts_on_the_input(x, w, act):
    return reference(x, w, act)[0], close(act(x).mean((2, 3)) @ w.T, act(x.mean((2, 3))) @ w.T)


@other
def by_convolution(x, w, act):
    from torch.nn import functional as F

    kernel, pool = w[:, :, None, None], F.adaptive_avg_pool2d
    slow, fast = pool(act(F.conv2d(x, kernel)), 1), act(F.conv2d(pool(x, 1), kernel))
    return x[0, 0].numel(), bool(abs(slow - fast).max() < 1e-4)


@other
def by_einsum_and_prices(x, w, act):
    import torch

    from mobiviz.pricing import pointwise

    saving = pointwise(*w.T.shape, tuple(x.shape[2:])).macs // pointwise(*w.T.shape, 1).macs
    slow, fast = act(torch.einsum("mc,nchw->nmhw", w, x)).mean((2, 3)), act(x.mean((2, 3)) @ w.T)
    return saving, torch.allclose(slow, fast, atol=1e-4)
