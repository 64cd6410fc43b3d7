"""Written from the statement of intensity_09, but by the author of the exercise."""


def right_formula(c_in, c_out, k, size, groups, peak, bandwidth):
    positions = size * size
    weights = c_out * k * k * c_in / groups
    macs = weights * positions
    numbers = c_in * positions + c_out * positions + weights
    per_byte = macs / numbers / 4
    return per_byte, min(per_byte * bandwidth, peak)


def right_as_a_list(c_in, c_out, k, size, groups, peak, bandwidth):
    macs = 0
    for _ in range(c_out):
        macs += size**2 * k**2 * c_in // groups
    moved = 4 * ((c_in + c_out) * size**2 + macs / size**2)
    return [macs / moved, peak if macs / moved > peak / bandwidth else bandwidth * macs / moved]


def right_seconds(c_in, c_out, k, size, groups, peak, bandwidth):
    gmacs = c_out * (c_in // groups) * k * k * size * size / 1e9
    gb = 4 * (c_in * size**2 + c_out * size**2 + c_out * (c_in // groups) * k * k) / 1e9
    return gmacs / gb, gmacs / max(gmacs / peak, gb / bandwidth)


def wrong_two_bytes(c_in, c_out, k, size, groups, peak, bandwidth):
    per_byte, _ = right_formula(c_in, c_out, k, size, groups, peak, bandwidth)
    return 2 * per_byte, min(2 * per_byte * bandwidth, peak)


def wrong_flops(c_in, c_out, k, size, groups, peak, bandwidth):
    per_byte, limit = right_formula(c_in, c_out, k, size, groups, peak, bandwidth)
    return 2 * per_byte, limit


def wrong_dense_weights(c_in, c_out, k, size, groups, peak, bandwidth):
    macs = c_out * k * k * c_in / groups * size**2
    moved = 4 * ((c_in + c_out) * size**2 + c_in * c_out * k * k)
    return macs / moved, min(macs / moved * bandwidth, peak)


def wrong_limit_is_a_word(c_in, c_out, k, size, groups, peak, bandwidth):
    per_byte, _ = right_formula(c_in, c_out, k, size, groups, peak, bandwidth)
    return per_byte, "memory" if per_byte * bandwidth < peak else "compute"


def wrong_intensity_alone(c_in, c_out, k, size, groups, peak, bandwidth):
    return right_formula(c_in, c_out, k, size, groups, peak, bandwidth)[0]


RIGHT = [right_formula, right_as_a_list, right_seconds]
WRONG = [wrong_two_bytes, wrong_flops, wrong_dense_weights, wrong_limit_is_a_word, wrong_intensity_alone]
FIRST_TRY = (3, 5)
