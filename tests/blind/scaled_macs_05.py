"""Written from the statement of scaled_macs_05 alone, though by one who knew the exercise."""


def rule(v):
    new = max(8, int(v + 4) // 8 * 8)
    return new + 8 if new < 0.9 * v else new


def right_plain(m, n, h, alpha, rho):
    return rule(m * alpha) * rule(n * alpha) * round(h * rho) ** 2


def right_loop(m, n, h, alpha, rho):
    total = 1
    for c in (m, n):
        v = alpha * c
        lower = int(v // 8) * 8
        new = max(lower if v - lower < 4 else lower + 8, 8)
        total *= new if new >= 0.9 * v else new + 8
    return total * round(rho * h) * round(rho * h)


def right_numpy(m, n, h, alpha, rho):
    import numpy as np

    v = np.array([m, n]) * alpha
    new = np.maximum(np.floor((v + 4) / 8) * 8, 8)
    new[new < 0.9 * v] += 8
    return int(new.prod() * round(rho * h) ** 2)


def wrong_alpha_only_outputs(m, n, h, alpha, rho):
    return m * rule(n * alpha) * round(h * rho) ** 2


def wrong_int_of_side(m, n, h, alpha, rho):
    return rule(m * alpha) * rule(n * alpha) * int(h * rho) ** 2


def wrong_python_round(m, n, h, alpha, rho):
    return round(m * alpha / 8) * 8 * round(n * alpha / 8) * 8 * round(h * rho) ** 2


def wrong_forgets_map(m, n, h, alpha, rho):
    return rule(m * alpha) * rule(n * alpha)


def wrong_returns_float(m, n, h, alpha, rho):
    return float(right_plain(m, n, h, alpha, rho))


RIGHT = [right_plain, right_loop, right_numpy]
WRONG = [wrong_alpha_only_outputs, wrong_int_of_side, wrong_python_round, wrong_forgets_map, wrong_returns_float]
FIRST_TRY = (3, 5)
