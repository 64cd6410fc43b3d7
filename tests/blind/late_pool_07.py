"""Written from the statement of late_pool_07 alone, by the author of its check."""

import numpy as np
import torch


def right_loops(x, w, act):
    _, c, height, width = x.shape
    m = w.shape[0]
    slow = torch.zeros(m)
    for i in range(height):
        for j in range(width):
            slow += act(w @ x[0, :, i, j])
    slow /= height * width
    fast = act(w @ x[0].reshape(c, -1).mean(1))
    first, second = m * c * height * width, m * c
    return first // second, torch.allclose(slow, fast, atol=1e-4)


def right_conv2d(x, w, act):
    kernel = w.reshape(*w.shape, 1, 1)
    a = act(torch.nn.functional.conv2d(x, kernel)).mean(dim=(-2, -1))
    b = act(torch.nn.functional.conv2d(x.mean(dim=(-2, -1), keepdim=True), kernel)).flatten(1)
    return x.shape[-1] * x.shape[-2], bool(torch.all(torch.abs(a - b) <= 1e-4))


def right_with_numpy_bool(x, w, act):
    maps = torch.tensordot(w, x[0], dims=1)
    a, b = act(maps).mean((1, 2)).numpy(), act(w @ x[0].mean((1, 2))).numpy()
    return int(np.prod(x.shape[2:])), np.allclose(a, b, rtol=0, atol=1e-4)


def wrong_linear_only(x, w, act):
    return x.shape[2] * x.shape[3], True


def wrong_never(x, w, act):
    return x.shape[2] * x.shape[3], False


def wrong_only_height(x, w, act):
    return x.shape[2], right_loops(x, w, act)[1]


def wrong_act_before_the_1x1(x, w, act):
    maps = torch.tensordot(w, act(x[0]), dims=1)
    a, b = maps.mean((1, 2)), w @ act(x[0].mean((1, 2)))
    return x.shape[2] * x.shape[3], torch.allclose(a, b, atol=1e-4)


def wrong_a_float(x, w, act):
    return x[0].numel() / x.shape[1], right_loops(x, w, act)[1]


def wrong_way_round(x, w, act):
    saving, same = right_loops(x, w, act)
    return 1 / saving, same


def wrong_counts_adds_up(x, w, act):
    saving, same = right_loops(x, w, act)
    return saving * w.numel(), same


RIGHT = [right_loops, right_conv2d, right_with_numpy_bool]
WRONG = [
    wrong_linear_only,
    wrong_never,
    wrong_only_height,
    wrong_act_before_the_1x1,
    wrong_a_float,
    wrong_way_round,
    wrong_counts_adds_up,
]
FIRST_TRY = (3, 5)
