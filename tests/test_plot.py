"""Static pictures: the numbers in their words are right, their bytes are stable, and nothing global moves."""

import re
import subprocess
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

from mobiviz import plot, pricing
from mobiviz.plot import charts, palette, style
from mobiviz.record import Call, Record
from mobiviz.tables import V1, V2, V3_LARGE, V3_SMALL

MAPS = np.random.default_rng(0).normal(size=(12, 14, 14))
RECORD = Record(
    "Tiny",
    (1, 3, 8, 8),
    (
        Call("", "Tiny", "other"),
        Call("conv", "Conv2d", "standard", out_shape=(1, 4, 8, 8), macs=600, params=90, outputs={"": MAPS[None, :4]}),
        Call("bn", "BatchNorm2d", "map", out_shape=(1, 4, 8, 8), params=10, norm=256),
        Call("point", "Conv2d", "pointwise", out_shape=(1, 4, 4, 4), macs=400, params=300),
    ),
)
COUNTS = np.array([[40, 3, 0], [12, 31, 1], [0, 0, 0]])
ROWS = [
    {"epoch": i, "loss": loss, "top1": top1, "seconds": 90.0}
    for i, loss, top1 in ((1, 2.5, 0.31), (2, 1.75, 0.55), (3, 1.5, 0.53))
]
CELLS = [
    {"net": "V2", "alpha": alpha, "size": size, "seed": seed, "top1": top1, "macs": 3_000_000}
    for alpha, size, seed, top1 in ((0.5, 37, 0, 0.5), (1.0, 37, 0, 0.505), (0.5, 64, 0, 0.4), (0.5, 37, 1, 0.52))
]
STEPS = [
    SimpleNamespace(net="V2", smaller=(0.5, 37), larger=(1.0, 37), verdict="within"),
    SimpleNamespace(net="V2", smaller=(0.5, 37), larger=(0.5, 64), verdict="falls"),
]
PICTURES = {
    "confusion": lambda: plot.confusion(COUNTS, ("cat", "dog", "an animal with quite a long name")),
    "training": lambda: plot.training(ROWS),
    "skyline": lambda: plot.skyline(pricing.cost(V3_SMALL)),
    "record": lambda: plot.skyline(RECORD),
    "maps": lambda: plot.maps(MAPS),
    "per channel": lambda: plot.maps(np.maximum(MAPS, 0), channels=[3, 1], per_channel=True),
    "kernels": lambda: plot.kernels(MAPS[:5, :3, :3]),
    "tradeoff": lambda: plot.tradeoff(CELLS, STEPS, (0.5, 1.0), (37, 64)),
    "bars": lambda: plot.bars({"V1": pricing.cost(V1), "yours": 400_000_000.5}),
}


@pytest.fixture(params=PICTURES, name="picture", scope="module")
def _picture(request):
    return PICTURES[request.param]()


def words(picture, theme="light"):
    """(size in CSS pixels, text) of every text in the SVG."""
    root = ElementTree.fromstring(picture.svg(theme))
    found = [node for node in root.iter() if node.tag.endswith("}text")]
    return [(float(re.search(r"font-size: ([\d.]+)px", node.get("style"))[1]) * 96 / 72, node.text) for node in found]


def test_the_same_bytes_twice(picture, request):
    again = PICTURES[request.node.callspec.params["picture"]]()
    assert picture.svg() == again.svg()


def test_bytes_do_not_depend_on_the_process():
    code = (
        "from mobiviz import plot, pricing, tables; print(hash(plot.skyline(pricing.cost(tables.V1)).svg().encode()))"
    )
    code = code.replace("hash(", "__import__('hashlib').sha256(").replace(".encode()))", ".encode()).hexdigest())")
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    assert len(runs) == 1
    assert len(runs.pop().strip()) == 64


