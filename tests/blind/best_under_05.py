"""Written from the statement of best_under_05 alone, by someone who had seen nothing of its check."""


def right_loop(rows, budget):
    best = None
    for name, macs, top1 in rows:
        if macs > budget:
            continue
        if best is None or top1 > best[2] or (top1 == best[2] and macs < best[1]):
            best = (name, macs, top1)
    return "none" if best is None else best[0]


def right_max(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: (row[2], -row[1]), default=["none"])[0]


def right_sorted(rows, budget):
    for name, macs, _ in sorted(rows, key=lambda row: (-row[2], row[1])):
        if macs <= budget:
            return name
    return "none"


def wrong_below(rows, budget):
    return max((row for row in rows if row[1] < budget), key=lambda row: (row[2], -row[1]), default=["none"])[0]


def wrong_first_of_equals(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: row[2], default=["none"])[0]


def wrong_larger_of_equals(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: (row[2], row[1]), default=["none"])[0]


def wrong_uses_the_budget_up(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: row[1], default=["none"])[0]


def wrong_whole_row(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: (row[2], -row[1]), default="none")


def wrong_nothing_fits(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: (row[2], -row[1]))[0]


RIGHT = [right_loop, right_max, right_sorted]
WRONG = [
    wrong_below,
    wrong_first_of_equals,
    wrong_larger_of_equals,
    wrong_uses_the_budget_up,
    wrong_whole_row,
    wrong_nothing_fits,
]
FIRST_TRY = (3, 6)
