"""Written from the statement of scaled_macs_05 alone, by someone who had seen nothing of its check."""

import math


def right_in_steps(m, n, h, alpha, rho):
    def width(c):
        v = alpha * c
        new = max(8, int(v + 4) // 8 * 8)
        return new + 8 if new < 0.9 * v else new

    side = round(rho * h)
    return width(m) * width(n) * side * side


def right_floor(m, n, h, alpha, rho):
    macs = round(h * rho) ** 2
    for c in (m, n):
        v = c * alpha
        eights = max(1, math.floor(v / 8 + 0.5))
        if 8 * eights < 0.9 * v:
            eights += 1
        macs *= 8 * eights
    return macs


def right_candidates(m, n, h, alpha, rho):
    widths = []
    for v in (alpha * m, alpha * n):
        below = int(v // 8) * 8
        near = below + 8 if v - below >= 4 else below
        near = max(near, 8)
        widths.append(near if near >= 0.9 * v else near + 8)
    return math.prod(widths) * round(rho * h) ** 2


def wrong_half_to_even(m, n, h, alpha, rho):
    def width(c):
        new = max(8, round(alpha * c / 8) * 8)
        return new + 8 if new < 0.9 * alpha * c else new

    return width(m) * width(n) * round(rho * h) ** 2


def wrong_loses_more_than_a_tenth(m, n, h, alpha, rho):
    m, n = (max(8, int(alpha * c + 4) // 8 * 8) for c in (m, n))
    return m * n * round(rho * h) ** 2


def wrong_no_least(m, n, h, alpha, rho):
    def width(c):
        new = int(alpha * c + 4) // 8 * 8
        return new + 8 if 0 < new < 0.9 * alpha * c else new

    return width(m) * width(n) * round(rho * h) ** 2


def wrong_v1_rule(m, n, h, alpha, rho):
    return int(alpha * m) * int(alpha * n) * round(rho * h) ** 2


def wrong_formula(m, n, h, alpha, rho):
    return round(alpha**2 * rho**2 * m * n * h * h)


def wrong_side_cut(m, n, h, alpha, rho):
    def width(c):
        new = max(8, int(alpha * c + 4) // 8 * 8)
        return new + 8 if new < 0.9 * alpha * c else new

    return width(m) * width(n) * int(rho * h) ** 2


def wrong_rho_once(m, n, h, alpha, rho):
    def width(c):
        new = max(8, int(alpha * c + 4) // 8 * 8)
        return new + 8 if new < 0.9 * alpha * c else new

    return width(m) * width(n) * round(rho * h) * h


RIGHT = [right_in_steps, right_floor, right_candidates]
WRONG = [
    wrong_half_to_even,
    wrong_loses_more_than_a_tenth,
    wrong_no_least,
    wrong_v1_rule,
    wrong_formula,
    wrong_side_cut,
    wrong_rho_once,
]
FIRST_TRY = (3, 5)
