"""A name that is not known is answered with the value, what is allowed, and the nearest of it."""

import pytest

import mobiviz as mv
from mobiviz.names import unknown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("catt", "photo 'catt' is not one of cat, coffee; did you mean 'cat'?"),
        ("zebra", "photo 'zebra' is not one of cat, coffee"),
        ("", "photo '' is not one of cat, coffee"),
        (7, "photo '7' is not one of cat, coffee"),
    ],
)
def test_the_words(value, words):
    assert unknown("photo", value, ["cat", "coffee"]) == words


def test_allowed_names_may_be_a_dict_or_a_generator():
    assert unknown("k", "on", {"one": 1, "two": 2}).endswith("did you mean 'one'?")
    assert unknown("k", 3, (n for n in (1, 2))) == "k '3' is not one of 1, 2"


def test_a_misspelt_name_of_the_package_is_answered():
    with pytest.raises(AttributeError, match="did you mean 'MobileNet'"):
        _ = mv.MobilNet
