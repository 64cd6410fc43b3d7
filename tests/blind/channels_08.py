"""Written from the statement of channels_08, with torch's own hooks; by the author of its check, so not quite blind."""

from functools import cache
from itertools import combinations

import torch

import mobiviz as mv
from mobiviz.course.scene import ALPHA

PATH = "features.1.depthwise"


@cache
def cat():
    return mv.weights.load(mv.MobileNet(mv.V2, ALPHA, num_classes=10), "cifar10").eval(), mv.image("cat", size=128)


@torch.no_grad()
def answer(channels=()):
    net, photo = cat()

    def mute(layer, args, out):
        out = out.clone()
        out[:, list(channels)] = 0
        return out

    with net.get_submodule(PATH).register_forward_hook(mute):
        return net(photo)[0]


@cache
def looks():
    net, photo = cat()
    kept = []
    with torch.no_grad(), net.get_submodule(PATH).register_forward_hook(lambda *call: kept.append(call[2].clone())):
        net(photo)
    return kept[0][0].abs().mean((1, 2))


@cache
def drops():
    """By how much each channel's muting lowers the logit of the answer against the best other."""

    def margin(logits):
        others = torch.cat([logits[:top], logits[top + 1 :]])
        return (logits[top] - others.max()).item()

    top = answer().argmax().item()
    return [margin(answer()) - margin(answer([c])) for c in range(len(looks()))]


@cache
def threes():
    best = sorted(range(len(drops())), key=lambda c: -drops()[c])[:9]
    return [three for three in combinations(best, 3) if answer(three).argmax() != answer().argmax()]


def spare(three):
    """The biggest-looking channel that is worth nothing to the answer, where it is bigger than the three."""
    for c in looks().argsort(descending=True).tolist():
        if c not in three and answer([c]).argmax() == answer().argmax():
            return c if looks()[c] > looks()[list(three)].max() else None
    return None


def good():
    return [(three, spare(three)) for three in threes() if spare(three) is not None]


def right_first():
    three, big = good()[0]
    return PATH, list(three), big


def right_last():
    three, big = good()[-1]
    return PATH, three, big


def right_middle():
    three, big = good()[len(good()) // 2]
    return [PATH, torch.tensor(three), big]


def wrong_only_two():
    three, big = good()[0]
    return PATH, list(three[:2]), big


def wrong_the_same_thrice():
    three, big = good()[0]
    return PATH, [three[0]] * 3, big


def wrong_least_important():
    _, big = good()[0]
    order = sorted(range(len(drops())), key=lambda c: drops()[c])
    small = [c for c in order if looks()[c] < looks()[big] and c != big]
    return PATH, small[:3], big


def wrong_smallest_as_big():
    three, _ = good()[0]
    return PATH, list(three), int(looks().argmin())


def wrong_no_path():
    three, big = good()[0]
    return list(three), big


def wrong_no_such_channel():
    three, big = good()[0]
    return PATH, [*three[:2], len(looks())], big


RIGHT = [right_first, right_last, right_middle]
WRONG = [
    wrong_only_two,
    wrong_the_same_thrice,
    wrong_least_important,
    wrong_smallest_as_big,
    wrong_no_path,
    wrong_no_such_channel,
]
FIRST_TRY = (3, 6)
