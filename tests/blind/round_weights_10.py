"""Written from the statement of round_weights_10 alone, though by one who knew the exercise."""

import numpy as np
import torch


def right_loop(w, per_channel):
    out = torch.empty_like(w)
    for c in range(w.shape[0]):
        scale = (w[c] if per_channel else w).abs().max() / 127
        out[c] = torch.round(w[c] / scale) * scale
    return out


def right_numpy(w, per_channel):
    a = w.numpy()
    scale = np.abs(a).max(axis=(1, 2, 3) if per_channel else None, keepdims=True) / 127
    return torch.from_numpy(np.round(a / scale) * scale)


def right_view(w, per_channel):
    if per_channel:
        scale = w.abs().view(w.size(0), -1).max(dim=1)[0].view(-1, 1, 1, 1) / 127.0
    else:
        scale = torch.max(torch.abs(w)) / 127.0
    return torch.clamp(torch.round(w / scale), -127, 127) * scale


def wrong_128(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 128
    return (w / scale).round() * scale


def wrong_int8_without_scale(w, per_channel):
    return w.to(torch.int8).float()


def wrong_swapped(w, per_channel):
    return right_loop(w, not per_channel)


def wrong_min_max(w, per_channel):
    low, high = w.min(), w.max()
    scale = (high - low) / 255
    return ((w - low) / scale).round() * scale + low


def wrong_floor(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 127
    return torch.floor(w / scale) * scale


RIGHT = [right_loop, right_numpy, right_view]
WRONG = [wrong_128, wrong_int8_without_scale, wrong_swapped, wrong_min_max, wrong_floor]
FIRST_TRY = (3, 5)
