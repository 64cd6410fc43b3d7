"""The layers that cost the most.

`layers` is a list of tuples (name, macs). Return the set of the names of all layers that have the most MACs: one name,
or several where several tie to the unit.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Find the largest number of MACs first, then collect the names of all layers that reach it.",
    "{name for name, macs in layers if ...} makes a set.",
)


def reference(layers):
    most = max(macs for _, macs in layers)
    return {name for name, macs in layers if macs == most}


def cases():
    from mobiviz.pricing import cost
    from mobiviz.tables import V1

    yield ([("a", 3), ("b", 7), ("c", 7)],)
    yield ([("a", 5), ("b", 2)],)
    yield ([("a", 4), ("b", 4), ("c", 4)],)
    yield ([("a", 1_000_000), ("b", 1_000_001), ("c", 1_000_001)],)
    yield ([(layer.path, layer.macs) for layer in cost(V1).layers],)


@mutant("You stop at the first. Others have as many MACs to the unit: return all of their names.")
def the_first_only(layers):
    return {max(layers, key=lambda layer: layer[1])[0]}


@mutant("The names are right, in a list. A tie has no order and no doubles: return a set, with set(...) or {...}.")
def as_a_list(layers):
    most = max(macs for _, macs in layers)
    return [name for name, macs in layers if macs == most]


@mutant("You return the layers with their MACs. Only the names are asked for.")
def with_their_macs(layers):
    most = max(macs for _, macs in layers)
    return {(name, macs) for name, macs in layers if macs == most}


@mutant("You also count layers that come close. A tie is to the unit: compare with ==.")
def nearly(layers):
    most = max(macs for _, macs in layers)
    return {name for name, macs in layers if macs > 0.99 * most}


@mutant("You look for the layers with the fewest MACs.")
def the_least(layers):
    least = min(macs for _, macs in layers)
    return {name for name, macs in layers if macs == least}


@other
def sorted_first(layers):
    ranked = sorted(layers, key=lambda layer: -layer[1])
    return {name for name, macs in ranked if macs == ranked[0][1]}


@other
def in_a_loop(layers):
    names, most = set(), -1
    for name, macs in layers:
        if macs > most:
            names, most = set(), macs
        if macs == most:
            names.add(name)
    return names