def test_nothing_global_moves(picture, request):
    again = PICTURES[request.node.callspec.params["picture"]]()
    with matplotlib.rc_context(
        {"font.size": 31.0, "axes.facecolor": "red", "lines.linewidth": 9.0, "text.color": "red"}
    ):
        before = dict(matplotlib.rcParams)
        odd = again.svg()
        assert dict(matplotlib.rcParams) == before
    assert picture.svg() == odd, "a learner's rcParams reach the picture"
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_text_is_large_enough_and_on_the_paper(picture):
    for size, text in words(picture):
        assert size >= 12.9, text
    root = ElementTree.fromstring(picture.svg("light"))
    _, _, width, height = map(float, root.get("viewBox").split())
    assert width == style.WIDTH * 0.75
    for node in (node for node in root.iter() if node.tag.endswith("}text")):
        look = node.get("style")
        size, weight = float(re.search(r"font-size: ([\d.]+)px", look)[1]), "bold" if "700" in look else "normal"
        long = style.text_width(node.text, size, weight)
        shift = {"start": 0, "middle": 0.5, "end": 1}[re.search(r"text-anchor: (\w+)", look)[1]]
        left = float(node.get("x")) - shift * long
        assert left >= 0, node.text
        assert left + long <= width, node.text
        assert size <= float(node.get("y")) <= height, node.text


def test_title_and_alt_text_are_in_the_svg_and_in_the_cell(picture):
    data, metadata = picture._repr_mimebundle_()
    root = ElementTree.fromstring(data["image/svg+xml"])
    assert root.get("aria-label") == picture.alt == metadata["image/svg+xml"]["alt"]
    assert root[0].text == picture.title
    assert data["text/plain"] == f"[picture] {picture.alt}"
    drawn = " ".join(text for _, text in words(picture))
    assert picture.title in drawn
    assert picture.note in drawn


def test_themes(picture):
    light, dark, either = picture.svg("light"), picture.svg("dark"), picture.svg()
    papers = {name: theme.paper for name, theme in palette.THEMES.items()}
    assert papers["light"] in light
    assert papers["dark"] in dark
    assert papers["dark"] not in light
    assert f"var(--mv-paper, {papers['light']})" in either, "without its style sheet the picture is light"
    assert f"--mv-paper:{papers['dark']}" in either
    for svg in (light, dark, either):
        assert "fe00" not in re.sub(r'base64,[^"]*|url\(#\w+\)|id="\w+"', "", svg), "a place-holder is left"
    with pytest.raises(ValueError, match="theme 'drak' is not one of light, dark; did you mean 'dark'"):
        picture.svg("drak")


def test_save(tmp_path):
    picture = PICTURES["bars"]()
    assert picture.save(tmp_path / "x.svg").read_text(encoding="utf-8") == picture.svg("light")
    one, two = picture.save(tmp_path / "1.png").read_bytes(), picture.save(tmp_path / "2.png").read_bytes()
    assert one == two
    with Image.open(picture.save(tmp_path / "dark.png", theme="dark")) as image:
        assert image.width == 2 * style.WIDTH
        assert image.convert("RGB").getpixel((2, 2)) == (0x14, 0x17, 0x1C)
    with pytest.raises(ValueError, match=r"saved as \.svg or \.png \(got 'x\.pdf'\)"):
        picture.save(tmp_path / "x.pdf")
    with pytest.raises(FileNotFoundError, match="make it first"):
        picture.save(tmp_path / "nowhere" / "x.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.png", "2.png", "dark.png", "x.svg"]


@pytest.mark.parametrize("table", [V1, V2, V3_LARGE, V3_SMALL], ids=lambda table: table.name)
def test_skyline_states_the_shares_that_pricing_gives(table):
    cost = pricing.cost(table)
    picture = plot.skyline(cost)
    macs = sum(row.macs for row in cost.layers if row.kind == "pointwise") / cost.macs
    params = {kind: sum(row.params for row in cost.layers if row.kind == kind) for kind in ("pointwise", "linear")}
    most = max(params, key=params.get)
    assert f"1x1 (pointwise) layers do {macs:.1%} of the MACs" in picture.title
    assert f"hold {params[most] / cost.params:.1%} of the parameters" in picture.title
    assert ("linear layers hold" in picture.title) == (most == "linear")
    assert f"{len([row for row in cost.layers if row.macs])} layers" in picture.note
    assert f"with {max(row.macs for row in cost.layers):,}." in picture.alt


