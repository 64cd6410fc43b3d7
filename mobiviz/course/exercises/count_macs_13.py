"""A counter of your own.

`net` is a torch module, `x` an input for it. Return the MACs of one forward pass, a whole number: the multiplications
of all nn.Conv2d and nn.Linear modules, and of nothing else. A convolution multiplies, for each number that it puts out,
k x k positions of in_channels / groups channels. A module that runs twice counts twice. Leave no hook behind.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "module.register_forward_hook(f) calls f(module, inputs, output) after each run; it returns a handle.",
    "Of a convolution: output.numel() times weight[0].numel(), since weight is (out, in / groups, k, k).",
    "Of a linear layer too: output.numel() times weight[0].numel(). Remove the handles at the end.",
)


def hooked(net, x, price):
    import torch
    from torch import nn

    total, handles = [], []
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            handles.append(module.register_forward_hook(lambda m, i, y: total.append(price(m, i[0], y))))
    with torch.no_grad():
        net(x)
    for handle in handles:
        handle.remove()
    return sum(total)


def reference(net, x):
    return hooked(net, x, lambda m, i, y: y.numel() * m.weight[0].numel())


def cases():
    import torch
    from torch import nn

    from mobiviz.nets import MobileNet
    from mobiviz.tables import V1, V3_SMALL

    torch.manual_seed(13)
    yield nn.Conv2d(1, 2, 2), torch.zeros(1, 1, 3, 3)
    yield nn.Sequential(nn.Conv2d(4, 4, 3, 2, 1, groups=4), nn.Conv2d(4, 6, 1)), torch.zeros(1, 4, 6, 6)
    yield nn.Linear(3, 5), torch.zeros(2, 7, 3)
    twice = nn.Conv2d(2, 2, 1)
    yield nn.Sequential(twice, nn.ReLU(), twice), torch.zeros(1, 2, 2, 2)
    yield MobileNet(V3_SMALL, 0.5, num_classes=10).eval(), torch.zeros(1, 3, 32, 32)
    yield MobileNet(V1, 0.25, num_classes=10).eval(), torch.zeros(1, 3, 32, 32)


def observe(answer, net, x):
    got = answer(net, x)
    left = sum(len(module._forward_hooks) for module in net.modules())
    return got if got is Ellipsis or got is None else {"MACs": got, "hooks left": left}


@mutant("You forget the groups: a depthwise kernel sees one channel. weight[0] already has the right shape.")
def no_groups(net, x):
    return hooked(net, x, lambda m, i, y: y.numel() * m.weight[0].numel() * getattr(m, "groups", 1))


@mutant("You count at the positions of the input. A stride of 2 leaves a quarter of them in the output.")
def input_positions(net, x):
    return hooked(
        net,
        x,
        lambda m, i, y: (i[..., 0, :, :].numel() * len(m.weight) if i.ndim == 4 else y.numel()) * m.weight[0].numel(),
    )


@mutant("You count FLOPs: a multiply and an add are one MAC.")
def flops(net, x):
    return 2 * reference(net, x)


@mutant("You count biases. They are additions without a multiplication.")
def with_bias(net, x):
    return hooked(net, x, lambda m, i, y: y.numel() * (m.weight[0].numel() + (m.bias is not None)))


@mutant("Convolutions alone: linear layers multiply, too.")
def convolutions_alone(net, x):
    return hooked(net, x, lambda m, i, y: y.numel() * m.weight[0].numel() if y.ndim == 4 else 0)


@mutant("A module that runs twice counts twice. You go through the modules and not through the runs.")
def each_module_once(net, x):
    seen = set()

    def price(m, i, y):
        first = m not in seen
        seen.add(m)
        return y.numel() * m.weight[0].numel() if first else 0

    return hooked(net, x, price)


@mutant("A linear layer on (2, 7, 3) runs at fourteen places. You count it once.")
def linear_once(net, x):
    return hooked(net, x, lambda m, i, y: (y.numel() if y.ndim == 4 else y.shape[-1]) * m.weight[0].numel())


@other
def by_the_library(net, x):
    from mobiviz.engine import watch
    from mobiviz.meters import Compute

    return watch(net, x, Compute()).total.macs


@other
def by_torch(net, x):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(x)
    return counter.get_total_flops() // 2
