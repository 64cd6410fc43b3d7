"""Pictures to look at and to learn from: sample photos, drawn shapes, CIFAR-10, a folder of your own.

One picture: `image("cat")` is a ready batch, `denormalise` turns a batch back into something to show.
A batch of views: `crops(100)` calibrates a runtime.
Many pictures: `shapes`, `forms`, `cifar10`, `folder`, `collection` return `Photos`; `split`, `hold_out` hold some out.
"""

from .cifar import CIFAR10, cifar10, collection
from .folders import folder
from .photos import MEAN, STD, denormalise, image, names, normalise
from .procedural import FORMS, SHAPES, forms, shapes
from .sets import Photos, hold_out, split
from .views import crops

__all__ = [
    "CIFAR10",
    "FORMS",
    "MEAN",
    "SHAPES",
    "STD",
    "Photos",
    "cifar10",
    "collection",
    "crops",
    "denormalise",
    "folder",
    "forms",
    "hold_out",
    "image",
    "names",
    "normalise",
    "shapes",
    "split",
]
