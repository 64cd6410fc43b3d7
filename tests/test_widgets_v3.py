"""The pictures of notebook 07 without a browser: what the mixing desk holds, and what the magnifier compares."""

import base64
import io
import re

import numpy as np
import pytest
import test_widgets as shared
import torch
from PIL import Image
from torch.nn import functional as F

from mobiviz.blocks import SqueezeExcite
from mobiviz.widgets import Magnifier, MixingDesk
from mobiviz.widgets.mixing_desk import LEVELS, PHOTO, SIDE
from mobiviz.widgets.swish_magnifier import REACH, TIMES, h_swish, swish

GENERIC = (
    shared.test_a_poster_is_a_complete_picture,
    shared.test_posters_are_the_same_bytes_each_time,
    shared.test_a_display_holds_the_view_the_poster_and_a_text_without_address,
    shared.test_the_table_has_a_name_for_each_number,
    shared.test_scripts_ask_nobody,
)


def a_photo(seed, channels=16, side=32):
    """A picture, maps and gates of a squeeze-and-excite with random weights; one of its gates is shut."""
    random = np.random.default_rng(seed)
    maps = np.maximum(random.normal(size=(channels, side, side)) + random.normal(size=(channels, 1, 1)), 0)
    torch.manual_seed(seed)
    gates = SqueezeExcite(channels, 4).gate(torch.tensor(maps[None], dtype=torch.float32)).detach().numpy().ravel()
    gates[seed % channels] = 0
    return random.integers(0, 256, (80, 100, 3), dtype=np.uint8), maps, gates


def desk(*seeds, **options):
    return MixingDesk({f"photo {seed}": a_photo(seed, **options) for seed in seeds})


MADE = {
    "desk": lambda: desk(1, 2),
    "desk of one": lambda: desk(3, channels=5, side=56),
    "desk of small maps": lambda: desk(4, side=7),
    "magnifier": Magnifier,
}


@pytest.mark.parametrize("test", GENERIC, ids=lambda test: test.__name__)
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_as_every_picture(make, test, monkeypatch):
    monkeypatch.setattr(shared, "TAGS", shared.TAGS | {"image"})  # pixels
    test(make)


def test_the_desk_s_numbers_are_those_it_was_given():
    widget, given = desk(1, 2), [a_photo(1), a_photo(2)]
    for one, (_, maps, gates) in zip(widget.data["photos"], given, strict=True):
        assert one["gates"] == [round(float(gate), 4) for gate in gates]
        means = maps.mean(axis=(1, 2))
        for (mean, gate, after), m, g in zip(one["rows"], means, gates, strict=True):
            assert (mean, gate, after) == (f"{m:.3f}", f"{g:.3f}", f"{(maps * 0 + m * g).mean():.3f}")
        assert f"SE closes {(gates < 0.005).sum()} of 16 channels" in one["title"]
        assert f"{gates.max():.0%} of each" in one["title"]
    assert len(widget.table()) == 32


def test_the_mean_after_a_gate_is_the_gated_map_s():
    _, maps, gates = a_photo(1)
    after = (maps * gates[:, None, None]).mean(axis=(1, 2))
    assert [row[2] for row in desk(1).data["photos"][0]["rows"]] == [f"{value:.3f}" for value in after]


def test_the_desk_s_bytes_are_maps_and_then_the_photo():
    widget, (shown, maps, _) = desk(1, 2), a_photo(2)
    each = 16 * SIDE * SIDE + PHOTO * PHOTO * 3
    grids = np.frombuffer(widget.grids, dtype=np.int8)
    assert len(grids) == 2 * each
    own = grids[each : each + 16 * SIDE * SIDE].reshape(16, SIDE, SIDE).astype(float)
    below = own < LEVELS
    scale = own[below].sum() / maps[below].sum()
    assert np.abs(own[below] - scale * maps[below]).max() < 1, "one scale for all channels"
    assert own.min() == 0
    assert own.max() == LEVELS
    thumb = grids[each + 16 * SIDE * SIDE :].view(np.uint8).reshape(PHOTO, PHOTO, 3)
    assert np.array_equal(thumb, np.asarray(Image.fromarray(shown).resize((PHOTO, PHOTO))))


