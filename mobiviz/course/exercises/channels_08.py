"""Three that matter, and one that only looks it.

The network is notebook 08's, with its bundled weights, and the photo is the cat at 128 pixels. Choose a layer and hand
over three things: its path, such as "features.2.depthwise"; three of its channels, which when all three are muted (set
to 0) together make the network's answer another class; and one more channel, whose map looks bigger than each of the
three, by the mean of its |activation|, and which when muted alone leaves the answer as it is.
Channels are counted from 0. Hand over ("features.2.depthwise", [4, 8, 15], 16), with your own.
"""

from functools import cache
from itertools import combinations

from mobiviz.course.exercise import mutant, other
from mobiviz.course.scene import muted, scene, sizes

HINTS = (
    "mv.probe.ablate(net, photo, path) mutes each channel alone. Its .order begins with the largest drop.",
    "Few channels alone are enough. Take some from the top of .order, and mute them three at a time: "
    "ablate(net, photo, path, [(0, 1, 2), (0, 1, 3)]) has a run for each three; .changing lists those that change it.",
    "For the big one: np.abs(record[path].output[0]).mean((1, 2)) is how big each looks. Where the biggest is in all "
    "threes that change the answer, try another layer: the first block has several.",
)
LIMIT_S = 60


@cache
def find(path):
    """Threes of this layer from the top of its order that change the answer, the surest first, and a big one beside."""
    alone, big = muted(path), sizes(path)
    threes = tuple(combinations(sorted(int(run) for run in alone.order[:9]), 3))
    found = muted(path, threes)
    quiet = [c for c in big.argsort()[::-1].tolist() if alone.tops[c] == alone.top]
    pairs = [(three, c) for three in found.changing for c in quiet[:1] if big[c] > big[list(three)].max()]
    return [(path, list(three), c) for three, c in pairs]


def paths():
    return [call.path for call in scene()[2] if call.path.endswith("depthwise")]


def reference():
    return next(pair for path in paths() for pair in find(path))


def cases():
    yield ()


def observe(answer):
    """What becomes of the answer, by muting what was handed over."""
    found = answer()
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        raise TypeError('hand over three things: check("channels_08", (path, three, big))')
    if any(part is Ellipsis for part in found):
        return list(found)
    path, three, big = found
    three, big = tuple(int(c) for c in three), int(big)
    seen = {
        "channels muted together": len(three),
        "different ones": len(set(three)),
        "big is one of them": big in three,
    }
    together, alone = muted(path, (three,)), muted(path, ((big,),))
    seen["with the three muted"] = "another class" if together.changing else "the same answer"
    seen["with the big one muted"] = "another class" if alone.changing else "the same answer"
    smaller = [c for c in three if sizes(path)[c] < sizes(path)[big]]
    return seen | {"of the three that look smaller than the big one": len(smaller)}


@mutant("With these three muted the answer stays. The brightest maps need not matter: go by the drop, not by the look.")
def three_that_do_not_matter():
    path, _, big = reference()
    order = muted(path).order[::-1]
    return path, [int(c) for c in order if sizes(path)[c] < sizes(path)[big]][:3], big


@mutant("The big one does not look bigger than all three: compare the means of |activation|, largest first.")
def a_small_one():
    path, three, _ = reference()
    quiet = [c for c in sizes(path).argsort().tolist() if c not in three and muted(path).tops[c] == muted(path).top]
    return path, three, quiet[0]


@mutant("The big one is one of the three. Asked for is one beside them, which you could spare.")
def one_of_the_three():
    path, three, _ = reference()
    return path, three, max(three, key=lambda c: sizes(path)[c])


@mutant("These are more than three channels. Many together always change the answer sooner or later.")
def too_many():
    path, three, big = reference()
    more = [int(c) for c in muted(path).order if c not in (*three, big) and sizes(path)[c] < sizes(path)[big]]
    return path, [*three, more[0]], big


@other
def another_three_or_layer():
    return next(find(path) for path in paths() if find(path))[-1]


@other
def as_an_array():
    import numpy as np

    path, three, big = reference()
    return [path, np.array(three[::-1]), np.int64(big)]
