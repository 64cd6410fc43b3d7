# ---
# jupyter:
#   mobiviz:
#     run_s: 90
# ---

# %% [markdown]
# # 09 Milliseconds on your laptop
#
# **MACs are counted before anything runs. What do they tell you about the time?**
# You will time eight networks, and the machine will surprise you.
#
# You will be able to
# 1. run a fair timing,
# 2. tell apart what computing, memory and overhead cost,
# 3. report a time with its uncertainty.
#
# 40 minutes for you, a minute and a half for the machine. Close what else is running: it would be timed too.

# %%
import time

import torch
from IPython.display import display

import mobiviz as mv
from mobiviz import machine, runtimes, surprises
from mobiviz.course import check, guess, hint, quiz, reveal, use
from mobiviz.record import Race, Timing
from mobiviz.widgets import MacsMs

torch.set_num_threads(1)
photo = mv.image("cat")

# %% [markdown]
# ## Predict
#
# Eight networks, and what each multiplies for one photo. `V1 full` is MobileNetV1 with standard convolutions.

# %%
def build():
    return {
        "VGG-16": mv.nets.VGG16(),
        "ResNet-50": mv.nets.ResNet50(),
        "V1": mv.MobileNet(mv.V1),
        "V1 full": mv.MobileNet(mv.tables.V1_CONV),
        "V1 0.5": mv.MobileNet(mv.V1, alpha=0.5),
        "V2": mv.MobileNet(mv.V2),
        "V3-Large": mv.MobileNet(mv.V3_LARGE),
        "V3-Small": mv.MobileNet(mv.V3_SMALL),
    }


with torch.device("meta"):  # shapes without numbers in them: enough to count, and no memory
    empty = build()
macs = {name: mv.watch(net, photo, mv.Compute(), dry=True).total.macs for name, net in empty.items()}
for name, count in macs.items():
    print(f"{name:9} {mv.units.exact(count):>14} MACs")

# %% [markdown]
# Rank them for your machine, on one thread, the fastest first. And say how far their speeds are apart: **GMAC/s**, or
# 10^9 MACs in a second, is MACs divided by time. By what factor does the best of the eight beat the worst in that?

# %% tags=["guess"]
# BEGIN SOLUTION
ranking = ["V3-Small", "V1 0.5", "V3-Large", "V2", "V1", "ResNet-50", "V1 full", "VGG-16"]
rate_factor = 3
# END SOLUTION
guess("rank_09", ranking)
guess("rate_factor_09", rate_factor, unit="x")

# %% [markdown]
# ## Look
#
# Each network has its column, since its MACs are known. At first it is timed alone, and a hollow mark drops in. Then
# all run in turn, round after round, and get places. Watch; it takes a quarter of a minute.

# %% tags=["measure", "visual"]
clocks = MacsMs(macs)
shown = display(clocks, display_id=True)
nets = build()
for name, net in nets.items():
    clocks.add(mv.race({name: net}, photo, budget_s=0.1))
race = mv.race(nets, photo, budget_s=1.2)
clocks.add(race)
shown.update(clocks)
nets = {name: net for name, net in nets.items() if macs[name] < 1e9}  # the others give their memory back

# %% [markdown]
# Click the picture and press Right: the **95% interval**, the network's own diagonal of constant GMAC/s, and whom it is
# faster than. A place such as 3-5 means that its bar overlaps with others': the picture does not rank those.
# The next cell times the smaller networks with all cores, with four photos at once, and with another layout in memory.
# Then the picture above gets lists to choose one of these settings; grey marks show where the first setting stood.

# %% tags=["measure"]
cores = max(2, machine.facts().usable_cores)
clocks.add(mv.race(nets, photo, threads=cores, budget_s=0.5))
clocks.add(mv.race(nets, torch.cat([photo] * 4), budget_s=0.8), batch=4)
for net in nets.values():
    net.to(memory_format=torch.channels_last)
