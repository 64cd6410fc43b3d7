"""The feature bank: its map says what the head says, its numbers are Python's, and people meet it in a page."""

import base64
import io
import re

import numpy as np
import pytest
import test_widgets
from books import FAULTS, WAYS, focus, press, said, write_book
from PIL import Image

from mobiviz import transfer, units
from mobiviz.images import Photos
from mobiviz.widgets import FeatureBank
from mobiviz.widgets.bank_poster import MAP, MARKS
from mobiviz.widgets.decision_map import Plane, middle

PICTURE = ".mv[data-idea=bank]"


def lessons_of(classes=3, n=90, numbers=12, names=("disc", "square", "triangle")):
    """Two trunks whose vectors tell the classes apart well and badly; photos are plain colours."""
    draw, y = np.random.default_rng(0), np.arange(n) % classes
    grey = (y * 60 + 40).astype(np.uint8)[:, None, None, None]
    photos = Photos(np.broadcast_to(grey, (n, 8, 8, 3)).copy(), y, tuple(names[:classes]))
    task = transfer.Task.of(photos, n // 3)
    good = (draw.normal(size=(n, numbers)) + 2.2 * np.eye(classes, numbers)[y]).astype(np.float32)
    bad = draw.normal(size=(n, numbers)).astype(np.float32)
    trunks = [transfer.lesson("good", task, good, 1000, 3), transfer.lesson("bad", task, bad, 1000, 3)]
    return trunks, photos, task.support(task.most), task.held


def made(**how):
    lessons, *rest = lessons_of(**how)
    return FeatureBank(lessons, *rest)


MADE = {"three": made, "two": lambda: made(classes=2), "five": lambda: made(classes=5, names="abcde")}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_it_is_a_picture_like_the_others(make):
    test_widgets.test_a_poster_is_a_complete_picture(make)
    test_widgets.test_posters_are_the_same_bytes_each_time(make)
    test_widgets.test_a_display_holds_the_view_the_poster_and_a_text_without_address(make)
    test_widgets.test_the_table_has_a_name_for_each_number(make)
    test_widgets.test_scripts_ask_nobody(make)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_regions_are_where_the_head_s_answer_on_the_plane_is(classes):
    lessons, _, support, held = lessons_of(classes=classes, names="abcde")
    x = lessons[0].vectors
    heads = lessons[0].heads[5]
    plane = Plane(heads[-1], x[np.concatenate([support, held])], (400, 300))
    draw = np.random.default_rng(1)
    for head in (heads[0], heads[1], heads[4], heads[-1]):
        places = plane.low + draw.random((200, 2)) * (plane.high - plane.low)
        lifted = plane.back[0] + places @ plane.back[1:]
        kinds = head.logits(lifted).argmax(1)
        regions = [np.array(corners) for corners in plane.regions(head)]
        for place, kind in zip(plane.units(places), kinds, strict=True):
            inside = [number for number, corners in enumerate(regions) if contains(corners, place)]
            assert int(kind) in inside
            assert len(inside) == 1 or distance(regions[kind], place) < 0.3, "regions meet and do not overlap"
        assert sum(middle(c.tolist())[2] for c in regions if len(c) > 2) == pytest.approx(400 * 300, rel=0.01)


def contains(corners, place):
    if len(corners) < 3:
        return False
    turn = np.roll(corners, -1, axis=0) - corners
    to = place - corners
    cross = turn[:, 0] * to[:, 1] - turn[:, 1] * to[:, 0]
    return bool((cross > -30).all() or (cross < 30).all())


def distance(corners, place):
    turn = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(*turn.T) + 1e-9
    to = place - corners
    return float(np.abs((turn[:, 0] * to[:, 1] - turn[:, 1] * to[:, 0]) / length).min())


def test_with_three_classes_the_map_says_at_the_end_all_that_the_head_says():
    for trunk in made().data["trunks"]:
        for case in trunk["cases"].values():
            assert case["agree"][-1] == case["of"]


def test_its_numbers_are_the_heads_own():
    lessons, photos, support, held = lessons_of()
    data = FeatureBank(lessons, photos, support, held).data
    for lesson, trunk in zip(lessons, data["trunks"], strict=True):
        for n, heads in lesson.heads.items():
            case = trunk["cases"][str(n)]
            found = [head.logits(lesson.vectors[held]).argmax(1) for head in heads]
            assert case["right"] == [int((one == photos.labels[held]).sum()) for one in found]
            assert case["reads"] == [head.passes for head in heads]
            assert case["step_macs"] == 2 * 3 * n * 12 * 3
            assert f"{3 * n} photos × 1,000 MACs = {3000 * n:,} MACs, once" in case["formulas"][0]
            assert case["title"].endswith(f"{units.percent(case['right'][-1] / len(held))} of {len(held)} others right")
            assert len(case["learned"]) == 3 * n
            assert data["passes"][str(n)][-1] == n
        assert [tuple(row) for row in trunk["curve"]] == [
            (n, *(round(share, 4) for share in lesson.accuracy[n])) for n in lesson.heads
        ]


def test_dots_stay_on_the_map_and_marks_are_the_classes_own():
    data = made().data
    assert data["marks"] == [MARKS[name] for name in ("disc", "square", "triangle")]
    for case in data["trunks"][0]["cases"].values():
        dots = np.array(case["learned"] + case["asked"])
        assert (dots >= 0).all()
        assert (dots <= MAP[2:]).all()


def test_the_stored_pictures_have_a_row_for_each_photo():
    lessons, photos, support, held = lessons_of()
    data = FeatureBank(lessons, photos, support, held).data
    thumbs, cells = (decoded(uri) for uri in (data["thumbs"], data["trunks"][0]["bank"]))
    assert cells.size[1] == data["rows"] == len(support)
    assert thumbs.size[1] % len(support) == 0
    tall = thumbs.size[1] // len(support)
    for row in (0, 1, 17):
        middle_of = np.asarray(thumbs)[row * tall + tall // 2, 10].mean()
        assert middle_of == pytest.approx(photos.images[support[row]].mean(), abs=4)


def decoded(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


@pytest.mark.parametrize(
    ("how", "words"),
    [({"n": 7}, r"n must be one of 1, 2, 5, 10, 20 \(got 7\)"), ({"classes": 9}, "marks for 2 to 8 classes")],
)
def test_bad_input_is_named(how, words):
    lessons, *rest = lessons_of(classes=how.pop("classes", 3), names="abcdefghi")
    with pytest.raises(ValueError, match=words):
        FeatureBank(lessons, *rest, **how)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    return write_book(folder, made())


def counted(page):
    shown = page.locator(f"{PICTURE} [data-count]").all_inner_texts()
    return [int(text.replace(",", "")) for text in shown]


@pytest.mark.browser
def test_each_step_in_the_page_is_python_s(opened):
    page, data = opened(), made().data
    case, passes = data["trunks"][0]["cases"]["10"], data["passes"]["10"]
    assert counted(page) == [0, 0, 0]
    for n in passes[1:]:
        press(page, "ArrowRight")
        assert counted(page) == [0, 3 * n * 1000, 0]
    assert "All 30 photos are stored" in said(page, "bank")
    for step in range(1, len(case["right"])):
        press(page, "ArrowRight")
        assert counted(page) == [case["right"][step], 30_000, case["reads"][step] * case["step_macs"]]
        hollow = page.locator(f"{PICTURE} svg g path").evaluate_all(
            "all => all.filter((one) => one.style.fill === 'var(--mv-paper)' && one.style.visibility !== 'hidden' "
            "&& one.style.stroke.includes('map')).length"
        )
        assert hollow == sum(a != b for a, b in zip(case["answers"][step], data["truth"], strict=True))
    assert case["agreed"].rstrip(".") in said(page, "bank")
    for line in case["formulas"]:
        assert line in said(page, "bank")
    press(page, "Home")
    assert counted(page) == [0, 0, 0]
    assert page.errors == []


@pytest.mark.browser
def test_the_slider_snaps_to_what_was_computed_and_stays_at_the_end(opened):
    page, data = opened(), made().data
    press(page, "End")
    for trunk in (0, 1):
        page.locator(f"{PICTURE} [data-setting=trunk]").select_option(index=trunk)
        slider = page.locator(f"{PICTURE} [data-setting=n]")
        slider.focus()
        press(page, "Home")
        for n in (1, 2, 5, 10, 20):
            case = data["trunks"][trunk]["cases"][str(n)]
            assert slider.get_attribute("aria-valuetext") == str(n)
            assert counted(page)[0] == case["right"][-1]
            assert page.locator(f"{PICTURE} .mv-title").inner_text() == case["title"]
            press(page, "ArrowRight")
    assert page.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("way", WAYS)
def test_looks(opened, way):
    page = opened(**WAYS[way])
    if way == "forced":
        page.emulate_media(forced_colors="active")
    for setting in ("n=10&trunk=0", "n=1&trunk=1", "n=20&trunk=0"):
        page.evaluate(f"location.hash = '#bank?{setting}&at=0'")
        page.wait_for_function(f"document.querySelector('{PICTURE}').dataset.address === '{setting}&at=0'")
        focus(page, "bank")
        for keys in ([], ["ArrowRight"] * 3, ["End"]):
            press(page, *keys)
            assert page.evaluate(FAULTS) == []
    assert page.errors == []


@pytest.mark.browser
def test_it_plays_and_reduced_motion_shows_the_end(opened):
    page = opened()
    press(page, "Space")
    page.wait_for_function(f"Number(document.querySelector('{PICTURE}').dataset.at) >= 3")
    assert said(page, "bank") == "", "playing is silent"
    press(page, "Space")
    assert re.match(r"\d+ right: no head yet", said(page, "bank"))
    calm = opened(still=True)
    press(calm, "Space")
    assert counted(calm)[0] == made().data["trunks"][0]["cases"]["10"]["right"][-1]
