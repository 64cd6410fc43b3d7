"""Many different views of what is bundled: what a runtime is calibrated on where nobody has photos at hand."""

import numpy as np
from torch import Tensor

from .. import assets
from . import decode
from .photos import names, normalise
from .procedural import shapes

_PHOTOS = 0.8  # the share cut out of photos; the rest are drawn pictures
_LEAST = 0.4  # the side of the smallest crop, as a share of the photo's shorter side


def crops(n: int = 100, size: int = 224, seed: int = 0) -> Tensor:
    """`n` crops of the sample photos and of drawn pictures, in a mixed order: the same for the same seed.

    Each is a square of a random size and place, flipped half the time, resized and normalised.

    Shapes: (n, 3, size, size), float32.
    Raises: TypeError or ValueError where `n` is no positive int or `size` is none that a network takes.
    """
    size = decode.checked_size(size, least=32)
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be an int >= 1 (got {n!r})")
    draw = np.random.RandomState(seed)  # a stream numpy keeps
    photos = [decode.rgb_file(assets.data("photos", f"{name}.jpg")) for name in names()]
    drawn = round(n * (1 - _PHOTOS))
    pictures = list(shapes(drawn, size, seed).images) if drawn else []
    for at in range(n - drawn):
        photo = photos[at % len(photos)]
        side = round(min(photo.size) * draw.uniform(_LEAST, 1))
        left, top = (draw.randint(length - side + 1) for length in photo.size)
        picture = np.asarray(photo.resize((size, size), box=(left, top, left + side, top + side)))
        pictures.append(picture[:, ::-1] if draw.rand() < 0.5 else picture)
    return normalise(np.stack([pictures[at] for at in draw.permutation(n)]))
