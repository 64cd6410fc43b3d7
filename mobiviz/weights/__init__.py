"""Where trained parameters come from: bundled files, torchvision's and Keras's official ones, your own.

`load(net, "imagenet")` downloads once, `load(net, "cifar10")` needs no network, `load(net, path)` reads what `save`
wrote. `from_torchvision` and `from_keras` map somebody else's tensors, all of them or none.
"""

from .files import about, bundled, bundled_for, cached, load, save
from .keras import from_keras, keras_pixels, to_keras
from .mapping import from_torchvision

__all__ = [
    "about",
    "bundled",
    "bundled_for",
    "cached",
    "from_keras",
    "from_torchvision",
    "keras_pixels",
    "load",
    "save",
    "to_keras",
]
