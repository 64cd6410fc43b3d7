# ---
# jupyter:
#   mobiviz:
#     run_s: 30
# ---

# %% [markdown]
# # 08 What the network sees
#
# **A trained network gives an answer and no reason. Can you see the reason in its maps?**
# You will look at them, and then switch them off: what a map looks like and what it is worth are two questions.
#
# You will be able to
# 1. read feature maps and depthwise filters,
# 2. say how much of a photo one position can see,
# 3. test a claim about a channel by ablation.
#
# 35 minutes for you, less than a minute for the machine.

# %%
import numpy as np
import torch
import torch.nn.functional as F

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use
from mobiviz.stats import spearman

classes = mv.images.CIFAR10
alpha = 0.5
net = mv.weights.load(mv.MobileNet(mv.V2, alpha, num_classes=10), "cifar10").eval()
photo = mv.image("cat", size=128)

# %% [markdown]
# ## Predict
#
# **Ablation** means to switch a part off and to see what becomes of the whole. You mute depthwise maps of the first
# block: you set them to 0. You begin with the one that matters least to the answer, and what is muted stays muted. What
# share of the maps can you mute before the answer becomes another class?

# %% tags=["guess"]
# BEGIN SOLUTION
spare = 50
# END SOLUTION
guess("mute_08", spare, unit="%")

# %% [markdown]
# ## Ask it
#
# This network is MobileNetV2. Its ten words are those of CIFAR-10, whose photos have 32 x 32 pixels; it was trained on
# them enlarged. So ask it three times about the same cat.

# %%
def says(photo, net=net):
    with torch.no_grad():
        p = net(photo).softmax(dim=1)[0]
    best = p.argsort(descending=True)[:3]
    return ", ".join(f"{classes[i]} {mv.units.percent(p[i].item())}" for i in best)


def as_trained(photo, size=128):
    return F.interpolate(F.interpolate(photo, size=32, mode="area"), size=size, mode="bilinear")


print("the photo, 128 x 128:     ", says(photo))
print("the photo, 64 x 64:       ", says(mv.image("cat", size=64)))
print("shrunk to 32, enlarged:   ", says(as_trained(photo)))

torch.manual_seed(0)
untrained = mv.MobileNet(mv.V2, alpha, num_classes=10).eval()
with torch.no_grad():
    low, high = untrained(photo).softmax(dim=1).aminmax()
print(
    f"before any training:       each of the ten {mv.units.percent(low.item())} to "
    f"{mv.units.percent(high.item())}"
)

# %% [markdown]
# One cat, and the answer depends on how the photo was made: fine fur and whiskers are in no CIFAR-10 photo. All below
# asks about the first line, whether it is right or wrong. An untrained network answers too; to it all ten are alike.

# %% [markdown]
# ## Exercise 1: catch a map
#
# What a layer puts out is gone when the next one has read it. A **hook** is a function of yours that torch calls when a
# layer has run. Write `hook(net, path, x)`: it runs the network on x and returns the map of the layer at `path`, such
# as `"features.2"`, as the layer handed it on; a later one may overwrite it in place. Nothing of yours stays on the
# network, also when the forward pass raises.

# %% tags=["exercise", "ex:hook_08"]
def hook(net, path, x):
    # BEGIN SOLUTION
    kept = []
    handle = net.get_submodule(path).register_forward_hook(
        lambda layer, args, out: kept.append(out.detach().clone())
    )
    try:
        net(x)
    finally:
        handle.remove()
    return kept[0]
    # END SOLUTION

# %% tags=["check", "ex:hook_08"]
check("hook_08", hook)

# %%
hook = use("hook_08")
path = "features.2.depthwise"
maps, before = (np.asarray(hook(one, path, photo))[0] for one in (net, untrained))
record = mv.watch(net, photo)
assert np.array_equal(maps, record[path].output[0])
print(f"{path}: {mv.units.shape(maps.shape)}, the same numbers as mv.watch keeps")

