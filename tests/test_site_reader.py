"""The site's pictures as a screen reader has them: all is read from the accessibility tree, nothing from the page.

The tree's group is the picture's figure: its name the title, a slider the step, an output a count under its name, then
the formula and the result as paragraphs.
"""

import re
from typing import NamedTuple

import pytest
from test_site import NAMES, built  # noqa: F401, a fixture
from test_site_pages import at  # noqa: F401, a fixture

pytestmark = pytest.mark.browser

MOVES = {"to the start", "one step back", "Play", "one step on", "to the end"}


class Reading(NamedTuple):
    """What was read of a picture."""

    title: str
    step: int
    counts: dict[str, str]
    formula: str
    result: str
    buttons: set[str]


def read(host) -> Reading:
    """Read one picture from the tree that the browser gives to a screen reader."""
    lines = host.aria_snapshot().splitlines()
    title = next(_name(line) for line in lines if _role(line) == "group")
    buttons = {_name(line) for line in lines if _role(line) == "button"}
    step = next(_value(line) for line in lines if _role(line) == "slider" and _name(line) == "step")
    picture = next(row for row, line in enumerate(lines) if _role(line) == "application")
    said = [row for row, line in enumerate(lines) if _role(line) == "paragraph" and row > picture]
    counts = {_name(line): _value(line) for line in lines[picture : said[0]] if _role(line) == "status"}
    return Reading(title, int(step), counts, _text(lines, said[0]), _text(lines, said[1]), buttons)


@pytest.mark.parametrize("name", NAMES)
def test_title_step_counts_formula_and_result_are_read(at, name):  # noqa: F811
    page = at(name, still=True)
    for host in page.locator("[data-live]").all():
        host.get_by_role("button", name="to the end").press("Enter")
        end = read(host)
        assert end.title
        assert end.buttons >= MOVES
        assert end.step > 0
        assert end.counts, end.title
        assert all(words and re.search(r"[\w–]", value) for words, value in end.counts.items()), end.counts
        assert len(end.formula) > 3, end.title
        assert len(end.result) > 3, end.title

        host.get_by_role("button", name="to the start").press("Enter")
        host.get_by_role("button", name="one step on").press("Enter")
        begun = read(host)
        assert 0 < begun.step <= end.step
        if begun.step < end.step:
            assert (begun.counts, begun.formula, begun.result) != (end.counts, end.formula, end.result), end.title


def _role(line: str) -> str:
    return re.match(r"\s*- '?(\w*)", line)[1]


def _name(line: str) -> str:
    found = re.search(r'"((?:[^"\\]|\\.)*)"', line)
    return found[1] if found else ""


def _value(line: str) -> str:
    """What stands behind the colon."""
    return re.sub(r'^\s*- \'?\w+(?: "(?:[^"\\]|\\.)*")?\'?:?', "", line).strip(" \"'")


def _text(lines: list[str], row: int) -> str:
    """A paragraph's own words: on its line, or in the lines below that are indented deeper."""
    words, depth = [_value(lines[row])], len(lines[row]) - len(lines[row].lstrip())
    for line in lines[row + 1 :]:
        if len(line) - len(line.lstrip()) <= depth:
            break
        words.append(_value(line))
    return " ".join(filter(None, words))