def test_skyline_bars_have_the_height_of_their_macs():
    canvas = style.Canvas("light", 400, 0)
    drawn = {}
    canvas.bars = lambda boxes, kind, edge=True: drawn.__setitem__(kind, boxes)
    plot.skyline(RECORD).paint(canvas)
    (up, down), (up2, down2) = drawn["standard"], drawn["pointwise"]
    assert up[3] / up2[3] == pytest.approx(600 / 400)
    assert up[3] < 0 < down[3]
    assert down[3] / down2[3] == pytest.approx(100 / 300), "batch norm's parameters stand with the convolution"
    assert up[2] == up2[2]


def test_skyline_of_a_record():
    picture = plot.skyline(RECORD)
    assert picture.title == "Standard layers do 60.0% of the MACs; 1x1 (pointwise) layers hold 75.0% of the parameters"
    assert picture.note.startswith("Tiny on 1 x 3 x 8 x 8: 2 layers, 1.000 k MACs")
    unknown = Record("Net", None, (*RECORD.calls, Call("odd", "Odd", "other", macs=None, unpriced=("aten::x",))))
    open_ended = plot.skyline(unknown)
    assert "at least" in open_ended.note
    assert "of the priced MACs" in open_ended.title
    assert "?" in [text for _, text in words(open_ended)]


def test_skyline_bears_deep_and_single_networks():
    deep = tuple(Call(f"layer.{i}", "Conv2d", "standard", out_shape=(1, 4, 9, 7), macs=1000 + i) for i in range(400))
    for calls in (deep, deep[:1]):
        picture = plot.skyline(Record("Deep", (1, 3, 9, 7), calls))
        assert picture.title.startswith("Standard layers do 100.0% of the MACs")
        assert "9x7" in [text for _, text in words(picture)]


def test_skyline_errors():
    with pytest.raises(TypeError, match=r"needs mv\.cost.* \(got int\)"):
        plot.skyline(7)
    with pytest.raises(ValueError, match=r"layers with MACs or parameters \(got none\)"):
        plot.skyline(pricing.conv(3, 4, 3, 5))


def test_maps_words_are_computed():
    array = np.zeros((3, 4, 4))
    array[1] = 2
    array[2, 0, 0] = -1
    picture = plot.maps(array)
    assert picture.title == f"{31 / 48:.1%} of the activations are exactly 0; channel 1 has the largest mean"
    assert "Mean |activation| of channel 1: 2." in picture.alt
    assert "Activations from \N{MINUS SIGN}1 to 2." in picture.alt
    assert plot.maps(array, channels=[1]).title == "Channel 1: mean |activation| 2"
    full = plot.maps(MAPS, channels=range(4, 8))
    means = np.abs(MAPS[4:8]).mean(axis=(1, 2))
    assert f"Channel {4 + means.argmax()} has the largest mean |activation|: {means.max():.3g}" in full.title
    assert f"the median channel {np.median(means):.3g}" in full.title


def test_maps_of_a_record_and_of_a_batch_of_one():
    from_record = plot.maps(RECORD, "conv")
    assert "conv: 4 of 4 channels, maps of 14 x 14" in from_record.note
    assert from_record.title == plot.maps(MAPS[:4]).title == plot.maps(MAPS[None, :4]).title


def pixels(picture, number):
    """The colours of one embedded image."""
    import base64
    import io

    data = re.findall(r'base64,([^"]+)"', picture.svg("light"))[number]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)


def test_colours_are_those_of_the_values():
    ramp = np.linspace(-3, 3, 49).reshape(1, 7, 7)
    shown = pixels(plot.maps(ramp), 0)
    light = np.vectorize(lambda r, g, b: palette.luminance(f"#{r:02x}{g:02x}{b:02x}"))(*shown.reshape(-1, 3).T)
    assert light.argmin() == 24, "0 is the darkest"
    assert (np.diff(light[24:]) > 0).all()
    assert (np.diff(light[:25]) < 0).all()
    assert shown[0, 0, 0] > shown[0, 0, 2], "negative is orange"
    assert shown[6, 6, 2] > shown[6, 6, 0], "positive is blue"
    two = np.stack([ramp[0], ramp[0] / 100])
    assert np.ptp(pixels(plot.maps(two), 1)) < 30, "one scale for all: a weak channel stays dark"
    assert (pixels(plot.maps(two, per_channel=True), 1) == shown).all()


