"""Which conclusions survive on the phone?

`laptop` and `phone` are dicts: for each network's name its timing, a triple (median, low, high) in ms, where low and
high bound the 95% interval. On one device you may conclude that network p is faster than q only where p's interval
ends below the beginning of q's: high of p < low of q. Return the set of pairs (p, q), faster one first, that you may
conclude on both devices. The phone may have run only some of the networks, or none.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Go through all ordered pairs of names that both dicts have.",
    "faster(device, p, q) is device[p][2] < device[q][1]. A pair survives where it holds on both devices.",
    "Names that only one dict has cannot survive: take set(laptop) & set(phone).",
)


def faster(device, p, q):
    return device[p][2] < device[q][1]


def pairs(laptop, phone):
    names = sorted(set(laptop) & set(phone))
    return [(p, q) for p in names for q in names]


def reference(laptop, phone):
    return {(p, q) for p, q in pairs(laptop, phone) if faster(laptop, p, q) and faster(phone, p, q)}


def cases():
    small, large = (2.0, 1.9, 2.1), (8.0, 7.8, 8.3)
    yield {"S": small, "L": large}, {"S": (20.0, 19.0, 21.0), "L": (60.0, 55.0, 70.0)}
    yield {"S": small, "L": large}, {"S": (20.0, 19.0, 58.0), "L": (60.0, 55.0, 70.0)}
    yield {"S": (2.0, 1.9, 7.9), "L": large}, {"S": (20.0, 19.0, 21.0), "L": (60.0, 55.0, 70.0)}
    yield {"S": small, "L": large}, {"S": (60.0, 55.0, 70.0), "L": (20.0, 19.0, 21.0)}
    yield {"S": small, "L": large, "M": (4.0, 3.9, 4.1)}, {"S": (9.0, 8.0, 10.0), "M": (8.5, 8.2, 9.5)}
    yield {"S": small, "L": large, "M": (4.0, 3.9, 4.1)}, {"S": (9.0, 8.0, 10.0), "M": (12.0, 11.0, 13.0)}
    touching = {"S": (2.0, 1.9, 2.1), "L": (2.3, 2.1, 2.5)}
    yield touching, {"S": small, "L": large}
    yield {"S": small, "L": large}, {}
    yield (
        {"V2": (7.7, 7.5, 8.0), "V3-L": (6.1, 5.9, 6.3), "V3-S": (2.6, 2.5, 2.7), "V2 0.5": (2.8, 2.6, 3.0)},
        {
            "V3-S": (14.0, 13.7, 14.4),
            "V2": (44.0, 43.0, 46.0),
            "V2 0.5": (16.0, 15.0, 17.0),
            "V3-L": (45.0, 42.5, 49.0),
        },
    )


@mutant("You compare medians. Where two intervals overlap, the next measurement may put them the other way round.")
def by_medians(laptop, phone):
    found = pairs(laptop, phone)
    return {(p, q) for p, q in found if laptop[p][0] < laptop[q][0] and phone[p][0] < phone[q][0]}


@mutant("You look at the laptop alone. A conclusion survives where the phone allows it too.")
def on_the_laptop(laptop, phone):
    return {(p, q) for p, q in pairs(laptop, phone) if faster(laptop, p, q)}


@mutant("You look at the phone alone. To survive, a conclusion must have held on the laptop first.")
def on_the_phone(laptop, phone):
    return {(p, q) for p, q in pairs(laptop, phone) if faster(phone, p, q)}


@mutant("One device is enough for you. Both have to say so.")
def on_either(laptop, phone):
    return {(p, q) for p, q in pairs(laptop, phone) if faster(laptop, p, q) or faster(phone, p, q)}


@mutant("The slower one stands first in your pairs: the faster one comes first.")
def slower_first(laptop, phone):
    return {(q, p) for p, q in reference(laptop, phone)}


@mutant("You ask whether p begins below q's beginning. Its whole interval has to end before q's begins.")
def by_the_lower_ends(laptop, phone):
    found = pairs(laptop, phone)
    return {(p, q) for p, q in found if laptop[p][1] < laptop[q][1] and phone[p][1] < phone[q][1]}


@other
def one_device_after_the_other(laptop, phone):
    def concluded(device):
        return {(p, q) for p in device for q in device if device[p][2] < device[q][1]}

    return concluded(laptop) & concluded(phone)


@other
def by_loops(laptop, phone):
    found = set()
    for p, (_, _, high) in laptop.items():
        for q, (_, low, _) in laptop.items():
            if high < low and p in phone and q in phone and phone[p][2] < phone[q][1]:
                found.add((p, q))
    return found
