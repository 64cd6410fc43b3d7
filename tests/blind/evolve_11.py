"""Written from the statement of evolve_11 alone, though by one who knew the exercise."""


def flipped(net, i):
    net = list(net)
    net[i] = 1 - net[i]
    return tuple(net)


def good(known):
    return [
        net
        for net, (accuracy, ms) in known.items()
        if not any(a >= accuracy and m <= ms and (a, m) != (accuracy, ms) for a, m in known.values())
    ]


def start(score, draw, count):
    known = {}
    while len(known) < count:
        net = tuple(draw.randint(0, 1) for _ in range(8))
        known[net] = score(net)
    return known


def right_one_flip(score, draw, budget):
    known = start(score, draw, 12)
    for _ in range(20_000):
        if len(known) >= budget:
            break
        net = flipped(draw.choice(good(known)), draw.randrange(8))
        if net not in known:
            known[net] = score(net)
    return known


def right_sweep(score, draw, budget):
    known = start(score, draw, 8)
    while len(known) < budget:
        new = [flipped(net, i) for net in good(known) for i in range(8) if flipped(net, i) not in known]
        if not new:
            new = [net for net in (tuple(draw.randint(0, 1) for _ in range(8)) for _ in range(500)) if net not in known]
        net = draw.choice(new)
        known[net] = score(net)
    return list(known)


def right_one_or_two_flips(score, draw, budget):
    known = start(score, draw, 16)
    for _ in range(20_000):
        if len(known) >= budget:
            break
        net = flipped(draw.choice(good(known)), draw.randrange(8))
        if draw.random() < 0.25:
            net = flipped(net, draw.randrange(8))
        if net not in known:
            known[net] = score(net)


def wrong_random(score, draw, budget):
    start(score, draw, budget)


def wrong_small_start(score, draw, budget):
    start(score, draw, 20)


def wrong_ignores_budget(score, draw, budget):
    start(score, draw, 250)


def wrong_never_last(score, draw, budget):
    net = (*(draw.randint(0, 1) for _ in range(7)), 0)
    known = {net: score(net)}
    for _ in range(20_000):
        if len(known) >= min(budget, 128):
            break
        net = flipped(draw.choice(good(known)), draw.randrange(7))
        known[net] = score(net)


def wrong_hill_climb(score, draw, budget):
    net = tuple(draw.randint(0, 1) for _ in range(8))
    for _ in range(10):
        better = max((flipped(net, i) for i in range(8)), key=lambda each: score(each)[0])
        if score(better)[0] <= score(net)[0]:
            return net
        net = better
    return net


RIGHT = [right_one_flip, right_sweep, right_one_or_two_flips]
WRONG = [wrong_random, wrong_small_start, wrong_ignores_budget, wrong_never_last, wrong_hill_climb]
FIRST_TRY = (3, 5)
