"""Written from the statement of thick_skip_06 alone, by the author of its check."""

from torch import nn


class _Block(nn.Module):
    def __init__(self, c, t):
        super().__init__()
        thick = c * t
        self.down = nn.Conv2d(thick, c, 1, bias=False)
        self.down_bn = nn.BatchNorm2d(c)
        self.up = nn.Conv2d(c, thick, 1, bias=False)
        self.up_bn = nn.BatchNorm2d(thick)
        self.dw = nn.Conv2d(thick, thick, 3, padding=1, groups=thick, bias=False)
        self.dw_bn = nn.BatchNorm2d(thick)

    def forward(self, x):
        y = self.down_bn(self.down(x))
        y = self.up_bn(self.up(y)).clamp(0, 6)
        y = self.dw_bn(self.dw(y)).clamp(0, 6)
        return x + y


def right_clamps(c, t):
    return _Block(c, t)


class _Add(nn.Sequential):
    def forward(self, x):
        y = x
        for layer in self:
            y = layer(y)
        return y + x


def _layers(c, t, thin=(), end=(nn.ReLU6,), groups=None):
    n = c * t
    return [
        *(nn.Conv2d(n, c, 1, bias=False), nn.BatchNorm2d(c), *(act() for act in thin)),
        *(nn.Conv2d(c, n, 1, bias=False), nn.BatchNorm2d(n), nn.ReLU6()),
        *(nn.Conv2d(n, n, 3, 1, 1, groups=groups or n, bias=False), nn.BatchNorm2d(n), *(act() for act in end)),
    ]


def right_sequential(c, t):
    return _Add(*_layers(c, t))


class _Pieces(nn.Module):
    def __init__(self, c, t):
        super().__init__()
        self.last = nn.Sequential(*_layers(c, t)[5:])
        self.first = nn.Sequential(*_layers(c, t)[:5])

    def forward(self, x):
        return self.last(self.first(x)).add_(x)


def right_pieces(c, t):
    return _Pieces(c, t)


def wrong_without_addition(c, t):
    return nn.Sequential(*_layers(c, t))


def wrong_relu6_on_the_thin_one(c, t):
    return _Add(*_layers(c, t, thin=[nn.ReLU6]))


def wrong_linear_at_the_end(c, t):
    return _Add(*_layers(c, t, end=()))


def wrong_one_group(c, t):
    return _Add(*_layers(c, t, groups=1))


def wrong_divides_once_more(c, t):
    """Takes c for the thick width."""
    n, thin = c * t, max(c // t, 1)
    return _Add(
        *(nn.Conv2d(n, thin, 1, bias=False), nn.BatchNorm2d(thin)),
        *(nn.Conv2d(thin, n, 1, bias=False), nn.BatchNorm2d(n), nn.ReLU6()),
        *(nn.Conv2d(n, n, 3, 1, 1, groups=n, bias=False), nn.BatchNorm2d(n), nn.ReLU6()),
    )


class _AddThin(nn.Module):
    """Keeps the thin tensor, as the original block does, and adds it to a projection."""

    def __init__(self, c, t):
        super().__init__()
        self.body = nn.Sequential(*_layers(c, t))
        self.end = nn.Conv2d(c * t, c * t, 1, bias=False)

    def forward(self, x):
        return self.end(self.body(x)) + x


def wrong_one_convolution_too_many(c, t):
    return _AddThin(c, t)


RIGHT = [right_clamps, right_sequential, right_pieces]
WRONG = [
    wrong_without_addition,
    wrong_relu6_on_the_thin_one,
    wrong_linear_at_the_end,
    wrong_one_group,
    wrong_divides_once_more,
    wrong_one_convolution_too_many,
]
FIRST_TRY = (3, 6)
