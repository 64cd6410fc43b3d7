"""Written from the statement of best_under_05 alone, though by one who knew the exercise."""


def right_sorted(rows, budget):
    ok = sorted((row for row in rows if row[1] <= budget), key=lambda row: (-row[2], row[1]))
    return ok[0][0] if ok else "none"


def right_max(rows, budget):
    ok = [(top1, -macs, name) for name, macs, top1 in rows if macs <= budget]
    return max(ok)[2] if ok else "none"


def right_pandas(rows, budget):
    import pandas as pd

    table = pd.DataFrame(rows, columns=["name", "macs", "top1"]).query("macs <= @budget")
    return table.sort_values(["top1", "macs"], ascending=[False, True]).name.iloc[0] if len(table) else "none"


def wrong_first_fit(rows, budget):
    return next((name for name, macs, _ in rows if macs <= budget), "none")


def wrong_max_name(rows, budget):
    return max((row for row in rows if row[1] <= budget), default=("none",))[0]


def wrong_returns_none(rows, budget):
    ok = [row for row in rows if row[1] <= budget]
    return max(ok, key=lambda row: (row[2], -row[1]))[0] if ok else None


def wrong_row(rows, budget):
    return max((row for row in rows if row[1] <= budget), key=lambda row: row[2], default="none")


def wrong_nearest_budget(rows, budget):
    return min(rows, key=lambda row: abs(row[1] - budget))[0]


RIGHT = [right_sorted, right_max, right_pandas]
WRONG = [wrong_first_fit, wrong_max_name, wrong_returns_none, wrong_row, wrong_nearest_budget]
FIRST_TRY = (3, 5)
