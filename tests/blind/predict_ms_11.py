"""Written from the statement of predict_ms_11 alone, though by one who knew the exercise."""


def right_get(blocks, table):
    for name in blocks:
        if name not in table:
            return "unknown: " + str(name)
    return sum(table[name] for name in blocks)


def right_try(blocks, table):
    ms = 0.0
    try:
        for name in blocks:
            ms += table[name]
    except KeyError as error:
        return f"unknown: {error.args[0]}"
    return ms


def right_numpy(blocks, table):
    import numpy as np

    unknown = [name for name in blocks if name not in table]
    return f"unknown: {unknown[0]}" if unknown else float(np.sum([table[name] for name in blocks]))


def wrong_default_zero(blocks, table):
    return sum(table.get(name, 0.0) for name in blocks)


def wrong_set(blocks, table):
    return sum(table[name] for name in set(blocks))


def wrong_last_unknown(blocks, table):
    unknown = [name for name in blocks if name not in table]
    return f"unknown: {unknown[-1]}" if unknown else sum(table[name] for name in blocks)


def wrong_raises(blocks, table):
    return sum(table[name] for name in blocks)


def wrong_product(blocks, table):
    ms = 1.0
    for name in blocks:
        if name not in table:
            return "unknown: " + name
        ms *= table[name]
    return ms


RIGHT = [right_get, right_try, right_numpy]
WRONG = [wrong_default_zero, wrong_set, wrong_last_unknown, wrong_raises, wrong_product]
FIRST_TRY = (3, 5)
