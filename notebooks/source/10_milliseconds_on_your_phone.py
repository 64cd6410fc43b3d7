# ---
# jupyter:
#   mobiviz:
#     run_s: 45
# ---

# %% [markdown]
# # 10 Milliseconds on your phone
#
# **Your laptop puts networks in an order by time. Would your phone put them in the same order?**
# MobileNets were made for phones, so the phone is the judge that counts.
#
# You will be able to
# 1. export a network for a phone, and prove that the file still answers as the network does,
# 2. compare two devices without being fooled by their noise,
# 3. say what a time from a browser is, and what it is not,
# 4. predict which layers suffer when weights are stored in eight bits.
#
# 40 minutes for you, less than a minute for the machine. It works without a phone too.

# %%
import os
import tempfile
from pathlib import Path

import numpy as np
import torch

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use
from mobiviz.widgets import TwoClocks

# %% [markdown]
# ## Predict
#
# The authors of MobileNetV3 timed nine of their networks on three phones of three years: Pixel 1, Pixel 2 and Pixel 3.
# Put the nine in order on the Pixel 1, and again on the Pixel 3. How many of the nine get another rank?

# %% tags=["guess"]
# BEGIN SOLUTION
moved = 2
# END SOLUTION
guess("moved_10", moved, unit="networks")

# %% [markdown]
# ## Look
#
# Two clocks stand side by side, the fastest network above. A line leads from a network's time on one phone to its time
# on the other. Where lines cross, two networks change places. `V3-L` and `V3-S` are MobileNetV3 Large and Small. `min` is
# the authors' minimalistic version, without squeeze-and-excite, h-swish and 5x5; `8-bit` computes in whole numbers.
#
# Click the picture and press Right to follow one network. Then choose other clocks; MACs are one of them.

# %% tags=["visual"]
def short(row):
    size = "V3-L" if "large" in row.model else "V3-S" if "small" in row.model else row.version
    kind = " min" * ("minimalistic" in row.model) + " 8-bit" * ("8bit" in row.model)
    return size + kind + (f" {row.alpha}" if row.alpha != 1 else "")


authors = [row for row in mv.published(source="nets/mobilenet/README") if row.pixel3_ms]
clocks = {"MACs": {short(row): row.macs_millions for row in authors}}
for pixel in (1, 2, 3):
    clocks[f"Pixel {pixel}"] = {short(row): getattr(row, f"pixel{pixel}_ms") for row in authors}
pixels = TwoClocks(clocks, unit={"MACs": "M MACs"}, start=(1, 3))
pixels

# %%
rows = pixels.data["pairs"]["1,3"]["rows"]
for row in rows:
    old, new = row["left_at"] + 1, row["right_at"] + 1
    mark = "" if old == new else "  <- moved"
    print(f"{row['name']:14} rank {old} on the Pixel 1, {new} on the Pixel 3{mark}")
reveal("moved_10", sum(row["moved"] for row in rows))

# %% [markdown]
# Both 8-bit networks that move go up: the newer phones got better at whole numbers than at fractions. So an order of
# networks belongs to a device, and to the way it computes. The authors say of their minimalistic networks that they are
# less efficient on a CPU and more so on a graphics or signal processor: the same phone, another part of the chip.
#
# Switch the left clock to MACs. The Pixel 1 disagrees with the MACs about some pairs, too.

# %% [markdown]
# ## Exercise 1: a file for the phone
#
# A phone runs no Python. **PyTorch Mobile** runs a file instead: a program that was recorded from the network, with the
# weights in it. Write one. `torch.jit.trace(net, x)` records one run, `torch.jit.freeze(traced)` makes the weights
# constants and folds batch norm, and `program._save_for_lite_interpreter(path)` writes the file. Record the network as it
# answers in use, not in training, and leave it in the mode in which you found it.

# %% tags=["exercise", "ex:lite_10"]
def lite(net, x, path):
    # BEGIN SOLUTION
    training = net.training
    net.eval()
    frozen = torch.jit.freeze(torch.jit.trace(net, x))
    frozen._save_for_lite_interpreter(path)
    net.train(training)
    # END SOLUTION

# %% tags=["check", "ex:lite_10"]
check("lite_10", lite)

