"""Interactive pictures without a browser: their data is complete and true, their posters stand alone."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import asdict
from itertools import product

import numpy as np
import pytest
from test_map_sheet import made as sheet

from mobiviz import pricing, surprises
from mobiviz.plot.palette import IDEAS, contrast
from mobiviz.tables import V1, V2, V3_SMALL
from mobiviz.widgets import MacsMs, Odometer, Race, Skyline, Stage, svg
from mobiviz.widgets.net_skyline import NARROW, WIDE
from mobiviz.widgets.odometer import FILTERS, KERNELS, PADDINGS, SIZE, STRIDES, input_grid, kernel_grid
from mobiviz.widgets.stage import VIEW_MIME, script_text, style_text

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "rect", "text", "tspan", "path", "pattern", "image"}


def v1_bars():
    return [asdict(layer) for layer in pricing.cost(V1).layers]


def macs_ms():
    noisy = surprises.recorded("noisy")
    widget = MacsMs({timing.name: 60_000_000 * 2**at for at, timing in enumerate(noisy)})
    widget.add(noisy)
    return widget


MADE = {"odometer": Odometer, "race": Race, "skyline": lambda: Skyline(v1_bars()), "macs-ms": macs_ms, "sheet": sheet}
MORE = {"odometer 5": lambda: Odometer(5, 2, 2, 4), "odometer 1": lambda: Odometer(1, 2, 0, 1)}


def product_of(text):
    """What `3 × 3 × 2` comes to."""
    return math.prod(int(factor) for factor in text.split(" × "))


def words_of(poster):
    return ["".join(label.itertext()) for label in ET.fromstring(poster).iter(f"{SVG}text")]


@pytest.mark.parametrize("make", (MADE | MORE).values(), ids=MADE | MORE)
def test_a_poster_is_a_complete_picture(make):
    root = ET.fromstring(make().poster())
    assert root.tag == f"{SVG}svg"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert {title.get("id"), desc.get("id")} == set(root.get("aria-labelledby").split())
    assert len(title.text) > 20
    assert len(desc.text) > 100
    width, height = map(float, root.get("viewBox").split()[2:])
    for label in root.iter(f"{SVG}text"):
        assert float(label.get("font-size")) >= 12, label.text
        assert 0 <= float(label.get("x")) <= width
        long = 0.54 * float(label.get("font-size")) * len("".join(label.itertext()))
        share = {"middle": 0.5, "end": 1}.get(label.get("text-anchor"), 0)
        assert float(label.get("x")) - share * long >= 0, label.text
        assert float(label.get("x")) + (1 - share) * long <= width, label.text
        assert 0 <= float(label.get("y")) <= height
    for node in root.iter():
        assert node.tag.removeprefix(SVG) in TAGS
        assert not str(node.get("fill")).startswith("@")
    used = set(re.findall(r"url\(#([\w-]+)\)", ET.tostring(root, encoding="unicode")))
    assert used <= {node.get("id") for node in root.iter(f"{SVG}pattern")}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_posters_are_the_same_bytes_each_time(make):
    assert make().poster() == make().poster()


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_a_display_holds_the_view_the_poster_and_a_text_without_address(make):
    widget = make()
    bundle = widget._repr_mimebundle_()
    assert bundle[VIEW_MIME]["model_id"] == widget.model_id
    assert bundle["image/svg+xml"] == widget.poster()
    assert bundle["text/plain"] == repr(widget) == repr(make())
    assert "0x" not in repr(widget)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_the_table_has_a_name_for_each_number(make):
    rows = make().table()
    assert rows
    assert all(row.keys() == rows[0].keys() for row in rows)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_scripts_ask_nobody(make):
    text = make()._esm + make()._css
    addresses = set(re.findall(r"https?://[^\s\"']+", text)) - {"http://www.w3.org/2000/svg"}
    assert not addresses
    assert not re.search(r"\bimport\b[\s(]", make()._esm), "one module without imports runs from disk too"


def test_posters_say_at_the_end_what_pricing_says():
    cases = Odometer().data["cases"]
    for k, s, p, n in product(KERNELS, STRIDES, PADDINGS, FILTERS):
        case, priced = cases[f"{k},{s},{p}"], pricing.conv(3, n, k, SIZE, s, p)
        assert (case["macs"][n - 1], case["params"][n - 1]) == (priced.macs, priced.params)
        assert case["formulas"][n - 1].endswith(f" = {priced.macs:,}")
        assert product_of(case["weights"][n - 1]) == priced.params
    formula = "MACs = Hout × Wout × Cout × k × k × Cin = 5 × 5 × 4 × 5 × 5 × 3 = 7,500"
    assert formula in words_of(Odometer(5, 1, 2, 4).poster())
    assert pricing.conv(3, 4, 5, 5, 1, 2).macs == 7500
    assert pricing.conv(3, 2, 3, 5).macs == 486


@pytest.mark.parametrize("setting", list(product(KERNELS, STRIDES, PADDINGS)), ids=str)
def test_running_sums_are_those_of_loops(setting):
    k, stride, padding = setting
    widget = Odometer()
    data, grids = widget.data, np.frombuffer(widget.grids, dtype=np.int8)
    case, x = data["cases"][f"{k},{stride},{padding}"], input_grid()
    at, ends = case["offset"], []
    for f, y0, x0 in product(range(FILTERS[-1]), range(case["out"]), range(case["out"])):
        total = 0
        for c, dy, dx in product(range(3), range(k), range(k)):
            y, here = y0 * stride + dy - padding, x0 * stride + dx - padding
            inside = 0 <= y < SIZE and 0 <= here < SIZE
            total += (x[c, y, here] if inside else 0) * kernel_grid(k)[f, c, dy, dx]
            assert grids[at] == total
            at += 1
        ends.append(int(total))
    assert [sum_ for filter_ in case["sums"] for sum_ in filter_] == ends
    assert at - case["offset"] == case["macs"][-1], "one running sum for each MAC"


def test_kernels_and_inputs_are_worth_looking_at():
    for k in KERNELS[1:]:
        filters = kernel_grid(k).reshape(4, -1)
        assert len({tuple(one) for one in filters}) == 4
        assert all(np.count_nonzero(one) > filters.shape[1] // 3 for one in filters)
    assert set(np.unique(input_grid())) == {0, 1, 2, 3}


def test_the_race_is_priced():
    data = Race().data
    assert data["macs"] == {"standard": 972, "depthwise": 243, "pointwise": 108}
    assert data["total"] == pricing.separable(3, 4, 3, 5).macs == 351
    assert data["ratio"] == "2.77x"
    assert "972" in data["title"]
    assert "351" in data["title"]
    assert [row["MACs"] for row in Race().table()] == [972, 243, 108]
    for line, macs in zip(data["formulas"], data["macs"].values(), strict=True):
        letters, factors, result = line.partition(": ")[2].split(" = ")
        assert product_of(factors) == int(result) == macs
        assert len(letters.split(" × ")) == len(factors.split(" × "))
        assert line.replace("_", "") in words_of(Race().poster())


def test_the_race_answers_its_question():
    data = Race().data
    assert "multiply-accumulate" in data["question"]
    assert data["question"].endswith("Which is done first, and how far is the other then?")
    assert data["answer"].startswith("Depthwise + pointwise was done when standard stood at 351 of 972, 2.77x fewer")
    assert data["answer"] in words_of(Race().poster())


def test_the_skyline_counts_what_it_was_given():
    widget = Skyline(v1_bars())
    net, priced = widget.data["nets"][0], pricing.cost(V1)
    assert (net["macs"], net["params"]) == (priced.macs, priced.params)
    assert len(net["bars"]) == 28
    assert net["title"] == "Pointwise layers take 94.9% of MobileNetV1's 568.7 M MACs"
    assert net["ticks"][-1][0] >= max(net["heights"])
    assert sum(row["MACs"] for row in widget.table()) == 568_740_352


@pytest.mark.parametrize("table", [V1, V2, V3_SMALL], ids=["V1", "V2", "V3-Small"])
def test_parameters_are_explained_to_the_last_one(table):
    net = Skyline([asdict(layer) for layer in pricing.cost(table).layers if layer.macs]).data["nets"][0]
    for one in (*net["bars"], net):
        whole, _, parts = one["made"].replace(",", "").partition(" = ")
        assert sum(int(number) for number in re.findall(r"\d+", parts)) == int(whole.split()[0]) == one["params"]


def test_parameters_of_a_layer_in_words():
    bars = Skyline(v1_bars()).data["nets"][0]["bars"]
    assert bars[9]["made"] == "2,816 parameters = 2,304 weights + 512 of batch norm, a scale and a shift per channel"
    assert bars[27]["made"] == "1,025,000 parameters = 1,024,000 weights + 1,000 biases"
    odd = v1_bars()[0] | {"params": 900}
    assert Skyline([odd]).data["nets"][0]["bars"][0]["made"] == "900 parameters", "nothing is guessed"


@pytest.mark.parametrize(("name", "plan"), [("wide", WIDE), ("narrow", NARROW)])
def test_width_is_parameters_on_the_ruler_s_scale(name, plan):
    net = Skyline(v1_bars()).data["nets"][0]
    places, ruler = net[name]["places"], net[name]["scale"]
    number, unit = re.match(r"(\d+) ([kM]) parameters; narrowest bar: up to \d+ k", ruler["words"]).groups()
    per = ruler["length"] / (int(number) * {"k": 1e3, "M": 1e6}[unit])
    for bar, (_, width) in zip(net["bars"], places, strict=True):
        assert width == pytest.approx(max(bar["params"] * per, plan.thin), abs=0.03 + 0.001 * width)
    assert places[0][0] == plan.left
    assert sum(places[-1]) == pytest.approx(plan.right, abs=0.1)


def test_ticks_are_round_numbers_as_they_are_written():
    labels = dict(Skyline([v1_bars()[-1]]).data["nets"][0]["ticks"])
    assert labels[1_000_000] == "1 M"
    assert labels[500_000] == "500 k"


def test_a_twin_is_compared():
    twin = [bar | {"macs": 2 * bar["macs"]} for bar in v1_bars()]
    widget = Skyline(v1_bars(), twin, twin_name="twice")
    assert widget.data["nets"][1]["title"].startswith("Twice: 2.00x the MACs")
    assert [control["labels"] for control in widget.data["controls"]] == [["MobileNetV1", "twice"]]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: Odometer(k=2), r"k must be one of 1, 3, 5 \(got 2\)"),
        (lambda: Odometer(stride=True), r"stride must be one of 1, 2 \(got True\)"),
        (lambda: Odometer(c_out=9), r"c_out must be one of 1, 2, 3, 4 \(got 9\)"),
        (lambda: Skyline([]), "MobileNetV1 has no bars"),
        (lambda: Skyline([{"path": "a"}]), r"lacks kind, macs, params, in_shape, out_shape"),
        (lambda: Skyline([v1_bars()[0] | {"kind": "conv"}]), r"kind must be one of .* \(got 'conv'\)"),
        (lambda: Stage({"title": "t"}), r"data of Stage must hold .*lacks \['alt', 'controls', 'table'\]"),
        (lambda: svg.picture("p", (10, 10), "title", " "), "needs a title and an alt text"),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()


def test_a_layer_without_parameters_can_still_be_seen():
    bars = [v1_bars()[0] | {"params": 0, "macs": 0, "kind": "other"}, v1_bars()[1]]
    ET.fromstring(Skyline(bars, name="two").poster())


def test_the_style_sheet_knows_every_role_in_both_themes():
    sheet = style_text()
    for role in svg.roles():
        assert sheet.count(f"--mv-{role}:") >= 2
    used = set(
        re.findall(r"var\(--mv-([\w-]+)\)", sheet + "".join(script_text(made().script) for made in MADE.values()))
    )
    assert used <= {*svg.roles()}


@pytest.mark.parametrize("idea", IDEAS)
def test_lines_between_cells_of_a_fill_can_be_seen_in_the_dark(idea):
    assert contrast(svg.colour(f"{idea}-edge", "dark"), svg.colour(idea, "dark")) >= 3


def test_letters_have_their_word_below_the_line():
    label = ET.fromstring(svg.text(0, 0, "C_in × k = C_out_x"))
    assert "".join(label.itertext()) == "Cin × k = C_out_x"
    assert [part.text for part in label] == ["in", " × k = C_out_x"]


def test_svg_numbers_and_words_are_safe():
    assert svg.el("rect", {"x": 1.0, "y": 2.3456}) == '<rect x="1" y="2.35"/>'
    assert "&lt;b&gt;" in svg.text(0, 0, "<b>")
