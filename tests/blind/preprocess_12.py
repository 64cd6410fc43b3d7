"""Written from the statement of preprocess_12 alone, before the check was run on any of them."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _crop(picture):
    h, w = picture.shape[:2]
    side = min(h, w)
    return picture[(h - side) // 2 :, (w - side) // 2 :][:side, :side]


def right_torch(picture, size):
    x = torch.from_numpy(np.ascontiguousarray(_crop(picture))).float().permute(2, 0, 1).unsqueeze(0)
    x = F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False, antialias=True) / 255
    return (x - torch.tensor(MEAN)[None, :, None, None]) / torch.tensor(STD)[None, :, None, None]


def right_pillow(picture, size):
    image = Image.fromarray(_crop(picture)).resize((size, size), Image.Resampling.BILINEAR)
    x = np.asarray(image, dtype=np.float32) / 255
    x = (x - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(x).permute(2, 0, 1)[None]


def right_normalised_before_scaling(picture, size):
    x = (_crop(picture) / 255 - MEAN) / STD
    x = torch.tensor(x, dtype=torch.float32).movedim(2, 0)[None]
    return F.interpolate(x, (size, size), mode="bilinear", antialias=True)


def wrong_without_antialias(picture, size):
    x = torch.from_numpy(np.ascontiguousarray(_crop(picture))).float().permute(2, 0, 1)[None] / 255
    x = F.interpolate(x, (size, size), mode="bilinear")
    return (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def wrong_squeezed(picture, size):
    image = Image.fromarray(picture).resize((size, size), Image.Resampling.BILINEAR)
    x = (np.asarray(image) / 255 - MEAN) / STD
    return torch.tensor(x).permute(2, 0, 1)[None].float()


def wrong_reshaped(picture, size):
    image = Image.fromarray(_crop(picture)).resize((size, size), Image.Resampling.BILINEAR)
    x = torch.tensor((np.asarray(image) / 255 - MEAN) / STD)
    return x.reshape(1, 3, size, size).float()


def wrong_no_255(picture, size):
    x = torch.tensor(_crop(picture).copy()).float().permute(2, 0, 1)[None]
    x = F.interpolate(x, (size, size), mode="bilinear", antialias=True)
    return (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def wrong_mean_only(picture, size):
    x = torch.tensor(_crop(picture).copy()).float().permute(2, 0, 1)[None] / 255
    x = F.interpolate(x, (size, size), mode="bilinear", antialias=True)
    return x - torch.tensor(MEAN).view(1, 3, 1, 1)


RIGHT = [right_torch, right_pillow, right_normalised_before_scaling]
WRONG = [wrong_without_antialias, wrong_squeezed, wrong_reshaped, wrong_no_255, wrong_mean_only]
FIRST_TRY = (3, 5)
