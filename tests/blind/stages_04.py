"""Written by someone who saw only the statement of stages_04."""


def right_literal():
    return [
        (32, 64, 1),
        (64, 128, 2),
        (128, 128, 1),
        (128, 256, 2),
        (256, 256, 1),
        (256, 512, 2),
        (512, 512, 1),
        (512, 512, 1),
        (512, 512, 1),
        (512, 512, 1),
        (512, 512, 1),
        (512, 1024, 2),
        (1024, 1024, 1),
    ]


def right_loop():
    blocks = [(32, 64, 1)]
    for more in (1, 1, 5, 1):
        c = blocks[-1][1]
        blocks.append((c, 2 * c, 2))
        for _ in range(more):
            blocks.append((2 * c, 2 * c, 1))
    return blocks


def right_zip():
    outs = [64, 128, 128, 256, 256] + 6 * [512] + 2 * [1024]
    ins = [32, *outs[:-1]]
    return [(a, b, 2 if b > a and a > 32 else 1) for a, b in zip(ins, outs, strict=True)]


def wrong_stride_in_both_last():
    return [*right_literal()[:-1], (1024, 1024, 2)]


def wrong_five_in_all_at_14():
    blocks = right_literal()
    del blocks[6]
    return blocks


def wrong_stride_a_block_late():
    return [
        (32, 64, 1),
        (64, 128, 1),
        (128, 128, 2),
        (128, 256, 1),
        (256, 256, 2),
        (256, 512, 1),
        *4 * [(512, 512, 1)],
        (512, 512, 2),
        (512, 1024, 1),
        (1024, 1024, 2),
    ]


def wrong_outputs_first():
    return [(c_out, c_in, stride) for c_in, c_out, stride in right_literal()]


def wrong_first_strides():
    return [(32, 64, 2), *right_literal()[1:]]


RIGHT = [right_literal, right_loop, right_zip]
WRONG = [
    wrong_stride_in_both_last,
    wrong_five_in_all_at_14,
    wrong_stride_a_block_late,
    wrong_outputs_first,
    wrong_first_strides,
]
FIRST_TRY = (3, 5)
