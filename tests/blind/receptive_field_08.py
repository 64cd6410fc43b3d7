"""Written from the statement of receptive_field_08. By the one who wrote its check, so not quite blind."""


def right_backwards(layers):
    n = 1
    for k, s in layers[::-1]:
        n = s * (n - 1) + k
    return n


def right_forwards(layers):
    step, n = 1, 1
    for k, s in layers:
        n += (k - 1) * step
        step *= s
    return n


def right_first_and_last(layers):
    first = last = 0
    for k, s in reversed(layers):
        first, last = first * s, last * s + k - 1
    return last - first + 1


def wrong_sum_of_kernels(layers):
    return sum(k for k, s in layers)


def wrong_no_stride(layers):
    return 1 + sum(k - 1 for k, s in layers)


def wrong_stride_first(layers):
    n, step = 1, 1
    for k, s in layers:
        step *= s
        n += (k - 1) * step
    return n


def wrong_float(layers):
    n, step = 1, 1.0
    for k, s in layers:
        n += (k - 1) * step
        step *= s
    return n / 1


def wrong_product(layers):
    n = 1
    for k, s in layers:
        n *= k * s
    return n


def wrong_half(layers):
    n, step = 0, 1
    for k, s in layers:
        n += (k // 2) * step
        step *= s
    return n


RIGHT = [right_backwards, right_forwards, right_first_and_last]
WRONG = [wrong_sum_of_kernels, wrong_no_stride, wrong_stride_first, wrong_float, wrong_product, wrong_half]
FIRST_TRY = (3, 6)