def test_values_that_are_not_finite_are_red_and_counted():
    array = np.ones((2, 3, 3))
    array[0, 1, 1], array[1, 0, 0] = np.nan, np.inf
    picture = plot.maps(array)
    assert picture.title == "2 values are not finite numbers, drawn red"
    assert tuple(pixels(picture, 0)[1, 1]) == (0xD7, 0x26, 0x3D)
    assert plot.maps(np.full((1, 2, 2), np.nan)).svg()


def test_large_sheets_stay_small_and_say_how():
    big = np.random.default_rng(1).normal(size=(32, 112, 112))
    picture = plot.maps(big)
    assert "maps of 112 x 112, drawn as means of 2 x 2 pixels" in picture.note
    assert len(picture.svg()) < 220_000
    means = big.reshape(32, 56, 2, 56, 2).mean(axis=(2, 4))
    assert (pixels(picture, 7) == pixels(plot.maps(means), 7)).all()
    odd = np.ones((4, 301, 201))
    assert pixels(plot.maps(odd), 0).shape[:2] == (151, 101)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"array_or_record": np.zeros((2, 2))}, ValueError, r"shape \(C, H, W\) or \(1, C, H, W\) \(got \(2, 2\)\)"),
        ({"array_or_record": np.zeros((0, 2, 2))}, ValueError, r"got \(0, 2, 2\)"),
        ({"array_or_record": np.zeros((3, 2, 2, 2))}, ValueError, r"one image at a time \(got a batch of 3\)"),
        ({"array_or_record": np.zeros((1, 2, 2), complex)}, TypeError, "real numbers .*complex128"),
        ({"array_or_record": MAPS, "path": "conv"}, TypeError, r"an array has none \(got 'conv'\)"),
        ({"array_or_record": RECORD}, TypeError, "needs the path of a layer"),
        ({"array_or_record": RECORD, "path": "point"}, ValueError, r"no map of 'point' was kept.*Features"),
        ({"array_or_record": RECORD, "path": "comv"}, KeyError, "nearest path is 'conv'"),
        ({"array_or_record": MAPS, "channels": 3}, TypeError, r"channels=\[3\]"),
        ({"array_or_record": MAPS, "channels": [12]}, ValueError, r"from 0 to 11 \(got 12\)"),
        ({"array_or_record": MAPS, "channels": [1.5]}, ValueError, r"whole numbers .*got 1\.5"),
        ({"array_or_record": MAPS, "channels": []}, ValueError, r"1 to 64 channels \(got 0\)"),
    ],
)
def test_maps_errors(given, error, message):
    with pytest.raises(error, match=message):
        plot.maps(**given)


def test_kernels():
    edge = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    one = plot.kernels(edge)
    assert one.title == "In a flat area this kernel multiplies by 0, the sum of its weights"
    printed = [text for _, text in words(one)]
    assert printed.count("2") >= 1
    assert printed.count("\N{MINUS SIGN}1") >= 2
    some = plot.kernels(np.stack([edge, np.ones((3, 3)), -edge])[:, None])
    assert some.title == "Blind to a flat area, because their weights sum to nearly 0: 2 of 3 kernels"
    assert "Weights from \N{MINUS SIGN}2 to 2." in some.alt
    many = plot.kernels(np.ones((30, 3, 3, 3)))
    labels = [text for _, text in words(many)]
    assert "20-2" in labels, "output-input"
    assert "63 of 90 kernels" in many.note
    with pytest.raises(ValueError, match=r"shape \(k, k\), .* \(got \(3,\)\)"):
        plot.kernels(np.ones(3))
    with pytest.raises(ValueError, match="finite"):
        plot.kernels(np.full((3, 3), np.nan))


