"""Written from the statement of which_rule_13 alone, by someone who had seen nothing of its check."""


def right_table(layers, other):
    plain = sum(macs for macs, *_ in layers)
    said = {
        "none": plain,
        "flops": 2 * plain,
        "bias": plain + sum(outputs for _, outputs, bias, _ in layers if bias),
        "batch norm": plain + 2 * sum(outputs for _, outputs, _, norm in layers if norm),
    }
    return next((rule for rule, total in said.items() if total == other), "unknown")


def right_difference(layers, other):
    plain = biases = norms = 0
    for macs, outputs, bias, norm in layers:
        plain += macs
        biases += outputs * bool(bias)
        norms += 2 * outputs * bool(norm)
    more = other - plain
    if more == 0:
        return "none"
    if more == plain:
        return "flops"
    if more == biases:
        return "bias"
    return "batch norm" if more == norms else "unknown"


def right_layer_by_layer(layers, other):
    rules = {
        "flops": lambda macs, outputs, bias, norm: 2 * macs,
        "bias": lambda macs, outputs, bias, norm: macs + outputs if bias else macs,
        "batch norm": lambda macs, outputs, bias, norm: macs + 2 * outputs if norm else macs,
    }
    if other == sum(layer[0] for layer in layers):
        return "none"
    for name, rule in rules.items():
        if sum(rule(*layer) for layer in layers) == other:
            return name
    return "unknown"


def counted(layers, norm_counts=2, all_biases=False, all_norms=False):
    plain = sum(layer[0] for layer in layers)
    return {
        "none": plain,
        "flops": 2 * plain,
        "bias": plain + sum(layer[1] for layer in layers if layer[2] or all_biases),
        "batch norm": plain + norm_counts * sum(layer[1] for layer in layers if layer[3] or all_norms),
    }


def named(said, other):
    return next((rule for rule, total in said.items() if total == other), "unknown")


def wrong_norm_once(layers, other):
    return named(counted(layers, norm_counts=1), other)


def wrong_every_layer_has_a_bias(layers, other):
    return named(counted(layers, all_biases=True), other)


def wrong_every_layer_has_a_norm(layers, other):
    return named(counted(layers, all_norms=True), other)


def wrong_nearest(layers, other):
    said = counted(layers)
    return min(said, key=lambda rule: abs(said[rule] - other))


def wrong_bias_of_a_layer(layers, other):
    plain = sum(layer[0] for layer in layers)
    return named(counted(layers) | {"bias": plain + sum(1 for layer in layers if layer[2])}, other)


def wrong_else_none(layers, other):
    found = named(counted(layers), other)
    return "none" if found == "unknown" else found


def wrong_no_none(layers, other):
    said = counted(layers)
    del said["none"]
    return named(said, other)


RIGHT = [right_table, right_difference, right_layer_by_layer]
WRONG = [
    wrong_norm_once,
    wrong_every_layer_has_a_bias,
    wrong_every_layer_has_a_norm,
    wrong_nearest,
    wrong_bias_of_a_layer,
    wrong_else_none,
    wrong_no_none,
]
FIRST_TRY = (3, 7)
