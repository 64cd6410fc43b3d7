# ---
# jupyter:
#   mobiviz:
#     run_s: 15
# ---

# %% [markdown]
# # 04 MobileNetV1
#
# **Twenty-eight layers, and eight of them cost the same to the last multiplication. Which eight, and why?**
#
# You will be able to
# 1. assemble MobileNetV1 from its paper's table,
# 2. say where its MACs are and where its parameters are,
# 3. explain why batch norm and ReLU6 stand behind both halves of a block.
#
# 35 minutes for you, less than a minute for the machine.

# %%
import torch
from torch import nn

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# MobileNetV1 replaces nearly every 3x3 convolution by a depthwise 3x3 and a 1x1, the **pointwise** half.
# All its 3x3 kernels but the very first are depthwise. Of all its MACs, how many percent are in depthwise layers?

# %% tags=["guess"]
# BEGIN SOLUTION
depthwise_percent = 30
# END SOLUTION
guess("depthwise_percent_04", depthwise_percent, unit="%")

# %% [markdown]
# ## Look
#
# This is the paper's table 1, with one misprint put right: its last `dw` row prints s2, on a map that stays 7 x 7.
# `dw` is depthwise, `s2` a **stride** of 2, and `5x` five times in a row.

# %%
print(mv.V1)

# %% [markdown]
# And this is what it costs, layer by layer. Click the picture first. Left and Right walk along the bars; Enter shows a
# layer's shapes. The menu `network` puts a full convolution where each pair stands: the paper's own comparison.

# %% tags=["visual"]
mv.explore(mv.V1, twin=mv.tables.V1_CONV)

# %% [markdown]
# **"The depthwise layers do most of the work."** They do almost none of it. A depthwise kernel multiplies 9 numbers for
# each number it puts out; a pointwise kernel multiplies as many as there are channels, up to 1024. A layer's parameters
# include those of its batch norm, which you meet next.

# %%
total = mv.cost(mv.V1)
for kind in ("standard", "depthwise", "pointwise", "linear"):
    macs = sum(layer.macs for layer in total.layers if layer.kind == kind)
    params = sum(layer.params for layer in total.layers if layer.kind == kind)
    shares = [mv.units.percent(macs / total.macs), mv.units.percent(params / total.params)]
    print(f"{kind:10} {mv.units.exact(macs):>12} MACs {shares[0]:>6}", end="   ")
    print(f"{mv.units.exact(params):>10} parameters {shares[1]:>6}")
depthwise = sum(layer.macs for layer in total.layers if layer.kind == "depthwise")
reveal("depthwise_percent_04", round(100 * depthwise / total.macs, 1))

# %% [markdown]
# ## Exercise 1: one block
#
# **Batch norm** brings each channel to mean 0 and spread 1, then scales and shifts it by two parameters of its own.
# **ReLU** sets what is below 0 to 0; **ReLU6** also sets what is above 6 to 6.
#
# Six layers in a row: a depthwise 3x3 with the stride and a padding of 1, batch norm, ReLU6; a 1x1, batch norm, ReLU6.
# No convolution has a bias. Return one torch module; `nn.Sequential` will do.

# %% tags=["exercise", "ex:block_04"]
def block(c_in, c_out, stride):
    # BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU6(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU6(),
    )
    # END SOLUTION

# %% tags=["check", "ex:block_04"]
check("block_04", block)

# %% [markdown]
# Why an activation *between* the halves? Take it away, and the two are one linear map. Then a single 3x3 convolution
# does the same, whose kernel is each depthwise kernel times each pointwise weight.

