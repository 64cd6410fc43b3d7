"""A claim of your own.

Bring a sentence that somebody published about efficient networks, and judge it. Hand over a dict with the keys
"quote", the sentence, with at least one number in it; "source", where it stands: an address, an arXiv number or a year;
"computed", the number that you computed against it; and "verdict", one of TRUE, TRUE IF, FALSE and CANNOT TELL.
"""

import math
import re

from mobiviz.course.exercise import mutant, other

HINTS = (
    "A claim without a number cannot be tested. Which number would make it false?",
    "A source is what another person needs to find the sentence: an address, arXiv:1801.04381, or a title and a year.",
    "CANNOT TELL is a verdict, too, where the sentence leaves out what it depends on.",
)
VERDICTS = ("TRUE", "TRUE IF", "FALSE", "CANNOT TELL")


def reference():
    return {
        "quote": "MobileNetV2 needs 300 million multiply-adds",
        "source": "arXiv:1801.04381, table 4",
        "computed": 300.8,
        "verdict": "TRUE",
    }


def cases():
    yield ()


def observe(answer):
    claim = answer()
    if claim is Ellipsis or claim is None or not isinstance(claim, dict):
        return claim
    quote, source, computed = claim.get("quote"), claim.get("source"), claim.get("computed")
    if ... in claim.values():
        return ...
    number = isinstance(computed, int | float) and not isinstance(computed, bool) and math.isfinite(computed)
    return {
        "the quote is a sentence with a number": isinstance(quote, str)
        and len(quote.split()) >= 4
        and bool(re.search(r"(?<![A-Za-z])\d", quote)),
        "the source can be found": isinstance(source, str)
        and bool(re.search(r"https?://|arxiv|(19|20)\d\d", source, re.I)),
        "computed is a number": number,
        "the verdict is one of four": claim.get("verdict") in VERDICTS,
    }


@mutant("There is no number in your quote. What would have to be measured to make it false?")
def no_number():
    return reference() | {"quote": "MobileNetV2 is very fast on phones"}


@mutant("Nobody can find your source. Give an address, an arXiv number, or a title with its year.")
def no_source():
    return reference() | {"source": "the internet"}


@mutant("You computed nothing: a verdict needs a number of your own.")
def nothing_computed():
    return reference() | {"computed": "about the same"}


@mutant("A verdict is TRUE, TRUE IF, FALSE or CANNOT TELL.")
def no_verdict():
    return reference() | {"verdict": "probably"}


@other
def cannot_tell():
    return {
        "quote": "V3 is 20% faster than its rival",
        "source": "a talk of 2019",
        "computed": 0.0,
        "verdict": "CANNOT TELL",
    }


@other
def from_an_address():
    return {
        "quote": "It fits into 4 MB of memory",
        "source": "https://example.org/x",
        "computed": 17,
        "verdict": "FALSE",
    }
