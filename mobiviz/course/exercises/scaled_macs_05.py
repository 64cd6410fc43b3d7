"""Two knobs on one layer.

A 1x1 convolution has `m` channels in, `n` out, and a map of `h` x `h` positions. The width multiplier `alpha` makes
both channel counts smaller, the resolution multiplier `rho` makes the map smaller. Return the MACs that are left, a
whole number. The new side of the map is rho times h, rounded to a whole number by round(). The new width of c channels
follows MobileNetV2's rule: take v = alpha times c; round it to the nearest multiple of 8, halves up, but never below 8;
if what came out is less than 0.9 v, add 8.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Write the rule for one width first. Then a 1x1 has m times n MACs at each of the positions.",
    "To the nearest multiple of 8, halves up: int(v + 4) // 8 * 8.",
    "alpha works on m and on n, and rho on both sides of the map.",
)


def width(c, alpha, step=8, keep=0.9):
    v = alpha * c
    new = max(step, int(v + step / 2) // step * step)
    return new + step if new < keep * v else new


def reference(m, n, h, alpha, rho):
    return width(m, alpha) * width(n, alpha) * round(rho * h) ** 2


def cases():
    yield 16, 16, 4, 0.5, 0.5
    yield 64, 64, 14, 1.0, 1.0
    yield 32, 64, 56, 0.5, 1.0
    yield 64, 128, 28, 1.0, 0.5
    yield 24, 24, 28, 0.5, 0.57
    yield 32, 96, 28, 0.35, 0.75
    yield 24, 320, 7, 0.75, 6 / 7
    yield 160, 960, 14, 1.4, 4 / 7
    yield 104, 136, 7, 0.5, 1.0  # 52 and 68 lie halfway between two multiples of 8
    yield 8, 12, 7, 0.25, 1.0
    yield 148, 64, 7, 0.35, 1.0  # 51.8 is nearer to 48


@mutant("alpha is in your result once. Both ends of the layer become thinner, so it counts twice, nearly.")
def alpha_once(m, n, h, alpha, rho):
    return width(m, alpha) * n * round(rho * h) ** 2


@mutant("rho is in your result once. The map shrinks in height and in width.")
def rho_once(m, n, h, alpha, rho):
    return width(m, alpha) * width(n, alpha) * round(rho * h) * h


@mutant("You do not round the widths to multiples of 8. The networks that were published do.")
def not_rounded(m, n, h, alpha, rho):
    return round(alpha * m) * round(alpha * n) * round(rho * h) ** 2


@mutant("The last part of the rule is missing: where rounding took away more than 10%, add 8 again.")
def without_the_tenth(m, n, h, alpha, rho):
    return width(m, alpha, keep=0) * width(n, alpha, keep=0) * round(rho * h) ** 2


@mutant("You round widths down. The rule takes the nearest multiple of 8.")
def rounds_down(m, n, h, alpha, rho):
    def down(c):
        return max(8, int(alpha * c) // 8 * 8)

    return down(m) * down(n) * round(rho * h) ** 2


@mutant("round() takes halves to the even number: round(52 / 8) is 6, and halves up would be 7.")
def halves_to_even(m, n, h, alpha, rho):
    def even(c):
        new = max(8, round(alpha * c / 8) * 8)
        return new + 8 if new < 0.9 * alpha * c else new

    return even(m) * even(n) * round(rho * h) ** 2


@mutant("A width came out as 0. It is never below 8.")
def no_least(m, n, h, alpha, rho):
    def free(c):
        new = int(alpha * c + 4) // 8 * 8
        return new + 8 if 0 < new < 0.9 * alpha * c else new

    return free(m) * free(n) * round(rho * h) ** 2


@mutant("You multiply the whole layer's MACs by alpha² rho², which is the rule of thumb. Widths come in eights.")
def rule_of_thumb(m, n, h, alpha, rho):
    return round(m * n * h * h * alpha**2 * rho**2)


@mutant("The map keeps its size in your result: rho is not used.")
def without_rho(m, n, h, alpha, rho):
    return width(m, alpha) * width(n, alpha) * h * h


@other
def by_the_library(m, n, h, alpha, rho):
    from mobiviz.tables import round_to_8

    side = round(rho * h)
    return round_to_8(m * alpha) * round_to_8(n * alpha) * side * side


@other
def in_floats_first(m, n, h, alpha, rho):
    def rule(v):
        nearest = max(8, 8 * int(v / 8 + 0.5))
        return nearest if nearest >= 0.9 * v else nearest + 8

    return int(rule(m * alpha) * rule(n * alpha) * round(h * rho) ** 2)
