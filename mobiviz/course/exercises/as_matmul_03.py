"""A 1x1 convolution without a convolution.

`x` is a batch of maps, shape (B, C, H, W), and `w` a matrix of shape (N, C). Return what a 1x1 convolution with these
weights gives, shape (B, N, H, W): at each position the matrix times the channels there.
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "At one position the channels are a vector of C numbers, and w @ vector has N.",
    "torch.einsum names each axis by a letter; a letter that is missing on the right is summed over.",
    "The letters of w are n and c, those of x are b, c, h and w. What is left on the right?",
)
TOLERANCE = 1e-4
RULES = Rules(uses=("einsum", "@", "matmul", "tensordot"), without=("conv2d", "Conv2d", "conv1d", "convolution"))


def einsum(words, *tensors):
    import torch

    return torch.einsum(words, *tensors)


def reference(x, w):
    import torch

    return torch.einsum("nc,bchw->bnhw", w, x)


def cases():
    import torch

    yield torch.tensor([[[[1.0]], [[10.0]]]]), torch.tensor([[1.0, 1.0], [1.0, -1.0], [0.0, 2.0]])
    draw = torch.Generator().manual_seed(3)
    for b, c, n, h, w in ((1, 2, 2, 1, 2), (2, 3, 3, 2, 2), (2, 4, 3, 2, 5)):
        yield torch.randn(b, c, h, w, generator=draw), torch.randn(n, c, generator=draw)


@mutant("You sum the rows of w instead of its columns: transpose it. Row n holds the weights of output n.")
def transposed(x, w):
    return (
        einsum("nc,bnhw->bchw", w, x) if w.shape[0] == w.shape[1] else einsum("cn,bchw->bnhw", w.T * 0 + w.T.flip(1), x)
    )


@mutant("The channels end up as the last axis. Maps are (B, N, H, W).")
def channels_last(x, w):
    return einsum("nc,bchw->bhwn", w, x)


@mutant("Nothing is summed: you have the products of all pairs. Leave c out on the right of the arrow.")
def not_summed(x, w):
    return einsum("nc,bchw->bnchw", w, x)


@mutant("You sum over all channels before weighing them: every channel gets the same weight.")
def summed_first(x, w):
    return x.sum(1, keepdim=True) * w.sum(1)[None, :, None, None]


@mutant("It is the absolute value of the sum. A weight of -1 may well make a negative number.")
def absolute(x, w):
    return reference(x, w).abs()


@other
def flattened(x, w):
    return (w @ x.flatten(2)).unflatten(2, x.shape[2:])


@other
def moved(x, w):
    return (x.movedim(1, -1) @ w.T).movedim(-1, 1)


@other
def tensordot(x, w):
    import torch

    return torch.tensordot(w, x, dims=([1], [1])).movedim(0, 1)
