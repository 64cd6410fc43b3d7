"""Written by someone who saw only the statement of rank_one_02."""

import numpy as np
import torch


def right_random():
    rng = np.random.default_rng(0)
    dw = rng.normal(size=(3, 3, 3))
    pw = rng.normal(size=(4, 3))
    can = pw[:, :, None, None] * dw[None]
    cannot = can.copy()
    cannot[2, 1, 0, 0] += 1.0
    return can, cannot


def right_counting():
    can = np.zeros((4, 3, 3, 3))
    for n in range(4):
        for c in range(3):
            can[n, c, 1, 1] = n + 1
    cannot = can.copy()
    cannot[0, 0, 0, 0] = 1
    return can, cannot


def right_torch():
    torch.manual_seed(1)
    can = torch.einsum("nc,cij->ncij", torch.rand(4, 3) + 0.5, torch.rand(3, 3, 3) + 0.5)
    cannot = can.clone()
    cannot[3, 2, 1, 1] += 0.01
    return can.numpy(), cannot.numpy()


def wrong_same_array():
    can, _ = right_random()
    cannot = can
    cannot[0, 0, 0, 0] += 1
    return can, cannot


def wrong_order():
    can, cannot = right_random()
    return cannot, can


def wrong_flat_in_space_only():
    rng = np.random.default_rng(0)
    can = rng.normal(size=(4, 3, 3, 1)) * rng.normal(size=(4, 3, 1, 3))
    cannot = can.copy()
    cannot[0, 0, 0, 0] += 1
    return can, cannot


def wrong_equal_outputs():
    can = np.ones((4, 3, 3, 3))
    cannot = can.copy()
    cannot[0, 0, 0, 0] = 2
    return can, cannot


def wrong_change_in_an_empty_channel():
    rng = np.random.default_rng(0)
    can = rng.normal(size=(4, 3, 1, 1)) * rng.normal(size=(1, 3, 3, 3))
    can[:, 0] = 0
    cannot = can.copy()
    cannot[0, 0, 0, 0] = 1
    return can, cannot


RIGHT = [right_random, right_counting, right_torch]
WRONG = [
    wrong_same_array,
    wrong_order,
    wrong_flat_in_space_only,
    wrong_equal_outputs,
    wrong_change_in_an_empty_channel,
]
FIRST_TRY = (3, 5)