clocks.add(mv.race(nets, photo.contiguous(memory_format=torch.channels_last), budget_s=0.5))
for net in nets.values():
    net.to(memory_format=torch.contiguous_format)
print(f"{len(clocks.data['runs'])} settings measured")

# %% [markdown]
# In words, for the first setting:

# %% tags=["measure"]
for name, (first, last) in sorted(race.places().items(), key=lambda item: item[1]):
    place = str(first) if first == last else f"{first}-{last}"
    print(
        f"{place:>3}  {name:9} {race[name].words():28} "
        f"{macs[name] / race[name].median_ms / 1e6:5.1f} GMAC/s"
    )
print(race.noise_words())

if isinstance(ranking, list):
    known = [name for name in ranking if name in macs]
    told = [race.rank(a, b) for at, a in enumerate(known) for b in known[at + 1 :]]
    right, sure = told.count("faster"), len(told) - told.count("cannot tell")
    print(f"your machine tells {sure} of {len(told)} pairs apart, and you have {right} of those right")
rates = [macs[timing.name] / timing.median_ms for timing in race]

order = []  # who cannot be ranked stands in one place
for at, timing in enumerate(sorted(race, key=lambda timing: timing.median_ms)):
    if race.places()[timing.name][0] == at + 1:
        order.append(timing.name)
    else:
        order[-1] += f" or {timing.name}"
display(reveal("rank_09", order))
reveal("rate_factor_09", round(max(rates) / min(rates), 1))

# %% [markdown]
# **"GMAC/s is a property of the chip."** It is one chip, and the marks lie on different diagonals. A MAC does not cost
# the same in every network. The rest of this notebook is about why.

# %% [markdown]
# ## Exercise 1: a fair timing
#
# How were those numbers made? `bench(fns, clock)` gets functions to call and a stopwatch. It returns the typical
# seconds of one call of each. The machine is slow at first, grows hot, is interrupted, and has other work at regular
# intervals. Whoever is faster must still come out faster. So call each function fifteen times first, and then time 25
# single calls of each.

# %% tags=["exercise", "ex:bench_09"]
import random
from statistics import median


def bench(fns, clock):
    # BEGIN SOLUTION
    for f in fns * 15:
        f()
    times = [[] for _ in fns]
    for _ in range(25):
        for at in random.sample(range(len(fns)), len(fns)):
            begin = clock()
            fns[at]()
            times[at].append(clock() - begin)
    return [median(each) for each in times]
    # END SOLUTION

# %% tags=["check", "ex:bench_09"]
check("bench_09", bench)

# %% [markdown]
# The check ran on a clock that only the functions move, so it never depends on your machine. Now the real one. The
# first two functions below are the same layer, twice. What differs between those two is what your timing cannot see.

# %%
bench = use("bench_09")
x = torch.randn(1, 128, 56, 56)
depthwise, pointwise = mv.layers.Depthwise(128, 3, padding=1), mv.layers.Pointwise(128, 128)

# %% tags=["measure"]
with torch.inference_mode():
    took = bench([lambda: depthwise(x), lambda: depthwise(x), lambda: pointwise(x)], time.perf_counter)
for name, seconds in zip(("depthwise", "the same", "pointwise"), took):
    print(f"{name:10} {mv.units.ms(1e3 * seconds)}")

# %% [markdown]
# ## When the machine is noisy
#
# **"The median is safe."** Ten other programs on two cores: their noise was recorded, call by call, and is laid here on
# networks whose quiet times are known. They are 6.4 ms for V3-Small and 7.9 ms for V1 at alpha 0.5, 14 ms for V3-Large
# and 16 ms for V2. This is what a clock shows then:

# %%
noisy = surprises.recorded("noisy")
for name in ("V3-Small", "V1 0.5", "V3-Large", "V2"):
    timing, (first, last) = noisy[name], noisy.places()[name]
    least, most = mv.units.ms(min(timing.samples_ms)), mv.units.ms(max(timing.samples_ms))
    print(
        f"{name:9} median {mv.units.ms(timing.median_ms):>7}, from {least:>7} to "
        f"{most:>7}; place {first} to {last}"
    )

