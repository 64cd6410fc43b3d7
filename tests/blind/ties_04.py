"""Written by someone who saw only the statement of ties_04."""

from collections import defaultdict
from math import isclose


def right_comprehension(layers):
    most = max(macs for _, macs in layers)
    return {name for name, macs in layers if macs == most}


def right_loop(layers):
    most, names = -1, set()
    for name, macs in layers:
        if macs > most:
            most, names = macs, {name}
        elif macs == most:
            names.add(name)
    return names


def right_grouped(layers):
    groups = defaultdict(set)
    for name, macs in layers:
        groups[macs].add(name)
    return groups[max(groups)]


def wrong_only_one(layers):
    return {max(layers, key=lambda layer: layer[1])[0]}


def wrong_list(layers):
    most = max(macs for _, macs in layers)
    return [name for name, macs in layers if macs == most]


def wrong_never_cleared(layers):
    most, names = -1, set()
    for name, macs in layers:
        if macs >= most:
            most = macs
            names.add(name)
    return names


def wrong_nearly_equal(layers):
    most = max(macs for _, macs in layers)
    return {name for name, macs in layers if isclose(macs, most, rel_tol=1e-3)}


def wrong_whole_tuples(layers):
    most = max(macs for _, macs in layers)
    return {layer for layer in layers if layer[1] == most}


RIGHT = [right_comprehension, right_loop, right_grouped]
WRONG = [wrong_only_one, wrong_list, wrong_never_cleared, wrong_nearly_equal, wrong_whole_tuples]
FIRST_TRY = (3, 4)
