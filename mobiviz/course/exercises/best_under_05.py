"""The best for a budget.

`rows` is a list of published networks, each a tuple (name, macs, top1): MACs in millions, and percent of ImageNet
right. `budget` is a number of millions. Return the name of the network with the highest top1 among those that take at
most `budget` million MACs. Of equals, the one with fewer MACs. If none fits, return the text "none".
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "First leave out what does not fit, then look for the largest top1.",
    "max(fitting, key=lambda row: (row[1], -row[0])) takes the largest first key and, of equals, the largest second.",
    "max of an empty list raises; default= says what to return instead.",
)


def fitting(rows, budget):
    return [row for row in rows if row[1] <= budget]


def reference(rows, budget):
    return max(fitting(rows, budget), key=lambda row: (row[2], -row[1]), default=("none",))[0]


def cases():
    small = [("A", 300, 71.8), ("B", 97, 65.4), ("C", 154, 68.8)]
    yield small, 150
    yield small, 154
    yield small, 50
    yield [("A", 100, 60.0), ("B", 90, 60.0), ("C", 95, 59.0)], 100
    yield [("D", 209, 69.8), ("E", 221, 70.7), ("F", 217, 75.2), ("G", 59, 60.3)], 220
    yield [("H", 20, 50.8), ("I", 18, 51.2)], 30


@mutant("You take the network with the most MACs that fits. More MACs are not more accuracy, as the last case shows.")
def most_macs(rows, budget):
    return max(fitting(rows, budget), key=lambda row: row[1], default=("none",))[0]


@mutant("You ignore the budget: the best of all networks is not the best that fits.")
def without_budget(rows, budget):
    return max(rows, key=lambda row: (row[2], -row[1]))[0]


@mutant("A network that takes exactly the budget fits: at most, not less than.")
def strictly_less(rows, budget):
    return max([row for row in rows if row[1] < budget], key=lambda row: (row[2], -row[1]), default=("none",))[0]


@mutant("Of two equals you take the dearer. The one with fewer MACs was asked for.")
def dearer_of_equals(rows, budget):
    return max(fitting(rows, budget), key=lambda row: (row[2], row[1]), default=("none",))[0]


@mutant("You maximise accuracy per MAC. That favours the smallest network, however bad it is.")
def per_mac(rows, budget):
    return max(fitting(rows, budget), key=lambda row: row[2] / row[1], default=("none",))[0]


@mutant("That is its accuracy. Return the network's name.")
def the_accuracy(rows, budget):
    return max([row[2] for row in fitting(rows, budget)], default="none")


@mutant("You take the least accurate that fits.")
def the_worst(rows, budget):
    return min(fitting(rows, budget), key=lambda row: (row[2], row[1]), default=("none",))[0]


@other
def sorted_first(rows, budget):
    order = sorted(rows, key=lambda row: (-row[2], row[1]))
    return next((name for name, macs, _ in order if macs <= budget), "none")


@other
def in_a_loop(rows, budget):
    best = None
    for row in rows:
        if row[1] <= budget and (best is None or row[2] > best[2] or (row[2] == best[2] and row[1] < best[1])):
            best = row
    return best[0] if best else "none"