def test_the_desk_s_poster_shows_the_maps_and_sets_its_faders():
    poster, (_, _, gates) = desk(1).poster(), a_photo(1)
    pictures = [Image.open(io.BytesIO(base64.b64decode(found))) for found in re.findall(r"png;base64,([^\"]+)", poster)]
    assert [picture.size for picture in pictures] == [(SIDE, SIDE)] * 32
    before, after = (np.asarray(picture) for picture in (pictures[3], pictures[19]))
    assert np.array_equal(after, np.round(before * gates[3].round(4)))
    assert not np.asarray(pictures[16 + 1]).any(), "the channel that is shut"
    words = shared.words_of(poster)
    for gate in gates:
        assert f"{gate:.2f}" in words
    assert len(poster) < 120_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s, m, g: (s / 2, m, g), r"must be uint8 \(H, W, 3\) \(got float64"),
        (lambda s, m, g: (s[..., 0], m, g), r"must be uint8"),
        (lambda s, m, g: (s, m[0], g), r"maps \(C, H, W\)"),
        (lambda s, m, g: (s, m, g[1:]), r"gates \(C,\)"),
        (lambda s, m, g: (s, np.repeat(m, 2, axis=0), np.repeat(g, 2)), "at most 16"),
        (lambda s, m, g: (s, m - 1, g), "must be 0 or more"),
        (lambda s, m, g: (s, m, g + 1), "gates from 0 to 1"),
    ],
)
def test_bad_input_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        MixingDesk({"p": change(*a_photo(1))})


def test_a_desk_holds_one_layer():
    with pytest.raises(ValueError, match="needs photos"):
        MixingDesk({})
    with pytest.raises(ValueError, match="as many channels"):
        MixingDesk({"a": a_photo(1), "b": a_photo(2, channels=4)})


def test_the_magnifier_compares_torch_s_two():
    for point in Magnifier().data["points"]:
        x = torch.tensor(point["x"], dtype=torch.float64)
        assert point["swish"] == pytest.approx(float(F.silu(x)), abs=1e-12)
        assert point["h"] == pytest.approx(float(F.hardswish(x)), abs=1e-12)
        assert point["large"] == pytest.approx(TIMES * (point["h"] - point["swish"]))


def test_the_magnifier_steps_by_a_quarter_from_end_to_end():
    xs = [point["x"] for point in Magnifier().data["points"]]
    assert xs == [-REACH + 0.25 * at for at in range(49)]


def test_the_magnifier_s_sentences_hold_their_numbers():
    points = {point["x"]: point["words"] for point in Magnifier().data["points"]}
    assert points[1.5] == "h-swish = x × ReLU6(x + 3) / 6 = 1.5 × 4.5 / 6 = 1.1250"
    assert points[-1] == "h-swish = x × ReLU6(x + 3) / 6 = −1 × 2 / 6 = −0.3333"
    assert points[-4] == "h-swish = x × ReLU6(x + 3) / 6 = −4 × 0 / 6 = 0.0000"
    assert points[6] == "h-swish = x × ReLU6(x + 3) / 6 = 6 × 6 / 6 = 6.0000"


def test_the_largest_difference_is_where_the_title_says():
    xs = np.linspace(-20, 20, 40_001)
    apart = np.array([abs(h_swish(x) - swish(x)) for x in xs])
    assert abs(xs[apart.argmax()]) == pytest.approx(3)
    assert f"{apart.max():.2f}" in Magnifier().data["title"]
    assert f"{apart.max():.3f}" == Magnifier().data["most"]
    assert h_swish(3) - swish(3) == pytest.approx(h_swish(-3) - swish(-3))
