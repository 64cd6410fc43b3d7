"""Any picture, as an upright 8-bit RGB `PIL.Image`: files, arrays and PIL images of every common kind.

Grey-scale, CMYK, 16-bit, palette, transparent (laid on white), animated (first frame) and rotated (EXIF) pictures
are converted. What cannot be read is a ValueError whose text says why.
"""

import operator
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

# Only raster formats: others would run outside programs (EPS) or mean something else (PSD layers, fonts).
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF")
MAX_PIXELS = 178_956_970  # where Pillow too calls a file a decompression bomb
LARGEST = 4096  # longest side that a prepared picture may have


def rgb_file(file: Path | BinaryIO, about: int = 0) -> Image.Image:
    """The picture in a file; `about` allows a JPEG to be decoded at any size of at least that many pixels.

    Raises: ValueError, saying why the file cannot be read; OSError where it cannot be opened.
    """
    head = _head(file)
    if not head:
        raise ValueError("empty file")
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        raise ValueError("HEIC photo, which Pillow cannot read; export it as JPEG")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata, and sizes below our own limit
            return _read(file, about)
    except Image.UnidentifiedImageError:
        raise ValueError("not an image") from None
    except Image.DecompressionBombError:
        raise ValueError(f"more than {MAX_PIXELS:,} pixels (a decompression bomb?); shrink it first") from None
    except ValueError:
        raise
    except Exception as error:  # a damaged file makes decoders raise almost anything
        raise ValueError(f"damaged image ({error})") from error


def rgb_array(array: np.ndarray) -> Image.Image:
    """The picture in an array (H, W), (H, W, 3) or (H, W, 4): uint8, uint16, bool, or float in 0..1."""
    rule = "an array must have shape (H, W), (H, W, 3) or (H, W, 4)"
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        chw = array.ndim == 3 and array.shape[0] in (1, 3, 4)
        raise ValueError(f"{rule} (got {array.shape})" + ("; try x.transpose(1, 2, 0)" if chw else ""))
    if array.size == 0:
        raise ValueError(f"{rule} with at least one pixel (got {array.shape})")
    array = _eight_bits(array)
    return rgb(Image.fromarray(array[..., 0] if array.shape[2:] == (1,) else array))


def rgb(picture: Image.Image) -> Image.Image:
    """Any PIL image as upright RGB on white; the image given stays as it is."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I") or picture.mode == "F":
        return _deep(np.asarray(picture))
    if picture.mode.endswith(("A", "a")) or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def crop(picture: Image.Image, size: int, shorter: int) -> Image.Image:
    """The shorter side resized to `shorter` (bilinear), then the centre cut out: (size, size)."""
    width, height = picture.size
    side = min(width, height)
    if max(width, height) > 4 * side:  # a ribbon: cut first, or resizing a 1 x 9999 picture fills the memory
        w, h = min(width, 4 * side), min(height, 4 * side)
        left, top = (width - w) // 2, (height - h) // 2
        picture = picture.crop((left, top, left + w, top + h))
        width, height = w, h
    to = (shorter * width // side, shorter * height // side)
    if to != picture.size:
        picture = picture.resize(to, Image.Resampling.BILINEAR)
    left, top = round((to[0] - size) / 2), round((to[1] - size) / 2)
    return picture.crop((left, top, left + size, top + size))


def checked_size(size: int, least: int) -> int:
    """`size` as an int, or an error that names the rule."""
    rule = f"size must be an int of {least} to {LARGEST} pixels (got {size!r})"
    if isinstance(size, bool | np.bool_):
        raise TypeError(rule)
    try:
        size = operator.index(size)
    except TypeError:
        raise TypeError(rule) from None
    if not least <= size <= LARGEST:
        raise ValueError(rule)
    return size


def _head(file: Path | BinaryIO) -> bytes:
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return stream.read(12)
    head = file.read(12)
    file.seek(0)
    return head


def _read(file: Path | BinaryIO, about: int) -> Image.Image:
    Image.init()
    with Image.open(file, formats=[name for name in FORMATS if name in Image.OPEN]) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        if about:
            picture.draft("RGB", (about, about))
        return rgb(picture)


def _eight_bits(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * 255
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if array.dtype.kind != "f":
        raise TypeError(f'dtype must be uint8, uint16, bool or float (got {array.dtype}); try x.astype("uint8")')
    if not np.isfinite(array).all():
        raise ValueError("a float picture must be finite (got NaN or infinity); try np.nan_to_num(x)")
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1:
        raise ValueError(f"a float picture must lie in 0..1 (got {low:g} to {high:g}); divide by its largest value")
    return np.rint(array * 255).astype(np.uint8)


def _deep(array: np.ndarray) -> Image.Image:
    """Grey pictures of more than 8 bits; how many bits Pillow's mode "I" really holds shows in its values."""
    if array.dtype.kind == "f":
        return rgb_array(array)
    top = int(array.max(initial=0))
    if array.dtype == np.uint16 or 255 < top <= 65535:
        return rgb_array(np.clip(array, 0, 65535).astype(np.uint16))
    return rgb_array(np.clip(array / max(top, 255), 0, 1))