# %% tags=["visual"]
mv.plot.maps(
    maps,
    channels=range(16),
    title=f"Trained: {path} has maps that differ",
    alt="Sixteen small maps of a cat's face. Eyes, edges of several directions and flat "
    "areas light up in different ones.",
)

# %% tags=["visual"]
mv.plot.maps(
    before,
    channels=range(16),
    title="Untrained: random filters draw the photo too, but a few drown the rest",
    alt="Sixteen small maps of a cat's face. A few are bright, most are nearly dark.",
)

# %% [markdown]
# Maps that look like a cat prove nothing: random filters draw one too. Put a number on the difference. Which share of
# all brightness of the first 32 maps is in the four brightest? Ask twenty untrained networks, each with its own seed.

# %%
def in_four(maps):
    looks = np.sort(np.abs(maps[:32]).mean((1, 2)))
    return looks[-4:].sum() / looks.sum()


def fresh(seed):
    torch.manual_seed(seed)
    return mv.MobileNet(mv.V2, alpha, num_classes=10).eval()


seeds = [fresh(seed) for seed in range(20)]
shares = sorted(in_four(np.asarray(hook(one, path, photo))[0]) for one in seeds)
print(f"trained:             {mv.units.percent(in_four(maps), 0)} in four of 32 maps")
print(f"untrained, 20 seeds: {mv.units.percent(shares[0], 0)} to {mv.units.percent(shares[-1], 0)}")

# %% [markdown]
# ## Look
#
# Six depthwise layers of the network, up to 32 maps each, one scale a layer. Point at a map, or walk with the arrow
# keys: you see the 3x3 filter that made it, and on the photo what that position can see. Above each map stands how far
# the answer falls when this map alone is muted. Sort by it, and then by how big the maps look.

# %%
six = [f"features.{block}.depthwise" for block in (1, 2, 4, 7, 11, 17)]
looks = mv.probe.look(net, photo, six, classes)
blocks = [record[f"features.{at}"] for at in range(len(net.features))]
tube = [(block.path, *block.out_shape[1:3]) for block in blocks]

# %% tags=["visual"]
from mobiviz.widgets import ContactSheet

ContactSheet(looks, mv.images.denormalise(photo), tube)

# %% [markdown]
# ## One number
#
# A map is many numbers. Take one: what is it the sum of? `mv.explain` finds the inputs, the kernel and the products that
# made it on this photo, and then what batch norm and activation did to the sum.

# %%
found = mv.explain(record, path, channel=6, y=8, x=8)
print(found)
assert abs(found.value - found.kept) <= 1e-5 * found.size

# %% [markdown]
# The same for any layer, as a way down. Press Escape twice: these are the network's bars. Enter takes a bar to its block,
# a step to its maps, a map to the sum of one pixel. The button shows a photo of your own; it stays on this machine.

# %% tags=["visual"]
mv.explore(net, photo=photo, classes=classes)

# %% [markdown]
# ## Exercise 2: how far it sees
#
# A position of a deep map is a sum over a few positions of the map before it, and so on back to the photo. All pixels
# that it depends on are its receptive field, which puzzle nine of notebook 03 asked for in one line. Write its side again,
# step by step, for a stack of layers, each (k, s): kernel and stride. This check does not take a formula's word for it.

# %% tags=["exercise", "ex:receptive_field_08"]
def receptive_field(layers):
    # BEGIN SOLUTION
    size, apart = 1, 1
    for k, s in layers:
        size += (k - 1) * apart
        apart *= s
    return size
    # END SOLUTION

# %% tags=["check", "ex:receptive_field_08"]
check("receptive_field_08", receptive_field)

# %% [markdown]
# It took the gradient of one number with respect to every pixel, and looked where it is not 0. `mv.probe.receptive_field`
# does both on any network. The 1x1 layers see one position and add nothing.

