"""Three answers for three states.

A check asks: how many milliseconds are one second? It says TODO to an answer that is not written yet, FAIL to a wrong
one, and PASS to the right one, a whole number. Not written yet is `...`, three dots, as in every exercise that you
have not begun. `wanted` is the text "TODO", "FAIL" or "PASS".
Return an answer to the question to which the check says what is wanted.
"""

from mobiviz.course.exercise import Exercise, mutant, other

HINTS = (
    "Return 1000, whatever is wanted, and look at what the check says then.",
    'Ask what is wanted with `if wanted == "TODO":`, and return something else in each of the three cases.',
    "For TODO the answer is the three dots themselves: `return ...`. For FAIL any number but the right one will do.",
)


def reference(wanted):
    return {"TODO": ..., "FAIL": 60, "PASS": 1000}[wanted]


def cases():
    yield ("TODO",)
    yield ("FAIL",)
    yield ("PASS",)


def observe(answer, wanted):
    """What a real check of that question says to the answer; nothing but dots, whatever is wanted, stays TODO."""
    from mobiviz.course.checking import judge

    given = answer(wanted)
    if given is ... and wanted != "TODO":
        return given
    asked = Exercise("second_00", "", lambda: 1000, lambda: [()], (), (), (), lambda found: found(), 0, 5.0)
    return judge(asked, given).state


@mutant("You return 1000 whatever is wanted, and the check says PASS to it each time. Ask what is wanted with `if`.")
def always_right(wanted):
    return 1000


@mutant("None is an answer too, and so is a word: the check says FAIL. Not written yet is `...`, without quotes.")
def none_for_todo(wanted):
    return {"TODO": None, "FAIL": 60, "PASS": 1000}[wanted]


@mutant("To all three the check says FAIL. What you return is an answer to its question: `...`, or a number.")
def returns_the_word(wanted):
    return wanted


@mutant("TODO and FAIL are right. For PASS the check wants the right answer, a whole number: no text, no fraction.")
def right_as_a_text(wanted):
    return {"TODO": ..., "FAIL": 60, "PASS": "1000"}[wanted]


@mutant("FAIL and PASS are the wrong way round: the check says FAIL to a wrong answer, and PASS to the right one.")
def swapped(wanted):
    return {"TODO": ..., "FAIL": 1000, "PASS": 60}[wanted]


@other
def with_if(wanted):
    if wanted == "TODO":
        return ...
    if wanted == "FAIL":
        return 999
    return 1000


@other
def fails_by_forgetting(wanted):
    return ... if wanted == "TODO" else 1000 if wanted == "PASS" else None


@other
def fails_by_a_word(wanted):
    if wanted == "PASS":
        return 10**3
    return Ellipsis if wanted == "TODO" else "a thousand"