# %% [markdown]
# ## Exercise 2: the same answers?
#
# A file that answers something else is worth nothing, however fast it is. Two programs never agree to the last digit,
# because they add in another order. `got` and `want` are tensors of one shape. Return True where their largest difference
# is at most one part in 10,000 of the largest number in `want`, signs aside; otherwise, and where `got` holds a nan, False.

# %% tags=["exercise", "ex:agree_10"]
def agree(got, want):
    # BEGIN SOLUTION
    return bool((got - want).abs().max() <= 1e-4 * want.abs().max())
    # END SOLUTION

# %% tags=["check", "ex:agree_10"]
check("agree_10", agree)

# %% [markdown]
# Now both on MobileNetV2 and a photo. The network was never trained, and its outputs are tiny. Look at them first,
# and at what a test with a fixed tolerance would have said of plain zeros.

# %%
import warnings

warnings.filterwarnings("ignore", message=r".*torch\.jit\.|Lite Interpreter is deprecated")
lite, agree = use("lite_10"), use("agree_10")
x = mv.image("cat")
torch.manual_seed(0)
v2 = mv.MobileNet(mv.V2).eval()
with tempfile.TemporaryDirectory() as folder, torch.no_grad():
    path = str(Path(folder) / "v2.ptl")
    lite(v2, x, path)
    want = v2(x)
    got = torch.jit.mobile._load_for_lite_interpreter(path)(x)
    size = os.path.getsize(path)
print("the file agrees with the network:", bool(agree(got, want)))
print("zeros agree with the network:    ", bool(agree(torch.zeros_like(want), want)))
print("zeros within 0.0001 of it:       ", bool((want.abs() < 1e-4).all()))
weights = 4 * mv.cost(mv.V2).params
print("the weights take", mv.units.bytes(weights))
print("the file is within 2% of that:   ", abs(size / weights - 1) < 0.02)

# %% [markdown]
# `mv.export(net, x, "v2.ptl")` does the same and refuses to leave a file that does not agree. PyTorch Mobile is no
# longer developed. Its successor is **ExecuTorch**: `mv.export(net, x, "v2.pte")`. A browser takes a third format,
# **ONNX**, which the next section exports behind your back.

# %% [markdown]
# ## Measure
#
# First the laptop. Four networks and four single layers race here, on one thread, as in notebook 09.

# %% tags=["measure"]
torch.manual_seed(0)
nets = {
    "V3-Small": (mv.MobileNet(mv.V3_SMALL), x),
    "V3-Large": (mv.MobileNet(mv.V3_LARGE), x),
    "V2": (mv.MobileNet(mv.V2), x),
    "V2 0.5": (mv.MobileNet(mv.V2, alpha=0.5), x),
}
for channels, side in ((16, 112), (128, 56)):
    maps = torch.randn(1, channels, side, side)
    nets[f"3x3, {channels} ch"] = (mv.layers.Conv(channels, channels, 3, padding=1), maps)
    nets[f"pair, {channels} ch"] = (mv.layers.Separable(channels, channels, 3, padding=1), maps)
laptop = mv.race(nets, budget_s=0.5)
laptop

# %% [markdown]
# Then the phone. The next cell writes the same eight as files and serves a page that runs them. It returns at once.
# As it stands only this laptop can open the page: try it, its browser is a device too. For your phone, put it in the
# same Wi-Fi, set `lan=True`, run the cell again and scan the code.
#
# Nothing leaves your network: the page, the engine and the networks come from this laptop. The Stop button closes the
# page; an hour, or the end of this notebook's kernel, closes it too.

# %% tags=["measure"]
try:
    run = mv.phone.measure(nets, lan=False)
except FileNotFoundError:
    run = None
    print("No phone this time: the page's engine is not on this laptop.")
    print("`mobiviz phone --fetch` gets it, once. Until then the authors' Pixel 1 stands in.")
run

# %% [markdown]
# Tap Measure on the phone, and come back when it says that the laptop has the result. Then run the cells from here on.
# Without a phone they take the authors' Pixel 1 instead, and say so.

# %% tags=["measure"]
def triple(timing):
    return timing.median_ms, timing.low_ms, timing.high_ms