# %%
receptive_field = use("receptive_field_08")
layers = [(unit.k, unit.s) for unit in mv.V2.units(alpha) if unit.path.startswith("features")]
print("layer                   yours   the library   pixels of the photo with a gradient")
for one in looks:
    block = int(one.path.split(".")[1])
    side, field = receptive_field(layers[: block + 1]), one.field
    assert field.checked
    print(
        f"{one.path:23} {side:5}   {mv.units.shape(field.size):11}   {field.mask.sum():6} "
        f"of {field.mask.size}"
    )

# %% [markdown]
# From the middle of the network on, a position can see more than the photo has. V3 is there at once: its
# squeeze-and-excite multiplies each map by a number that depends on the mean over all positions.

# %%
small = mv.MobileNet(mv.V3_SMALL, num_classes=10)
for layer in ("features.1.depthwise", "features.1.se"):
    print(str(mv.probe.receptive_field(small, photo, layer)).replace("; ", "\n    "))

# %% [markdown]
# ## Mute
#
# **"Bright means important."** Compare, layer by layer, how big a map looks, its mean |activation|, with what it is
# worth, the drop of the answer when it is muted. A rank correlation of 1 would mean the same order, 0 no relation.

# %%
print("layer                   biggest map, its drop    most valuable map, its drop    rank correlation")
for one in looks:
    found, big = one.ablation, int(one.means.argmax())
    best = int(found.order[0])
    drops = [f"{channel:4}  {100 * found.drops[channel]:6.1f} points" for channel in (big, best)]
    print(
        f"{one.path:23} {drops[0]}       {drops[1]}              {spearman(one.means, found.drops):5.2f}"
    )

# %% [markdown]
# Now your prediction. The order is that of the sheet, from the smallest drop to the largest, in the first block.

# %%
first = looks[0].ablation
order = [int(channel) for channel in first.order[::-1]]
more_and_more = [tuple(order[:n]) for n in range(1, len(order) + 1)]
together = mv.probe.ablate(net, photo, six[0], more_and_more, classes=classes)
changed = [n for n, top in enumerate(together.tops, 1) if top != together.top]
can = (changed[0] - 1 if changed else len(order)) / len(order)
print(
    f"{len(order)} maps; {mv.units.percent(can, 0)} can go before the answer is not "
    f"{together.answer} any more"
)
reveal("mute_08", round(100 * can, 1))

# %% [markdown]
# ## Exercise 3: find them
#
# Find three channels of one layer that, muted together, change the answer. And one more channel of that layer, bigger
# to look at than each of the three, whose muting does not. Use the sheet, or `search`: it mutes each of the first 32
# channels alone, and then all threes of the eight most valuable. `.changing` lists those that changed the answer, the
# largest drop first. Where a layer has no such three, try another.

# %%
def search(net, layer):
    alone = mv.probe.ablate(
        net, photo, layer, range(min(32, len(record[layer].output[0]))), classes=classes
    )
    best = [int(channel) for channel in alone.order[:8]]
    threes = [(best[a], best[b], best[c]) for a in range(8) for b in range(a) for c in range(b)]
    return alone, mv.probe.ablate(net, photo, layer, threes, classes=classes)


print(search(net, "features.4.depthwise")[0])

# %% tags=["exercise", "ex:channels_08"]
# BEGIN SOLUTION
layer = "features.1.depthwise"
big = int(np.abs(record[layer].output[0]).mean((1, 2)).argmax())
three = next(three for three in search(net, layer)[1].changing if big not in three)
# END SOLUTION

# %% tags=["check", "ex:channels_08"]
check("channels_08", (layer, three, big))

# %% [markdown]
# That an answer changes is a weak test, as long as you do not ask where else it would. Search in the same way in the
# twenty untrained networks.

