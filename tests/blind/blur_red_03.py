"""Written from the statement of blur_red_03 alone, by someone who had seen nothing of its check."""

import torch


def right_stack(still):
    return torch.stack([torch.full_like(still, 1 / still.numel()), still, still])


def right_its_mean(still):
    return torch.cat([still.mean().expand(1, *still.shape), still.expand(2, *still.shape)])


def right_one_sum(still):
    return still + torch.tensor([1.0, 0, 0])[:, None, None] * (still.mean() - still)


def wrong_a_sum(still):
    return torch.stack([torch.ones_like(still), still, still])


def wrong_by_the_side(still):
    return torch.stack([torch.ones_like(still) / len(still), still, still])


def wrong_nine(still):
    return torch.stack([torch.ones_like(still) / 9, still, still])


def wrong_blue(still):
    return torch.stack([still, still, torch.full_like(still, 1 / still.numel())])


def wrong_all(still):
    return torch.full_like(still, 1 / still.numel()).expand(3, *still.shape)


def wrong_channels_last(still):
    return torch.stack([torch.full_like(still, 1 / still.numel()), still, still], dim=-1)


def wrong_others_black(still):
    return torch.stack([torch.full_like(still, 1 / still.numel()), still * 0, still * 0])


RIGHT = [right_stack, right_its_mean, right_one_sum]
WRONG = [wrong_a_sum, wrong_by_the_side, wrong_nine, wrong_blue, wrong_all, wrong_channels_last, wrong_others_black]
FIRST_TRY = (3, 7)
