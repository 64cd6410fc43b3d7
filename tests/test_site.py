"""The static site: every notebook a page, its pictures alive, found by search, and nothing asked of anybody."""

import inspect
import json
import re

import pytest

import mobiviz as mv
from mobiviz import assets
from mobiviz.course import states
from mobiviz.course.site import site
from mobiviz.course.web import lessons, measured, reference
from mobiviz.course.web.prose import Prose

SOURCE = """# ---
# jupyter:
#   mobiviz:
#     run_s: 5
# ---

# %% [markdown]
# # 07 A page
#
# **What is six times seven?** 5 minutes for you.

# %%
# BEGIN SOLUTION
n = 6 * 7
# END SOLUTION
print("n is", n)

# %% [markdown] tags=["instructor"]
# Ask for a guess first.
"""
NAMES = sorted(path.stem for path in assets.notebooks("source").glob("*.py"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site of the committed solutions, none of them run again."""
    out = tmp_path_factory.mktemp("site")
    site(out, run=False)
    return out


def test_what_was_not_run_is_run_and_its_solution_is_folded(tmp_path, monkeypatch):
    sources = tmp_path / "source"
    sources.mkdir()
    for name in ("07_a_page", "08_another_page"):
        (sources / f"{name}.py").write_text(SOURCE, encoding="utf-8")
        (tmp_path / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(assets, "notebooks", lambda *parts: tmp_path.joinpath(*parts))
    names = [page.name for page in site(tmp_path / "out")]
    own = ["index.html", "07_a_page.html", "08_another_page.html"]
    assert names == [*own, "photo.html", "reference.html", "teaching.html", "search.html"]
    text = (tmp_path / "out" / own[1]).read_text(encoding="utf-8")
    assert "n is 42" in text
    assert re.search(
        r"your code here.*<details class=\"fold\"><summary>Filled in</summary>.*</details>", text, re.DOTALL
    )
    assert 'rel="next" href="08_another_page.html"' in text
    assert 'rel="prev"' not in text
    assert "Ask for a guess first." in (tmp_path / "out" / "teaching.html").read_text(encoding="utf-8")
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert index.count("What is six times seven?") == 2
    assert "5 minutes" in index


def test_what_was_measured_is_shown_row_by_row(built, tmp_path):
    text = (built / "measured.html").read_text(encoding="utf-8")
    rows = 0
    for path in (assets.notebooks().parent / "docs" / "measured").glob("*.md"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("| ") and "---" not in line and not line.startswith(("| counter ", "| picture ")):
                cells = [cell.strip() for cell in line.strip("| ").split("|")]
                assert re.search("".join(rf"<td[^>]*>{re.escape(cell)}</td>\s*" for cell in cells), text), line
                rows += 1
    assert rows >= 20
    assert 'href="measured.html"' in (built / "index.html").read_text(encoding="utf-8")
    assert measured.document(tmp_path) is None


def test_every_notebook_has_its_page_and_the_limits_hold(built):
    pages = {path.stem: path.stat().st_size for path in built.glob("*.html")}
    assert set(NAMES) <= set(pages)
    assert max(pages.values()) < 600_000, pages
    assert sum(path.stat().st_size for path in built.rglob("*") if path.is_file()) < 40_000_000


def test_no_page_names_another_computer_and_every_link_leads_somewhere(built):
    for page in built.glob("*.html"):
        text = re.sub(
            r"<script type=\"application/json\".*?</script>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        for link in re.findall(r"\s(?:src|href)=\"([^\"]+)\"", text):
            if not link.startswith(("data:", "#", "https://")):
                assert (built / link.partition("#")[0]).exists(), f"{page.name} leads to {link}"
        assert not re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=[\"'](?:https?:)?//", text), page.name


def test_the_search_finds_each_public_name_and_each_notebook(built):
    text = (built / "assets" / "words.js").read_text(encoding="utf-8")
    rows = json.loads(text.removeprefix("window.mobivizWords = ").removesuffix(";\n"))
    assert {f"{name}.html" for name in NAMES} <= {row[0] for row in rows}
    anchors = {row[1] for row in rows if row[0] == "reference.html"}
    assert {f"mv.{name}" for name in mv._HOME} <= anchors


def test_the_reference_holds_every_docstring():
    text = reference.document().main
    for name in mv._HOME:
        assert f'<h3 id="mv.{name}">' in text
    assert "<dt>Raises</dt>" in reference.words(inspect.getdoc(mv.image))


def test_a_formula_is_drawn_by_the_browser_itself():
    text = Prose().render("It is $\\frac{1}{N} + \\frac{1}{k^2}$.")
    assert '<math alttext="\\frac{1}{N} + \\frac{1}{k^2}"' in text
    assert "<mfrac>" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_states_beside_a_solution_are_those_of_its_posters(name, record_property):
    one = lessons.lesson(assets.notebooks("source", f"{name}.py"), run=False)
    known = states.read(states.beside(assets.notebooks("solutions", f"{name}.ipynb")))
    if not lessons.whole(one.solution):
        record_property(
            "score", f"{name} is run for the site: `mobiviz course build --run` keeps what its pictures know"
        )
    assert set(known) <= {key for key, _ in states.pictures(one.solution)}
    for state in known.values():
        module, style = states.script_and_style(state["widget"])
        assert "export default" in module
        assert ".mv" in style
