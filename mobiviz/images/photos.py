"""One picture as a ready batch, by ImageNet's preprocessing, and back again.

`image("cat")` is what every notebook feeds to a network; `denormalise` makes it a picture again.
"""

import difflib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .. import assets
from . import decode

MEAN = (0.485, 0.456, 0.406)  # of ImageNet's red, green and blue, for values in 0..1
STD = (0.229, 0.224, 0.225)

Source = str | Path | np.ndarray | Image.Image


def image(source: Source, size: int = 224) -> Tensor:
    """A sample photo, a file, an array or a PIL image as a batch of one that a network can be fed.

    The shorter side is resized to size * 256 / 224, the centre is cut out, the colours are normalised.

    Shapes: (1, 3, size, size), float32.
    Raises: ValueError or TypeError where `size` or the picture does not fit, FileNotFoundError where no file is.
    """
    size = decode.checked_size(size, least=32)
    picture = _picture(source)
    return normalise(np.array(decode.crop(picture, size, shorter=round(size * 256 / 224)))[None])


def names() -> tuple[str, ...]:
    """The sample photos that `image` knows by name."""
    return tuple(sorted(path.stem for path in assets.data("photos").glob("*.jpg")))


def normalise(pictures: np.ndarray) -> Tensor:
    """Pictures as ImageNet-trained networks want them: mean 0 and deviation 1 in each colour, channels first.

    Shapes: uint8 (N, H, W, 3) to float32 (N, 3, H, W).
    """
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3:
        raise ValueError(f"pictures must be uint8 (N, H, W, 3) (got {pictures.dtype} {pictures.shape})")
    x = torch.tensor(pictures).permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
    return x.div_(255).sub_(_channels(MEAN)).div_(_channels(STD))


def denormalise(batch: Tensor) -> np.ndarray:
    """The one picture in a normalised batch, to look at.

    Shapes: (1, 3, H, W) or (3, H, W) to uint8 (H, W, 3).
    """
    if batch.ndim not in (3, 4) or batch.shape[-3] != 3 or (batch.ndim == 4 and len(batch) != 1):
        raise ValueError(
            f"batch must have shape (1, 3, H, W) or (3, H, W) (got {tuple(batch.shape)}); pick one with x[i]"
        )
    x = batch.detach().to("cpu", torch.float32).reshape(batch.shape[-3:])
    x = x * _channels(STD) + _channels(MEAN)
    return x.mul(255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def _channels(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).view(3, 1, 1)


def _picture(source: Source) -> Image.Image:
    if isinstance(source, np.ndarray):
        return decode.rgb_array(source)
    if isinstance(source, Image.Image):
        try:
            return decode.rgb(source)
        except (ValueError, OSError) as error:
            raise ValueError(f"{source!r} cannot be read: {error}") from error
    if not isinstance(source, str | Path):
        raise TypeError(
            f"source must be a sample photo's name, a path, a numpy array or a PIL image (got {type(source).__name__})"
        )
    if source in names():
        return decode.rgb_file(assets.data("photos", f"{source}.jpg"))
    path = _existing(source)
    try:
        return decode.rgb_file(path)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as a photo: {error}") from error


def _existing(source: str | Path) -> Path:
    path = Path(source).expanduser()
    if path.is_dir() and source != "":
        raise IsADirectoryError(f"{path} is a folder; give one photo, or mobiviz.images.folder for all of them")
    if path.exists() and source != "":
        return path
    near = difflib.get_close_matches(path.stem.lower(), names(), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    if path.suffix or len(path.parts) > 1:
        raise FileNotFoundError(f"there is no file {str(source)!r}{hint}")
    raise ValueError(f"no sample photo and no file is called {str(source)!r} (photos: {', '.join(names())}){hint}")