columns = {"your laptop": {timing.name: triple(timing) for timing in laptop}}
yours = ["your laptop"]
for report in run.reports if run else ():
    name = report.model if report.model not in columns else f"{report.model} ({len(columns)})"
    columns[name] = {name: triple(timing) for name, timing in report.timings.items()}
    yours.append(name)
    print(report)
if len(columns) == 1:
    print("No phone has reported: the right clock is the authors' Pixel 1,")
    print("which ran their own files of these networks.")
    names = {"V3-S": "V3-Small", "V3-L": "V3-Large", "V2": "V2", "V2 0.5": "V2 0.5"}
    printed = mv.published(source="nets/mobilenet/README", resolution=224)
    pixel_1 = {short(row): row.pixel1_ms for row in printed if row.pixel1_ms}
    columns["Pixel 1"] = {ours: pixel_1[theirs] for theirs, ours in names.items()}
TwoClocks(columns, yours=yours)

# %% [markdown]
# Pairs whose intervals overlap on one of the clocks are left open: there the noise could have put them the other way
# round. A browser brings noise of its own. Its clock ticks in coarse steps, the battery saver and a tab in the
# background slow it down, and a warm phone gets slower while it runs. The lines that begin with `note` say which.
#
# **"Browser time is app time."** The page runs ONNX Runtime, compiled for browsers, on one thread. An app made for the
# phone may use all of its cores and wider instructions. What survives is the order, and even that only as far as you have
# seen above.

# %% [markdown]
# ## Exercise 3: one number for two orders
#
# How alike are two orders? **Spearman's rho** says it in one number: 1 for the same order, -1 for its reverse. It is the
# correlation of ranks, so that one slow network cannot outshout the others. `a` and `b` are lists of times of the same
# networks, all different within a list. `np.corrcoef(p, q)[0, 1]` correlates two lists.

# %% tags=["exercise", "ex:spearman_10"]
def spearman(a, b):
    # BEGIN SOLUTION
    ranks = [np.argsort(np.argsort(each)) for each in (a, b)]
    return float(np.corrcoef(*ranks)[0, 1])
    # END SOLUTION

# %% tags=["check", "ex:spearman_10"]
check("spearman_10", spearman)

# %%
spearman = use("spearman_10")
print("             Spearman   Pearson")
for pixel in (2, 3):
    a, b = (list(clocks[f"Pixel {each}"].values()) for each in (1, pixel))
    print(f"Pixel 1, {pixel}   {spearman(a, b):8.2f}  {np.corrcoef(a, b)[0, 1]:8.2f}")

# %% [markdown]
# Both numbers are high although networks change places. Pearson's correlation of the times looks only at how far the
# large networks lie from the small ones. If you have to choose between two that lie close, neither number helps: look
# at the pair.

# %% [markdown]
# ## Exercise 4: what survives?
#
# In notebook 09 you concluded things like "V3-Small is faster than V2". Which of your conclusions hold on the phone
# too? `laptop` and `phone` map a network's name to (median, low, high), where low and high bound its interval. You may
# conclude that p is faster than q where p's interval ends below the beginning of q's. Return the set of pairs (p, q),
# faster one first, that you may conclude on both. The phone may lack some networks.

# %% tags=["exercise", "ex:survives_10"]
def survives(laptop, phone):
    # BEGIN SOLUTION
    def concluded(device):
        return {(p, q) for p in device for q in device if device[p][2] < device[q][1]}

    return concluded(laptop) & concluded(phone)
    # END SOLUTION

# %% tags=["check", "ex:survives_10"]
check("survives_10", survives)

# %% tags=["measure"]
survives = use("survives_10")
first, second = list(columns)[0], list(columns)[-1]
phone = {}
for name, each in columns[second].items():
    phone[name] = each if isinstance(each, tuple) else (each,) * 3
both = {name: columns[first][name] for name in phone}
here = survives(both, both)
there = survives(both, phone)
print(f"{first} alone: {len(here)} conclusions; {len(there)} survive on {second}")
for p, q in sorted(here - there):
    print(f"does not survive: {p} faster than {q}")

# %% [markdown]
# **"The laptop's ranking is the phone's ranking."** Some of it is. Which part you cannot know before you have measured.

