"""The trained network and the photo that notebook 08 looks into, and what its check asks them, each question once."""

from functools import cache
from typing import Any

import numpy as np

ALPHA = 0.5  # of the bundled MobileNetV2


@cache
def scene() -> tuple[Any, Any, Any]:
    """The network, its photo of the cat, and the Record of the one on the other."""
    from mobiviz import images, nets, tables, weights
    from mobiviz.engine import watch

    net, photo = nets.MobileNet(tables.V2, ALPHA, num_classes=10), images.image("cat", 128)
    weights.load(net, "cifar10")
    return net, photo, watch(net, photo)


@cache
def muted(path: str, groups: tuple[tuple[int, ...], ...] | None = None) -> Any:
    """The Ablation of these groups of channels of a layer, or of each channel alone."""
    from mobiviz.probe import ablate

    net, photo, _ = scene()
    return ablate(net, photo, path, groups)


@cache
def sizes(path: str) -> np.ndarray:
    """How big each map of a layer looks: its mean |activation|."""
    return np.abs(scene()[2][path].output[0]).mean((1, 2))
