"""Written from the statement of state_00 alone."""


def right_match(wanted):
    match wanted:
        case "TODO":
            return ...
        case "FAIL":
            return 3600
        case _:
            return 1000


def right_by_place(wanted):
    answers = [Ellipsis, -1, 1000]
    return answers[["TODO", "FAIL", "PASS"].index(wanted)]


def right_one_line(wanted):
    return ... if wanted == "TODO" else 1000 + (wanted == "FAIL")


def right_fails_with_a_list(wanted):
    if wanted == "FAIL":
        return [1000]
    return 1000 if wanted == "PASS" else ...


def wrong_dots_in_quotes(wanted):
    return {"TODO": "...", "FAIL": 1, "PASS": 1000}[wanted]


def wrong_nothing_but_dots(wanted):
    return ...


def wrong_small_letters(wanted):
    if wanted == "todo":
        return ...
    if wanted == "fail":
        return 1
    return 1000


def wrong_seconds_in_a_minute(wanted):
    return {"TODO": ..., "FAIL": 1000, "PASS": 60}[wanted]


def wrong_a_fraction(wanted):
    return {"TODO": ..., "FAIL": 1, "PASS": 1000.0}[wanted]


def wrong_raises(wanted):
    if wanted == "TODO":
        return ...
    if wanted == "FAIL":
        raise ValueError("wrong")
    return 1000


def wrong_forgets_a_return(wanted):
    if wanted == "FAIL":
        return 2
    if wanted == "PASS":
        return 1000
    return None


RIGHT = [right_match, right_by_place, right_one_line, right_fails_with_a_list]
WRONG = [
    wrong_dots_in_quotes,
    wrong_nothing_but_dots,
    wrong_small_letters,
    wrong_seconds_in_a_minute,
    wrong_a_fraction,
    wrong_raises,
    wrong_forgets_a_return,
]
FIRST_TRY = (4, 7)
