"""Written from the statement of inverted_residual_06 alone, by the author of its check."""

import torch.nn.functional as F
from torch import nn


class _Plain(nn.Module):
    def __init__(self, c_in, c_out, stride, t):
        super().__init__()
        c_mid = c_in * t
        self.t = t
        if t != 1:
            self.conv1 = nn.Conv2d(c_in, c_mid, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(c_mid)
        self.conv2 = nn.Conv2d(c_mid, c_mid, 3, stride=stride, padding=1, groups=c_mid, bias=False)
        self.bn2 = nn.BatchNorm2d(c_mid)
        self.conv3 = nn.Conv2d(c_mid, c_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c_out)
        self.add = stride == 1 and c_in == c_out

    def forward(self, x):
        y = x
        if self.t != 1:
            y = F.relu6(self.bn1(self.conv1(y)))
        y = F.relu6(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return x + y if self.add else y


def right_class(c_in, c_out, stride, t):
    return _Plain(c_in, c_out, stride, t)


class _NormsLast(nn.Module):
    """All convolutions first, from the last to the first, then all batch norms."""

    def __init__(self, c_in, c_out, stride, t):
        super().__init__()
        mid = t * c_in
        self.project = nn.Conv2d(mid, c_out, kernel_size=1, bias=False)
        self.spatial = nn.Conv2d(mid, mid, kernel_size=3, stride=stride, padding=1, groups=mid, bias=False)
        self.expand = nn.Conv2d(c_in, mid, kernel_size=1, bias=False) if t > 1 else nn.Identity()
        self.n_project, self.n_spatial = nn.BatchNorm2d(c_out), nn.BatchNorm2d(mid)
        self.n_expand = nn.BatchNorm2d(mid) if t > 1 else nn.Identity()
        self.act = nn.ReLU6()
        self.skip = (stride, c_in) == (1, c_out)

    def forward(self, x):
        y = self.n_expand(self.expand(x))
        if not isinstance(self.expand, nn.Identity):
            y = self.act(y)
        y = self.act(self.n_spatial(self.spatial(y)))
        y = self.n_project(self.project(y))
        if self.skip:
            y += x
        return y


def right_other_order(c_in, c_out, stride, t):
    return _NormsLast(c_in, c_out, stride, t)


class _Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x) + x


def right_wrapped(c_in, c_out, stride, t):
    def cb(i, o, k, s=1, g=1):
        return [nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o)]

    m = c_in * t
    first = [] if t == 1 else [nn.Sequential(*cb(c_in, m, 1), nn.ReLU6(inplace=True))]
    block = nn.Sequential(*first, nn.Sequential(*cb(m, m, 3, stride, m), nn.ReLU6(inplace=True)), *cb(m, c_out, 1))
    return _Residual(block) if stride == 1 and c_in == c_out else block


def _sequence(c_in, c_out, stride, t, keep_first=False, end=()):
    m = c_in * t
    layers = [nn.Conv2d(c_in, m, 1, bias=False), nn.BatchNorm2d(m), nn.ReLU6()] if t != 1 or keep_first else []
    layers += [nn.Conv2d(m, m, 3, stride, 1, groups=m, bias=False), nn.BatchNorm2d(m), nn.ReLU6()]
    return nn.Sequential(*layers, nn.Conv2d(m, c_out, 1, bias=False), nn.BatchNorm2d(c_out), *end)


def wrong_forgets_the_skip(c_in, c_out, stride, t):
    return _sequence(c_in, c_out, stride, t)


def wrong_skip_looks_at_channels_only(c_in, c_out, stride, t):
    block = _sequence(c_in, c_out, stride, t)
    return _Residual(block) if c_in == c_out else block


def wrong_relu6_at_the_end(c_in, c_out, stride, t):
    block = _sequence(c_in, c_out, stride, t, end=[nn.ReLU6()])
    return _Residual(block) if stride == 1 and c_in == c_out else block


def wrong_always_expands(c_in, c_out, stride, t):
    block = _sequence(c_in, c_out, stride, t, keep_first=True)
    return _Residual(block) if stride == 1 and c_in == c_out else block


def wrong_stride_on_the_projection(c_in, c_out, stride, t):
    m = c_in * t
    first = [] if t == 1 else [nn.Conv2d(c_in, m, 1, bias=False), nn.BatchNorm2d(m), nn.ReLU6()]
    middle = [nn.Conv2d(m, m, 3, 1, 1, groups=m, bias=False), nn.BatchNorm2d(m), nn.ReLU6()]
    block = nn.Sequential(*first, *middle, nn.Conv2d(m, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))
    return _Residual(block) if stride == 1 and c_in == c_out else block


class _Multiplies(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x) * x


def wrong_multiplies_instead_of_adding(c_in, c_out, stride, t):
    block = _sequence(c_in, c_out, stride, t)
    return _Multiplies(block) if stride == 1 and c_in == c_out else block


RIGHT = [right_class, right_other_order, right_wrapped]
WRONG = [
    wrong_forgets_the_skip,
    wrong_skip_looks_at_channels_only,
    wrong_relu6_at_the_end,
    wrong_always_expands,
    wrong_stride_on_the_projection,
    wrong_multiplies_instead_of_adding,
]
FIRST_TRY = (3, 6)
