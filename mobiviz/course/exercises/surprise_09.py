"""A surprise of your own machine, and how sure you are of it.

Hand over (race, faster, slower, because): a race of mv.race, the names of two of its entrants, and a sentence of at
least five words that says what you think makes the first faster than the second. Any two entrants will do whose
intervals do not overlap. `race.rank(faster, slower)` says "faster" where the race tells the two apart and their bars do
not overlap, and "cannot tell" where you cannot claim anything yet.
"""

from mobiviz import surprises
from mobiviz.course.exercise import mutant, other

HINTS = (
    "Print your races. Look for a pair whose ratio has the word faster or slower, and not cannot tell.",
    "race.rank(a, b) says whether a may be called faster than b. The faster one comes first in your claim.",
    "If your machine tells nothing apart: a larger budget_s, fewer programs beside it, or a larger difference.",
    'For example: (race, "2 threads", "1 thread", "the layer is large enough to be shared").',
)
KEPT, GIVEN_BACK = surprises.KEPT, surprises.GIVEN_BACK
WHY = "each call touches fresh pages, and the system hands them out one by one"


def reference():
    return surprises.recorded("allocator"), KEPT, GIVEN_BACK, WHY


def cases():
    yield ()


def observe(answer):
    """What makes a claim a claim; the race's own numbers are nobody's business here."""
    claim = answer()
    if not isinstance(claim, (tuple, list)) or ... in [each for each in claim if each is ...]:
        return claim
    if len(claim) != 4:
        return {"a race, two names and a reason": False}
    race, faster, slower, because = claim
    if not hasattr(race, "rank"):
        return {"the first is a race of mv.race": False}
    if faster == slower or not {faster, slower} <= set(race.timings):
        return {"two different entrants of the race": False}
    first, second = race[faster], race[slower]
    return {
        "the first is faster by its median": first.median_ms < second.median_ms,
        "their bars do not overlap": first.bar[1] < second.bar[0] or second.bar[1] < first.bar[0],
        "the race tells them apart": race.ratios[faster, slower].verdict != "cannot tell",
        "a reason of five words or more": isinstance(because, str) and len(because.split()) >= 5,
    }


@mutant("You name the slower one first. Read your claim aloud: the first is faster than the second, because.")
def the_wrong_way_round():
    return surprises.recorded("allocator"), GIVEN_BACK, KEPT, WHY


@mutant("The bars of your two overlap, and the race cannot tell. Its medians differ, but so would those of two copies.")
def medians_alone():
    return surprises.recorded("noisy"), "V1 0.5", "V3-Small", "it has fewer layers to get through than the other"


@mutant("The medians of a noisy machine have misled you, and the bars overlap: as it says, one cannot tell.")
def overlapping_and_wrong_way_round():
    return surprises.recorded("noisy"), "V3-Small", "V1 0.5", "it has fewer MACs to compute than the other"


@mutant("You do not say why. Five words are enough: what does the slower one do that the faster one need not?")
def without_a_reason():
    return surprises.recorded("allocator"), KEPT, GIVEN_BACK, "memory"


@mutant("Your claim needs two different entrants of one race, by the names that the race prints.")
def not_in_the_race():
    return surprises.recorded("allocator"), KEPT, "malloc", WHY


@mutant("Hand over the race itself: without its samples nobody can see whether the intervals are apart.")
def only_the_times():
    race = surprises.recorded("allocator")
    return race[KEPT].median_ms, KEPT, GIVEN_BACK, WHY


@mutant("A claim has four parts: the race, the faster one, the slower one, and why.")
def only_the_race():
    return (surprises.recorded("allocator"),)


@other
def from_a_noisy_machine():
    return [surprises.recorded("noisy"), "V1", "VGG-16", "it has far fewer MACs and weights to read"]


@other
def of_timings():
    from mobiviz.record import Race, Timing

    timed = {"a": Timing.of("a", [1.0, 1.1] * 20), "b": Timing.of("b", [2.0, 2.1] * 20)}
    return Race.of(timed), "a", "b", "b does everything twice that a does once"
