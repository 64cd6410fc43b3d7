"""Written from the statement of round_weights_10 alone, by someone who had seen nothing of its check."""

import torch


def right_amax(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 127
    return (w / scale).round() * scale


def right_channel_by_channel(w, per_channel):
    if not per_channel:
        scale = 127 / w.abs().max()
        return torch.round(w * scale) / scale
    return torch.stack([right_channel_by_channel(each, False) for each in w])


def right_fake_quantize(w, per_channel):
    rows = w.detach().reshape(len(w), -1) if per_channel else w.detach().reshape(1, -1)
    largest = rows.abs().max(dim=1).values
    steps = rows / largest[:, None] * 127
    whole = torch.floor(steps + 0.5)
    return (whole * largest[:, None] / 127).reshape(w.shape)


def wrong_other_axis(w, per_channel):
    scale = (w.abs().amax((0, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 127
    return (w / scale).round() * scale


def wrong_one_scale(w, per_channel):
    scale = w.abs().max() / 127
    return (w / scale).round() * scale


def wrong_left_whole(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 127
    return (w / scale).round()


def wrong_positive_alone(w, per_channel):
    scale = (w.amax((1, 2, 3), keepdim=True) if per_channel else w.max()) / 127
    return (w / scale).round() * scale


def wrong_255_steps(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 255
    return (w / scale).round() * scale


def wrong_128(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 128
    return (w / scale).round().clamp(-128, 127) * scale


def wrong_cut_off(w, per_channel):
    scale = (w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()) / 127
    return (w / scale).int() * scale


RIGHT = [right_amax, right_channel_by_channel, right_fake_quantize]
WRONG = [
    wrong_other_axis,
    wrong_one_scale,
    wrong_left_whole,
    wrong_positive_alone,
    wrong_255_steps,
    wrong_128,
    wrong_cut_off,
]
FIRST_TRY = (3, 7)
