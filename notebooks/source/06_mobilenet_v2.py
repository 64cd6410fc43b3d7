# ---
# jupyter:
#   mobiviz:
#     run_s: 20
# ---

# %% [markdown]
# # 06 MobileNetV2: the inverted residual
#
# **MobileNetV2 takes 47% fewer MACs than MobileNetV1. Does it run in half the time, and in less memory?**
#
# You will be able to
# 1. draw its block, the inverted residual, and build it,
# 2. say why the last 1x1 of the block has no activation,
# 3. find where its memory peaks.
#
# 35 minutes for you, less than a minute for the machine.

# %%
import numpy as np
import torch
from torch import nn

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# Two numbers, before you know more than the MACs. By what factor is V2 faster than V1 on your machine, on one thread?
# And a network needs memory for the maps that are in use at the same time: V2's most is how many times V1's most?

# %%
v1, v2 = mv.cost(mv.V1), mv.cost(mv.V2)
print(
    f"V1 {mv.units.macs(v1.macs)}, V2 {mv.units.macs(v2.macs)}: "
    f"{mv.units.percent(1 - v2.macs / v1.macs)} fewer"
)

# %% tags=["guess"]
# BEGIN SOLUTION
times_faster = 1.89
memory = 0.5
# END SOLUTION
guess("times_faster_06", times_faster, unit="x")
guess("memory_06", memory, unit="x")

# %% [markdown]
# ## Look
#
# The paper's table. A `bottleneck` is one block: `t` is how many times wider its middle is than its input, the
# **expansion**. `c` is its output channels, `n` how often it stands, `s` the stride of the first of them.

# %%
print(mv.V2)

# %% [markdown]
# One of these blocks, drawn as a tube. A tensor is as high as it has channels and as long as it has positions, so its
# area is its memory. The wire is the **skip**: it hands the input on to the end, where it is added.
#
# Click the picture, then press Right: one step. The bars below show what is in memory while that step runs.

# %% tags=["visual"]
from mobiviz.widgets import Crusher, Tube

Tube()

# %% [markdown]
# **"Bottleneck means that the middle is narrow."** In a ResNet it is: there the thick ends have the skip. Here it is the
# other way round, hence *inverted*. The thin ends are the bottlenecks, and the middle is the widest thing in the network.

# %%
blocks = {unit.path: unit for unit in mv.V2.units() if unit.op == "bottleneck"}
for path in ("features.1", "features.2", "features.3", "features.8", "features.17"):
    unit = blocks[path]
    skip = "skip" if unit.skip else "no skip"
    print(
        f"{path:12} {unit.in_ch:4} -> {unit.exp_ch:4} -> {unit.out_ch:4} channels, stride "
        f"{unit.s}, {skip}"
    )

# %% [markdown]
# V1's block, V2's and, ahead of notebook 07, V3's, on one scale. The menus choose any block of the papers' tables.
# Is there one of V2's that needs more memory than V1's at the same picture size?

# %% tags=["visual"]
mv.explore(mv.V2.units()[8])

# %% [markdown]
# ## Exercise 1: build it
#
# Up to three convolutions without bias, each with a batch norm behind it: a 1x1 that **expands** to `t * c_in` channels
# (left out where t is 1), a depthwise 3x3 with the stride, a 1x1 that **projects** to `c_out`. ReLU6 stands behind the
# first two and not behind the projection. Where stride is 1 and c_in equals c_out, the input is added at the very end.

# %% tags=["exercise", "ex:inverted_residual_06"]
class InvertedResidual(nn.Module):
    def __init__(self, c_in, c_out, stride, t):
        super().__init__()
        # BEGIN SOLUTION
        c_mid = t * c_in
        self.skip = stride == 1 and c_in == c_out
        layers = (
            [nn.Conv2d(c_in, c_mid, 1, bias=False), nn.BatchNorm2d(c_mid), nn.ReLU6()] if t != 1 else []
        )
        layers += [nn.Conv2d(c_mid, c_mid, 3, stride, padding=1, groups=c_mid, bias=False)]
        layers += [nn.BatchNorm2d(c_mid), nn.ReLU6()]
        layers += [nn.Conv2d(c_mid, c_out, 1, bias=False), nn.BatchNorm2d(c_out)]
        self.layers = nn.Sequential(*layers)
        # END SOLUTION

    def forward(self, x):
        # BEGIN SOLUTION
        y = self.layers(x)
        return x + y if self.skip else y
        # END SOLUTION

