"""The cheapest stack that sees far enough.

All layers have stride 1 and as many channels out as in, so a layer with a k x k kernel costs k x k for each position
and pair of channels. Kernels are odd, 3 or larger. `reach` is an odd number of at least 3. Return the list of kernel
sizes of the cheapest stack whose receptive field is exactly `reach`; the order does not matter.
"""

from mobiviz.course.exercise import mutant, other
from mobiviz.course.rules import Rules

HINTS = (
    "A layer of size k adds k - 1 to the receptive field and k x k to the cost.",
    "What does one step of receptive field cost: 9 / 2 with a 3x3, 25 / 4 with a 5x5, 49 / 6 with a 7x7.",
    "How many layers of the cheapest kind add up to reach - 1?",
)
RULES = Rules(loops=True)


def reference(reach):
    return [3] * (reach // 2)


def cases():
    for reach in (5, 3, 7, 11, 15):
        yield (reach,)


def observe(answer, reach):
    found = answer(reach)
    if not isinstance(found, list | tuple) or found is Ellipsis:
        return found
    return sorted(found)


@mutant("One large kernel sees as far and costs the most: 11 x 11 is 121, and five 3x3 are 45.")
def one_kernel(reach):
    return [reach]


@mutant("It does not see far enough, or too far: a 3x3 adds 2 to the receptive field, not 3.")
def thirds(reach):
    return [3] * max(reach // 3, 1)


@mutant("One layer too many: a single 3x3 sees 3 already.")
def one_too_many(reach):
    return [3] * ((reach - 1) // 2 + 1)


@mutant("Fives are dearer than threes: two 3x3 see 5 positions for 18, one 5x5 for 25.")
def fives(reach):
    return [5] * ((reach - 1) // 4) + [3] * ((reach - 1) % 4 // 2)


@mutant("That is how many layers there are. Return the list of their kernel sizes.")
def a_count(reach):
    return (reach - 1) // 2


@other
def halved(reach):
    return [3] * ((reach - 1) // 2)


@other
def counted(reach):
    return [3 for _ in range(1, reach, 2)]
