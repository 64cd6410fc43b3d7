"""Numbers in words: each one that our prose states is computed from data/claims.toml, and none stands outside of it."""

import ast
import inspect
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import mobiviz as mv
from mobiviz import lab, pricing, rounding, stats, v4
from mobiviz.course.resnet50 import convs
from mobiviz.literature import published
from mobiviz.plot import palette, sheets
from mobiviz.runtimes import artifact

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = tomllib.loads((ROOT / "data/claims.toml").read_text(encoding="utf-8"))

# Numbers that claim nothing, wherever they stand. What stands in one place only is a [[given]] of claims.toml.
NO_CLAIM = {
    "a row that test_deploy.py or test_startup.py compares with what was measured": r"^\| .*\d (?:s|MB) \|.*$",
    "the machine of such a table, compared too": r"^Measured [^.]* on: .*$",
    "code": r"`[^`]*`",
    "the identifier of a paper": r"arXiv:\d{4}\.\d{4,5}",
    "a place in a source": r"\b(?:[Ss]ection|[Tt]able|Guidelines) \d+(?:\.\d+)*",
    "a year": r"\b(?:19|20)\d\d\b",
    "a version": r"\b(?:Python(?: from)?|CC BY|Apache License)\s\d\.\d+(?:(?:, | and )\d\.\d+)*",
    "a run time": r"\b\d+\s(?:minutes|seconds)\b",
    "a shape": r"\b\d+(?: ?x ?\d+)+\b|\(\w+(?:, \w+)+\)",
    "a notebook's number": r"\b[Nn]otebook\s\d\d\b|^##? \d\d |^\| \d\d ",
    "the number of an item": r"^\d+\. ",
    "an answer that test_contact.py compares with its picture": r"^(?:Finding|Unit|Proof|Next): .*$|^Misread: .*\n.*$",
    "a row of sizes that test_setup.py compares with what is installed": r"^\| \w+ \|.*\| [\d.]+ \|$",
}
NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?")


def default(function, name):
    return inspect.signature(function).parameters[name].default


def only(values):
    (value,) = values
    return value


def tally(values):
    return Counter(values).items()


# All that an expression of claims.toml may use.
NAMES = {
    **{name: getattr(mv, name) for name in ("V1", "V2", "V3_LARGE", "V3_SMALL", "cost")},
    **{name: getattr(pricing, name) for name in ("conv", "depthwise", "pointwise", "separable")},
    **{module.__name__.rpartition(".")[2]: module for module in (pricing, stats, sheets, palette, artifact, lab)},
    **{function.__name__: function for function in (default, only, tally, convs, published, mv.units.exact)},
    "V1_CONV": mv.tables.V1_CONV,
    "v4": v4,
    "rounding": rounding,
    "by_count": lambda item: item[1],
    "__builtins__": {"len": len, "max": max, "sum": sum},
}


def markdown(text):
    """(line, words) of a page; of its code only the comments."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            code = not code
        else:
            yield number, line.partition("#")[2] if code else line


def cells(text):
    """(line, words) of a notebook's markdown cells."""
    prose = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# %%"):
            prose = "[markdown]" in line
        elif prose:
            yield number, line.removeprefix("#").removeprefix(" ")


def docstrings(text):
    """(line, words) of the docstrings of a module and of its public classes, methods and functions."""

    def under(node):
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            for number, line in enumerate(first.value.value.splitlines(), first.lineno):
                yield number, line.strip()
        for child in node.body:
            if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
                yield from under(child)

    tree = ast.parse(text)
    return under(tree) if tree.body else iter(())