# %% tags=["visual"]
loaded = MacsMs(macs)
loaded.add(noisy)
loaded

# %% [markdown]
# The medians are many times the quiet times, and by them both pairs are the wrong way round. Their bars overlap, so
# the picture ranks neither: that is all that sixteen rounds on such a machine can say. What it does rank is true.

# %%
names = sorted(macs, key=macs.get)
pairs = [(a, b, noisy.rank(a, b)) for at, a in enumerate(names) for b in names[at + 1 :]]
for verdict in ("faster", "slower", "cannot tell"):
    print(
        f"{verdict:11} {sum(each == verdict for _, _, each in pairs):2} of {len(pairs)} "
        "pairs, the fewer MACs first"
    )

# %% [markdown]
# ## What else the machine does
#
# Six changes that leave each MAC as it is. For each, the time before and after is raced, and one line says what it did
# here. It may do nothing on your machine, and then the line says that.
#
# **"More threads are faster."** A large layer and a small one, with one thread and with all cores:

# %% tags=["measure"]
changes = {}


def on(threads, f, x):
    def call():
        torch.set_num_threads(threads)
        return f(x)

    return call


layers = {
    "large": (mv.layers.Conv(128, 128, 3, padding=1), torch.randn(1, 128, 56, 56)),
    "small": (mv.layers.Depthwise(32, 3, padding=1), torch.randn(1, 32, 14, 14)),
}
for size, (layer, x) in layers.items():
    raced = mv.race({"1 thread": on(1, layer, x), "all": on(cores, layer, x)}, budget_s=0.5)
    changes[f"{cores} threads, {size} layer"] = raced.ratios["1 thread", "all"]
    print(surprises.says(raced.ratios["1 thread", "all"], f"{cores} threads for the {size} layer"))

# %% [markdown]
# Sharing work costs time too: threads have to be woken and waited for. A small layer may be done before that. And if
# another program has one of the cores, all threads wait for the slowest.
#
# **First calls.** Thirty-two layers, each of a size that has not been seen yet: the first call of each, and the eighth.

# %% tags=["measure"]
first, eighth = [], []
with torch.inference_mode():
    for channels in range(24, 56):
        layer, x = mv.layers.Conv(channels, channels, 3, padding=1), torch.randn(1, channels, 28, 28)
        took = []
        for _ in range(8):
            begin = time.perf_counter()
            layer(x)
            took.append(1e3 * (time.perf_counter() - begin))
        first.append(took[0])
        eighth.append(took[-1])
raced = Race.of({"first": Timing.of("first", first), "eighth": Timing.of("eighth", eighth)})
changes["eighth call"] = raced.ratios["first", "eighth"]
print(surprises.says(raced.ratios["first", "eighth"], "Having been called before"))

# %% [markdown]
# A library chooses and prepares its kernel when it first meets a layer's size, and caches are cold. An app that runs
# a network once pays that; a benchmark that warms up never sees it.
#
# **Memory.** A depthwise 3x3 layer, 16 channels, 112 x 112, in three processes. They differ in one setting of the
# allocator: whether memory that was freed is kept or given back to the system.

# %% tags=["measure"]
allocation = surprises.allocator(budget_s=0.4)
changes["memory kept"] = allocation.ratio
print(allocation)

# %% [markdown]
# Memory that was given back comes anew, page by page, at each call: those are the **page faults**. They cost time in
# which nothing is multiplied. Which of the two a program gets, as it comes, can differ from one start to the next.
#
# **Layout.** A map can lie in memory channel after channel, or, **channels last**, pixel after pixel with all channels
# of one side by side.

