"""Written from the statement of group_macs_03 alone, by someone who had seen nothing of its check."""


def right_cut_inputs(m, n, k, h, w, g):
    return n * h * w * k**2 * (m // g)


def right_cut_at_the_end(m, n, k, h, w, g):
    return m * n * k * k * h * w // g


def right_group_by_group(m, n, k, h, w, g):
    return g * (m // g * (n // g)) * k * k * h * w


def wrong_no_groups(m, n, k, h, w, g):
    return m * n * k * k * h * w


def wrong_one_group(m, n, k, h, w, g):
    return (m // g) * (n // g) * k * k * h * w


def wrong_times_g(m, n, k, h, w, g):
    return m * n * k * k * h * w * g


def wrong_one_k(m, n, k, h, w, g):
    return m // g * n * k * h * w


def wrong_weights(m, n, k, h, w, g):
    return m // g * n * k * k


def wrong_depthwise(m, n, k, h, w, g):
    return m * k * k * h * w * g // g


RIGHT = [right_cut_inputs, right_cut_at_the_end, right_group_by_group]
WRONG = [wrong_no_groups, wrong_one_group, wrong_times_g, wrong_one_k, wrong_weights, wrong_depthwise]
FIRST_TRY = (3, 6)
