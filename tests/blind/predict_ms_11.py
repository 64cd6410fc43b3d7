"""Written from the statement of predict_ms_11 alone, by someone who had seen nothing of its check."""

import math
from collections import Counter


def right_loop(blocks, table):
    total = 0.0
    for block in blocks:
        if block not in table:
            return f"unknown: {block}"
        total += table[block]
    return total


def right_key_error(blocks, table):
    try:
        return math.fsum(table[block] for block in blocks)
    except KeyError as missing:
        return "unknown: " + missing.args[0]


def right_counted(blocks, table):
    missing = [block for block in blocks if block not in table]
    if missing:
        return "unknown: " + missing[0]
    return float(sum(times * table[block] for block, times in Counter(blocks).items()))


def wrong_each_once(blocks, table):
    missing = [block for block in blocks if block not in table]
    return "unknown: " + missing[0] if missing else float(sum(table[block] for block in set(blocks)))


def wrong_missing_is_free(blocks, table):
    return float(sum(table.get(block, 0) for block in blocks))


def wrong_last_missing(blocks, table):
    missing = [block for block in blocks if block not in table]
    return "unknown: " + missing[-1] if missing else float(sum(table[block] for block in blocks))


def wrong_all_missing(blocks, table):
    missing = [block for block in blocks if block not in table]
    return "unknown: " + ", ".join(missing) if missing else float(sum(table[block] for block in blocks))


def wrong_smallest_missing(blocks, table):
    missing = set(blocks) - set(table)
    return "unknown: " + min(missing) if missing else float(sum(table[block] for block in blocks))


def wrong_whole_table(blocks, table):
    missing = [block for block in blocks if block not in table]
    return "unknown: " + missing[0] if missing else float(sum(table.values()))


def wrong_no_name(blocks, table):
    return float(sum(table[block] for block in blocks)) if all(b in table for b in blocks) else "unknown: "


RIGHT = [right_loop, right_key_error, right_counted]
WRONG = [
    wrong_each_once,
    wrong_missing_is_free,
    wrong_last_missing,
    wrong_all_missing,
    wrong_smallest_missing,
    wrong_whole_table,
    wrong_no_name,
]
FIRST_TRY = (3, 6)
