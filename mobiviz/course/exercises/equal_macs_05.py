"""Equal MACs, another time: evidence of your own.

Hand over (race, faster, slower): a race of mv.race whose entrants are MobileNetV2 at settings of your choice, and the
names of two of them. A name is the setting itself: alpha, a space, the resolution, as in "0.75 192". Any alpha above 0
will do, and any resolution from 32 on. The MACs of the two, as mv.cost counts them, differ by at most 5% of the larger.
The first is faster beyond doubt: `race.rank(faster, slower)` says "faster", for which the race has to tell the two
apart and their bars must not overlap.
"""

from mobiviz import surprises
from mobiviz.course.exercise import mutant, other

HINTS = (
    "mv.cost(mv.V2, alpha, resolution).macs counts a setting. Make the network thinner and the photo larger, or the "
    "other way round, until two counts meet.",
    "The further apart two settings of equal MACs are, the more their times differ: try a very thin network on a large "
    "photo beside a wide one on a small photo.",
    'mv.race({"0.75 192": (net, x), ...}) takes pairs of a network and its input. Where it cannot tell, a larger '
    "budget_s helps, or fewer programs beside it.",
)
FAST, SLOW = "1.0 160", "0.75 192"


def reference():
    return surprises.recorded("knobs"), FAST, SLOW


def cases():
    yield ()


def setting(name):
    """(alpha, resolution) of an entrant's name; None where it says something else."""
    alpha, _, size = str(name).partition(" ")
    try:
        found = float(alpha), int(size)
    except ValueError:
        return None
    return found if found[0] > 0 and found[1] >= 32 else None


def observe(answer):
    """What makes a pair evidence: the race's own numbers are nobody's business here."""
    from mobiviz.pricing import cost
    from mobiviz.tables import V2

    given = answer()
    if not isinstance(given, (tuple, list)) or any(each is ... for each in given):
        return given
    if len(given) != 3:
        return {"a race and two names": False}
    race, faster, slower = given
    if not hasattr(race, "rank"):
        return {"the first is a race of mv.race": False}
    if faster == slower or not {faster, slower} <= set(race.timings):
        return {"two different entrants of the race": False}
    if not (setting(faster) and setting(slower)):
        return {"names such as 0.75 192": False}
    a, b = (cost(V2, *setting(name)).macs for name in (faster, slower))
    apart = abs(a - b) / max(a, b)
    return {
        "their MACs are equal to 10%": apart <= 0.1,
        "their MACs are equal to 5%": apart <= 0.05,
        "the first is faster by its median": race[faster].median_ms < race[slower].median_ms,
        "the race tells them apart": race.rank(faster, slower) == "faster",
    }


@mutant("You name the slower one first. The first of the two is the one that you say is faster.")
def the_wrong_way_round():
    return surprises.recorded("knobs"), SLOW, FAST


@mutant("Their MACs are not equal: of course the one with fewer is faster. Look for two counts within 5%.")
def other_macs():
    return surprises.recorded("knobs"), "0.5 224", "1.0 224"


@mutant("It is close, and not within 5% of the larger: count both with mv.cost, and turn a knob a little.")
def nearly_equal():
    return surprises.recorded("knobs"), "1.0 96", "0.35 224"


@mutant("The bars of your two overlap. In another run they may change places: that proves nothing yet.")
def overlapping():
    from mobiviz.record import Race, Timing

    samples = {FAST: [10.0, 10.1, 14.0] * 20, SLOW: [10.2, 10.3, 14.1] * 20}
    return Race.of({name: Timing.of(name, values) for name, values in samples.items()}), FAST, SLOW


@mutant("Call each entrant by its setting, alpha and resolution with a space between: nothing else says its MACs.")
def names_of_my_own():
    from mobiviz.record import Race, Timing

    samples = {"wide": [10.0, 10.1] * 20, "thin": [14.0, 14.1] * 20}
    return Race.of({name: Timing.of(name, values) for name, values in samples.items()}), "wide", "thin"


@mutant("A race says nothing of who did not run: the two names are those of two of its entrants.")
def not_in_the_race():
    return surprises.recorded("knobs"), "1.0 161", "0.75 193"


@mutant("Hand over the race itself: two numbers do not say how far they may be off.")
def only_the_times():
    return surprises.recorded("knobs")[FAST].median_ms, FAST, SLOW


@other
def another_pair():
    return [surprises.recorded("knobs"), "1.0 128", "0.5 224"]


@other
def of_timings():
    from mobiviz.record import Race, Timing

    samples = {"0.5 224": [5.0, 5.1] * 20, "1.0 128": [6.0, 6.1] * 20}
    return Race.of({name: Timing.of(name, values) for name, values in samples.items()}), "0.5 224", "1.0 128"
