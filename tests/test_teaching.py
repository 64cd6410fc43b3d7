"""What teachers read: paths that add up, notes on every notebook, and licences that say what they cover."""

import re
import tomllib
from pathlib import Path

import pytest

from mobiviz import assets
from mobiviz.course import exercises
from mobiviz.course.web import teaching

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/teaching.md").read_text(encoding="utf-8")
NOTES = sorted((ROOT / "docs/teaching").glob("*.md"))
SOURCES = {path.name[:2]: path.read_text(encoding="utf-8") for path in assets.notebooks("source").glob("*.py")}
MINUTES = {number: int(re.search(r"(\d+) minutes for you", text)[1]) for number, text in SOURCES.items()}
ROW = re.compile(r"^\| (\d\d) \| (\d+) minutes \| (.+) \|$", flags=re.M)
PATHS = {part.split("\n")[0]: ROW.findall(part) for part in PAGE.split("\n### ")[1:]}
NOTEBOOKS = {
    "Ninety minutes: 90 minutes": {"01", "02", "09", "13"},
    "Half a day: 240 minutes": {"01", "02", "04", "06", "09", "12", "13"},
    "A semester: one notebook a week": set(SOURCES),
}


def test_there_are_three_paths_through_notebooks_that_exist():
    assert {name: {row[0] for row in rows} for name, rows in PATHS.items()} == NOTEBOOKS


@pytest.mark.parametrize("name", PATHS)
def test_a_path_keeps_its_time_and_says_what_it_leaves_out(name):
    promised = re.search(r"(\d+) minutes$", name)
    assert promised is None or sum(int(minutes) for _, minutes, _ in PATHS[name]) == int(promised[1])
    for number, minutes, what in PATHS[name]:
        assert (int(minutes) == MINUTES[number]) == (what == "all"), f"{number} takes {MINUTES[number]} minutes"
        assert int(minutes) <= MINUTES[number]
        for said in re.findall(r"exercise \d", what):
            assert f"# ## {said.capitalize()}" in SOURCES[number]


def test_what_the_short_path_names_is_there():
    named = {"09": ("Predict", "Look", "When the machine is noisy"), "13": ("The savings", "The size", "The clock")}
    rows = {number: what for number, _, what in PATHS["Ninety minutes: 90 minutes"]}
    for number, sections in named.items():
        for section in sections:
            assert section in rows[number]
            assert f"# ## {section}" in SOURCES[number]


@pytest.mark.parametrize("number", sorted(SOURCES))
def test_every_notebook_has_notes(number):
    text = (ROOT / f"docs/teaching/{number}.md").read_text(encoding="utf-8")
    title = re.search(r"^# # (.+)$", SOURCES[number], flags=re.M)[1]
    assert text.startswith(f"## {title}\n")
    assert int(re.search(r"\*\*Time\.\*\* (\d+) minutes", text)[1]) == MINUTES[number]
    for head in ("**What goes wrong.**\n\n- ", "**Discuss.**\n\n- "):
        assert head in text
    named = set(re.findall(r"`(\w+_\d\d)`", text))
    own = {each for each in exercises.ids() if each.endswith(f"_{number}")}
    assert named <= own
    assert len(named) >= min(2, len(own))
    for quoted in re.findall(r'"([A-Z][^"]+\.)"', text):
        assert f'"{quoted}"' in SOURCES[number] or f'"{quoted[:-1]}"' in SOURCES[number], f"nobody says {quoted}"


def test_minutes_in_the_notes_add_up():
    for path in NOTES:
        first = re.search(r"\*\*Time\.\*\* (\d+) minutes: (.*?)\n\n", path.read_text(encoding="utf-8"), flags=re.S)
        if first:
            parts = re.findall(r"\b(\d+)\sminutes\s(?:for|to|with)", first[2].split(". Do")[0].split(". It")[0])
            assert sum(map(int, parts)) == int(first[1]), path.name


def test_the_site_shows_the_page_first_and_then_the_notes():
    made = teaching.document([], ROOT / "docs/teaching").main
    places = [made.index(each) for each in ("For teachers", "Ninety", "Let pairs choose", "What would you have")]
    assert places == sorted(places)


def test_the_commands_that_the_page_names_exist():
    from mobiviz import cli

    for words in set(re.findall(r"`mobiviz ([a-z ]+[a-z])", PAGE)):
        with pytest.raises(SystemExit) as left:
            cli.main([*words.split(), "--help"])
        assert left.value.code == 0


def test_the_licences_say_what_each_covers():
    """Text and figures CC BY 4.0, code Apache-2.0: in a file of their own, where teachers look, and in the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert project["license-files"] == ["LICENSE", "docs/LICENSE-text.md"]
    text = (ROOT / "docs/LICENSE-text.md").read_text(encoding="utf-8")
    for words in ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "Apache License 2.0"):
        assert words in text
    assert "CC BY 4.0" in PAGE
    assert "CC BY 4.0" in (ROOT / "README.md").read_text(encoding="utf-8")
    folders = re.findall(r"`(\w+)/`", text)
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders)
