"""How a case is drawn where its numbers hang together, one function an exercise; `r` is the teacher's chance."""

from collections.abc import Callable
from random import Random


def _stack(r: Random) -> list[tuple[int, int]]:
    return [(r.choice((1, 3, 5, 7)), r.choice((1, 1, 2, 3))) for _ in range(r.randint(2, 7))]


def _window(r: Random) -> tuple[int, int, int, int]:
    k = r.randint(1, 7)
    return r.randint(k, 200), k, r.randint(1, 4), r.randint(0, k // 2)


def _conv(r: Random) -> tuple:
    size, k, stride, padding = _window(r)
    return size, r.randint(1, 40), r.randint(1, 40), k, stride, padding


def _layers(r: Random) -> tuple:
    return ([(f"layer {i}", *(r.randint(1, 9) for _ in range(4))) for i in range(r.randint(2, 6))],)


def _groups(r: Random) -> tuple:
    g = r.randint(2, 6)
    return g * r.randint(1, 5), g * r.randint(1, 5), r.choice((1, 3, 5)), r.randint(1, 14), r.randint(1, 14), g


def _roof(r: Random) -> tuple:
    c, k, size = r.randint(2, 300), r.choice((1, 3, 5)), r.randint(1, 60)
    deep = r.random() < 0.5
    return c, c if deep else r.randint(2, 300), k, size, c if deep else 1, r.randint(5, 200), r.randint(5, 100)


def _knobs(r: Random) -> tuple:
    m, n = (8 * r.randint(1, 60) for _ in range(2))
    return m, n, r.randint(7, 112), r.choice((0.35, 0.5, 0.75, 1.0, 1.3, 1.4)), r.choice((0.57, 0.71, 0.86, 1.0, 0.9))


def _published(r: Random) -> tuple:
    macs = r.sample(range(20, 600), 6)
    rows = [(name, each, 60 + r.randint(0, 8) / 2) for name, each in zip("PQRSTU", macs, strict=True)]
    return rows, r.choice((*macs, *(r.randint(10, 500) for _ in range(6))))


def _blocks(r: Random) -> tuple:
    blocks, c, size = [], r.randint(1, 12), 64
    for _ in range(r.randint(1, 5)):
        stride, t, c_out = r.choice((1, 1, 2)), r.choice((1, 2, 3, 6)), r.choice((c, r.randint(1, 24)))
        blocks.append((c, t * c, c_out, size, stride))
        c, size = c_out, size // stride
    return (blocks,)


def _table(r: Random) -> tuple:
    table = {f"block {i}": r.randint(1, 64) / 32 for i in range(5)}
    names = [*table, "block 9"] if r.random() < 0.5 else [*table]
    return [r.choice(names) for _ in range(r.randint(1, 9))], table


def _ties(r: Random) -> tuple:
    return ([(f"layer {i}", r.choice((5_000_000, 5_000_001, 1_234))) for i in range(r.randint(2, 7))],)


def _times(r: Random) -> tuple:
    return ([round(r.lognormvariate(1, 0.4), 4) for _ in range(r.choice((11, 21, 101, 201)))],)


def _orders(r: Random) -> tuple:
    n = r.randint(3, 20)
    return [r.expovariate(0.2) for _ in range(n)], [r.expovariate(0.2) for _ in range(n)]


def _trial(r: Random) -> tuple:
    n = r.randint(4, 12)
    took = [r.uniform(1, 9) for _ in range(n)]
    return [each + r.uniform(0, 3) for each in took], [1, *(r.randint(2, 6) for _ in took[1:])], took


def _two_devices(r: Random) -> tuple:
    def device(names: list[str]) -> dict[str, tuple[float, float, float]]:
        middles = {name: r.uniform(1, 40) for name in names}
        return {name: (ms, ms * r.uniform(0.7, 0.99), ms * r.uniform(1.01, 1.4)) for name, ms in middles.items()}

    names = [f"net {i}" for i in range(r.randint(2, 6))]
    return device(names), device(r.sample(names, r.randint(1, len(names))))


def _counters(r: Random) -> tuple:
    layers = [(r.randint(1000, 9999), r.randint(10, 99), r.random() < 0.7, r.random() < 0.5) for _ in range(4)]
    layers.append((5000, 51, True, r.random() < 0.5))
    plain = sum(macs for macs, *_ in layers)
    bias = sum(outputs for _, outputs, has, _ in layers if has)
    norm = 2 * sum(outputs for _, outputs, _, has in layers if has)
    if bias == norm or norm == 0:  # no single rule would explain the count
        return _counters(r)
    return layers, plain + r.choice((0, bias, norm, plain, bias + norm + 1))


def _agreement(r: Random) -> tuple:
    want = _floats(r, r.randint(2, 50)) * 10 ** r.randint(-9, 2)
    got = want.clone()
    got[r.randrange(len(want))] += r.choice((0.5, -0.5, 2, -2, 30)) * 1e-4 * float(want.abs().max())
    return got, want


def _machine(r: Random) -> tuple:
    from mobiviz.course.exercises import bench_09 as own

    troubles = ("nothing else to do", own.START, own.HEAT, own.SPIKES, own.GLITCH, own.OTHER)
    return (own.Machine(r.choice(troubles), *r.sample((1.0, 1.1, 1.2, 1.3, 1.4), 5)),)


def _network(r: Random) -> tuple:
    import torch
    from torch import nn

    g, k = r.randint(1, 3), r.choice((1, 3))
    c, mid = g * r.randint(1, 3), g * r.randint(1, 4)
    net = nn.Sequential(nn.Conv2d(c, mid, k, r.randint(1, 2), k // 2, groups=g), nn.ReLU(), nn.Conv2d(mid, 5, 1))
    if r.random() < 0.5:
        net += nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, r.randint(1, 9)))
    return net, torch.zeros(1, c, r.randint(3, 9), r.randint(3, 9))


def _image(r: Random, channels: int = 1):
    import torch

    size = (1, channels, r.randint(2, 6), r.randint(2, 6))
    return torch.randint(10, size, generator=torch.Generator().manual_seed(r.getrandbits(60))).float()


def _floats(r: Random, count: int):
    import torch

    return torch.randn(count, generator=torch.Generator().manual_seed(r.getrandbits(60)))


def _order(r: Random) -> tuple:
    order = r.sample(range(n := r.randint(2, 6)), n)
    return order, _image(r, n)


def _blurred(r: Random) -> tuple:
    import torch

    k = r.choice((3, 5))
    return torch.nn.functional.pad(torch.ones(1, 1), [k // 2] * 4), _image(r, 3)


def _budget(r: Random) -> tuple:
    k, h, w = r.choice((1, 3, 5)), r.randint(1, 28), r.randint(1, 28)
    return k * k * h * w * r.randint(2, 300) ** 2 - r.randint(0, 1), k, h, w


def _same(r: Random) -> tuple:
    times = r.randint(2, 9)
    return times * r.randint(1, 40), times


def _inverted(r: Random) -> tuple:
    c = r.randint(2, 6)
    return c, r.choice((c, r.randint(1, 6))), r.randint(1, 2), r.randint(1, 6)


DRAWS: dict[str, Callable[[Random], tuple]] = {
    "agree_10": _agreement,
    "bench_09": _machine,
    "best_under_05": _published,
    "block_04": lambda r: (r.randint(1, 9), r.randint(1, 9), r.randint(1, 2)),
    "blur_red_03": _blurred,
    "cheapest_03": lambda r: (2 * r.randint(1, 20) + 1,),
    "count_macs_13": _network,
    "group_macs_03": _groups,
    "identity_03": lambda r: (2 * r.randint(0, 5) + 1, _image(r)),
    "intensity_09": _roof,
    "inverted_residual_06": _inverted,
    "macs_conv_01": _conv,
    "most_macs_01": _layers,
    "out_size_01": _window,
    "peak_memory_06": _blocks,
    "predict_ms_11": _table,
    "ratio_02": lambda r: (r.randint(1, 2000), r.randint(1, 9)),
    "reach_03": lambda r: (_stack(r),),
    "receptive_field_08": lambda r: (_stack(r),),
    "reward_11": lambda r: (r.uniform(0.1, 0.9), r.uniform(1, 90), r.uniform(1, 90), r.choice((-0.07, -0.5, -1, 0.0))),
    "same_macs_04": _same,
    "scaled_macs_05": _knobs,
    "shift_03": lambda r: (r.randint(-1, 1), r.randint(-1, 1), _image(r)),
    "spearman_10": _orders,
    "squeeze_excite_07": lambda r: (r.randint(2, 20), r.randint(1, 6)),
    "summarise_00": _times,
    "survives_10": _two_devices,
    "swap_03": _order,
    "thick_skip_06": lambda r: (r.randint(1, 6), r.randint(2, 6)),
    "ties_04": _ties,
    "trial_11": _trial,
    "which_rule_13": _counters,
    "widest_03": _budget,
}
