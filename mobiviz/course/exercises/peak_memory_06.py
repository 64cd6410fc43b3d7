"""The most memory at any time.

`blocks` is a list of inverted residuals in the order in which they run, each a tuple (c_in, c_mid, c_out, size,
stride). It reads c_in channels of size x size and runs up to three layers: a 1x1 from c_in to c_mid channels, only
where the two differ; a depthwise 3x3 from c_mid to c_mid channels, whose output is size / stride high and wide (size
is a multiple of stride); a 1x1 from c_mid to c_out channels. c_mid is never less than c_in.
While a layer runs, its whole input and its whole output are in memory. What no later layer needs is gone. Where stride
is 1 and c_in equals c_out, the block's input is added to its output at the end, so until then it stays in memory too;
it counts once. The addition itself never needs the most: leave it out. Batch norms and activations need nothing.
Return the most bytes that are in memory at any time, an int. A number takes 4 bytes.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Go through the layers of a block one by one. For each: the numbers of its input plus the numbers of its output.",
    "A map holds channels x side x side numbers. The depthwise layer reads at size and writes at the new side.",
    "Where there is a skip, add c_in x size x size to the second and the third layer. The first reads it anyway.",
    "Keep the largest sum over all layers of all blocks, and multiply it by 4.",
)


def layers(c_in, c_mid, c_out, size, stride):
    """Numbers that each layer reads and writes, and what the skip keeps beside them."""
    small = size // stride
    kept = c_in * size**2 if stride == 1 and c_in == c_out else 0
    if c_mid != c_in:
        yield c_in * size**2, c_mid * size**2, 0
    yield c_mid * size**2, c_mid * small**2, kept * (c_mid != c_in)
    yield c_mid * small**2, c_out * small**2, kept


def most(blocks, rule=sum, bytes_each=4):
    return bytes_each * max(rule(layer) for block in blocks for layer in layers(*block))


def reference(blocks):
    return most(blocks)


def cases():
    from mobiviz.tables import V2

    yield ([(1, 2, 3, 2, 1)],)
    yield ([(2, 4, 2, 2, 1)],)
    yield ([(2, 4, 2, 4, 2)],)
    yield ([(3, 3, 1, 2, 1)],)
    yield ([(4, 4, 4, 3, 1)],)
    yield ([(1, 2, 6, 4, 1), (6, 6, 1, 4, 2), (1, 6, 2, 2, 1)],)
    size, blocks = 112, []
    for unit in V2.units():
        if unit.op == "bottleneck":
            blocks.append((unit.in_ch, unit.exp_ch, unit.out_ch, size, unit.s))
            size //= unit.s
    yield (blocks,)
    yield (blocks[2:],)
    yield (blocks[3:],)
    yield (blocks[6:],)


@mutant("You take the largest output. While a layer runs, its input is in memory as well.")
def largest_output(blocks):
    return most(blocks, lambda layer: layer[1])


@mutant("You leave out what the skip keeps: the block's input waits in memory while the thick maps come and go.")
def forgets_the_skip(blocks):
    return most(blocks, lambda layer: layer[0] + layer[1])


@mutant("You count numbers. Each of them takes 4 bytes.")
def counts_numbers(blocks):
    return most(blocks, bytes_each=1)


@mutant("You add all maps up, as if nothing were ever let go. What no later layer needs is gone.")
def adds_everything_up(blocks):
    return 4 * sum(written for block in blocks for _, written, _ in layers(*block))


@mutant("You look at a block's ends only. Inside, its maps are thicker: go through its layers.")
def ends_only(blocks):
    return 4 * max(c_in * size**2 + c_out * (size // stride) ** 2 for c_in, _, c_out, size, stride in blocks)


@mutant("You keep the input in every block. Only a block with a skip needs it again: stride 1, and as many channels.")
def keeps_always(blocks):
    peaks = []
    for block in blocks:
        *before, (read, written, _) = layers(*block)
        peaks += [sum(layer[:2]) + block[0] * block[3] ** 2 for layer in before[1:]]
        peaks += [sum(layer[:2]) for layer in before[:1]] + [read + written + block[0] * block[3] ** 2]
    return 4 * max(peaks)


@mutant(
    "The map shrinks before the depthwise layer reads it, in yours. It reads the large one and writes the small one."
)
def shrinks_early(blocks):
    return most([(c_in, mid, c_out, size // stride, 1) for c_in, mid, c_out, size, stride in blocks])


@other
def one_layer_after_the_other(blocks):
    peak = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        large, small = size * size, (size // stride) ** 2
        skip = c_in * large if stride == 1 and c_in == c_out else 0
        if c_in == c_mid:
            alive = [c_in * (large + small), skip + (c_mid + c_out) * small]
        else:
            alive = [(c_in + c_mid) * large, skip + c_mid * (large + small), skip + (c_mid + c_out) * small]
        peak = max(peak, *alive)
    return 4 * peak


@other
def by_the_widest_moment(blocks):
    alive = [a + b + kept for block in blocks for a, b, kept in layers(*block)]
    return sorted(alive)[-1] * 4
