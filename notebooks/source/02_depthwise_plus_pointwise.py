# ---
# jupyter:
#   mobiviz:
#     run_s: 20
# ---

# %% [markdown]
# # 02 Splitting it: depthwise + pointwise
#
# **A convolution looks around and mixes channels, both at once. What if you did one after the other?**
# It gets much cheaper. You will find out by how much, and what you pay for it.
#
# You will be able to
# 1. write both halves with `groups`,
# 2. derive how many times fewer MACs they take,
# 3. say what is lost.
#
# 35 minutes for you, less than a minute for the machine.

# %%
import numpy as np
import torch
import torch.nn.functional as F

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# A layer has 128 channels in, 128 channels out and a 3x3 kernel. You replace it by two layers: a 3x3 kernel for each
# channel on its own, then 128 kernels of 1x1 over all channels. By what factor do the MACs shrink?

# %% tags=["guess"]
# BEGIN SOLUTION
fewer_macs = 9
# END SOLUTION
guess("ratio_02", fewer_macs, unit="x")

# %% [markdown]
# ## Look
#
# The upper lane is the convolution that you know. The lower lane splits it. The **depthwise** half has one flat kernel
# for each channel, which looks around in that channel and sees no other. The **pointwise** half has 1x1 kernels, which
# look at one position and mix all channels. Both lanes multiply once per tick.
#
# Click the picture, then press Right: one position. Shift+Right: one MAC. Space plays, End finishes.

# %% tags=["visual"]
from mobiviz.widgets import Race

Race()

# %% [markdown]
# Both lanes put out the same shape. One takes 972 MACs for it, the other 243 + 108 = 351. Switch the wires to see why:
# from all to all, straight, from all to all. Plain loops that count each multiplication arrive at the same numbers.

# %%
random = np.random.default_rng(0)
x, w = random.normal(size=(3, 5, 5)), random.normal(size=(4, 3, 3, 3))
dw, pw = random.normal(size=(3, 1, 3, 3)), random.normal(size=(4, 3, 1, 1))
spec = mv.layers.spec
y, standard = spec.conv(x, w)
maps, looking = spec.depthwise(x, dw)
z, mixing = spec.pointwise(maps, pw)
both = looking + mixing
print(f"standard: {y.shape} after {standard} MACs")
print(
    f"pair:     {z.shape} after {looking} + {mixing} = {both} MACs, "
    f"{mv.units.ratio(standard / both)} fewer"
)

# %% [markdown]
# ## Exercise 1: write it
#
# `x` is a batch of maps (B, C, H, W). `dw` holds one flat kernel for each channel, (C, 1, k, k). `pw` holds the 1x1
# kernels, (N, C, 1, 1). No padding, stride 1. Torch's `F.conv2d(maps, kernels)` does either half.
# Its option `groups` cuts the channels into that many groups, and each kernel sees only its own.

# %% tags=["exercise", "ex:separable_02"]
def separable(x, dw, pw):
    # BEGIN SOLUTION
    maps = F.conv2d(x, dw, groups=x.shape[1])
    return F.conv2d(maps, pw)
    # END SOLUTION

# %% tags=["check", "ex:separable_02"]
check("separable_02", separable)

# %% [markdown]
# ## On a photo
#
# Three depthwise kernels for three channels: that of red is asked for edges from left to right, that of green for edges
# from top to bottom, and that of blue is averaged. Then four pointwise kernels, whose weights are in the table `pw`.
# In the pictures below, a blue pixel is a positive number, an orange one negative, a black one 0.

# %%
separable = use("separable_02")
photo = mv.image("cat", size=96)
edges = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4
dw = torch.stack([edges, edges.T, torch.full((3, 3), 1 / 9)])[:, None]
pw = torch.tensor([[1.0, 1, 0], [1, -1, 0], [1, 1, 1], [0, 0, 1]])[:, :, None, None]
halfway = F.conv2d(photo, dw, groups=3)
mixed = np.asarray(separable(photo, dw, pw))
for name, maps in (("photo", photo), ("depthwise", halfway), ("pointwise", mixed)):
    print(f"{name:9} {mv.units.shape(maps.shape)}")

# %% tags=["visual"]
mv.plot.maps(
    halfway.numpy(),
    per_channel=True,
    title="Depthwise: three channels, three kernels, three maps",
    alt="Three maps of a cat's face. 0, from red: upright edges. 1, from green: level "
    "edges, such as the eyelids. "
    "2, from blue: the photo itself, blurred.",
)

# %% tags=["visual"]
mv.plot.maps(
    mixed,
    per_channel=True,
    title="Pointwise: each map is a sum of those three, with weights of its own",
    alt="Four maps of a cat's face. 0 and 1: slanting edges, one way and the other. 2: the "
    "blurred photo with its "
    "edges added. 3: the blurred photo alone.",
)

# %% [markdown]
# An upright edge plus a level edge gives a slanting one, and minus gives the other slant. No 1x1 kernel can see an edge
# by itself; it mixes what the depthwise kernels saw.
#
# **"Depthwise mixes channels."** It never does. Set green to 0, its average, everywhere, and look at which maps change.

