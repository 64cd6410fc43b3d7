"""Written from the statement of squeeze_excite_07 alone, by the author of its check."""

import torch
import torch.nn.functional as F
from torch import nn


class _Convs(nn.Module):
    def __init__(self, c, squeezed):
        super().__init__()
        self.back = nn.Conv2d(squeezed, c, kernel_size=1)
        self.there = nn.Conv2d(c, squeezed, kernel_size=1)

    def forward(self, x):
        v = F.adaptive_avg_pool2d(x, (1, 1))
        v = self.back(F.relu(self.there(v)))
        return F.relu6(v + 3) / 6 * x


def right_convs(c, squeezed):
    return _Convs(c, squeezed)


class _Linears(nn.Module):
    def __init__(self, c, squeezed):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(c, squeezed), nn.Linear(squeezed, c)

    def forward(self, x):
        n, c, _, _ = x.shape
        v = torch.relu(self.fc1(x.mean(dim=(2, 3))))
        return x * F.hardsigmoid(self.fc2(v)).view(n, c, 1, 1)


def right_linears(c, squeezed):
    return _Linears(c, squeezed)


class _Times(nn.Module):
    def __init__(self, gate):
        super().__init__()
        self.gate = gate

    def forward(self, x):
        return torch.mul(x, self.gate(x))


def _gate(c, squeezed, last=nn.Hardsigmoid, pool=True):
    pools = [nn.AdaptiveAvgPool2d(1)] if pool else []
    return nn.Sequential(*pools, nn.Conv2d(c, squeezed, 1), nn.ReLU(True), nn.Conv2d(squeezed, c, 1), last())


def right_sequential(c, squeezed):
    return _Times(_gate(c, squeezed))


def wrong_sigmoid(c, squeezed):
    return _Times(_gate(c, squeezed, last=nn.Sigmoid))


def wrong_forgets_to_pool(c, squeezed):
    return _Times(_gate(c, squeezed, pool=False))


def wrong_returns_the_gates(c, squeezed):
    return _gate(c, squeezed)


class _Max(nn.Module):
    def __init__(self, c, squeezed):
        super().__init__()
        self.gate = _gate(c, squeezed, pool=False)

    def forward(self, x):
        return x * self.gate(x.amax((2, 3), keepdim=True))


def wrong_largest_instead_of_mean(c, squeezed):
    return _Max(c, squeezed)


def wrong_one_layer(c, squeezed):
    return _Times(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c, 1), nn.Hardsigmoid()))


def wrong_batch_norm_between(c, squeezed):
    layers = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, squeezed, 1), nn.BatchNorm2d(squeezed), nn.ReLU()]
    return _Times(nn.Sequential(*layers, nn.Conv2d(squeezed, c, 1), nn.Hardsigmoid()))


RIGHT = [right_convs, right_linears, right_sequential]
WRONG = [
    wrong_sigmoid,
    wrong_forgets_to_pool,
    wrong_returns_the_gates,
    wrong_largest_instead_of_mean,
    wrong_one_layer,
    wrong_batch_norm_between,
]
FIRST_TRY = (3, 6)