# %% tags=["measure"]
layers = {
    "depthwise": (mv.layers.Depthwise(96, 3, padding=1), torch.randn(1, 96, 56, 56)),
    "pointwise": (mv.layers.Pointwise(96, 96), torch.randn(1, 96, 56, 56)),
}
for kind, (layer, x) in layers.items():
    entrants = runtimes.variants(layer, x, ["eager", "channels last"])
    raced = mv.race(entrants, budget_s=0.5)
    changes[f"channels last, {kind}"] = raced.ratios["eager", "channels last"]
    print(surprises.says(raced.ratios["eager", "channels last"], f"Channels last for the {kind} layer"))

# %% [markdown]
# **What a runtime does for you.** A batch norm in eval mode multiplies each channel by one number and adds another.
# `net.fold()` moves both into the weights of the convolution before it. The network answers the same with fewer steps.

# %%
v2 = nets["V2"].eval()
folded = v2.fold()
norms = [sum(isinstance(part, torch.nn.BatchNorm2d) for part in net.modules()) for net in (v2, folded)]
with torch.inference_mode():
    apart = (folded(photo) - v2(photo)).abs().max() / v2(photo).abs().max()
print(f"batch norms: {norms[0]} before, {norms[1]} after; the same answer: {bool(apart < 1e-4)}")

# %% tags=["measure"]
steps = ["eager", "channels last", "folded", "folded, channels last"]
raced = mv.race(runtimes.variants(v2, photo, steps), budget_s=0.8)
print(raced)
changes["V2 folded, channels last"] = raced.ratios["eager", "folded, channels last"]
print(surprises.says(raced.ratios["eager", "folded, channels last"], "Folding and channels last for V2"))

# %% [markdown]
# **Batches.** Four photos at once, and the time for each of them:

# %% tags=["measure"]
batches = {f"batch {n}": (nets["V3-Small"], torch.cat([photo] * n)) for n in (1, 2, 4)}
raced = mv.race(batches, budget_s=0.6)
each = {name: Timing.of(name, raced[name].samples_ms / len(x)) for name, (_, x) in batches.items()}
each = Race.of(each)
changes["batch of 4, each photo"] = each.ratios["batch 1", "batch 4"]
print(each)
print(surprises.says(each.ratios["batch 1", "batch 4"], "A batch of four, for each photo,"))

# %% [markdown]
# Overhead is paid once for the four, so a batch can be faster. Its maps are four times as large, so they may no longer
# fit a cache, and a batch can be slower. A phone's camera brings one photo at a time: no batch there.

# %% tags=["measure", "visual"]
mv.plot.changes(changes)

# %% [markdown]
# ## Exercise 2: bytes
#
# **Arithmetic intensity** is the MACs that a layer gets out of each byte that it reads or writes. Each number has four
# bytes and moves once: the input map, the weights, the output map. The **roofline** is the lower of two limits: what
# the machine can multiply, `peak`, and what its memory can feed, `bandwidth` times intensity.
# Return both: (intensity, limit), in MACs for each byte and GMAC/s.

