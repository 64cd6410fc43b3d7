"""Written from the statement of hswish_07 alone, by the author of its check."""

import torch
import torch.nn.functional as F


def right_formula(x):
    return x * F.relu6(x + 3.0) / 6.0


def right_gate_first(x):
    gate = F.relu6(3 + x) * (1 / 6)
    return gate * x


def right_number_by_number(x):
    flat = []
    for v in x.flatten().tolist():
        gate = 0.0 if v <= -3 else 1.0 if v >= 3 else (v + 3) / 6
        flat.append(v * gate)
    return torch.tensor(flat).reshape(x.shape)


def wrong_shift_outside(x):
    return x * (F.relu6(x) + 3) / 6


def wrong_only_gate(x):
    return F.relu6(x + 3) / 6


def wrong_no_sixth(x):
    return x * F.relu6(x + 3)


def wrong_in_place(x):
    return x.mul_(F.relu6(x + 3) / 6)


def wrong_plain_relu(x):
    return x * F.relu(x + 3) / 6


def wrong_silu(x):
    return F.silu(x)


RIGHT = [right_formula, right_gate_first, right_number_by_number]
WRONG = [wrong_shift_outside, wrong_only_gate, wrong_no_sixth, wrong_in_place, wrong_plain_relu, wrong_silu]
FIRST_TRY = (3, 6)
