"""Written by someone who saw only the statement of macs_conv_01."""

import torch


def right_formula(size, c_in, c_out, k, stride, padding):
    out = (size + 2 * padding - k) // stride + 1
    return out * out * c_out * c_in * k * k


def right_counted(size, c_in, c_out, k, stride, padding):
    positions = 0
    for _row in range(-padding, size + padding - k + 1, stride):
        for _column in range(-padding, size + padding - k + 1, stride):
            positions += 1
    return sum(positions * c_in * k**2 for _ in range(c_out))


def right_from_torch(size, c_in, c_out, k, stride, padding):
    conv = torch.nn.Conv2d(c_in, c_out, k, stride, padding, bias=False, device="meta")
    y = conv(torch.zeros(1, c_in, size, size, device="meta"))
    return y.shape[2] * y.shape[3] * conv.weight.numel()


def wrong_no_stride(size, c_in, c_out, k, stride, padding):
    return size * size * c_in * c_out * k * k


def wrong_padding_once(size, c_in, c_out, k, stride, padding):
    out = (size + padding - k) // stride + 1
    return out**2 * c_in * c_out * k**2


def wrong_add_counted_too(size, c_in, c_out, k, stride, padding):
    return 2 * right_formula(size, c_in, c_out, k, stride, padding)


def wrong_no_input_channels(size, c_in, c_out, k, stride, padding):
    out = (size + 2 * padding - k) // stride + 1
    return out * out * c_out * k * k


def wrong_true_division(size, c_in, c_out, k, stride, padding):
    out = (size + 2 * padding - k) / stride + 1
    return int(out * out * c_in * c_out * k * k)


RIGHT = [right_formula, right_counted, right_from_torch]
WRONG = [
    wrong_no_stride,
    wrong_padding_once,
    wrong_add_counted_too,
    wrong_no_input_channels,
    wrong_true_division,
]
FIRST_TRY = (3, 5)
