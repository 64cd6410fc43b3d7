"""The noise lamp: what it says comes from stats for every number of runs, and people meet it in page and Lab."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import test_browser
import test_widgets
from books import FAULTS, WAYS, focus, press, said, write_book
from fake_clocks import trace
from test_browser import lab  # noqa: F401, lab is a fixture

import mobiviz as mv
from mobiviz import stats, units
from mobiviz.record import Timing
from mobiviz.widgets import NoiseLamp
from mobiviz.widgets.noise_lamp import HEIGHT, LAMPS, MARKS, MOST, RECORDED, _ticks, recorded

RNG = np.random.default_rng(0)
CALM = RNG.normal(2, 0.02, 200)
MADE = {
    "recorded": NoiseLamp,
    "calm": lambda: NoiseLamp(CALM),
    "loaded": lambda: mv.explore(trace("loaded")),
    "eight": lambda: NoiseLamp([3, 1, 4, 1, 5, 9, 2, 6]),
    "one time": lambda: NoiseLamp([0.5] * 30),
    "far apart": lambda: NoiseLamp(np.geomspace(1e-4, 1e6, 50)),
}
PICTURE = ".mv[data-idea=noise]"


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_a_poster_is_a_complete_picture(make):
    test_widgets.test_a_poster_is_a_complete_picture(make)
    test_widgets.test_posters_are_the_same_bytes_each_time(make)


def test_it_is_a_picture_like_the_others():
    for same in (
        test_widgets.test_a_display_holds_the_view_the_poster_and_a_text_without_address,
        test_widgets.test_the_table_has_a_name_for_each_number,
        test_widgets.test_scripts_ask_nobody,
    ):
        same(NoiseLamp)


@pytest.mark.parametrize("name", ["recorded", "calm", "loaded", "eight"])
def test_every_step_says_what_stats_says(name):
    given = {"recorded": recorded("busy").samples_ms, "calm": CALM, "loaded": trace("loaded").samples_ms[:MOST]}
    samples = np.asarray(given.get(name, [3, 1, 4, 1, 5, 9, 2, 6]), float)
    shown = MADE[name]().data["traces"][0]
    assert shown["count"] == len(samples) == len(shown["lamp"])
    for n in range(1, len(samples) + 1):
        step = samples[:n]
        numbers = (*stats.summary(step), step.max())
        for mark, value in zip(MARKS, numbers, strict=True):
            assert float(shown["said"][mark][n - 1]) == pytest.approx(value, rel=0.006)
            where = np.log(value / samples.min()) / np.log(max(samples.max() / samples.min(), 2))
            assert shown["share"][mark][n - 1] == pytest.approx(where, abs=1e-4)
        assert shown["factor"][n - 1].endswith(f" = {units.ratio(step.max() / step.min())}")
        lamp = LAMPS[shown["lamp"][n - 1]]
        assert lamp == ("too few runs" if n < stats.ENOUGH else "noisy" if stats.noise(step) else "quiet")
        assert all(words in shown["why"][n - 1] for words in stats.noise(step)) or n < stats.ENOUGH


def test_the_recordings_are_what_they_are_called():
    assert stats.noise(recorded("busy").samples_ms)
    assert not stats.noise(recorded("quiet").samples_ms)
    for key in RECORDED:
        assert len(recorded(key).samples_ms) == MOST == 200, "notebook 00 says 200 times"
        assert recorded(key).first_ms > 5 * recorded(key).median_ms


def test_a_timing_is_shown_with_its_own_name_load_and_first_call():
    timing = Timing.of("my net", CALM, first_ms=31.4, foreign_load=0.5)
    shown = mv.explore(timing).data["traces"][0]
    assert (shown["name"], shown["first"], shown["idea"]) == ("my net", "31.4", "yours")
    assert set(shown["why"][7:]) == {"Noisy: other programs took 50% of the cores."}
    with pytest.raises(TypeError, match="a Timing has no twin"):
        mv.explore(timing, twin=timing)


def test_of_many_runs_it_shows_the_first_and_says_so():
    many = np.concatenate([CALM, [400.0] * 1000])
    shown = NoiseLamp(many).data["traces"][0]
    assert shown["count"] == MOST
    assert "the first 200 of 1,200 runs took" in shown["title"]
    assert shown["said"]["slowest"][-1] != "400"


def test_dots_stand_where_their_runs_took_as_long_and_fit():
    widget = NoiseLamp(CALM)
    dots = next(
        node for node in ET.fromstring(widget.poster()).iter(f"{test_widgets.SVG}path") if node.get("d").count("a") > 50
    )
    places = np.array(re.findall(r"M([\d.]+) ([\d.]+)a", dots.get("d")), float)
    assert len(places) == len(CALM)
    assert len({tuple(place) for place in places}) == len(CALM), "no dot hides another"
    assert np.ptp(places[:, 1]) < HEIGHT
    order = np.argsort(CALM)
    assert (np.diff(places[order, 0]) > -752 / 32).all(), "slower is further right, but for columns in a pile"


@pytest.mark.parametrize(("low", "high"), [(0.126, 12.5), (1.0, 2.0), (1e-4, 1e6), (0.9, 9.2), (0.31, 0.7)])
def test_ticks_are_true_and_have_room(low, high):
    ticks = _ticks(low, high)
    assert 2 <= len(ticks) <= 9
    assert all(float(label) == pytest.approx(value) and low <= value <= high for value, label in ticks)
    places = np.log([value for value, _ in ticks]) / np.log(high / low)
    assert np.diff(places).min() > 0.1


@pytest.mark.parametrize("samples", [[], [1.0] * 7, [1.0] * 9 + [0], [1.0] * 9 + [np.nan], [[1.0] * 9]])
def test_what_is_no_measurement_is_refused(samples):
    with pytest.raises(ValueError, match="samples must be a list of at least 8 times above 0"):
        NoiseLamp(samples)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lamp")
    return write_book(folder, NoiseLamp(CALM))


def counted(page):
    """What the counters show: runs, min, median, p90."""
    return page.locator(f"{PICTURE} [data-count]").all_inner_texts()


def shown_dots(page):
    return page.locator(f"{PICTURE} circle[visibility=visible]").count()


def lamp_of(page):
    """The one lamp that can be seen, and the word beside it."""
    lamps = page.locator(f"{PICTURE} [data-lamp]").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).visibility !== 'hidden').map((one) => one.dataset.lamp)"
    )
    assert page.locator(f"{PICTURE} svg text", has_text=re.compile(f"^{lamps[0]}$")).is_visible()
    (lamp,) = lamps
    return lamp


@pytest.mark.browser
def test_each_step_in_the_page_is_python_s(opened):
    page, data = opened(), NoiseLamp(CALM).data["traces"][0]
    assert counted(page) == ["0", "–", "–", "–"]
    at = 0
    for key, step in [("ArrowRight", 1)] * 9 + [("Shift+ArrowRight", 1)] + [("Shift+ArrowRight", 10)] * 4:
        press(page, key)
        at += step
        numbers = [data["said"][mark][at - 1] for mark in list(MARKS)[:3]]
        assert counted(page) == [str(at), *numbers]
        assert shown_dots(page) == at
        assert lamp_of(page) == LAMPS[data["lamp"][at - 1]]
        assert data["why"][at - 1].rstrip(".") in said(page, "noise")
        assert f"Run {at} took {data['runs'][at - 1]} ms" in said(page, "noise")
    press(page, "Shift+ArrowLeft", "ArrowLeft")
    assert (counted(page)[0], shown_dots(page)) == ("39", 39)
    press(page, "End")
    assert shown_dots(page) == 200
    assert data["factor"][-1] in said(page, "noise")
    assert page.locator(f"{PICTURE} .mv-title").inner_text() == data["title"]
    press(page, "Home")
    assert (shown_dots(page), lamp_of(page)) == (0, "too few runs")
    assert page.errors == []


@pytest.mark.browser
def test_the_lines_stand_where_the_numbers_are(opened):
    page, data = opened(), NoiseLamp(CALM).data["traces"][0]
    press(page, "End")
    for mark, label in zip(MARKS, page.locator(f"{PICTURE} .mv-halo").all(), strict=True):
        assert label.text_content() == f"{mark} {data['said'][mark][-1]} ms"
        path = label.evaluate("node => node.previousElementSibling.getAttribute('d')")
        assert float(re.match(r"M([\d.]+)", path).group(1)) == pytest.approx(24 + 752 * data["share"][mark][-1])


@pytest.mark.browser
def test_the_recordings_can_be_chosen(opened):
    page = opened()
    for key, name in RECORDED.items():
        page.locator(f"{PICTURE} [data-setting=trace]").select_option(label=name)
        assert counted(page)[0] == "0"
        focus(page, "noise")
        assert "The very first call took" in page.locator(f"{PICTURE} .mv-caption").inner_text()
        press(page, "End")
        assert lamp_of(page) == {"busy": "noisy", "quiet": "quiet"}[key]
        assert page.evaluate(FAULTS) == []


@pytest.mark.browser
def test_it_plays_and_pauses(opened):
    page = opened()
    press(page, "Space")
    page.wait_for_function(f"Number(document.querySelector('{PICTURE}').dataset.at) >= 12")
    assert said(page, "noise") == "", "playing is silent"
    press(page, "Space")
    stopped = counted(page)[0]
    page.wait_for_timeout(300)
    assert counted(page)[0] == stopped
    assert said(page, "noise").startswith(f"{stopped} of 200 runs")


@pytest.mark.browser
@pytest.mark.parametrize("way", WAYS)
def test_looks(opened, way):
    page = opened(**WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    for trace_at in (0, 1, 2):
        page.evaluate(f"location.hash = '#noise?trace={trace_at}&at=0'")
        page.wait_for_function(f"document.querySelector('{PICTURE}').dataset.address === 'trace={trace_at}&at=0'")
        focus(page, "noise")
        for keys in ([], ["ArrowRight"], ["ArrowRight"] * 8, ["Shift+ArrowRight"] * 3, ["End"]):
            press(page, *keys)
            assert page.evaluate(FAULTS) == []
            if way == "still":
                assert page.evaluate("document.getAnimations().length") == 0
    assert page.errors == []


@pytest.mark.browser
def test_a_dot_falls_only_where_things_may_move(opened):
    page = opened()
    press(page, "ArrowRight")
    assert page.evaluate("document.getAnimations().length") == 1
    page.wait_for_function("document.getAnimations().length === 0")
    press(page, "End")
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.fixture(scope="module", autouse=True)
def _this_notebook():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_browser, "NOTEBOOK", "00_is_your_laptop_telling_the_truth.ipynb")
        yield


@pytest.mark.browser
def test_jupyterlab_runs_the_first_notebook(lab, chromium):  # noqa: F811
    page = chromium()
    page.set_default_timeout(90_000)
    page.goto(lab)
    page.wait_for_function("""() => {
      const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
      return kernel?.connectionStatus === "connected" && kernel.status === "idle";
    }""")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    own = page.locator(f"{PICTURE}", has=page.locator("option", has_text="your machine"))
    own.wait_for(state="attached")
    picture = page.locator(f"{PICTURE} .mv-picture").first
    picture.wait_for()
    picture.focus()
    press(page, *["ArrowRight"] * 3, "Shift+ArrowRight")
    assert page.locator(f"{PICTURE} [data-count=runs]").first.inner_text() == "10"
    press(page, "End")
    assert f"{MOST} of {MOST} runs" in page.locator(f"{PICTURE} [data-said]").first.text_content()
    assert picture.evaluate("node => node === document.activeElement"), "Lab kept its hands off the keys"
    assert [error for error in page.errors if "favicon" not in error] == []