# %%
def changed(before, after):
    pairs = zip(np.asarray(before)[0], np.asarray(after)[0])
    return [n for n, (one, two) in enumerate(pairs) if not np.allclose(one, two, atol=1e-5)]


no_green = photo.clone()
no_green[:, 1] = 0
print("depthwise, maps that change:", changed(halfway, F.conv2d(no_green, dw, groups=3)))
print("pointwise, maps that change:", changed(mixed, separable(no_green, dw, pw)))

# %% [markdown]
# Only the map of green changes, until the pointwise half hands green on to all outputs that give it a weight.
# Output 3 gives it none.

# %% [markdown]
# ## Exercise 2: count it
#
# A standard layer has `N` kernels of k x k. Count its MACs at one position, count those of the pair, and divide.
# Return the factor by which the pair takes fewer. You need neither the number of input channels nor the size of the
# map: see where they go.

# %% tags=["exercise", "ex:ratio_02"]
def ratio(N, k):
    # BEGIN SOLUTION
    return 1 / (1 / N + 1 / k**2)
    # END SOLUTION

# %% tags=["check", "ex:ratio_02"]
check("ratio_02", ratio)

# %% [markdown]
# The MobileNet paper writes it the other way up: the share of MACs that is left is 1/N + 1/k². The first term is the
# depthwise half, the second the pointwise half. Input channels and positions are in all of them, so they cancel.

# %%
ratio = use("ratio_02")
print("       share left with 3x3:         fewer MACs")
print("   N   depthwise + pointwise    3x3    5x5")
for N in (4, 16, 128, 1024):
    left = f"{mv.units.percent(1 / N):>9} + {mv.units.percent(1 / 9):9}"
    print(f"{N:4}   {left}  {mv.units.ratio(ratio(N, 3)):>6} {mv.units.ratio(ratio(N, 5)):>6}")
reveal("ratio_02", round(ratio(128, 3), 2))

# %% [markdown]
# With 3x3 kernels the factor comes near 9 and never reaches it: however many kernels there are, the pointwise half
# stays. With few kernels the depthwise half is most of the bill. A larger kernel gains more, because the pointwise half
# does not grow with it.

# %% [markdown]
# ## Exercise 3: what it cannot do
#
# A standard kernel of the race has 4 x 3 x 3 x 3 = 108 weights. Build `can`, an array of that shape which a pair can
# reproduce exactly, with four different outputs. Then build `cannot`: `can` with a single weight changed, so that
# no pair can reproduce it. Ask yourself what the pair does on the way from input channel c to output channel n.

# %% tags=["exercise", "ex:rank_one_02"]
# BEGIN SOLUTION
can = np.arange(1.0, 13).reshape(4, 3, 1, 1) * np.arange(1.0, 28).reshape(3, 3, 3)
cannot = can.copy()
cannot[0, 0, 0, 0] += 1
# END SOLUTION

# %% tags=["check", "ex:rank_one_02"]
check("rank_one_02", (can, cannot))

# %% [markdown]
# On the way from channel c to output n stands `pw[n, c] * dw[c]`. So all slices that read channel c are multiples of
# one kernel: as a table of 4 x 9 numbers they have **rank** 1. The singular value decomposition, `np.linalg.svd`, takes
# a table apart into tables of rank 1, the largest first. So it finds the pair that comes nearest, channel by channel.

# %%
def nearest_pair(w):
    n, c, k, _ = w.shape
    u, s, v = np.linalg.svd(w.swapaxes(0, 1).reshape(c, n, k * k), full_matrices=False)
    dw, pw = v[:, 0].reshape(c, k, k), (u[:, :, 0] * s[:, :1]).T.reshape(n, c, 1, 1)
    return pw * dw  # as one standard kernel


can, cannot = (np.asarray(kernel, dtype=float) for kernel in use("rank_one_02"))
change = np.abs(cannot - can).max()
for name, w in (("can", can), ("cannot", cannot)):
    miss = np.abs(w - nearest_pair(w)).max()
    print(
        f"{name:6}: the nearest pair misses a weight by {mv.units.percent(miss / change)} of the change"
    )

# %% [markdown]
# **"It is the same function, only cheaper."** It is a smaller family of functions. The pair has fewer weights to
# choose, and of a kernel full of random numbers the nearest pair keeps only a part. The share printed is of the sum of
# the squared weights.

# %%
for channels in (4, 128):
    w = np.random.default_rng(0).normal(size=(channels, channels, 3, 3))
    kept = 1 - np.sum((w - nearest_pair(w)) ** 2) / np.sum(w**2)
    weights = (
        f"{mv.units.exact(9 * channels + channels**2):>6} weights instead of {mv.units.exact(w.size):>7}"
    )
    print(f"{channels:3} channels: {weights}, {mv.units.percent(kept)} of the kernel kept")

