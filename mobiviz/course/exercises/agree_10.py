"""Do two runtimes agree?

`got` and `want` are float tensors of one shape: what a phone's runtime answers, and what the network itself answers.
Return True where they agree to one part in 10,000: where the largest difference of all, whatever its sign, is at most
1e-4 times the largest number of `want`, whatever its sign. Otherwise return False. Networks that were never trained
answer numbers around 1e-9, and they must be told apart too. No number of `want` may have to be other than 0, but one of
them is. A `got` with a nan in it never agrees.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "A difference of 1e-5 is nothing beside 10, and everything beside 1e-9. Beside what do you have to hold it?",
    "(got - want).abs().max() is the largest difference, and want.abs().max() the number to hold it against.",
    "Is nan <= 1 true? Write the comparison so that a nan ends up as False.",
)


def reference(got, want):
    return bool((got - want).abs().max() <= 1e-4 * want.abs().max())


def cases():
    import torch

    want = torch.tensor([4.0, -8.0, 0.0])
    yield want + torch.tensor([0.0, 0.0, 0.0005]), want
    yield want + torch.tensor([0.0, 0.0, 0.001]), want
    yield want - torch.tensor([0.0, 0.0, 0.5]), want
    yield want * 1e-9 + torch.tensor([0.0, 1e-9, 0.0]), want * 1e-9
    yield want * 1e-9, want * 1e-9
    yield torch.tensor([4.0, -8.0, float("nan")]), want
    random = torch.Generator().manual_seed(0)
    many = torch.randn(1, 1000, generator=random) - 5
    yield many + 1e-5 * torch.randn(1, 1000, generator=random), many
    one = torch.zeros(1, 1000)
    one[0, 7] = 0.01
    yield many + one, many


@mutant("You allow a difference of 1e-4 whatever the size of the numbers: around 1e-9 everything would agree.")
def absolute(got, want):
    return bool((got - want).abs().max() <= 1e-4)


@mutant("You add a 1e-8 for safety, as allclose does. Outputs around 1e-9 are below it: there everything would agree.")
def allclose(got, want):
    import torch

    return torch.allclose(got, want, rtol=1e-4) or bool((got - want).abs().max() <= 1e-4 * want.abs().max() + 1e-8)


@mutant("You hold each difference against its own number: one number of want may be 0, and there nothing passes.")
def each_against_its_own(got, want):
    return bool(((got - want).abs() <= 1e-4 * want.abs()).all())


@mutant("You take the mean difference: one output among a thousand may be quite wrong, and the mean hides it.")
def on_average(got, want):
    return bool((got - want).abs().mean() <= 1e-4 * want.abs().max())


@mutant("You forget the sign of the difference: a number that came out too small is a difference too.")
def one_sided(got, want):
    return bool((got - want).max() <= 1e-4 * want.abs().max())


@mutant(
    "You hold it against max(): where all numbers are below 0 the largest is the smallest of them. Take abs() first."
)
def largest_with_its_sign(got, want):
    return bool((got - want).abs().max() <= 1e-4 * want.max())


@mutant("A nan slips through: it is not larger than anything. Ask whether the difference is small, not whether large.")
def nan_slips_through(got, want):
    return not bool((got - want).abs().max() > 1e-4 * want.abs().max())


@other
def in_numpy(got, want):
    import numpy as np

    return bool(np.max(np.abs(got.numpy() - want.numpy())) / np.max(np.abs(want.numpy())) <= 1e-4)


@other
def number_by_number(got, want):
    limit = 1e-4 * max(abs(each) for each in want.flatten().tolist())
    return all(abs(a - b) <= limit for a, b in zip(got.flatten().tolist(), want.flatten().tolist(), strict=True))
