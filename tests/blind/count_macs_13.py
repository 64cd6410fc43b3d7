"""Written from the statement of count_macs_13 alone, though by one who knew the exercise."""

import torch
from torch import nn


def right_hooks(net, x):
    macs = []

    def hook(module, inputs, output):
        if isinstance(module, nn.Conv2d):
            k = module.kernel_size[0] * module.kernel_size[1]
            macs.append(output.numel() * k * module.in_channels // module.groups)
        else:
            macs.append(output.numel() * module.in_features)

    handles = [m.register_forward_hook(hook) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    net(x)
    for handle in handles:
        handle.remove()
    return sum(macs)


def right_try(net, x):
    total, handles = 0, []

    def hook(module, inputs, output):
        nonlocal total
        total += output.numel() * module.weight.numel() // module.weight.shape[0]

    try:
        for m in net.modules():
            if type(m).__name__ in ("Conv2d", "PaddedConv2d", "Linear"):
                handles.append(m.register_forward_hook(hook))
        with torch.inference_mode():
            net(x)
    finally:
        [handle.remove() for handle in handles]
    return total


def right_library(net, x):
    import mobiviz as mv

    return int(mv.watch(net, x, mv.Compute()).total.macs)


def wrong_leaves_hooks(net, x):
    macs = []
    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            m.register_forward_hook(lambda m, i, y: macs.append(y.numel() * m.weight[0].numel()))
    net(x)
    return sum(macs)


def wrong_params(net, x):
    return sum(p.numel() for p in net.parameters())


def wrong_positions_times_weights(net, x):
    return right_hooks(net, x) * 2


def wrong_square(net, x):
    return sum(m.weight.numel() * x.shape[-1] ** 2 for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear)))


def wrong_no_linear(net, x):
    macs = []
    handles = [
        m.register_forward_hook(lambda m, i, y: macs.append(y.numel() * m.weight[0].numel()))
        for m in net.modules()
        if isinstance(m, nn.Conv2d)
    ]
    net(x)
    [handle.remove() for handle in handles]
    return sum(macs)


RIGHT = [right_hooks, right_try, right_library]
WRONG = [wrong_leaves_hooks, wrong_params, wrong_positions_times_weights, wrong_square, wrong_no_linear]
FIRST_TRY = (3, 5)
