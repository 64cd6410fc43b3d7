"""Written from the statement of cheapest_03 alone, though by one who knew the exercise."""


def right_times(reach):
    return [3] * ((reach - 1) // 2)


def right_tuple(reach):
    return (3,) * (reach // 2)


def right_comprehension(reach):
    return [3 for _ in range(reach // 2)]


def wrong_one(reach):
    return [reach]


def wrong_mixed(reach):
    return [5] + [3] * ((reach - 5) // 2)


def wrong_ones(reach):
    return [3] * (reach // 3)


def wrong_string(reach):
    return "3 " * (reach // 2)


def wrong_too_far(reach):
    return [3] * (reach // 2 + 1)


RIGHT = [right_times, right_tuple, right_comprehension]
WRONG = [wrong_one, wrong_mixed, wrong_ones, wrong_string, wrong_too_far]
FIRST_TRY = (3, 5)