# %% [markdown]
# ## Eight bits, as an idea
#
# The authors' `8-bit` networks store each weight as a whole number from -127 to 127, times a **scale**. That is a
# quarter of the bytes, and phones multiply whole numbers faster. The question is what rounding does to the answers.
#
# One scale can serve a whole layer (**per-tensor**), or each output channel can have its own (**per-channel**). Predict
# first: MobileNetV2 at half width, trained on ten classes, sees 200 pictures. All its weights are rounded, one scale a
# layer. For how many percent of the pictures does it still give the same answer?

# %% tags=["guess"]
# BEGIN SOLUTION
same_percent = 99
# END SOLUTION
guess("same_percent_10", same_percent, unit="%")

# %% [markdown]
# Here is what rounding has to work with, after batch norm is folded in. A channel whose weights are small next to the
# layer's largest has few of the 127 steps left.

# %%
trained = mv.MobileNet(mv.V2, alpha=0.5, num_classes=10).eval()
mv.weights.load(trained, "cifar10")
layers = [layer for layer in mv.rounding.ranges(trained) if layer.kind != "standard"]
mv.plot.channel_steps(layers)

# %% [markdown]
# A pointwise channel sums over many inputs, and its neighbours do the same: their ranges are alike. A depthwise channel
# stands alone with nine weights, and its batch norm multiplied it by a factor of its own. Which kind breaks first?
#
# ## Exercise 5: round them
#
# `w` holds a convolution's weights, of shape (out, in, k, k). Choose a scale so that the largest |weight| becomes 127,
# divide, round to whole numbers, and multiply by the scale again: return `w` as its 8-bit copy would have it, in floats.
# One scale serves all; if `per_channel` is True, each of the `out` channels has its own.

# %% tags=["exercise", "ex:round_weights_10"]
def round_weights(w, per_channel):
    # BEGIN SOLUTION
    most = w.abs().amax((1, 2, 3), keepdim=True) if per_channel else w.abs().max()
    return (w / most * 127).round() * most / 127
    # END SOLUTION

# %% tags=["check", "ex:round_weights_10"]
check("round_weights_10", round_weights)

# %% [markdown]
# The library does the same to whole networks. Each row says how often the rounded network agrees with the one in
# floats, on 200 crops of photos and drawn pictures.

# %% tags=["measure"]
crops = mv.images.crops(200, size=128)
same = {}
for kinds in (("depthwise",), ("pointwise",), ("standard", "depthwise", "pointwise")):
    for per_channel in (False, True):
        whole = mv.rounding.rounded(trained, per_channel, kinds)
        same[kinds, per_channel] = mv.rounding.agreement(trained, whole, crops)
    one, own = (same[kinds, per_channel] for per_channel in (False, True))
    words = "all convolutions" if len(kinds) == 3 else f"{kinds[0]} alone"
    print(f"{words:17} one scale a layer: {round(100 * one):3}%    one a channel: {round(100 * own):3}%")
reveal("same_percent_10", round(100 * one))

# %% [markdown]
# The depthwise layers hold a small part of the weights and do most of the damage, and a scale for each channel mends
# most of it. That is why a runtime for phones gives depthwise weights a scale for each channel. A runtime rounds the maps
# too: `mv.export(net, x, "v2.pte", int8=crops)` does, and says how often it agrees.

# %% [markdown]
# ## The same file on a phone, without a browser
#
# The browser is the easy road. The literal one is your `.ptl` in PyTorch Mobile on the phone itself. It needs a cable,
# the phone's developer options with USB debugging, and `adb`, the tool of Android's developers. No runner for such
# files is published any more, so build one, on Debian, Ubuntu or WSL, and let it run:
#
# ```sh
# python benchmarks/phone_runner.py
# python -c "import mobiviz as mv; net = mv.MobileNet(mv.V2); print(mv.phone.adb(mv.export(net, mv.image('cat'), 'v2.ptl')))"
# ```
#
# The folder that it builds holds torch 2.1.0, the version of PyTorch Mobile's last release, with its own Python. It was
# not tried on a real phone. A test runs it under emulation, through the real `adb`, and prints how far the outputs are
# from the laptop's, beside the largest: `5e-07` for V2, `9e-07` for V3-Small.
# Whatever number you get: write down the phone, the engine, its version and the threads beside it.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("10")

# %% [markdown]
# ## What next
#
# You can now time a network where it will run. Notebook 11 turns that round: it searches for the network that suits
# your machine.
