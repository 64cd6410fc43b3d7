"""Every kind of convolution twice: as a naive spec that counts as it multiplies, and as a module to build with.

`layers.spec.depthwise(x, w)` loops over numpy and returns (output, MACs); `layers.Depthwise(32, 3)` is the nn.Module.
Neither has a bias. What each costs stands in `pricing`, under the spec's name (`pricing.conv` also prices grouped and
dilated ones).
"""

from mobiviz.layers import spec
from mobiviz.layers.modules import (
    Conv,
    Depthwise,
    Dilated,
    Factorised,
    Grouped,
    Pointwise,
    Separable,
    Transposed,
    check_batch,
)

__all__ = [
    "Conv",
    "Depthwise",
    "Dilated",
    "Factorised",
    "Grouped",
    "Pointwise",
    "Separable",
    "Transposed",
    "check_batch",
    "spec",
]