# %% tags=["exercise", "ex:intensity_09"]
def intensity(c_in, c_out, k, size, groups, peak, bandwidth):
    # BEGIN SOLUTION
    weights = k * k * (c_in // groups) * c_out
    macs = weights * size**2
    moved = 4 * (c_in * size**2 + weights + c_out * size**2)
    return macs / moved, min(peak, bandwidth * macs / moved)
    # END SOLUTION

# %% tags=["check", "ex:intensity_09"]
check("intensity_09", intensity)

# %%
intensity = use("intensity_09")
print("on a machine of 50 GMAC/s and 20 GB/s:")
for channels, size in ((32, 112), (128, 56), (512, 14)):
    for kind, k, groups in (("depthwise", 3, channels), ("pointwise", 1, 1)):
        per_byte, limit = intensity(channels, channels, k, size, groups, 50, 20)
        print(
            f"{kind}, {channels:3} channels, {size:3} x {size:3}: {per_byte:5.1f} MACs a "
            f"byte, {limit:4.1f} GMAC/s at most"
        )

# %% [markdown]
# A depthwise layer gets hardly more than one MAC out of a byte, whatever its width: that machine could not feed it. A
# pointwise layer gets more out of a byte the more channels it has. What are the two numbers of your machine?
# `mv.ceilings` measures them, and the two layers of exercise 1 find their places.

# %% tags=["measure", "visual"]
here = mv.ceilings(budget_s=2)
moved = 4 * 2 * 128 * 56**2  # bytes of both maps; the weights are few
peak, bandwidth = here.gmacs(kind="pointwise"), here.bandwidth(moved)
x = torch.randn(1, 128, 56, 56)
timed = mv.race({"depthwise": depthwise, "pointwise": pointwise}, x, budget_s=0.5)
placed = {}
for kind, k, groups in (("depthwise", 3, 128), ("pointwise", 1, 1)):
    layer = mv.pricing.conv(128, 128, k, 56, padding=k // 2, groups=groups)
    per_byte, _ = intensity(128, 128, k, 56, groups, peak, bandwidth)
    placed[kind] = (per_byte, layer.macs / timed[kind].median_ms / 1e6)
mv.plot.under_roof(placed, peak, bandwidth)

# %% [markdown]
# Under the slope a layer waits for memory, under the flat part for the multiplying. The slope is steep where both maps
# fit a cache, and then even a depthwise layer may stand under the flat part. What is left between a layer and its roof
# is **overhead**: Python, torch's bookkeeping, page faults, a kernel that suits the layer badly.
# Now all layers of V2; a thin line leads from each to its own bound.

# %% tags=["measure"]
timing = mv.latency(v2, photo, budget_s=0.5)
under = mv.roofline(mv.watch(v2, photo, mv.Compute(), mv.Clock()), timing, here)
mv.plot.roofline(under)

# %% tags=["measure"]
bounds = {
    limit: sum(layer.bound_ms for layer in under if layer.limit == limit)
    for limit in ("compute", "memory")
}
rest = timing.median_ms - sum(bounds.values())
print(f"V2 took {timing.words()}")
for what, ms in (*bounds.items(), ("the rest", rest)):
    print(f"{what:8} {mv.units.ms(ms):>8}, {mv.units.percent(ms / timing.median_ms, 0)}")

# %% [markdown]
# Estimates, no latencies: the least that the layers bound by computing, and those bound by memory, can take here. The
# rest is what a better runtime could win: batch norms and activations as steps of their own, overhead, page faults.

# %% [markdown]
# ## Exercise 3: your surprise
#
# Choose one thing above that you did not expect, and claim it: `(race, faster, slower, because)`. The race is any of
# yours, such as `race`, `timed` or `allocation.race`; the names are two of its entrants. The check accepts every claim
# whose intervals are apart, and says so where they are not. The reference claims something about a recorded race.

# %% tags=["exercise", "ex:surprise_09"]
# BEGIN SOLUTION
because = "each call touches fresh pages, and the system hands them out one by one"
surprise = (surprises.recorded("allocator"), "memory kept", "memory given back", because)
# END SOLUTION

# %% tags=["check", "ex:surprise_09"]
check("surprise_09", surprise)

# %%
claimed, faster, slower, because = use("surprise_09")
print(f"{faster} before {slower}: {claimed.rank(faster, slower)},")
print(f"because {because}")

# %% [markdown]
# ## Six networks
#
# The table of the course, with your milliseconds in it. `mv.compare` makes it again whenever you like, for any of
# torch's ways to run a network.

# %% tags=["measure"]
mv.compare(budget_s=0.8, ceilings=here)

# %% [markdown]
# Read the MACs against the last column. Where the networks with the fewest MACs have the smallest shares, multiplying
# is not what they wait for, and fewer MACs alone would not help them. A runtime with less overhead would.
# So MACs say what a network asks for. What you get for it has to be measured, with its interval.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("09")

# %% [markdown]
# ## What next
#
# All of this was one laptop. Notebook 10 sends the same networks to your phone and asks which of your places change.
