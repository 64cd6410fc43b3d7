"""Written from the statement of group_macs_03 alone, though by one who knew the exercise."""


def right_plain(m, n, k, h, w, g):
    return k * k * (m // g) * n * h * w


def right_per_group(m, n, k, h, w, g):
    return g * (k * k * (m // g) * (n // g) * h * w)


def right_divided_last(m, n, k, h, w, g):
    return k**2 * m * n * h * w // g


def wrong_float(m, n, k, h, w, g):
    return k * k * m / g * n * h * w


def wrong_full(m, n, k, h, w, g):
    return k * k * m * n * h * w


def wrong_both_divided(m, n, k, h, w, g):
    return k * k * (m // g) * (n // g) * h * w


def wrong_with_add(m, n, k, h, w, g):
    return 2 * k * k * (m // g) * n * h * w


def wrong_outputs_divided(m, n, k, h, w, g):
    return k * k * m * (n // g) * h * w + n


RIGHT = [right_plain, right_per_group, right_divided_last]
WRONG = [wrong_float, wrong_full, wrong_both_divided, wrong_with_add, wrong_outputs_divided]
FIRST_TRY = (3, 5)
