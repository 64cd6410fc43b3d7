"""Written from the statement of evolve_11 alone, by someone who had seen nothing of its check."""

import random
from itertools import product


def beats(a, b):
    """Whether a pair (accuracy, ms) leaves no reason to take the other."""
    return a[0] >= b[0] and a[1] <= b[1] and a != b


def front(known):
    return [net for net, its in known.items() if not any(beats(other, its) for other in known.values())]


def flipped(net, i):
    return (*net[:i], 1 - net[i], *net[i + 1 :])


def anew(draw):
    return tuple(draw.randint(0, 1) for _ in range(8))


def right_children_of_the_front(score, draw, budget):
    known = {}
    while len(known) < 12:
        net = anew(draw)
        known[net] = known.get(net) or score(net)
    while len(known) < budget:
        child = flipped(draw.choice(front(known)), draw.randrange(8))
        if child in known and draw.random() < 0.2:
            child = flipped(child, draw.randrange(8))
        if child not in known:
            known[child] = score(child)
        elif all(flipped(net, i) in known for net in front(known) for i in range(8)):
            stranger = anew(draw)
            known[stranger] = known.get(stranger) or score(stranger)
    return front(known)


def right_all_neighbours(score, draw, budget):
    """From a few at random, ask for every neighbour of whatever is on the front, until the front stands still."""
    known = {}

    def ask(net):
        if net not in known and len(known) < budget:
            known[net] = score(net)

    for _ in range(10):
        ask(anew(draw))
    while len(known) < budget:
        before = len(known)
        parents = front(known)
        draw.shuffle(parents)
        for parent in parents:
            ask(flipped(parent, draw.randrange(8)))
        if len(known) == before:
            open_ends = [flipped(p, i) for p in parents for i in range(8) if flipped(p, i) not in known]
            ask(draw.choice(open_ends) if open_ends else anew(draw))
    return front(known)


def right_two_parents(score, draw, budget):
    known = {}
    everything = list(product((0, 1), repeat=8))
    for net in draw.sample(everything, 16):
        known[net] = score(net)
    while len(known) < budget:
        best = front(known)
        mother, father = draw.choice(best), draw.choice(best)
        child = tuple(draw.choice(pair) for pair in zip(mother, father, strict=True))
        if draw.random() < 0.5:
            child = flipped(child, draw.randrange(8))
        tries = 0
        while child in known:
            tries += 1
            child = flipped(draw.choice(best), draw.randrange(8)) if tries < 20 else draw.choice(everything)
        known[child] = score(child)
    return front(known)


def wrong_at_random(score, draw, budget):
    asked = draw.sample(list(product((0, 1), repeat=8)), budget)
    return front({net: score(net) for net in asked})


def wrong_all_256(score, draw, budget):
    return front({net: score(net) for net in product((0, 1), repeat=8)})


def wrong_accuracy_alone(score, draw, budget):
    known = {}
    net = anew(draw)
    known[net] = score(net)
    while len(known) < budget:
        parent = max(known, key=lambda each: known[each][0])
        child = flipped(parent, draw.randrange(8))
        if all(flipped(parent, i) in known for i in range(8)):
            break
        if child not in known:
            known[child] = score(child)
    return parent


def wrong_first_generation(score, draw, budget):
    known = {}
    for _ in range(budget // 2):
        net = anew(draw)
        known[net] = score(net)
    return front(known)


def wrong_chance_of_its_own(score, draw, budget):
    return right_two_parents(score, random.Random(), budget)


def wrong_no_memory(score, draw, budget):
    """The population moves on, and what it loses is asked for again until the budget of asking is spent."""
    group = [anew(draw) for _ in range(10)]
    for _ in range(budget // 10):
        rated = {net: score(net) for net in group}
        best = front(rated)[:3]
        group = [flipped(draw.choice(best), draw.randrange(8)) for _ in range(10)]
    return group


def wrong_asks_nothing(score, draw, budget):
    return [anew(draw) for _ in range(budget)]


RIGHT = [right_children_of_the_front, right_all_neighbours, right_two_parents]
WRONG = [
    wrong_at_random,
    wrong_all_256,
    wrong_accuracy_alone,
    wrong_first_generation,
    wrong_chance_of_its_own,
    wrong_no_memory,
    wrong_asks_nothing,
]
FIRST_TRY = (3, 6)
