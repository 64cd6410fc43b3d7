"""MobileNetV1's thirteen blocks.

Write the list of its blocks in the order in which they run, each a tuple (c_in, c_out, stride). The first reads the
32 channels that the first convolution put out, on a map of 112 x 112: it is (32, 64, 1). After it, a block with stride
2 halves the map and doubles the channels; a block with stride 1 keeps both. Two blocks put out maps of 56 x 56 (the
first of the two has stride 2 and puts out 128 channels), two put out 28 x 28, six 14 x 14 and two 7 x 7, always with
stride 2 in the first of them alone.
"""

from itertools import pairwise

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Each block reads what the block before it puts out: c_in is the c_out of the one above.",
    "The pattern is: stride 2 and twice the channels, then stride 1 and as many, three times over.",
    "There are thirteen: 1 at 112, 2 at 56, 2 at 28, 6 at 14, 2 at 7. Four of them have stride 2.",
)
BLOCKS = [
    *((32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)),
    *(((512, 512, 1),) * 5),
    *((512, 1024, 2), (1024, 1024, 1)),
]


def reference():
    return BLOCKS


def cases():
    yield ()


def observe(answer):
    """The blocks one by one, and what a network of them costs with V1's first and last layer."""
    from mobiviz import pricing

    blocks = answer()
    if blocks is Ellipsis or blocks is None:
        return blocks
    size, total = 112, pricing.conv(3, 32, 3, 224, stride=2, padding=1) + pricing.linear(1024, 1000)
    for c_in, c_out, stride in blocks:
        total += pricing.separable(c_in, c_out, 3, size, stride, 1)
        size = pricing.out_size(size, 3, stride, 1)
    return {
        "number of blocks": len(blocks),
        "output channels": [block[1] for block in blocks],
        "strides": [block[2] for block in blocks],
        "total MACs": total.macs,
    }


@mutant("Your last block has stride 2, as the paper misprints it. Its map stays 7 x 7: the stride there is 1.")
def the_misprint():
    return [*BLOCKS[:-1], (1024, 1024, 2)]


@mutant("Five blocks of 512 change nothing, and one more leads there: six blocks run at 14 x 14. You have one too few.")
def four_blocks():
    return BLOCKS[:6] + BLOCKS[7:]


@mutant("You have six blocks of 512 to 512. The first of the six at 14 x 14 is the one that strides there from 256.")
def six_blocks():
    return [*BLOCKS[:6], (512, 512, 1), *BLOCKS[6:]]


@mutant("Your strides come with the second block of each pair. The stride stands where the channels double.")
def strides_late():
    late = [2 if block in (2, 4, 10, 12) else 1 for block in range(13)]
    return [(c_in, c_out, stride) for (c_in, c_out, _), stride in zip(BLOCKS, late, strict=True)]


@mutant("Each c_in is the c_out of the block above. In your list a block that doubles the channels reads them doubled.")
def reads_what_it_writes():
    return [(c_out, c_out, stride) for _, c_out, stride in BLOCKS]


@other
def from_the_papers_table():
    from mobiviz.tables import V1

    return [(unit.in_ch, unit.out_ch, unit.s) for unit in V1.units() if unit.op == "separable"]


@other
def as_lists():
    widths = [32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    return [[a, b, 2 if b == 2 * a and a > 32 else 1] for a, b in pairwise(widths)]
