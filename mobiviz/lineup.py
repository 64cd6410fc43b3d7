"""compare: the networks of the course side by side, counted, and timed on this machine in one race."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import nn

from mobiviz import bounds, nets, tables
from mobiviz.engine import watch
from mobiviz.literature import Published, published
from mobiviz.meters import Compute
from mobiviz.names import unknown
from mobiviz.pricing import SMALLEST
from mobiviz.record import Record
from mobiviz.record.ceilings import Ceilings
from mobiviz.record.comparison import Comparison, ComparisonRow
from mobiviz.record.roofline import Roofline
from mobiviz.runtimes import VARIANTS, variants
from mobiviz.timing import Progress, race


class Entry(NamedTuple):
    """A network that can be compared: how it is built, and where its accuracy was published."""

    build: Callable[[], nn.Module]
    model: str
    source: str


# The MobileNets' accuracies are their papers'; the others' those of torchvision, whose networks they are.
NETWORKS = {
    "V1": Entry(lambda: nets.MobileNet(tables.V1), "mobilenet_v1", "(MobileNets), Table 4"),
    "V2": Entry(lambda: nets.MobileNet(tables.V2), "mobilenet_v2", "(MobileNetV2) Table 4"),
    "V3_LARGE": Entry(lambda: nets.MobileNet(tables.V3_LARGE), "mobilenet_v3_large", "final edition"),
    "V3_SMALL": Entry(lambda: nets.MobileNet(tables.V3_SMALL), "mobilenet_v3_small", "final edition"),
    "VGG16": Entry(nets.VGG16, "vgg16", "IMAGENET1K_V1"),
    "ResNet50": Entry(nets.ResNet50, "resnet50", "IMAGENET1K_V1"),
}


def compare(
    networks: Iterable[str] = tuple(NETWORKS),
    resolution: int = 224,
    variant: str = "eager",
    threads: int = 1,
    budget_s: float = 2.0,
    width: float = 0.02,
    ceilings: Ceilings | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Networks by name, side by side: parameters, MACs, published top-1, the time of each here, and what was possible.

    All run in one race, as in `mv.race`; `variant` is one of torch's own ways to run them, in `runtimes.VARIANTS`.
    A published accuracy stands only at the resolution that it was printed for.

    Cost: up to `budget_s` for each network and the warm-up, a quarter more; the ceilings once.
    Units: seconds in; `width` is a share of a ratio.
    Raises: ValueError for a network or a variant that is not known, or a resolution that is too low.
    """
    names = [networks] if isinstance(networks, str) else list(dict.fromkeys(networks))
    _check(names, resolution, variant)
    records, entrants = {}, {}
    with torch.random.fork_rng(devices=[]):  # the learner's random numbers are no business of ours
        torch.manual_seed(0)
        x = torch.randn(1, 3, resolution, resolution)
        for name in names:  # one after another: a variant is a copy, and VGG-16 should be in memory twice alone
            net = NETWORKS[name].build().eval()
            records[name] = watch(net, x, Compute(), dry=True)
            entrants[name] = variants(net, x, [variant])[variant]
            del net
    ceilings = ceilings or bounds.measured(threads)
    timings = race(entrants, None, threads, budget_s, width, progress, time.perf_counter)
    rows = tuple(_row(name, records[name], ceilings, (threads, resolution)) for name in names)
    return Comparison(rows, timings, ceilings, resolution, variant)


def printed(name: str, resolution: int) -> Published | None:
    """The row of a network in the source that this table quotes; None where it prints none for the resolution."""
    entry = NETWORKS[name]
    try:
        rows = published(entry.model, resolution=resolution, source=entry.source)
    except ValueError:
        return None
    full = [row for row in rows if row.alpha in (1.0, None) and row.top1 is not None]
    return full[0] if full else None


def _row(name: str, record: Record, ceilings: Ceilings, at: tuple[int, int]) -> ComparisonRow:
    threads, resolution = at
    under = Roofline.of(record, ceilings, threads=threads)
    quoted = printed(name, resolution)
    total = record.total
    return ComparisonRow(
        name,
        total.params,
        total.macs,
        None if quoted is None else quoted.top1,
        None if quoted is None else quoted.source,
        under.compute_only_ms,
        under.layer_by_layer_ms,
    )


def _check(names: list[str], resolution: int, variant: str) -> None:
    if not names:
        raise ValueError(f"compare needs at least one network of {', '.join(NETWORKS)} (got none)")
    for name in names:
        if name not in NETWORKS:
            raise ValueError(unknown("network", name, NETWORKS))
    if variant not in VARIANTS:
        raise ValueError(unknown("variant", variant, VARIANTS))
    if not isinstance(resolution, int) or resolution < SMALLEST:
        raise ValueError(f"resolution must be a whole number of at least {SMALLEST} (got {resolution!r})")
