"""Notebook 03: the rules of a puzzle, its animals, and kernels that are none."""

import re
from xml.etree import ElementTree

import pytest
import torch

from mobiviz.course import animals, exercises, kernels
from mobiviz.course.checking import judge
from mobiviz.course.rules import Rules

PUZZLES = [each for each in exercises.ids() if each.endswith("_03")]


def two_lines(x):
    x = x + 1
    return x + x


def with_docstring_and_import(x):
    """Words."""
    import math

    return math.floor(x)


def long_one(x):
    return x + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1


def loops(x):
    return [each for each in x]  # noqa: C416


def matrix(x):
    return x @ x


def called(x):
    return torch.nn.functional.avg_pool2d(x, 2)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (two_lines, "it has 2 lines"),
        (long_one, "its line has 105 characters"),
        (loops, "no loop is allowed"),
        (called, "it uses avg_pool2d"),
        (with_docstring_and_import, None),
        (matrix, None),
        (lambda x: x + 1, None),
        (len, None),
    ],
)
def test_a_rule_is_read_from_the_source(answer, words):
    broken = Rules(without=("avg_pool2d",)).broken(answer)
    assert broken is None if words is None else words in broken


def test_an_operator_can_be_forbidden_and_a_loop_allowed():
    assert "it uses @" in Rules(without=("@",)).broken(matrix)
    assert Rules(loops=True).broken(loops) is None


def test_an_operation_can_be_asked_for():
    rules = Rules(uses=("conv2d", "@"))
    assert "with conv2d or @" in str(rules)
    assert rules.broken(matrix) is None
    assert rules.broken(called) == "it goes without conv2d or @, and this puzzle is about just that"


def test_a_right_answer_that_breaks_a_rule_fails_and_says_so():
    exercise = exercises.load("identity_03")

    def in_two_lines(k):
        kernel = torch.zeros(k, k)
        kernel[k // 2, k // 2] = 1
        return kernel

    said = judge(exercise, in_two_lines)
    assert said.state == "FAIL"
    assert "Its values are right, and it breaks a rule: it has 3 lines" in said.words


def test_an_answer_without_a_source_passes_and_says_what_was_not_checked():
    space = {"F": torch.nn.functional, "torch": torch}
    exec("def hidden(k):\n    return F.pad(torch.ones(1, 1), [k // 2] * 4)", space)
    said = judge(exercises.load("identity_03"), space["hidden"])
    assert said.state == "PASS"
    assert "its rule was not checked: one `return` of at most 100 characters" in said.words


def test_there_are_twelve_and_each_has_rules_and_an_animal_of_its_own():
    assert len(PUZZLES) == 12
    assert all(exercises.load(each).rules for each in PUZZLES)
    drawn = {re.search(r"You get an? (\w+)\.", animals.animal(each))[1] for each in PUZZLES}
    assert drawn == set(animals.ANIMALS)


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_the_animal_is_whole_moves_briefly_and_can_stand_still(puzzle):
    drawn = animals.animal(puzzle)
    root = ElementTree.fromstring(drawn)
    assert len(root.findall("rect")) > 30
    assert "prefers-reduced-motion:no-preference" in drawn
    assert "infinite" not in drawn
    delays = [float(each) for each in re.findall(r"animation-delay:([\d.]+)s", drawn)]
    assert max(delays) < animals._SECONDS
    exercise = exercises.load(puzzle)
    assert drawn in judge(exercise, exercise.reference)._repr_html_()


@pytest.mark.parametrize("rows", animals.ANIMALS.values(), ids=animals.ANIMALS)
def test_an_animal_is_a_rectangle_of_marks(rows):
    lines = [line.strip() for line in rows.strip().splitlines()]
    assert {len(line) for line in lines} == {12}
    assert len(lines) == 10
    assert set("".join(lines)) == {"#", "."}


@pytest.mark.parametrize("given", [None, ...])
def test_what_is_not_written_yet_is_handed_through(given):
    assert kernels.depthwise(given, torch.zeros(1, 1, 4, 4), 3) is given
    assert kernels.pointwise(given, torch.zeros(1, 2, 4, 4)) is given


@pytest.mark.parametrize("given", [[[1, 2]], torch.zeros(9), torch.zeros(1, 3, 3), 5])
def test_a_kernel_of_another_shape_is_named(given):
    with pytest.raises(ValueError, match=r"the shape of what you return is \(.*\); it should be \(3, 3\)"):
        kernels.depthwise(given, torch.zeros(1, 1, 4, 4), 3)


@pytest.mark.parametrize("puzzle", PUZZLES)
@pytest.mark.parametrize(
    "wrong", [None, "words", float("nan"), [[1, 2], [3]], torch.zeros(2, 2, dtype=torch.int64), {}]
)
def test_whatever_an_answer_returns_the_check_has_words_and_a_picture(puzzle, wrong):
    said = judge(exercises.load(puzzle), lambda *case: wrong)
    assert said.state == "FAIL"
    assert "<div role='status'>" in said._repr_html_()
