"""Written from the statement of blur_red_03 alone, though by one who knew the exercise."""

import torch


def right_stack(still):
    return torch.stack([torch.full_like(still, 1 / still.numel()), still, still])


def right_cat(still):
    return torch.cat([torch.ones(1, *still.shape) / len(still) ** 2, still.repeat(2, 1, 1)])


def right_mean(still):
    return torch.stack((still.mean().expand_as(still), still, still))


def wrong_one_kernel(still):
    return torch.full_like(still, 1 / still.numel())


def wrong_green(still):
    return torch.stack([still, torch.full_like(still, 1 / still.numel()), still])


def wrong_ninth(still):
    return torch.stack([torch.full_like(still, 1 / 9), still, still])


def wrong_sum(still):
    return torch.stack([torch.ones_like(still), still, still])


def wrong_four_axes(still):
    return torch.stack([torch.full_like(still, 1 / still.numel()), still, still])[:, None]


RIGHT = [right_stack, right_cat, right_mean]
WRONG = [wrong_one_kernel, wrong_green, wrong_ninth, wrong_sum, wrong_four_axes]
FIRST_TRY = (3, 5)
