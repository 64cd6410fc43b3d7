"""The pages that a stranger reads first name only what exists, and say no more than they may."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import mobiviz

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
TO_COME = {"notebooks/source/NN_name.py", "mobiviz/course/exercises/name_NN.py", "tests/blind/name_NN.py"}
TO_COME |= {"mobiviz/runtimes/name.py"}  # what somebody who adds one writes


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_paths_lead_to_something(page):
    words = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", words) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]
    roots = "|".join(("mobiviz", "tests", "docs", "data", "notebooks", "benchmarks"))
    named = set(re.findall(rf"`((?:{roots})/[\w./-]+)`", words)) - TO_COME
    assert not [name for name in named if "<" not in name and not (ROOT / name).exists()]


def test_each_way_to_contribute_fits_in_ten_lines():
    parts = dict(re.findall(r"^## (.+)\n\n((?:.+\n)+)", text("CONTRIBUTING.md"), re.MULTILINE))
    assert list(parts) == ["A notebook", "An exercise", "A visual", "A runtime"]
    assert max(len(lines.splitlines()) for lines in parts.values()) <= 10
    for command in re.findall(r"pytest ([\w/. ]+)", text("CONTRIBUTING.md")):
        assert all((ROOT / name).is_file() for name in command.split())


def test_the_notebooks_minutes_are_their_sources():
    rows = re.findall(r"^\| (\d\d) .+\| (\d+)\s(minutes) \|$", text("README.md"), re.MULTILINE)
    sources = sorted((ROOT / "notebooks/source").glob("*.py"))
    found = [
        (path.name[:2], *re.search(r"^# (\d+) (minutes) for you", text(path), re.MULTILINE).groups())
        for path in sources
    ]
    assert rows == found


def test_the_code_is_eight_lines():
    (code,) = re.findall(r"```python\n(.*?)```", text("README.md"), re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 8
    assert max(map(len, code.splitlines())) <= 98, "wider ones are cut where people read them"


def test_it_is_cited_as_what_it_is():
    cited = yaml.safe_load(text("CITATION.cff"))
    assert cited["version"] == mobiviz.__version__
    assert cited["license"] == tomllib.loads(text("pyproject.toml"))["project"]["license"]
    assert cited["authors"] == [{"name": "the mobiviz authors"}]
    assert f"`{mobiviz.__version__}`\n" in text("CHANGELOG.md")
    published = text("data/published_tables.json")
    assert all(paper["url"].rpartition("/")[2] in published for paper in cited["references"])


def test_the_dev_container_starts_what_exists():
    made = json.loads(text(".devcontainer/devcontainer.json"))
    (command,) = re.findall(r"^python3 (\S+)$", made["postCreateCommand"])
    assert (ROOT / command).is_file()
    from mobiviz import lab

    assert made["forwardPorts"] == [lab.FIRST_PORT]
    assert made["image"].endswith(":3.11"), "the Python that is tested"


def test_pre_commit_does_what_make_lint_does():
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    entries = [hook["entry"].removeprefix(".venv/bin/") for hook in hooks]
    assert [" ".join(entry.split()[:2]) for entry in entries] == ["ruff check", "ruff format"]
    assert re.search(r"lint:.*\n\t\$\(BIN\)/ruff check \.\n\t\$\(BIN\)/ruff format --check \.", text("Makefile"))