@cache
def readers():
    """Each file with prose, with what reads it. Exercises are left out: their checks run what they state."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]  # what a benchmark wrote is a measurement, no claim
    found = dict.fromkeys((path for path in pages if path.parent.name != "measured"), markdown)
    found |= dict.fromkeys((ROOT / "notebooks/source").glob("*.py"), cells)
    sources = (path for path in (ROOT / "mobiviz").rglob("*.py") if "exercises" not in path.parts)
    found |= dict.fromkeys(sources, docstrings)
    return {path.relative_to(ROOT).as_posix(): reader for path, reader in found.items()}


@cache
def prose(place):
    """The words of a file, each line where it stands in the file, everything else blank."""
    lines = dict(readers()[place]((ROOT / place).read_text(encoding="utf-8")))
    return "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))


def pattern(words):
    """Finds the words however their lines are broken, and not as a part of longer numbers."""
    flexible = r"\s+".join(map(re.escape, words.split()))
    return re.compile(rf"(?<![\d.,]){flexible}(?!\d|[.,]\d)")


def sentence(claim):
    return claim["says"].format(*(eval(value, dict(NAMES)) for value in claim["values"]))


def unclaimed(text, spoken):
    """(line, number) of each number that is left when what is claimed, given or no claim is taken out."""
    for found in [*map(pattern, spoken), *(re.compile(each, re.MULTILINE) for each in NO_CLAIM.values())]:
        text = found.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for number, line in enumerate(text.splitlines(), 1):
        for match in NUMBER.finditer(line):
            if len(re.sub(r"\D", "", match[0])) > 1:
                yield number, match[0].rstrip(",")


@pytest.mark.parametrize("claim", CLAIMS["claim"], ids=lambda claim: claim["id"])
def test_a_claim_is_what_we_compute_and_stands_where_it_says(claim):
    words = sentence(claim)
    for place in claim["where"]:
        stands = pattern(words).search(prose(place)) is not None
        assert stands, (
            f"{place} does not say {words!r}, which is what claim {claim['id']!r} of data/claims.toml computes now: "
            "correct the file, or the claim"
        )


def test_what_is_given_stands_where_it_says():
    for given in CLAIMS["given"]:
        for place in given["where"]:
            assert pattern(given["says"]).search(prose(place)), f"{place} no longer says {given['says']!r}: take it out"


def test_no_number_stands_outside_of_the_claims():
    spoken = [(claim["where"], sentence(claim)) for claim in CLAIMS["claim"]]
    spoken += [(given["where"], given["says"]) for given in CLAIMS["given"]]
    loose = [
        f"{place}:{line}: {number} is nobody's claim; compute it in a [[claim]] of data/claims.toml (or name it there "
        "as [[given]], if it is chosen and not a result)"
        for place in readers()
        for line, number in unclaimed(prose(place), [words for where, words in spoken if place in where])
    ]
    assert not loose, "\n" + "\n".join(loose)


def test_names_are_unique_and_nothing_is_listed_twice():
    assert max(Counter(claim["id"] for claim in CLAIMS["claim"]).values()) == 1
    assert max(Counter((each["says"], place) for each in CLAIMS["given"] for place in each["where"]).values()) == 1
    assert all(set(claim) == {"id", "says", "values", "where"} and claim["values"] for claim in CLAIMS["claim"])
    assert all(set(given) == {"says", "why", "where"} for given in CLAIMS["given"])
    assert all("{" not in given["says"] for given in CLAIMS["given"])


def test_every_exemption_is_in_use():
    pages = [prose(place) for place in readers()]
    for why, found in NO_CLAIM.items():
        assert any(re.search(found, page, re.MULTILINE) for page in pages), f"nothing is {why} any more: take it out"


def test_the_scanner_sees_what_it_should():
    text = (
        "V1 takes 569 M MACs,\nwhich is 8.56 times\nless; in 2017 a 3x3 kernel `f(42)` took 30 seconds, or 1,024 or 7."
    )
    assert list(unclaimed(text, ["is 8.56 times less"])) == [(1, "569"), (3, "1,024")]
    assert list(unclaimed("is 18.56 or 8.561 times", ["8.56"])) == [(1, "18.56"), (1, "8.561")]


def test_prose_is_read_where_it_stands():
    page = "one 11\n```sh\nrun 22  # 33\n```\n"
    assert dict(markdown(page)) == {1: "one 11", 3: " 33"}
    notebook = "# %% [markdown]\n# see 11\n\n# %%\n# code 22\nx = 33\n"
    assert [words for _, words in cells(notebook)] == ["see 11", ""]
    module = '"""Top 11."""\n\ndef f():\n    """Two\n    22."""\n\ndef _g():\n    """33"""\n'
    assert dict(docstrings(module)) == {1: "Top 11.", 4: "Two", 5: "22."}
    assert prose("mobiviz/units.py").splitlines()[0].startswith("Numbers as text")


def test_an_expression_reaches_nothing_else():
    with pytest.raises(NameError):
        sentence({"says": "{}", "values": ["open('claims.toml')"]})