def test_bars():
    standard, pair = pricing.conv(3, 4, 3, 5), pricing.separable(3, 4, 3, 5)
    picture = plot.bars({"standard": standard, "depthwise + pointwise": pair})
    assert picture.title == "standard has 2.77x the MACs of depthwise + pointwise: 972 against 351"
    assert {"972", "351"} <= {text for _, text in words(picture)}
    params = plot.bars({"V1": pricing.cost(V1), "V2": pricing.cost(V2)}, of="params")
    assert {"4,231,976", "3,504,872"} <= {text for _, text in words(params)}
    assert params.note == "parameters"
    assert plot.bars({"a": 2, "b": 2}, unit="ms").title == "All 2 are equal: 2 ms"
    assert plot.bars({"a": 2, "b": 0}).title == "a has the most MACs, 2; b has none"
    assert plot.bars({"a": 0}).title == "a: 0 MACs"


def test_a_tables_bar_is_split_by_kind_and_each_kind_named_once():
    cost, canvas, drawn = pricing.cost(V1), style.Canvas("light", 200, 0), {}
    canvas.bars = lambda boxes, kind, edge=True: drawn.__setitem__(kind, boxes[0][2])
    picture = plot.bars({"V1": cost})
    picture.paint(canvas)
    share = sum(row.macs for row in cost.layers if row.kind == "depthwise") / cost.macs
    assert drawn["depthwise"] / sum(drawn.values()) == pytest.approx(share)
    assert [text for _, text in words(picture)].count("depthwise") == 1


@pytest.mark.parametrize(
    ("costs", "options", "error", "message"),
    [
        ({}, {}, ValueError, r"labels and costs.*\(got \{\}\)"),
        ([1, 2], {}, ValueError, r"got \[1, 2\]"),
        ({"a": "7"}, {}, TypeError, "value of 'a' must be a Cost or a number"),
        ({"a": -1}, {}, ValueError, r"at least 0 \(got -1\)"),
        ({"a": float("nan")}, {}, ValueError, "finite"),
        ({"a": 1}, {"of": "parms"}, ValueError, "did you mean 'params'"),
        ({"a" * 90: 1}, {}, ValueError, "half the picture"),
    ],
)
def test_bars_errors(costs, options, error, message):
    with pytest.raises(error, match=message):
        plot.bars(costs, **options)


def test_confusion_states_the_commonest_mistake_and_every_row():
    picture = PICTURES["confusion"]()
    assert picture.title == "81.6% of 87 photos are right; commonest mistake: dog for cat, 12 of 44"
    assert "cat: 40 of 43 right, most often taken for dog (3); dog: 31 of 44 right" in picture.alt
    assert {"40", "3", "12", "31", "1"} <= {text for _, text in words(picture)}
    assert plot.confusion(np.eye(2, dtype=int), "ab").title == "100.0% of 2 photos are right; there is no mistake"


def test_a_squares_area_is_its_share_of_the_row():
    counts, canvas, drawn = np.array([[9, 4, 0], [0, 84, 16], [0, 1, 0]]), style.Canvas("light", 200, 0), []
    canvas.bars = lambda boxes, kind, edge=True: drawn.extend(boxes)
    plot.confusion(counts, "abc").paint(canvas)
    areas = np.array([width * height for _, _, width, height in drawn])
    assert areas / areas[2] == pytest.approx([4 / 13, 16 / 100, 1])


def test_of_many_classes_the_most_mistaken_are_drawn_and_can_be_told_apart():
    counts = np.diag(np.full(40, 9))
    counts[7, 30], counts[8, 30] = 1200, 2
    names = [f"a rather long name, the same for all but its end {i}" for i in range(40)]
    picture = plot.confusion(counts, names)
    assert "the 12 of 40 classes with the most mistakes" in picture.note
    shown = [text for _, text in words(picture) if "…" in text]
    assert {text[-2:].strip() for text in shown} >= {"7", "8", "30"}
    assert "1,200" in {text for _, text in words(picture)}


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones((2, 3), int), r"whole numbers, 2 x 2 \(got int64 \(2, 3\)\)"),
        (np.ones((2, 2)), "got float64"),
        (np.zeros((2, 2), int), "not all 0"),
        (-np.eye(2, dtype=int), "0 or more"),
    ],
)
def test_confusion_errors(counts, message):
    with pytest.raises(ValueError, match=message):
        plot.confusion(counts, "ab")


