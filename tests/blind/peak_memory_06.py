"""Written from the statement of peak_memory_06 alone, by the author of its check."""


def right_step_by_step(blocks):
    best = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        out = size // stride
        skip = stride == 1 and c_in == c_out
        thin, thick, filtered, end = c_in * size * size, c_mid * size * size, c_mid * out * out, c_out * out * out
        if c_mid != c_in:
            best = max(best, thin + thick)
            best = max(best, thick + filtered + (thin if skip else 0))
        else:
            best = max(best, thin + filtered)
        best = max(best, filtered + end + (thin if skip else 0))
    return best * 4


def right_with_a_set_of_living_tensors(blocks):
    peak = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        small = size // stride
        tensors = [("in", c_in * size**2)]
        if c_mid != c_in:
            tensors.append(("mid", c_mid * size**2))
        tensors += [("dw", c_mid * small**2), ("out", c_out * small**2)]
        skip = stride == 1 and c_in == c_out
        for i in range(1, len(tensors)):
            alive = {tensors[i - 1], tensors[i]}
            if skip:
                alive.add(tensors[0])
            peak = max(peak, sum(n for _, n in alive))
    return 4 * peak


def right_in_bytes_from_the_start(blocks):
    def bytes_of(channels, side):
        return channels * side * side * 4

    def of_block(block):
        c_in, c_mid, c_out, n, s = block
        m = n // s
        extra = bytes_of(c_in, n) * (s == 1) * (c_in == c_out)
        steps = [bytes_of(c_mid, m) + bytes_of(c_out, m) + extra]
        steps.append(bytes_of(c_mid, n) + bytes_of(c_mid, m) + (extra if c_in != c_mid else 0))
        if c_in != c_mid:
            steps.append(bytes_of(c_in, n) + bytes_of(c_mid, n))
        return max(steps)

    return max(of_block(block) for block in blocks)


def wrong_no_skip(blocks):
    peak = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        a, b = size**2, (size // stride) ** 2
        peak = max(peak, (c_in + c_mid) * a * (c_in != c_mid), c_mid * (a + b), (c_mid + c_out) * b)
    return 4 * peak


def wrong_biggest_map(blocks):
    return 4 * max(c_mid * size**2 for _, c_mid, _, size, _ in blocks)


def wrong_all_of_a_block_at_once(blocks):
    peak = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        a, b = size**2, (size // stride) ** 2
        peak = max(peak, c_in * a + c_mid * a * (c_mid != c_in) + c_mid * b + c_out * b)
    return 4 * peak


def wrong_size_is_not_squared(blocks):
    peak = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        small, keep = size // stride, c_in * size if stride == 1 and c_in == c_out else 0
        peak = max(peak, (c_in + c_mid) * size, c_mid * (size + small) + keep, (c_mid + c_out) * small + keep)
    return 4 * peak


def wrong_in_kilobytes(blocks):
    return right_step_by_step(blocks) // 1024


def wrong_last_block_only(blocks):
    return right_step_by_step(blocks[-1:])


RIGHT = [right_step_by_step, right_with_a_set_of_living_tensors, right_in_bytes_from_the_start]
WRONG = [
    wrong_no_skip,
    wrong_biggest_map,
    wrong_all_of_a_block_at_once,
    wrong_size_is_not_squared,
    wrong_in_kilobytes,
    wrong_last_block_only,
]
FIRST_TRY = (3, 6)