# %%
layer, three, big = use("channels_08")
alone, found = search(net, layer)
mine = [tuple(int(c) for c in three), (int(big),)]
print(mv.probe.ablate(net, photo, layer, mine, classes=classes))
print(f"of {len(found.muted)} threes, {len(found.changing)} change the answer;", end=" ")
print(f"the largest drop is {100 * found.drops.max():.1f} points")

# %% tags=["visual"]
others = [search(one, layer)[1] for one in seeds]
counts = [len(each.changing) for each in others]
largest = max(each.drops.max() for each in others)
mv.plot.bars(
    {"trained": len(found.changing)} | {f"untrained, seed {seed}": counts[seed] for seed in range(7)},
    unit=f"of {len(found.muted)} threes that change the answer",
    title=f"In {sum(map(bool, counts))} of {len(counts)} untrained networks some three "
    "change the answer too, "
    f"but no answer falls by more than {100 * largest:.7f} points",
    alt=f"Bars: how many of {len(found.muted)} threes change the answer, for the trained "
    "network and the first seven of "
    f"twenty untrained ones. Trained {len(found.changing)}; untrained, all twenty: {counts}.",
)

# %% [markdown]
# In an untrained network all classes are alike to many digits, so a breath tips the top-1. Say by how much an answer
# falls, and not only that it changed.

# %% [markdown]
# **"Each channel is a concept."** If the most valuable channel meant the class that the network named, it would be
# silent where that class is not. Look at it on all five photos, and at what it is worth to each answer.

# %%
channel = int(alone.order[0])
print(f"channel {channel} of {layer}")
for name in mv.images.names():
    x = mv.image(name, size=128)
    look = np.abs(np.asarray(hook(net, layer, x))[0, channel]).mean()
    worth = mv.probe.ablate(net, x, layer, [channel], classes=classes)
    drop = f"{100 * worth.drops[0]:+.1f}".replace("-", "−")
    print(f"{name:10} mean |activation| {look:.2f}; muted, {worth.answer} falls by {drop} points")

# %% [markdown]
# The same filter works on all of them: an edge, a patch, a colour. A concept, where there is one, is spread over many
# channels, and each channel serves many.

# %% [markdown]
# ## None of the ten
#
# None of CIFAR-10's ten classes is a coffee, a rocket, a person or a motorcycle. And there is no photo at all in noise
# or in plain grey. What does the network say?

# %%
noise = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
unknown = {name: mv.image(name, size=128) for name in ("coffee", "rocket", "astronaut", "motorcycle")}
for name, x in (unknown | {"noise": noise, "grey": torch.zeros_like(noise)}).items():
    with torch.no_grad():
        total = net(x).softmax(dim=1).sum().item()
    print(f"{name:10} {says(x)}; all ten: {mv.units.percent(total, 0)}")

# %% [markdown]
# A **softmax** makes ten numbers that sum to 1. It has no word for "none of these", so it must share everything among
# the ten, and it may be sure of nonsense. A probability is only as good as the list that it is about.
#
# With ImageNet's 1,000 classes, cats have five of their own, numbers 281 to 285. If you have such weights on this
# machine already, the next cell asks them; it does not download anything.

# %% tags=["measure"]
large = mv.MobileNet(mv.V2).eval()
if mv.weights.cached(large):
    mv.weights.load(large, "imagenet")
    with torch.no_grad():
        p = large(mv.image("cat")).softmax(dim=1)[0]
    cats = mv.units.percent(p[281:286].sum().item())
    print(
        f"class {int(p.argmax())} with {mv.units.percent(p.max().item())}; the five cats together {cats}"
    )
    print(mv.probe.ablate(large, mv.image("cat"), layer, range(32)))
else:
    print(
        'No ImageNet weights are here. mv.weights.load(mv.MobileNet(mv.V2), "imagenet") '
        'fetches them once, 14 MB.'
    )

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("08")

# %% [markdown]
# ## What next
#
# You know what a layer computes, what it costs and what it is worth. What it costs in milliseconds is another matter:
# notebook 09 measures it.
