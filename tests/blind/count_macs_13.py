"""Written from the statement of count_macs_13 alone, by someone who had seen nothing of its check."""

from contextlib import ExitStack

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook


def of(layer, out):
    if isinstance(layer, nn.Conv2d):
        high, wide = layer.kernel_size
        return out.numel() * high * wide * (layer.in_channels // layer.groups)
    return out.numel() * layer.in_features if isinstance(layer, nn.Linear) else 0


def right_handles(net, x):
    counts = []
    handles = [
        layer.register_forward_hook(lambda layer, args, out: counts.append(of(layer, out)))
        for layer in net.modules()
        if isinstance(layer, (nn.Conv2d, nn.Linear))
    ]
    try:
        with torch.no_grad():
            net(x)
    finally:
        for handle in handles:
            handle.remove()
    return sum(counts)


def right_every_module(net, x):
    total = 0

    def add(layer, args, out):
        nonlocal total
        total += of(layer, out)

    with register_module_forward_hook(add):
        net(x)
    return total


def right_weights(net, x):
    """Each output takes as many products as a row of the weights has numbers."""
    counts = []
    with ExitStack() as stack:
        for layer in net.modules():
            if type(layer) in (nn.Conv2d, nn.Linear):
                hook = layer.register_forward_hook(lambda m, _, y: counts.append(y.numel() * m.weight[0].numel()))
                stack.callback(hook.remove)
        net(x)
    return int(sum(counts))


def wrong_left_behind(net, x):
    counts = []
    for layer in net.modules():
        layer.register_forward_hook(lambda layer, args, out: counts.append(of(layer, out)))
    net(x)
    return sum(counts)


def wrong_no_groups(net, x):
    total = 0

    def add(layer, args, out):
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            total += out.numel() * layer.kernel_size[0] ** 2 * layer.in_channels
        else:
            total += of(layer, out)

    with register_module_forward_hook(add):
        net(x)
    return total


def wrong_once_each(net, x):
    counts = {}
    with register_module_forward_hook(lambda layer, args, out: counts.__setitem__(layer, of(layer, out))):
        net(x)
    return sum(counts.values())


def wrong_no_linear(net, x):
    counts = []

    def add(layer, args, out):
        if isinstance(layer, nn.Conv2d):
            counts.append(of(layer, out))

    with register_module_forward_hook(add):
        net(x)
    return sum(counts)


def wrong_input_size(net, x):
    """The map that goes in, where the formula wants the one that comes out."""
    counts = []

    def add(layer, args, out):
        if isinstance(layer, nn.Conv2d):
            counts.append(args[0].numel() // layer.groups * layer.kernel_size[0] ** 2 * layer.out_channels)
        else:
            counts.append(of(layer, out))

    with register_module_forward_hook(add):
        net(x)
    return sum(counts)


def wrong_biases_too(net, x):
    counts = []

    def add(layer, args, out):
        counts.append(of(layer, out) + (out.numel() if getattr(layer, "bias", None) is not None else 0))

    with register_module_forward_hook(add):
        net(x)
    return sum(counts)


def wrong_parameters(net, x):
    return sum(layer.weight.numel() for layer in net.modules() if isinstance(layer, (nn.Conv2d, nn.Linear)))


def wrong_flops(net, x):
    return 2 * right_handles(net, x)


RIGHT = [right_handles, right_every_module, right_weights]
WRONG = [
    wrong_left_behind,
    wrong_no_groups,
    wrong_once_each,
    wrong_no_linear,
    wrong_input_size,
    wrong_biases_too,
    wrong_parameters,
    wrong_flops,
]
FIRST_TRY = (3, 8)
