"""Written from the statement of which_rule_13 alone, though by one who knew the exercise."""


def parts(layers):
    return (
        sum(m for m, _, _, _ in layers),
        sum(o for _, o, b, _ in layers if b),
        sum(o for _, o, _, n in layers if n),
    )


def right_ifs(layers, other):
    plain, bias, norm = parts(layers)
    if other == plain:
        return "none"
    if other == 2 * plain:
        return "flops"
    if other == plain + bias:
        return "bias"
    if other == plain + 2 * norm:
        return "batch norm"
    return "unknown"


def right_dict(layers, other):
    plain, bias, norm = parts(layers)
    names = {plain + 2 * norm: "batch norm", plain + bias: "bias", 2 * plain: "flops", plain: "none"}
    return names.get(other, "unknown")


def right_loop(layers, other):
    plain, bias, norm = parts(layers)
    for name, extra in (("none", 0), ("flops", plain), ("bias", bias), ("batch norm", 2 * norm)):
        if plain + extra == other:
            return name
    return "unknown"


def wrong_bn(layers, other):
    found = right_ifs(layers, other)
    return "bn" if found == "batch norm" else found


def wrong_nearest(layers, other):
    plain, bias, norm = parts(layers)
    names = {plain + 2 * norm: "batch norm", plain + bias: "bias", 2 * plain: "flops", plain: "none"}
    return names[min(names, key=lambda total: abs(total - other))]


def wrong_none(layers, other):
    found = right_ifs(layers, other)
    return None if found == "unknown" else found


def wrong_swapped(layers, other):
    return {"bias": "batch norm", "batch norm": "bias"}.get(right_ifs(layers, other), right_ifs(layers, other))


def wrong_only_flops(layers, other):
    return "flops" if other == 2 * parts(layers)[0] else "none"


RIGHT = [right_ifs, right_dict, right_loop]
WRONG = [wrong_bn, wrong_nearest, wrong_none, wrong_swapped, wrong_only_flops]
FIRST_TRY = (3, 5)