def test_training_is_complete_at_its_end_and_says_where_it_stands_before():
    done, begun = plot.training(ROWS), plot.training(ROWS[:1], epochs=3)
    assert done.title == "After 3 epochs 53.0% of the held-out photos are right"
    assert done.note == "best: 55.0% after epoch 2; 4.5 minutes, 90 s an epoch"
    assert "The loss went from 2.50 to 1.50, top-1 from 31.0% to 53.0%." in done.alt
    assert begun.title == "Epoch 1 of 3: 31.0% of the held-out photos are right"
    for picture, ends in ((done, {"1.50", "53.0%"}), (begun, {"2.50", "31.0%"})):
        assert ends | {"1", "3", "100", "loss (training)", "top-1, % (held out)"} <= {
            text for _, text in words(picture)
        }
    assert plot.training([row | {"loss": 0.0} for row in ROWS * 30]).svg()
    for rows in ([], [{"epoch": 1}]):
        with pytest.raises(ValueError, match="rows need epoch, loss and top1"):
            plot.training(rows)


def test_a_live_picture_is_one_display_that_is_updated(monkeypatch):
    from IPython import display

    told = []

    class Handle:
        def update(self, picture):
            told.append(("update", picture.title))

    def show(picture, display_id):
        told.append(("display", picture.title))
        return Handle()

    monkeypatch.setattr(display, "display", show)
    on_epoch = plot.live(epochs=3)
    for count in (1, 2, 3):
        on_epoch(ROWS[:count])
    assert [how for how, _ in told] == ["display", "update", "update"]
    assert [title for _, title in told] == [plot.training(ROWS[:count], 3).title for count in (1, 2, 3)]


def test_words_of_a_person_come_first():
    picture = plot.maps(MAPS, title="Edges <and> more", alt='She said "look"')
    root = ElementTree.fromstring(picture.svg())
    assert root.get("aria-label") == 'She said "look"'
    assert root[0].text == "Edges <and> more"


def test_names_arrive_lazily_and_a_misspelt_one_has_a_neighbour():
    assert {"skyline", "maps", "kernels", "bars", "charts"} <= set(dir(plot))
    with pytest.raises(AttributeError, match="did you mean 'skyline'"):
        _ = plot.skylin


def test_a_saved_record_opens_and_draws_where_torch_does_not_exist(tmp_path):
    path = RECORD.save(tmp_path / "record.npz")
    code = f"""
import sys
sys.modules["torch"] = None  # importing it is an error from here on
from mobiviz import plot
from mobiviz.record import Record
record = Record.load({str(path)!r})
print(len(plot.skyline(record).svg()), len(plot.maps(record, "conv").svg()), "matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    skyline, maps, pyplot = done.stdout.split()
    assert int(skyline) == len(plot.skyline(RECORD).svg())
    assert int(maps) == len(plot.maps(RECORD, "conv").svg())
    assert pyplot == "False"


def test_importing_plot_loads_no_plotting_library():
    code = "import sys, mobiviz.plot; print([m for m in ('torch', 'matplotlib', 'plotly') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize("theme", palette.THEMES)
def test_the_plotly_template_is_ours_and_set_on_one_figure_only(theme):
    from plotly import graph_objects as go
    from plotly import io

    before = io.templates.default, set(io.templates), io.renderers.default
    figure = charts.styled(go.Figure(go.Scatter(x=[1], y=[2])), "One point at 2", "A point at x 1, y 2.", theme)
    assert (io.templates.default, set(io.templates), io.renderers.default) == before
    layout = figure.layout.template.layout
    assert layout.paper_bgcolor == palette.THEMES[theme].paper
    assert layout.font.color == palette.THEMES[theme].text
    assert set(layout.colorway) == {palette.ink(name, theme) for name in palette.IDEAS}
    assert layout.font.size >= 12
    assert figure.layout.title.text == "One point at 2"
    assert figure.layout.meta == {"alt": "A point at x 1, y 2."}
    assert len(figure.to_json()) < 3000
    with pytest.raises(ValueError, match="title that states the finding"):
        charts.styled(go.Figure(), "", "words")
