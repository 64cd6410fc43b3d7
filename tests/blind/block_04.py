"""Written by someone who saw only the statement of block_04."""

import torch.nn.functional as F
from torch import nn


def right_sequential(c_in, c_out, stride):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride=stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU6(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU6(),
    )


class _Block(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.dw = nn.Conv2d(c_in, c_in, kernel_size=3, stride=stride, padding=1, groups=c_in, bias=False)
        self.bn1 = nn.BatchNorm2d(c_in)
        self.pw = nn.Conv2d(c_in, c_out, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)

    def forward(self, x):
        x = F.relu6(self.bn1(self.dw(x)))
        return F.relu6(self.bn2(self.pw(x)))


def right_class(c_in, c_out, stride):
    return _Block(c_in, c_out, stride)


def _conv_bn(c_in, c_out, k, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(c_out), nn.ReLU6(True)
    )


def right_nested(c_in, c_out, stride):
    return nn.Sequential(_conv_bn(c_in, c_in, 3, stride, groups=c_in), _conv_bn(c_in, c_out, 1))


def wrong_no_groups(c_in, c_out, stride):
    return nn.Sequential(_conv_bn(c_in, c_in, 3, stride), _conv_bn(c_in, c_out, 1))


def wrong_stride_on_pointwise(c_in, c_out, stride):
    return nn.Sequential(_conv_bn(c_in, c_in, 3, 1, groups=c_in), _conv_bn(c_in, c_out, 1, stride))


def wrong_plain_relu(c_in, c_out, stride):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, 1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def wrong_bias_left_on(c_in, c_out, stride):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, 1, groups=c_in),
        nn.BatchNorm2d(c_in),
        nn.ReLU6(),
        nn.Conv2d(c_in, c_out, 1),
        nn.BatchNorm2d(c_out),
        nn.ReLU6(),
    )


def wrong_nothing_between(c_in, c_out, stride):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, 1, groups=c_in, bias=False),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU6(),
    )


RIGHT = [right_sequential, right_class, right_nested]
WRONG = [wrong_no_groups, wrong_stride_on_pointwise, wrong_plain_relu, wrong_bias_left_on, wrong_nothing_between]
FIRST_TRY = (3, 5)
