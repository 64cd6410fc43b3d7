"""Written from the statement of equal_macs_05, but by the author of the exercise; races are made of given samples."""

from mobiviz.record import Race, Timing


def raced(samples):
    return Race.of({name: Timing.of(name, values) for name, values in samples.items()})


def clear():
    return raced({"1.0 160": [11.0, 11.2] * 20, "0.75 192": [15.0, 15.3] * 20})


def right_two():
    return clear(), "1.0 160", "0.75 192"


def right_as_a_list():
    return [clear(), "1.0 160", "0.75 192"]


def right_written_another_way():
    samples = {"1 160": [15.0, 15.2] * 20, ".75 192": [11.0, 11.1] * 20}
    return raced(samples), ".75 192", "1 160"


def wrong_direction():
    return clear(), "0.75 192", "1.0 160"


def wrong_same_name():
    return clear(), "1.0 160", "1.0 160"


def wrong_macs():
    samples = {"1.0 224": [20.0, 20.1] * 20, "0.5 112": [4.0, 4.1] * 20}
    return raced(samples), "0.5 112", "1.0 224"


def wrong_too_few_rounds():
    samples = {"1.0 160": [11.0, 11.1, 11.0], "0.75 192": [15.0, 15.1, 15.0]}
    return raced(samples), "1.0 160", "0.75 192"


def wrong_without_a_race():
    return "1.0 160", "0.75 192"


RIGHT = [right_two, right_as_a_list, right_written_another_way]
WRONG = [wrong_direction, wrong_same_name, wrong_macs, wrong_too_few_rounds, wrong_without_a_race]
FIRST_TRY = (3, 5)