# %% tags=["check", "ex:inverted_residual_06"]
check("inverted_residual_06", InvertedResidual)

# %% [markdown]
# Beside the library's block: give both the same weights, drawn by the size of each, and the same input.
# The seventeen blocks of V2 put out the same numbers.

# %%
def draw_weights(block):
    for weight in block.parameters():
        weight.data = torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
    return block.eval()


block = use("inverted_residual_06")
for unit in blocks.values():
    theirs = draw_weights(
        mv.blocks.InvertedResidual(unit.in_ch, unit.out_ch, unit.s, unit.exp_ch / unit.in_ch)
    )
    mine = draw_weights(block(unit.in_ch, unit.out_ch, unit.s, unit.exp_ch // unit.in_ch))
    x = torch.randn(1, unit.in_ch, 14, 14, generator=torch.Generator().manual_seed(6))
    with torch.no_grad():
        assert torch.allclose(mine(x), theirs(x), rtol=1e-3, atol=1e-3)
print(f"{len(blocks)} blocks equal to mv.blocks.InvertedResidual")

# %% [markdown]
# ## Why is the last 1x1 linear?
#
# ReLU sets what is negative to 0. How much does that lose? Send a flat spiral through it: lift each point to n channels
# with a random matrix, cut with ReLU, project back. In a sector where fewer than two channels are left, no later layer
# can say where in the plane a point was.
#
# Move the slider from its left end to its right. Then walk along the spiral with Right.

# %% tags=["visual"]
Crusher()

# %% [markdown]
# Few channels: most of it is gone. Many channels: for each point enough of them are positive, and nothing is lost
# for good. The same in a few lines, and the picture's own numbers beside it.

# %%
from mobiviz.widgets.relu_crusher import CHANNELS, matrix, spiral

points = spiral()
for n in CHANNELS:
    lift = matrix(n)  # n x 2
    left = np.maximum(points @ lift.T, 0)
    back = left @ np.linalg.pinv(lift).T
    channels_left = (left > 0).sum(axis=1)
    case = Crusher().data["cases"][str(n)]
    assert case["live"] == channels_left.tolist() and np.allclose(case["back"], back, atol=1e-3)
    print(f"{n:2} channels: {(channels_left < 2).sum():2} of {len(points)} points lost for good")

# %% [markdown]
# So the block cuts where it is thick, and not where it is thin: ReLU6 stands in the middle, and the thin ends are
# **linear**. The authors tried ReLU6 on the ends too, and it did worse (Sandler et al. 2018, arXiv:1801.04381, figure
# 6a; the spiral is their figure 1).

# %% [markdown]
# ## Exercise 2: the peak
#
# While a layer runs, its input and its output are in memory, and beside them what a skip still waits for. `blocks` is
# a list of (c_in, c_mid, c_out, size, stride). Return the most bytes in memory at any time, at 4 bytes a number.
# Batch norms, activations and the addition need no more, so leave them out.

# %% tags=["exercise", "ex:peak_memory_06"]
def peak_memory(blocks):
    # BEGIN SOLUTION
    peak = 0
    for c_in, c_mid, c_out, size, stride in blocks:
        large, small = size**2, (size // stride) ** 2
        kept = c_in * large if stride == 1 and c_in == c_out else 0
        expand = c_in * large + c_mid * large if c_mid != c_in else 0
        depthwise = c_mid * large + c_mid * small + (kept if c_mid != c_in else 0)
        project = c_mid * small + c_out * small + kept
        peak = max(peak, expand, depthwise, project)
    return 4 * peak
    # END SOLUTION

# %% tags=["check", "ex:peak_memory_06"]
check("peak_memory_06", peak_memory)

# %% [markdown]
# Your arithmetic for the seventeen blocks, beside what `mv.watch` finds when it follows every tensor of the whole
# network from birth to death. `dry` means that it follows shapes and calculates nothing.

# %%
peak_memory = use("peak_memory_06")
size, listed = 112, []
for unit in blocks.values():
    listed.append((unit.in_ch, unit.exp_ch, unit.out_ch, size, unit.s))
    size //= unit.s
totals = {}
for name, table in (("V1", mv.V1), ("V2", mv.V2)):
    totals[name] = mv.watch(
        mv.MobileNet(table), torch.zeros(1, 3, 224, 224), mv.Compute(), dry=True
    ).total
    print(f"{name}: {mv.units.exact(totals[name].peak_fused)} bytes at the peak")
print(f"peak_memory of V2's blocks: {mv.units.exact(peak_memory(listed))}")
assert peak_memory(listed) == totals["V2"].peak_fused
reveal("memory_06", totals["V2"].peak_fused / totals["V1"].peak_fused)

# %% [markdown]
# Fewer MACs, and more memory. Which block is it, and which layer in it? Ask for each block alone.

# %%
by_block = {path: peak_memory([one]) for path, one in zip(blocks, listed)}
for path in sorted(by_block, key=by_block.get, reverse=True)[:3]:
    print(f"{path:11} {mv.units.exact(by_block[path]):>9} bytes: {listed[list(blocks).index(path)]}")

# %% [markdown]
# It is the second block, where a thick map meets the largest picture: the depthwise layer reads 96 channels of
# 112 x 112. But depthwise layers and ReLU6 keep channels apart. So the thick tensor never has to be there all at once:
# expand a few channels, filter them, project them, add up, and let them go.

# %%
def in_slices(block, x, parts):
    """An inverted residual without a skip, a share of its thick channels at a time."""
    expand, depthwise, project = block.expand, block.depthwise, block.project
    width = depthwise.conv.in_channels // parts
    total = 0
    for first in range(0, depthwise.conv.in_channels, width):
        own = slice(first, first + width)
        thick = nn.functional.conv2d(x, expand.conv.weight[own], expand.conv.bias[own]).clamp(0, 6)
        weight, bias = depthwise.conv.weight[own], depthwise.conv.bias[own]
        thick = nn.functional.conv2d(thick, weight, bias, depthwise.conv.stride, 1, groups=width).clamp(
            0, 6
        )
        total = total + nn.functional.conv2d(thick, project.conv.weight[:, own])
    return total + project.conv.bias[:, None, None]


second = mv.MobileNet(mv.V2).fold().features[2]  # batch norms folded into the convolutions before them
x = torch.randn(1, 16, 112, 112)
with torch.no_grad():
    assert torch.allclose(in_slices(second, x, parts=6), second(x), atol=1e-5)
ends, width = 16 * 112**2 + 24 * 56**2, 96 // 6
sliced = 4 * (ends + width * (112**2 + 56**2))
print(
    f"whole: {mv.units.exact(by_block['features.2'])} bytes; in 6 slices: "
    f"{mv.units.exact(sliced)} at most"
)

# %% [markdown]
# The paper counts V2's memory this way: by its thin ends. Hardly any runtime does so, and nor does PyTorch.
# What you hear about V2's memory is true of a machine that slices.

# %% [markdown]
# ## What a skip costs
#
# **"Residuals cost nothing."** No MACs and no parameters, that is right. But an addition reads two maps and writes a
# third, and until then the input takes up memory. Here the skip joins the thin ends. What if it joined the thick ones?
#
# ## Exercise 3: move the skip
#
# The same three convolutions, cut elsewhere: 1x1 down from `t * c` to `c` channels, linear; 1x1 up again, ReLU6; a
# depthwise 3x3 of stride 1, ReLU6. Then add the input, which is thick now. Return one torch module.

# %% tags=["exercise", "ex:thick_skip_06"]
class ThickSkip(nn.Module):
    def __init__(self, c, t):
        super().__init__()
        # BEGIN SOLUTION
        thick = t * c
        self.layers = nn.Sequential(
            nn.Conv2d(thick, c, 1, bias=False),
            nn.BatchNorm2d(c),
            nn.Conv2d(c, thick, 1, bias=False),
            nn.BatchNorm2d(thick),
            nn.ReLU6(),
            nn.Conv2d(thick, thick, 3, padding=1, groups=thick, bias=False),
            nn.BatchNorm2d(thick),
            nn.ReLU6(),
        )
        # END SOLUTION

    def forward(self, x):
        # BEGIN SOLUTION
        return x + self.layers(x)
        # END SOLUTION

# %% tags=["check", "ex:thick_skip_06"]
check("thick_skip_06", ThickSkip)

# %% [markdown]
# Now pay. Both have 64 thin and 384 thick channels on 14 x 14.

# %%
ThickSkip = use("thick_skip_06")
print("skip at      MACs        parameters   bytes at the peak   read and written")
for name, block_, channels in (
    ("thin", mv.blocks.InvertedResidual(64, 64, 1, 6), 64),
    ("thick", ThickSkip(64, 6), 384),
):
    found = mv.watch(block_, torch.zeros(1, channels, 14, 14), mv.Compute(), dry=True).total
    moved = found.read_bytes + found.write_bytes
    counts = [mv.units.exact(count) for count in (found.macs, found.params, found.peak_fused, moved)]
    print(f"{name:10} {counts[0]:>11} {counts[1]:>10} {counts[2]:>15} {counts[3]:>18}")

# %% [markdown]
# The MACs and the parameters do not move by one. The peak and the traffic do: a thick skip keeps six times as much.
# Counting MACs alone, you would not have seen a difference. Nor does the thick skip buy accuracy: the authors trained
# both, and the thin one did better (their figure 6b).

# %% [markdown]
# ## Measure
#
# **"MACs decide."** V2 against V1 on a photo, on one thread. A **race** runs both in turn and prints the medians, the
# factor and its interval. It says `cannot tell` where neither is surely the faster.

# %% tags=["measure"]
nets = {"V1": mv.MobileNet(mv.V1).eval(), "V2": mv.MobileNet(mv.V2).eval()}
race = mv.race(nets, mv.image("cat"), budget_s=3)
print(race)
print(race.noise_words())
reveal("times_faster_06", round(race.ratios["V1", "V2"].ratio, 2))

# %% tags=["measure"]
time, macs = race.ratios["V1", "V2"], v1.macs / v2.macs
where = "above" if time.low > macs else "below" if time.high < macs else "inside"
interval = f"[{mv.units.ratio(time.low)}, {mv.units.ratio(time.high)}]"
words = {
    "below": "less than its MACs promise",
    "above": "more than its MACs promise",
    "inside": "what its MACs promise, as far as this interval can tell",
}[where]
faster = {"faster": "V2 is slower", "slower": "V2 is faster"}.get(
    time.verdict, "neither is surely faster"
)
print(f"MACs promise {mv.units.ratio(macs)}; the interval of your time is {interval}.")
print(f"Here {faster}, and V2 gains {words}.")

# %% [markdown]
# Whichever way it fell, look at what the MACs leave out. This is every byte that the layers read and write, batch norm
# and activations as separate steps, as PyTorch runs them.

# %%
for name, found in totals.items():
    moved = found.read_bytes + found.write_bytes
    each = found.macs / moved
    print(
        f"{name}: {mv.units.macs(found.macs)}, {mv.units.bytes(moved)} read or written, "
        f"{each:.2f} MACs for each byte"
    )

# %% [markdown]
# V2 multiplies less and moves more. A machine that is short of memory's speed gives little for its saved MACs; one that
# is short of multipliers gives it all. Which yours is, notebook 09 measures.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("06")

# %% [markdown]
# ## What next
#
# V2's block is the one that everybody builds on. Notebook 07 puts a gate on each of its thick channels, bends its
# activation and cuts the end of the network short: MobileNetV3.
