"""Two counters disagree.

`layers` lists the layers of a network, each a tuple (macs, outputs, bias, norm): its multiplications, how many numbers
it puts out, and whether it has a bias and a batch norm behind it. A plain counter adds up the multiplications. Another
one says `other`, and follows exactly one further rule. Return its name: "flops", everything twice; "bias", one more for
each output of a layer with a bias; "batch norm", two more for each output of a layer with a batch norm; "none", the
same as the plain one. If no single rule explains it, return "unknown".
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Compute the plain total first, then what each rule would make of it, and compare.",
    "sum(outputs for _, outputs, bias, _ in layers if bias) is what counting biases adds.",
    "Four totals, four names; the fifth answer is for all else.",
)


def totals(layers, norm=2, times=2):
    plain = sum(macs for macs, *_ in layers)
    return {
        "none": plain,
        "flops": times * plain,
        "bias": plain + sum(outputs for _, outputs, bias, _ in layers if bias),
        "batch norm": plain + norm * sum(outputs for _, outputs, _, has in layers if has),
    }


def named(found, other):
    return next((name for name, total in found.items() if total == other), "unknown")


def reference(layers, other):
    return named(totals(layers), other)


def cases():
    small = [(100, 10, True, False), (400, 20, False, True), (50, 5, True, False)]
    for said in (550, 1100, 565, 590, 600, 605):
        yield small, said
    v2 = [(10_838_016, 401_408, False, True), (3_612_672, 401_408, False, True), (1_280_000, 1000, True, False)]
    yield v2, 15_731_688
    yield v2, 17_336_320
    yield v2, 16_533_504


@mutant("A batch norm has a scale and a shift: two for each output.")
def norm_once(layers, other):
    return named(totals(layers, norm=1), other)


@mutant("You count biases of all layers. Only those that have one add to it.")
def every_bias(layers, other):
    found = totals(layers)
    return named(found | {"bias": found["none"] + sum(outputs for _, outputs, *_ in layers)}, other)


@mutant("You miss FLOPs: a multiply and an add counted apart make everything twice.")
def without_flops(layers, other):
    found = totals(layers)
    del found["flops"]
    return named(found, other)


@mutant("Where nothing fits say unknown. You always blame the batch norm.")
def always_norm(layers, other):
    found = named(totals(layers), other)
    return "batch norm" if found == "unknown" else found


@mutant("You stop at whether they differ. Say which rule makes the difference.")
def differs(layers, other):
    return "none" if other == totals(layers)["none"] else "unknown"


@other
def by_difference(layers, other):
    plain = sum(layer[0] for layer in layers)
    extra = other - plain
    if extra == 0:
        return "none"
    if extra == plain:
        return "flops"
    if extra == sum(layer[1] for layer in layers if layer[2]):
        return "bias"
    return "batch norm" if extra == 2 * sum(layer[1] for layer in layers if layer[3]) else "unknown"


@other
def as_a_table(layers, other):
    found = totals(layers)
    return {total: name for name, total in reversed(found.items())}.get(other, "unknown")
