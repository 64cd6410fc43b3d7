"""Written from the statement of surprise_09, but by the author of the exercise; races are made of given samples."""

from mobiviz.record import Race, Timing


def raced(**samples):
    return Race.of({name: Timing.of(name, values) for name, values in samples.items()})


CLEAR = {"eager": [10.0, 10.2] * 20, "folded": [7.0, 7.1] * 20}


def right_two():
    return raced(**CLEAR), "folded", "eager", "batch norm is no longer a step of its own"


def right_of_three():
    race = raced(**CLEAR, copy=[7.0, 7.1, 7.05, 7.02] * 10)
    return race, "copy", "eager", "the copy is the folded network once more"


def right_as_a_list():
    return [raced(**CLEAR), "folded", "eager", "fewer passes over the same numbers in memory"]


def wrong_direction():
    return raced(**CLEAR), "eager", "folded", "batch norm is no longer a step of its own"


def wrong_copies():
    race = raced(a=[7.0, 7.1, 7.2] * 20, b=[7.1, 7.2, 7.0] * 20)
    return race, "a", "b", "the first has the better place in memory"


def wrong_too_few_rounds():
    return raced(a=[1.0, 1.1, 1.0], b=[5.0, 5.1, 5.0]), "a", "b", "three rounds should be enough for everyone"


def wrong_no_reason():
    return raced(**CLEAR), "folded", "eager", ""


def wrong_same_name():
    return raced(**CLEAR), "folded", "folded", "it is faster than itself would have been"


RIGHT = [right_two, right_of_three, right_as_a_list]
WRONG = [wrong_direction, wrong_copies, wrong_too_few_rounds, wrong_no_reason, wrong_same_name]
FIRST_TRY = (3, 5)
