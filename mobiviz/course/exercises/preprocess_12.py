"""A photo as the network knows photos.

`picture` is a photo as files hold it: a uint8 numpy array of shape (H, W, 3), red, green, blue, from 0 to 255, wide or
tall. `size` is the side of the square that the network is fed, in pixels.
Cut out the square in the middle, as large as the shorter side; where an odd number of rows or columns is left over,
drop the smaller half at the top or left. Scale it to size x size, by bilinear interpolation that averages where it
shrinks: `F.interpolate(..., mode="bilinear", antialias=True)`, or Pillow's `resize` with `Image.Resampling.BILINEAR`.
Divide by 255, subtract ImageNet's mean of each colour, (0.485, 0.456, 0.406), and divide by its deviation, (0.229,
0.224, 0.225).
Return a float tensor or array of shape (1, 3, size, size), channels first.
"""

import numpy as np

from mobiviz.course.compare import array
from mobiviz.course.exercise import mutant, other

HINTS = (
    "The square: side = min(H, W), and it starts at row (H - side) // 2 and at column (W - side) // 2.",
    "torch.tensor(square).permute(2, 0, 1)[None] has shape (1, 3, side, side); F.interpolate wants it as floats.",
    "The mean as torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1) goes with all pixels at once.",
)
TOLERANCE = 0.03  # Pillow rounds to whole grey levels between the steps
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def prepared(picture, size, start=0.5, mode="bilinear", mean=MEAN, std=STD):
    """The right steps, and what goes wrong in them."""
    import torch
    from torch.nn import functional as F

    (h, w, _), side = picture.shape, min(picture.shape[:2])
    top, left = int((h - side) * start), int((w - side) * start)
    x = torch.tensor(picture[top : top + side, left : left + side].copy()).permute(2, 0, 1)[None] / 255
    x = F.interpolate(x, (size, size), mode=mode, antialias=mode == "bilinear")
    mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (mean, std))
    return (x - mean) / std


def reference(picture, size):
    return prepared(picture, size)


def observe(answer, picture, size):
    """The answer; of a photo all white, where nothing is rounded, its mean colours to three digits."""
    got = answer(picture, size)
    white = picture.min() == 255 and getattr(got, "shape", 0) == (1, 3, size, size)
    return str(array(got).mean((0, 2, 3)).round(3)) if white else got


def cases():
    def draw(h, w):
        return np.random.default_rng(h).integers(0, 256, (h, w, 3)).astype("uint8")

    red, green, blue, white, other = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [9, 9, 9]
    yield np.array([[other, red, green, other], [other, blue, white, other]], "uint8"), 2
    yield np.full((4, 5, 3), 255, "uint8"), 2
    yield from ((draw(10, 7), 3), (draw(9, 16), 9), (draw(40, 64), 16), (draw(6, 6), 8))


@mutant("Colours still run from 0 to 1. The network was trained on colours minus their mean, over their deviation.")
def no_normalise(picture, size):
    return prepared(picture, size, mean=(0.0,), std=(1.0,))


@mutant("Red and blue are swapped: that is BGR, the order in which OpenCV reads files. Networks here know RGB.")
def bgr(picture, size):
    return prepared(picture[:, :, ::-1], size)


@mutant("You squeeze the whole photo into a square, so that a wheel becomes an egg. Cut the square out first.")
def squeezes(picture, size):
    import torch

    x, how = torch.tensor(picture).permute(2, 0, 1)[None].float(), {"mode": "bilinear", "antialias": True}
    x = torch.nn.functional.interpolate(x, (size, size), **how)
    return prepared(x[0].permute(1, 2, 0).numpy(), size)


@mutant("You cut out size x size pixels and scale nothing: of a large photo the network sees a small patch.")
def crops_only(picture, size):
    h, w, _ = picture.shape
    top, left = max(h - size, 0) // 2, max(w - size, 0) // 2
    return prepared(picture[top : top + size, left : left + size], size)


@mutant("You cut the square from the top left corner. The thing in a photo is mostly in the middle.")
def cuts_at_the_corner(picture, size):
    return prepared(picture, size, start=0)


@mutant("You take off the mean while colours still run to 255. Divide by 255 first.")
def forgets_255(picture, size):
    return prepared(picture.astype("float32") * 255, size)


@mutant("Colours run from -1 to 1: that is Keras's habit. These networks want each colour's mean and deviation.")
def as_keras(picture, size):
    return prepared(picture, size, mean=(0.5,), std=(0.5,))


@mutant("You pick the nearest pixel and drop the others. Bilinear interpolation with antialias averages over them.")
def nearest(picture, size):
    return prepared(picture, size, mode="nearest")


@other
def with_pillow(picture, size):
    from PIL import Image

    (h, w, _), side = picture.shape, min(picture.shape[:2])
    square = Image.fromarray(picture).crop(((w - side) // 2, (h - side) // 2, (w + side) // 2, (h + side) // 2))
    small = square.resize((size, size), Image.Resampling.BILINEAR)
    return ((np.array(small) / 255 - MEAN) / STD).transpose(2, 0, 1)[None]


@other
def in_one_affine_step(picture, size):
    mean, std = np.reshape([MEAN, STD], (2, 1, 3, 1, 1))
    return no_normalise(picture, size).numpy() / std - mean / std