# %% [markdown]
# So a pair is no drop-in for a trained kernel. MobileNet is trained as pairs from the start, and that cost its authors
# little: 70.6% instead of 71.7% of ImageNet right (Howard et al. 2017, arXiv:1704.04861, table 4), with 8.56 times
# fewer MACs.

# %% [markdown]
# ## Measure
#
# Three layers, as wide as layers at the beginning, in the middle and at the end of a MobileNet. Each has as many
# channels out as in. The MACs say this:

# %%
layers = [(16, 112), (128, 56), (1024, 7)]
for channels, size in layers:
    full = mv.pricing.conv(channels, channels, 3, size, padding=1)
    pair = mv.pricing.separable(channels, channels, 3, size, padding=1)
    macs = f"{mv.units.macs(full.macs)} against {mv.units.macs(pair.macs)}"
    print(f"{channels:4} channels, {size:3} x {size:3}: {macs}, {mv.units.ratio(ratio(channels, 3))}")
    assert np.isclose(full.macs / pair.macs, ratio(channels, 3))

# %% [markdown]
# And the clock? By what factor will the pair be faster here, on one thread, in each of the three? A **race** runs both
# in turn and prints the medians, the factor and its interval. Two speeds mean that the times fell into two groups;
# lines that begin with `noisy` say what disturbed the clock.

# %% tags=["guess"]
# BEGIN SOLUTION
faster_16 = 5.8
faster_128 = 8.4
faster_1024 = 8.9
# END SOLUTION
guess("faster_16_02", faster_16, unit="x")
guess("faster_128_02", faster_128, unit="x")
guess("faster_1024_02", faster_1024, unit="x")

# %% tags=["measure"]
from IPython.display import display

races = {}
for channels, size in layers:
    entrants = {
        "standard": mv.layers.Conv(channels, channels, 3, padding=1),
        "pair": mv.layers.Separable(channels, channels, 3, padding=1),
    }
    races[channels] = mv.race(entrants, torch.randn(1, channels, size, size), budget_s=1)
    print(f"{channels} channels, {size} x {size}", races[channels], sep="\n")
    print(races[channels].noise_words(), "", sep="\n")

for channels, race in races.items():
    display(reveal(f"faster_{channels}_02", round(race.ratios["standard", "pair"].ratio, 2)))

# %% [markdown]
# **"8.4x fewer MACs is 8.4x faster."** Compare, with the intervals in the lines above the bars. Only where the MACs'
# factor lies outside of one can you say that time and MACs disagree. Nor can you where an entrant had two speeds: there
# the factor depends on how often the machine ran at which.

# %% tags=["measure"]
bars, less, more = {}, 0, 0
for channels, race in races.items():
    time, macs = race.ratios["standard", "pair"], ratio(channels, 3)
    if all(len(timing.speeds) == 1 for timing in race):
        less, more = less + (time.high < macs), more + (time.low > macs)
    within = f"[{mv.units.ratio(time.low)}, {mv.units.ratio(time.high)}]"
    print(
        f"{channels:4} channels: MACs {mv.units.ratio(macs)}, your time "
        f"{mv.units.ratio(time.ratio)} {within}"
    )
    bars |= {
        f"{channels} channels: MACs": round(macs, 2),
        f"{channels} channels: yours": round(time.ratio, 2),
    }
mv.plot.bars(
    bars,
    unit="times fewer MACs, or times faster",
    title=f"The clock gains less than the MACs in {less} of {len(races)} layers, more in "
    f"{more}; the rest is open",
    alt="Two bars for each layer, one grey for MACs, one orange and hatched for time. "
    + "; ".join(f"{label} {value}" for label, value in bars.items()),
)

# %% [markdown]
# Why should they ever disagree? A machine does not only multiply. It has to fetch each number of the input and of the
# kernels, and to store the output. This is how many MACs a layer gets out of each number that it fetches or stores:

# %%
print("                          standard  depthwise  pointwise   weights of the standard layer")
for channels, size in layers:
    row = []
    for out, k, groups in ((channels, 3, 1), (channels, 3, channels), (channels, 1, 1)):
        layer = mv.pricing.conv(channels, out, k, size, padding=k // 2, groups=groups)
        row.append(layer.macs / (layer.params + (channels + out) * size**2))
    weights = mv.units.exact(9 * channels**2)
    print(
        f"{channels:4} channels, {size:3} x {size:3}   {row[0]:9.1f} {row[1]:10.1f} "
        f"{row[2]:10.1f}   {weights:>9}"
    )

# %% [markdown]
# A depthwise layer gets four or five MACs out of a number, whatever its width: a machine that multiplies faster than it
# fetches may wait there. The standard layer of 1024 channels fetches 9.4 million weights for 49 positions; the pair
# fetches 1.06 million. Where the weights do not fit a cache, the pair can gain more than its MACs.
# Notebook 09 measures which of the two your machine is short of.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("02")

# %% [markdown]
# ## What next
#
# Notebook 03 has twelve puzzles: kernels, pooling and stacks, each in one line. One pair is one layer; notebook 04 stacks
# thirteen of them, with an activation between the halves, and has MobileNetV1.
