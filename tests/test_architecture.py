"""docs/architecture.md is written from the list of floors, by `python tests/test_architecture.py`, and is current."""

import ast
import re
from pathlib import Path

from test_floors import FLOORS, PACKAGE, floor, imported, lines, tree

PAGE = Path(__file__).resolve().parents[1] / "docs/architecture.md"
HEAD = """# The house

A file imports only from files above it in this list; the list is `FLOORS` in `tests/test_floors.py`, which parses every
import, those inside functions too. So nothing is tangled, each floor is tested on what lies under it, and importing
`mobiviz` imports neither torch nor a plotting library. `plot` and `widgets` never import torch: a saved Record opens
and draws where torch does not exist. `python tests/test_architecture.py` writes this page, and a test compares it.

| floor | what lives there | stands on |
|---|---|---|
"""


def page():
    """The list of floors, from the ground up: what each says of itself, and what it imports."""
    rows = []
    for name in FLOORS:
        home = PACKAGE / name
        first = home / "__init__.py" if home.is_dir() else home.with_suffix(".py")
        files = [path for path in PACKAGE.rglob("*.py") if floor(path) == name]
        used = {other for path in files for _, other in imported(path)} - {name, "mobiviz"}
        under = ", ".join(f"`{other}`" for other in FLOORS if other in used)
        rows.append(f"| `{name}{'/' * home.is_dir()}` | {says(first)} | {under or 'nothing'} |")
    return HEAD + "\n".join(rows) + "\n"


def says(path):
    """The first paragraph of a module's docstring, fit for a cell."""
    words = (ast.get_docstring(tree(path)) or "").partition("\n\n")[0]
    return " ".join(words.split()).replace("|", "\\|")


def test_the_page_is_the_list_of_floors_as_it_is_now():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/test_architecture.py"


def test_every_floor_says_what_lives_there():
    told = re.findall(r"^\| `(\w+)/?` \| (.+?) \| ", page(), re.MULTILINE)
    assert [name for name, _ in told] == FLOORS
    assert all(words.strip() for _, words in told)
    assert lines(PAGE) == len(FLOORS) + len(HEAD.splitlines())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
