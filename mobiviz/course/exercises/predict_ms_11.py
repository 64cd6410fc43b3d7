"""A network's time from a table of its blocks.

`blocks` lists the names of a network's blocks, in the order in which they run; a block that stands twice runs twice.
`table` maps names to milliseconds. Return the network's milliseconds, a float: the sum of what its blocks take. If a
block is not in the table, return the text "unknown: " and its name; of several the first.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Go through the list, look each block up, and add.",
    "sum(table[name] for name in blocks) does it where all are known.",
    "Look for an unknown one first: next((name for name in blocks if name not in table), None).",
)
TOLERANCE = 1e-9


def reference(blocks, table):
    lacking = next((name for name in blocks if name not in table), None)
    return f"unknown: {lacking}" if lacking is not None else float(sum(table[name] for name in blocks))


def cases():
    table = {"stem": 0.25, "thin": 0.125, "wide": 0.5, "tail": 0.0625}
    yield ["stem", "thin", "tail"], table
    yield ["stem", "wide", "wide", "thin", "tail"], table
    yield ["stem", "huge", "odd"], table
    yield ["stem", "odd", "wide", "huge"], table
    yield ["stem"], table
    yield ["wide"] * 6 + ["tail"], table


def total(names, table):
    return float(sum(table[name] for name in names if name in table))


@mutant("A block that stands twice takes its time twice. You count each name once.")
def each_once(blocks, table):
    return total(dict.fromkeys(blocks), table) if set(blocks) <= set(table) else reference(blocks, table)


@mutant("You add up the whole table. Only the network's own blocks run.")
def whole_table(blocks, table):
    return total(table, table) if set(blocks) <= set(table) else reference(blocks, table)


@mutant("That is the slowest block. The blocks run one after another, so their times add up.")
def slowest(blocks, table):
    known = [table[name] for name in blocks if name in table]
    return max(known) if len(known) == len(blocks) else reference(blocks, table)


@mutant("You take an unknown block for free. What was not measured is not 0: say that it is unknown.")
def unknown_is_free(blocks, table):
    return total(blocks, table)


@mutant("Of several unknown blocks the first was asked for: the first that runs, not the first of the alphabet.")
def first_of_the_alphabet(blocks, table):
    lacking = sorted(set(blocks) - set(table))
    return f"unknown: {lacking[0]}" if lacking else total(blocks, table)


@mutant("Of several unknown blocks you name the last. The first was asked for.")
def last_unknown(blocks, table):
    return reference(blocks[::-1], table)


@mutant("That is the mean of the blocks. A network takes the sum.")
def mean(blocks, table):
    return total(blocks, table) / len(blocks) if set(blocks) <= set(table) else reference(blocks, table)


@other
def in_a_loop(blocks, table):
    ms = 0.0
    for name in blocks:
        if name not in table:
            return "unknown: " + name
        ms += table[name]
    return ms


@other
def by_counting(blocks, table):
    from collections import Counter

    for name in blocks:
        if name not in table:
            return f"unknown: {name}"
    return sum(times * table[name] for name, times in Counter(blocks).items())
