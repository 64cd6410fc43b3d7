"""The pictures as people meet them: in a real browser, from disk without a kernel, and in JupyterLab."""

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict
from pathlib import Path

import pytest
from books import FAULTS, WAYS, count, focus, press, said, write_book

from mobiviz import assets, pricing, surprises
from mobiviz.record import Race as RaceOf
from mobiviz.record import Timing
from mobiviz.tables import V1
from mobiviz.widgets import MacsMs, Odometer, Race, Skyline

pytestmark = pytest.mark.browser

NOTEBOOK = "01_convolution_is_counting.ipynb"
IDEAS = ("odometer", "race", "skyline", "macs-ms")
# Where the frame around the current output cell is, and the arrow's tip.
ARROW = """() => [...document.querySelectorAll(".mv[data-idea=odometer] :is(.frame:has(+ .arrow), .tip)")]
  .map((node) => node.getBoundingClientRect().toJSON())"""


def v1_bars():
    return [asdict(layer) for layer in pricing.cost(V1).layers]


def macs_ms():
    """The recorded noisy machine, and an invented quiet one with two threads."""
    noisy = surprises.recorded("noisy")
    widget = MacsMs({timing.name: 60_000_000 * 2**at for at, timing in enumerate(noisy)})
    widget.add(noisy)
    facts = {"threads": 2, "memory_format": "channels last"}
    quiet = {
        name: Timing.of(name, [3.0 + at, 3.1 + at] * 10, **facts) for at, name in enumerate(["V2", "V1", "VGG-16"])
    }
    widget.add(RaceOf.of(quiet), batch=4)
    return widget


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A page with the three pictures, opened from disk."""
    folder, bars = tmp_path_factory.mktemp("book"), v1_bars()
    twin = [bar | {"macs": 9 * bar["macs"]} for bar in bars]
    return write_book(folder, Odometer(), Race(), Skyline(bars, twin), macs_ms())


def test_odometer_by_keyboard(opened):
    page = opened("odometer")
    page.evaluate("document.activeElement.blur()")
    while not page.evaluate("document.activeElement.matches('.mv[data-idea=odometer] .mv-picture')"):
        press(page, "Tab")
    formula = page.locator(".mv[data-idea=odometer] [data-formula]").inner_text().replace("\n", "")
    assert formula == "MACs = Hout × Wout × Cout × k × k × Cin = 3 × 3 × 2 × 3 × 3 × 3 = 486", "from the start"
    press(page, *["ArrowRight"] * 10)
    assert count(page, "odometer") == 270
    assert "270 of 486 MACs" in said(page, "odometer")
    assert "54 weights = 2 × 3 × 3 × 3" in said(page, "odometer")
    assert page.get_by_text("× filter 2, slice 3").is_visible(), "the kernels have changed"
    press(page, "ArrowLeft", "Shift+ArrowRight")
    assert count(page, "odometer") == 244
    assert "product 1 of 27" in said(page, "odometer")
    press(page, "End")
    macs = pricing.conv(3, 2, 3, 5).macs
    assert count(page, "odometer") == macs == 486
    assert formula in said(page, "odometer").replace("_", "")
    press(page, "Home")
    assert count(page, "odometer") == 0
    assert "A MAC is a multiply-accumulate" in said(page, "odometer")
    assert page.errors == []


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("setting", ["k=3&c_out=2", "k=3&c_out=4", "k=3&c_out=1&stride=2&padding=1", "k=1&c_out=3"])
def test_the_arrow_ends_at_the_cell_that_is_filled(opened, width, setting):
    page = opened("odometer", f"#odometer?{setting}", width=width)
    for _ in range(20):
        cell, tip = page.evaluate(ARROW)
        assert abs(tip["x"] + tip["width"] / 2 - cell["x"] - cell["width"] / 2) < 1
        assert abs(cell["y"] + cell["height"] - tip["y"]) < 1
        press(page, "ArrowRight")


def test_odometer_settings_snap_to_what_was_priced(opened):
    page = opened("odometer")
    for name, key, value in (("k", "ArrowRight", 5), ("padding", "End", 2), ("stride", "ArrowRight", 2)):
        page.locator(f".mv[data-idea=odometer] [data-setting={name}]").focus()
        press(page, key)
        assert page.locator(f".mv[data-idea=odometer] [data-setting={name}]").get_attribute("aria-valuetext") == str(
            value
        )
    focus(page, "odometer")
    press(page, "End")
    assert count(page, "odometer") == pricing.conv(3, 2, 5, 5, 2, 2).macs
    assert count(page, "odometer", "params") == pricing.conv(3, 2, 5, 5, 2, 2).params
    assert page.errors == []


def test_every_picture_shows_python_s_sum(opened):
    page, data = opened("odometer"), Odometer().data
    for number in range(1, 19):
        press(page, "ArrowRight")
        total = data["cases"]["3,1,0"]["sums"][(number - 1) // 9][(number - 1) % 9]
        assert said(page, "odometer").endswith(f"27 products, sum {total}".replace("-", "−")) or number == 18


def test_race_by_keyboard(opened):
    page = opened("race")
    press(page, *["ArrowRight"] * 13)
    assert (count(page, "race", "standard"), count(page, "race", "separable")) == (351, 351)
    press(page, "ArrowRight")
    assert (count(page, "race", "standard"), count(page, "race", "separable")) == (378, 351)
    assert "378 of 972 MACs, standard. 351 of 351 MACs, depthwise + pointwise." in said(page, "race")
    assert "waits" in said(page, "race")
    press(page, "End")
    assert count(page, "race", "standard") == pricing.conv(3, 4, 3, 5).macs == 972
    assert count(page, "race", "separable") == pricing.separable(3, 4, 3, 5).macs == 351
    assert "was done when standard stood at 351 of 972, 2.77x fewer" in said(page, "race")
    for line in Race().data["formulas"]:
        assert line in said(page, "race")
    assert page.errors == []


def test_wires_of_each_kind(opened):
    page = opened("race")
    for label, lit in (("standard", 12), ("depthwise", 3), ("pointwise", 12)):
        page.locator(".mv[data-idea=race] [data-setting=wires]").select_option(label=label)
        wires = page.locator(".mv[data-idea=race] .wire[d*=L]").evaluate_all(
            "all => all.filter(w => w.style.stroke).length"
        )
        assert wires == lit
        assert label in said(page, "race").lower()


def test_skyline_by_keyboard_and_pointer(opened):
    page, bars = opened("skyline"), v1_bars()
    assert count(page, "skyline") == pricing.cost(V1).macs
    found = []
    for _ in bars:
        press(page, "ArrowRight")
        found.append((count(page, "skyline"), count(page, "skyline", "params")))
    assert found == [(bar["macs"], bar["params"]) for bar in bars]
    assert said(page, "skyline").startswith("Layer 28 of 28. 1,024,000 MACs in this layer. 1,025,000 parameters in")
    assert "1,025,000 parameters = 1,024,000 weights + 1,000 biases" in said(page, "skyline")
    press(page, "Home", "Enter")
    assert "Input 3 × 224 × 224, output 32 × 112 × 112" in said(page, "skyline")
    box = page.locator(".mv[data-idea=skyline] .mv-picture > svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7)
    assert count(page, "skyline") == 51_380_224
    assert "1024 × 7 × 7" in said(page, "skyline")
    page.locator(".mv[data-idea=skyline] [data-setting=net]").select_option(label="with full convolutions")
    assert count(page, "skyline") == 9 * pricing.cost(V1).macs
    assert page.errors == []


def test_the_skyline_s_pointer_stands_on_its_layer(opened):
    page = opened("skyline")
    bars = page.locator(".mv[data-idea=skyline] rect:has(title)")
    press(page, *["ArrowRight"] * 10)
    faded = bars.evaluate_all("all => all.map((bar) => getComputedStyle(bar).fillOpacity)")
    assert faded == ["1" if at == 9 else "0.4" for at in range(28)]
    assert bars.nth(9).evaluate("bar => bar.style.stroke") == bars.nth(11).evaluate("bar => bar.style.stroke")
    bar, tip = bars.nth(9).bounding_box(), page.locator(".mv[data-idea=skyline] .tip").bounding_box()
    assert abs(tip["x"] + tip["width"] / 2 - bar["x"] - bar["width"] / 2) < 1
    assert 0 < bar["y"] - tip["y"] - tip["height"] < 6


def test_the_skyline_plays_too(opened):
    page = opened("skyline")
    press(page, "Space")
    page.wait_for_function("Number(document.querySelector('.mv[data-idea=skyline]').dataset.at) >= 2")
    press(page, "Space", "End")
    assert said(page, "skyline").startswith("Layer 28 of 28")
    page.locator(".mv[data-idea=skyline]").get_by_label("speed").select_option(label="all at once")
    press(page, "Home")
    page.locator(".mv[data-idea=skyline]").get_by_role("button", name="Play").press("Enter")
    assert said(page, "skyline").startswith("Layer 28 of 28")


@pytest.mark.parametrize("idea", IDEAS)
def test_the_focus_ring_is_only_where_the_focus_is(opened, idea):
    page = opened(idea)
    ringed = """idea => [...document.querySelectorAll(`.mv[data-idea=${idea}] *`)]
      .filter((node) => getComputedStyle(node).outlineStyle !== "none").map((node) => node.className)"""
    for target in (".mv-picture", "[aria-label='to the start']", ".mv-play"):
        page.evaluate("document.activeElement.blur()")
        page.locator(f".mv[data-idea={idea}] {target}").click(position={"x": 8, "y": 8})
        assert page.evaluate(ringed, idea) == ["mv-picture"]
        press(page, "End")
        assert page.evaluate(ringed, idea) == ["mv-picture"]
    page.locator(f".mv[data-idea={idea}] .mv-picture").press("Shift+Tab")
    assert "mv-picture" not in page.evaluate(ringed, idea)


def test_macs_against_ms_says_what_the_race_says(opened):
    page, race = opened("macs-ms"), surprises.recorded("noisy")
    first = macs_ms().data["runs"][0]
    assert page.locator(".mv[data-idea=macs-ms] .mv-title").inner_text() == first["title"]
    assert page.locator(".mv[data-idea=macs-ms] [data-count=told]").inner_text() == first["told"]
    for name in race.timings:
        press(page, "ArrowRight")
        low, high = race.places()[name]
        place = str(low) if low == high else f"{low}–{high}"
        assert f"{place} place of 8" in said(page, "macs-ms")
        assert said(page, "macs-ms").startswith(f"{name} ")
    ways = page.locator(".mv[data-idea=macs-ms] [data-join]")
    seen = ways.evaluate_all("all => all.filter((way) => way.style.visibility !== 'hidden').length")
    assert seen == len(first["points"][-1]["unsure"])
    assert page.errors == []


def test_macs_against_ms_snaps_to_what_was_measured(opened):
    page = opened("macs-ms")
    page.locator(".mv[data-idea=macs-ms] [data-setting=threads]").select_option(label="2")
    chosen = ["threads", "layout", "batch"]
    values = [
        page.locator(f".mv[data-idea=macs-ms] [data-setting={name}] option:checked").inner_text() for name in chosen
    ]
    assert values == ["2", "channels last", "4"]
    assert "This was measured with layout channels last and batch 4" in said(page, "macs-ms")
    assert page.locator(".mv[data-idea=macs-ms] .mv-title").inner_text() == macs_ms().data["runs"][1]["title"]
    focus(page, "macs-ms")
    press(page, "ArrowRight")
    assert "Not timed with 2 threads, channels last, batch 4" in said(page, "macs-ms")
    page.locator(".mv[data-idea=macs-ms] [data-setting=batch]").select_option(label="1")
    assert page.locator(".mv[data-idea=macs-ms] [data-setting=threads] option:checked").inner_text() == "1"
    assert page.errors == []


LATER = """async ([before, after]) => {
  const text = [...document.querySelectorAll("script[data-shared]")].map((node) => JSON.parse(node.textContent))
    .find((code) => code.includes('name: "macs-ms"'));
  const idea = (await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))).default;
  const state = { data: before, start: {}, grids: undefined }, heard = {}, el = document.createElement("div");
  const model = { get: (key) => state[key], set: (key, value) => (state[key] = value), off() {},
    on: (name, act) => (heard[name] = act) };
  document.querySelector("main").replaceChildren(el);
  idea.render({ model, el });
  el.querySelector("[aria-label='one step on']").click();
  state.data = after;
  heard["change:data"]();
}"""


def test_a_picture_takes_what_the_kernel_adds_later(opened):
    page, empty, full = opened("macs-ms"), MacsMs({"V3-Small": 56_000_000, "V2": 300_000_000}), macs_ms()
    facts = {"threads": 1, "memory_format": "contiguous"}
    before = empty.data
    empty.add(RaceOf.of({"V2": Timing.of("V2", [3.0, 3.1] * 10, **facts)}))
    page.evaluate(LATER, [before, empty.data])
    assert page.locator(".mv-title").inner_text() == "Timed one after another: nothing is ranked yet"
    assert page.locator(".mv").get_attribute("data-at") == "1", "the reader stays where they were"
    assert page.locator("[data-dot=now]").count() == 1
    assert page.locator("[data-setting]").count() == 0
    page.evaluate(LATER, [before, full.data])
    assert page.locator("[data-setting]").count() == 3, "controls come with the settings that were measured"
    assert page.locator("td").count() == 10 * len(full.table())
    assert page.errors == []


def test_playing_is_silent_until_a_pause_or_the_end(opened):
    page = opened("odometer")
    press(page, "Space")
    page.wait_for_function("Number(document.querySelector('.mv[data-idea=odometer]').dataset.at) >= 54")
    assert said(page, "odometer") == ""
    press(page, "Space")
    paused = count(page, "odometer")
    assert paused % 27 == 0
    assert f"{paused} of 486 MACs" in said(page, "odometer")
    page.wait_for_timeout(600)
    assert count(page, "odometer") == paused


@pytest.mark.parametrize("idea", IDEAS)
def test_a_drag_of_the_slider_steps_the_picture(opened, idea):
    page = opened(idea)
    press(page, "Home")
    slider, root = page.locator(f".mv[data-idea={idea}] .mv-scrub"), page.locator(f".mv[data-idea={idea}]")
    slider.scroll_into_view_if_needed()
    box, seen = slider.bounding_box(), []
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    for part in (0.25, 0.5, 0.75):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_function(
            "slider => slider.value === slider.closest('.mv').dataset.at", arg=slider.element_handle()
        )
        seen.append(int(root.get_attribute("data-at")))
    page.mouse.up()
    assert 0 < seen[0] < seen[1] < seen[2] < int(slider.get_attribute("max"))
    assert said(page, idea), "where it was let go is told"
    assert page.errors == []


def test_reduced_motion_shows_the_end_at_once(opened):
    page = opened("race", still=True)
    press(page, "Space")
    assert count(page, "race", "standard") == 972
    assert "351 of 972" in said(page, "race")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0


@pytest.mark.parametrize("way", WAYS)
def test_looks(opened, way):
    page = opened("odometer", **WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    for idea, keys in itertools.product(IDEAS, ([], ["ArrowRight"] * 3, ["End"])):
        focus(page, idea)
        press(page, *keys)
        outline = page.locator(f".mv[data-idea={idea}] .mv-picture").evaluate(
            "node => getComputedStyle(node).outlineWidth"
        )
        assert outline == "3px", "the focus can be seen"
        assert page.evaluate(FAULTS) == []
    background = page.locator(".mv").first.evaluate("node => getComputedStyle(node).backgroundColor")
    expected = {"dark": "rgb(20, 23, 28)"}.get(way, "rgb(255, 255, 255)")
    assert way == "forced" or background == expected
    assert page.errors == []


@pytest.mark.parametrize("width", [400, 1280])
def test_odometer_has_room_for_its_extremes(opened, width):
    page = opened("odometer", width=width)
    for setting in ("k=5&padding=2&c_out=1", "k=5&padding=2&c_out=4", "k=1&padding=2&c_out=4", "k=5&padding=0"):
        page.evaluate(f"location.hash = '#odometer?{setting}&at=1'")
        wanted = [*setting.split("&"), "at=1"]
        page.wait_for_function(
            "all => all.every(one => document.querySelector('.mv').dataset.address.split('&').includes(one))",
            arg=wanted,
        )
        press(page, "End")
        assert page.evaluate(FAULTS) == []
    assert page.errors == [], "fewer steps than before are no trouble"


def test_the_address_holds_the_state(opened):
    page = opened("odometer", "#odometer?k=1&c_out=4&at=6")
    assert count(page, "odometer") == 6
    address = page.locator(".mv[data-idea=odometer]").get_attribute("data-address")
    assert address == "k=1&stride=1&padding=0&c_out=4&at=6"
    page.evaluate("location.hash = '#odometer?k=3&at=27'")
    page.wait_for_function("document.querySelector('.mv[data-idea=odometer]').dataset.at === '27'")


def test_a_screen_reader_finds_title_steps_and_table(opened):
    page = opened("race")
    race = page.get_by_role("group", name="Split in two")
    assert race.get_by_role("application").get_attribute("aria-describedby")
    assert race.get_by_role("button").count() == 5
    assert race.get_by_role("slider", name="step").get_attribute("aria-valuetext") == "step 0 of 972"
    race.get_by_text("The numbers as a table").press("Enter")
    assert race.get_by_role("row").count() == 4
    assert race.get_by_role("cell", name="972").is_visible()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of notebook 01, with settings of its own."""
    root = tmp_path_factory.mktemp("lab")
    (root / "work").mkdir()
    shutil.copyfile(assets.notebooks(NOTEBOOK), root / "work" / NOTEBOOK)
    settings = root / "config" / "labconfig"
    settings.mkdir(parents=True)
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    (settings / "default_setting_overrides.json").write_text(json.dumps(quiet), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(root / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(root / "ipython"), "MOBIVIZ_HOME": str(root / "home")}
    package = str(Path(__file__).resolve().parents[1])
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--ServerApp.root_dir={root / 'work'}", "--IdentityProvider.token=t", "--allow-root"]
    command += ["--LabApp.expose_app_in_browser=True"]
    with (root / "log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=os.environ | own | {"PYTHONPATH": package}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api?token=t", timeout=5).close()
            break
        except OSError:
            assert server.poll() is None, (root / "log").read_text(encoding="utf-8")
            time.sleep(0.2)
    yield f"{address}/lab/tree/{NOTEBOOK}?reset&token=t"
    server.terminate()
    server.wait(30)


def test_jupyterlab_runs_the_odometer(lab, chromium):
    page = chromium()
    page.set_default_timeout(90_000)
    page.goto(lab)
    page.wait_for_function("""() => {
      const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
      return kernel?.connectionStatus === "connected" && kernel.status === "idle";
    }""")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    picture = page.locator(".mv[data-idea=odometer] .mv-picture").first
    picture.wait_for()
    picture.focus()
    press(page, *["ArrowRight"] * 10)
    assert count(page, "odometer") == 270
    press(page, "End")
    assert count(page, "odometer") == 486
    assert "486 of 486 MACs" in said(page, "odometer")
    assert picture.evaluate("node => node === document.activeElement"), "Lab kept its hands off the keys"
    page.locator(".mv[data-idea=odometer] [data-setting=c_out]").focus()
    press(page, "ArrowRight")
    picture.focus()
    press(page, "End")
    assert count(page, "odometer") == pricing.conv(3, 3, 3, 5).macs
    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function("document.querySelector('.mv').dataset.theme === 'dark'")
    assert [error for error in page.errors if "favicon" not in error] == []
