"""Drawn pictures to train on: four shapes, each plain, striped or chequered, on a ground with a texture of its own.

The textures of one shape differ in nothing but ripples of 30 to 34 waves across the picture, around the same mean
colour. Each pixel is drawn as Pillow's bilinear filter would shrink a picture without end of detail: a mean under a
tent two pixels wide. So the ripples are gone at 32 pixels, faint at 48 and plain to see from 64: resolution matters.
"""

import numpy as np

from .decode import checked_size
from .sets import Photos

FORMS = ("disc", "square", "triangle")
_FORMS = (*FORMS, "cross")
_TEXTURES = ("plain", "striped", "chequered")
SHAPES = tuple(f"{texture} {form}" for form in _FORMS for texture in _TEXTURES)

_RIPPLE = 0.14  # amplitude of a texture, in 0..1 of full brightness
_CONTRAST = 0.25  # the least by which a figure is lighter than its ground, before clipping
_CLOUD = 0.04  # amplitude of the slow waves that lie over all
_TURN = 0.35  # how far the ripples may lean from the vertical, in radians
_TILT = 0.6  # how far a shape may be turned in all, in radians
_UNIFORMS = 26  # random numbers that one picture takes


def shapes(n: int, size: int = 64, seed: int = 0) -> Photos:
    """`n` drawn pictures of the twelve classes of `SHAPES`, in turn; the same at every size, whatever `n` is.

    Shapes: images (n, size, size, 3).
    Raises: TypeError or ValueError where `n` is no positive int or `size` is below 8.
    """
    size = checked_size(size, least=8)
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be an int >= 1 (got {n!r})")
    draws = np.random.RandomState(seed).random_sample((n, _UNIFORMS)).astype(np.float32)  # a stream numpy keeps
    labels = np.arange(n) % len(SHAPES)
    images = np.empty((n, size, size, 3), np.uint8)
    step = max(1, 2**19 // size**2)  # as many at a time as stay in the processor's cache, about
    for at in range(0, n, step):
        part = slice(at, at + step)
        images[part] = _draw(draws[part], labels[part], size)
    return Photos(images, labels, SHAPES)


def forms(n: int, size: int = 32, seed: int = 0) -> Photos:
    """`n` of the pictures of `shapes`, told apart by form alone: disc, square, triangle. No photo has such a class.

    At 32 pixels the ripples are gone. What is left to be ignored: colours, place, size, turn, contrast and clouds.

    Shapes: images (n, size, size, 3).
    Raises: TypeError or ValueError where `n` is no positive int or `size` is below 8.
    """
    drawn = shapes(2 * n + len(SHAPES) if isinstance(n, int) and n > 0 else n, size, seed)
    chosen = drawn[np.flatnonzero(drawn.labels < len(_TEXTURES) * len(FORMS))[:n]]
    return Photos(chosen.images, chosen.labels // len(_TEXTURES), FORMS)


def _draw(draws: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    form, texture = np.divmod(labels, len(_TEXTURES))
    inside = _coverage(form, draws[:, :4], size)[..., None]
    ground_texture = (draws[:, 4] * len(_TEXTURES)).astype(int)
    figure, ground = _colours(draws[:, 5:11])
    picture = (figure - ground) * inside
    picture += ground
    ripples = _ripples(ground_texture, draws[:, 11:15], size)
    ripples += (_ripples(texture, draws[:, 15:19], size) - ripples) * inside[..., 0]
    slow = 1 + 2 * draws[:, 19:21]
    ripples += _CLOUD * _wave(slow[:, :1], draws[:, 21:22], draws[:, 22:23], size)
    ripples += _CLOUD * _wave(slow[:, 1:], draws[:, 23:24], draws[:, 24:25], size)
    picture += ripples[..., None]
    picture *= 255
    return np.clip(np.rint(picture, out=picture), 0, 255).astype(np.uint8)


def _colours(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A ground and a lighter figure, far enough from black and white for the ripples not to be cut off."""
    figure, ground = 0.4 + 0.32 * u[:, None, None, :3], 0.28 + 0.32 * u[:, None, None, 3:]
    gap = (figure - ground).mean(axis=-1, keepdims=True)
    push = np.maximum(0, _CONTRAST - gap) / 2
    return np.clip(figure + push, 0.28, 0.72), np.clip(ground - push, 0.28, 0.72)


def _coverage(form: np.ndarray, u: np.ndarray, size: int) -> np.ndarray:
    """The share of each pixel that the shape covers; all four shapes have equal areas for equal radii."""
    at = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    x = at[None, None, :] - 0.2 * (u[:, 0, None, None] - 0.5)
    y = at[None, :, None] - 0.2 * (u[:, 1, None, None] - 0.5)
    r = (0.22 + 0.1 * u[:, 2, None, None]).astype(np.float32)
    turn = _TILT * (u[:, 3, None, None] - 0.5)
    cos, sin = np.cos(turn), np.sin(turn)
    a, b = cos * x + sin * y, cos * y - sin * x
    distance = np.empty_like(a)
    for kind, measure in enumerate((_disc, _square, _triangle, _cross)):
        these = form == kind
        distance[these] = measure(a[these], b[these], r[these])
    past = np.clip(distance * size, -1, 1)  # in pixels; the tent makes an edge two pixels wide
    return 0.5 - past + past * np.abs(past) / 2


def _disc(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> np.ndarray:
    return np.hypot(a, b) - r


def _square(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(a), np.abs(b)) - 0.886 * r


def _triangle(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> np.ndarray:
    return np.maximum(b, np.abs(a) * 0.866 - b * 0.5) - 0.778 * r


def _cross(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> np.ndarray:
    a, b = np.abs(a), np.abs(b)
    return np.minimum(np.maximum(a - 1.108 * r, b - 0.443 * r), np.maximum(b - 1.108 * r, a - 0.443 * r))


def _ripples(texture: np.ndarray, u: np.ndarray, size: int) -> np.ndarray:
    """Nothing, one wave, or two crossed waves of the same total power."""
    waves = 30 + 4 * u[:, :1]
    turn = _TURN / np.pi * (u[:, 1:2] - 0.5)
    one, two = np.array([[0, 1, 0.707], [0, 0, 0.707]], np.float32)[:, texture] * _RIPPLE
    picture = _wave(waves, turn, u[:, 2:3], size)
    picture *= one[:, None, None]
    crossed = np.flatnonzero(two)
    second = _wave(waves[crossed], turn[crossed] + 0.25, u[crossed, 3:4], size)
    picture[crossed] += second * two[crossed, None, None]
    return picture


def _wave(waves: np.ndarray, turn: np.ndarray, phase: np.ndarray, size: int) -> np.ndarray:
    """sin(fx x + fy y + phase), averaged under each pixel's tent: that only shrinks it, by sinc(fx)^2 sinc(fy)^2.

    `turn` and `phase` are in whole turns, all three are (n, 1); the sine of a sum makes it two outer products.
    """
    at = (np.arange(size, dtype=np.float32) + 0.5) / size
    fx, fy = waves * np.cos(2 * np.pi * turn), waves * np.sin(2 * np.pi * turn)
    shrink = (np.sinc(fx / size) * np.sinc(fy / size)) ** 2
    along, down = 2 * np.pi * (fx * at + phase), 2 * np.pi * fy * at
    sx, cx = shrink * np.sin(along), shrink * np.cos(along)
    return np.cos(down)[:, :, None].astype(np.float32) * sx[:, None, :].astype(np.float32) + np.sin(down)[
        :, :, None
    ].astype(np.float32) * cx[:, None, :].astype(np.float32)
