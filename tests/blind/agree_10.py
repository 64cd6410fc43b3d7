"""Written from the statement of agree_10 alone, though by one who knew the exercise."""

import torch


def right_direct(got, want):
    largest = torch.max(torch.abs(got - want))
    scale = torch.max(torch.abs(want))
    return bool(largest <= 1e-4 * scale)


def right_with_nan_first(got, want):
    if torch.isnan(got).any():
        return False
    return (got - want).abs().max().item() <= 1e-4 * want.abs().max().item()


def right_by_isclose(got, want):
    scale = want.abs().max()
    return bool(torch.isclose(got / scale, want / scale, rtol=0, atol=1e-4).all())


def wrong_default_allclose(got, want):
    return torch.allclose(got, want)


def wrong_allclose_with_rtol(got, want):
    return torch.allclose(got, want, rtol=1e-4, atol=0)


def wrong_norm(got, want):
    return bool((got - want).norm() <= 1e-4 * want.norm())


def wrong_min_of_nan(got, want):
    worst = 0.0
    for a, b in zip(got.flatten().tolist(), want.flatten().tolist(), strict=True):
        worst = max(worst, abs(a - b))
    return worst <= 1e-4 * float(want.abs().max())


def wrong_absolute(got, want):
    return float((got - want).abs().max()) < 1e-4


RIGHT = [right_direct, right_with_nan_first, right_by_isclose]
WRONG = [wrong_default_allclose, wrong_allclose_with_rtol, wrong_norm, wrong_min_of_nan, wrong_absolute]
FIRST_TRY = (3, 5)