# %%
torch.manual_seed(0)
x, dw, pw = torch.randn(1, 8, 16, 16), torch.randn(8, 1, 3, 3), torch.randn(4, 8, 1, 1)
one_kernel = pw * dw[:, 0]  # 4, 8, 3, 3
conv = nn.functional.conv2d
for name, between in (("nothing", nn.Identity()), ("a ReLU6", nn.ReLU6())):
    halves = conv(between(conv(x, dw, padding=1, groups=8)), pw)
    same = torch.allclose(halves, conv(x, one_kernel, padding=1), atol=1e-4)
    print(f"with {name} between the halves, that 3x3 convolution does the same: {same}")

# %% [markdown]
# ReLU6 cuts off below 0 and above 6. The batch norm in front of it centres each channel near 0, so that about half of
# the values meet the cut. Behind the pointwise half stands a second one, for the same reason: the next block's
# depthwise half would otherwise merge with this pointwise half.

# %% [markdown]
# ## Exercise 2: thirteen blocks
#
# Fill in the list: one tuple (c_in, c_out, stride) for each block, in the order of the table above.
# The first is (32, 64, 1). The cell under "Build it" compares the total with the table's.

# %% tags=["exercise", "ex:stages_04"]
# BEGIN SOLUTION
blocks = [
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
# END SOLUTION

# %% tags=["check", "ex:stages_04"]
check("stages_04", blocks)

# %% [markdown]
# ## Build it
#
# A first convolution, the thirteen blocks of the list, a classifier: that is MobileNetV1. `mv.watch` runs it once
# on a photo and counts what ran. `mv.cost` did the arithmetic on the paper's table. The two agree to the unit.

# %%
block, blocks = use("block_04"), use("stages_04")
net = nn.Sequential(
    nn.Sequential(nn.Conv2d(3, 32, 3, 2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()),
    *(block(c_in, c_out, stride) for c_in, c_out, stride in blocks),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(1024, 1000),
)
mine = mv.watch(net, mv.image("cat")).total
assert (mine.macs, mine.params) == (total.macs, total.params)
print(f"{mv.units.exact(mine.macs)} MACs, {mv.units.exact(mine.params)} parameters")

# %% [markdown]
# The library builds the same network from the table alone. Its record lists every layer: scroll in it; the last row is
# the sum. The kind `map` is what does no convolution, such as batch norm and ReLU6. The line on memory is for notebook
# 09.

# %%
v1 = mv.MobileNet(mv.V1)
record = mv.watch(v1, mv.image("cat"))
record

# %% [markdown]
# ## Inside, on a photo
#
# The network is untrained, so its kernels are random numbers. A batch norm divides by the spread of what it has seen. A
# batch norm that has seen nothing divides by the wrong number, and the signal dies. So show it the sample photos first.

# %%
torch.manual_seed(4)
untrained = mv.MobileNet(mv.V1)
photos = torch.cat([mv.image(name) for name in mv.images.names()])
for module in untrained.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.momentum = 1  # keep this batch's mean and spread, and nothing of before
with torch.no_grad():
    untrained.train()(photos)
record = mv.watch(untrained.eval(), mv.image("cat"))
print(f"seen: {mv.units.shape(photos.shape)}")

# %% [markdown]
# The record also keeps what each layer put out. These are the 32 maps of the first layer, behind its batch norm and
# ReLU6. Where a map is not black, it shows the cat: a convolution keeps what is where.

# %% tags=["visual"]
mv.plot.maps(record, "features.0")

# %% [markdown]
# Any layer can be asked for by its path. Fourteen layers deeper a map is 14 x 14, and the cat is no longer a picture.

# %% tags=["visual"]
mv.plot.maps(record, "features.7.pointwise", channels=range(16))

# %% [markdown]
# ## Exercise 3: eight of a kind
#
# In the skyline several bars reach exactly the same height. `layers` is a list of (name, MACs).
# Return the set of names of all layers with the most MACs.

# %% tags=["exercise", "ex:ties_04"]
def ties(layers):
    # BEGIN SOLUTION
    most = max(macs for name, macs in layers)
    return {name for name, macs in layers if macs == most}
    # END SOLUTION

# %% tags=["check", "ex:ties_04"]
check("ties_04", ties)

# %%
ties = use("ties_04")
dearest = ties([(layer.path, layer.macs) for layer in total.layers])
for layer in total.layers:
    if layer.path in dearest:
        (c_in, _, _), (c_out, side, _) = layer.in_shape, layer.out_shape
        print(
            f"{layer.path:28} {c_in:4} to {c_out:4} channels at {side:2} x {side:2}: "
            f"{mv.units.exact(layer.macs)}"
        )

# %% [markdown]
# Eight layers of four shapes, 51,380,224 MACs each.
#
# ## Exercise 4: why they tie
#
# One 1x1 layer has C channels in and C out on a map of `size` x `size`. Another has `times` as many channels, in and
# out. On what size of map does it take as many MACs? Return the side of that map.

# %% tags=["exercise", "ex:same_macs_04"]
def same_macs(size, times):
    # BEGIN SOLUTION
    return size // times
    # END SOLUTION

# %% tags=["check", "ex:same_macs_04"]
check("same_macs_04", same_macs)

# %% [markdown]
# A block with stride 2 halves the map and doubles the channels. Channels in, channels out, height, width:
# 2 x 2 x 1/2 x 1/2 = 1, so the product stays. The pointwise layers that do the doubling read half as many channels as
# they put out, and take half the MACs.

# %%
same_macs = use("same_macs_04")
for times in (1, 2, 4, 8):
    channels, side = 128 * times, same_macs(56, times)
    print(f"{channels:4} channels at {side:2} x {side:2}: {mv.units.exact(channels**2 * side**2)} MACs")

# %% [markdown]
# ## Where the parameters are
#
# **"Few parameters means few MACs."** A weight of a convolution is used once at every position of its output; a weight
# of the classifier is used once. Compare the classifier with the first pointwise layer.

# %%
by_path = {layer.path: layer for layer in total.layers}
for path in ("features.1.pointwise.conv", "classifier.1"):
    layer = by_path[path]
    weights = layer.in_shape[0] * layer.out_shape[0]  # without batch norm and bias
    uses = mv.units.exact(layer.macs // weights)
    print(
        f"{path:26} {mv.units.exact(weights):>9} weights, {mv.units.exact(layer.macs):>10} "
        f"MACs: {uses:>6} uses each"
    )

# %% [markdown]
# ## Measure
#
# With full convolutions the network takes 8.56 times the MACs. By what factor is MobileNetV1 faster here, on one
# thread? A race runs both in turn; it says `cannot tell` where neither is surely the faster.

# %%
full = mv.cost(mv.tables.V1_CONV)
macs, params = full.macs / total.macs, full.params / total.params
print(f"MACs {mv.units.ratio(macs)}, parameters {mv.units.ratio(params)}")

# %% tags=["guess"]
# BEGIN SOLUTION
times_faster = 8.56
# END SOLUTION
guess("times_faster_04", times_faster, unit="x")

# %% tags=["measure"]
nets = {"V1": mv.MobileNet(mv.V1).eval(), "full": mv.MobileNet(mv.tables.V1_CONV).eval()}
race = mv.race(nets, mv.image("cat"), budget_s=3)
print(race)
print(race.noise_words())
reveal("times_faster_04", round(race.ratios["full", "V1"].ratio, 2))

# %% [markdown]
# Is 8.56 above your whole interval? Then a MAC of MobileNetV1 costs more time here than one of the full network. One
# suspect: a depthwise layer reads and writes much and multiplies little. Notebook 09 tests it.
# Is 8.56 below it? Then a MAC of MobileNetV1 costs less. Is 8.56 inside? Then your measurement cannot tell.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("04")

# %% [markdown]
# ## What next
#
# Eight layers tie because the map halves whenever the channels double. What if you change the two on purpose? Notebook
# 05 gives you two knobs: alpha for the channels and rho for the map.
