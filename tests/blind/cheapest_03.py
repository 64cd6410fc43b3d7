"""Written from the statement of cheapest_03 alone, by someone who had seen nothing of its check."""


def right_half(reach):
    return [3] * (reach // 2)


def right_range(reach):
    return [3 for _ in range(3, reach + 1, 2)]


def right_recursion(reach):
    return [3, *right_recursion(reach - 2)] if reach > 1 else []


def wrong_one_layer(reach):
    return [reach]


def wrong_third(reach):
    return [3] * (reach // 3)


def wrong_one_too_many(reach):
    return [3] * ((reach + 1) // 2)


def wrong_fives_first(reach):
    return [5] * ((reach - 1) // 4) + [3] * ((reach - 1) % 4 // 2)


def wrong_two_layers(reach):
    return [3, reach - 2] if reach > 3 else [3]


def wrong_how_many(reach):
    return (reach - 1) // 2


RIGHT = [right_half, right_range, right_recursion]
WRONG = [wrong_one_layer, wrong_third, wrong_one_too_many, wrong_fives_first, wrong_two_layers, wrong_how_many]
FIRST_TRY = (3, 6)
