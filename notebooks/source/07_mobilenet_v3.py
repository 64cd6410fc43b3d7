# ---
# jupyter:
#   mobiviz:
#     run_s: 15
# ---

# %% [markdown]
# # 07 MobileNetV3: h-swish, squeeze-excite, a cheaper tail
#
# **MobileNetV3-Small has 2.5 million parameters. Which part of it holds most of them?**
#
# You will be able to
# 1. write h-swish and squeeze-and-excite,
# 2. price each of them, in MACs, in parameters and in milliseconds,
# 3. explain what V3's tail saves, and what it changes.
#
# 35 minutes for you, less than a minute for the machine.

# %%
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# V3's block is V2's with a gate on each thick channel, computed by **squeeze-and-excite**, SE for short. Which part of
# V3-Small holds most parameters: "classifier", "SE", "pointwise" or "depthwise"? And how many percent of its time will
# SE take on your machine?

# %% tags=["guess"]
# BEGIN SOLUTION
most_parameters = "pointwise"
se_percent = 1
# END SOLUTION
guess("most_parameters_07", most_parameters)
guess("se_percent_07", se_percent, unit="%")

# %% [markdown]
# ## Look
#
# The paper's table 2. `exp size` is the width of the middle, `#out` that of the end. `SE` marks the blocks with gates.
# `NL` is the activation, called non-linearity: `RE` is ReLU, `HS` is h-swish. `NBN` is a layer without batch norm.

# %%
print(mv.V3_SMALL)

# %% [markdown]
# One of its blocks beside V2's way to do it: the menu switches. Press Right to walk. SE reads the whole thick map, and
# has next to no MACs.

# %% tags=["visual"]
from mobiviz.widgets import Magnifier, MixingDesk, Tube

Tube(
    {
        "V3-Small: 40 to 40, with SE": (mv.V3_SMALL, "features.5"),
        "V3-Small: 16 to 16, SE, stride 2": (mv.V3_SMALL, "features.1"),
        "V3-Small: 24 to 24, no SE": (mv.V3_SMALL, "features.3"),
        "V2: 64 to 64": (mv.V2, "features.8"),
    }
)

# %% [markdown]
# ## h-swish
#
# ReLU has a corner. **Swish**, x times sigmoid(x), bends smoothly instead, and networks with it got more photos right
# (Ramachandran et al. 2017, arXiv:1710.05941). But a sigmoid needs an exponential for every number. **h-swish** draws
# the sigmoid with straight lines. How far off is that? Press Right to step along x; the lower curve is twenty times as
# large.

# %% tags=["visual"]
Magnifier()

# %% [markdown]
# ## Exercise 1: write it
#
# Multiply each number by its gate: 0 up to -3, 1 from 3 on, a straight line between. Make the gate from `F.relu6`,
# which cuts below 0 and above 6.

# %% tags=["exercise", "ex:hswish_07"]
def hswish(x):
    # BEGIN SOLUTION
    return x * F.relu6(x + 3) / 6
    # END SOLUTION

# %% tags=["check", "ex:hswish_07"]
check("hswish_07", hswish)

# %%
hswish = use("hswish_07")
x = torch.linspace(-8, 8, 1001)
assert torch.allclose(hswish(x), mv.blocks.HardSwish()(x), atol=1e-6)
print(f"equal to mv.blocks.HardSwish on {len(x)} numbers")

# %% [markdown]
# Its price has no MACs, and it is not nothing: every number of a map is read, bent and written. V3 uses it where maps
# are small, and ReLU where they are large. Count how many numbers each of the two bends in one photo.

# %%
for table in (mv.V3_LARGE, mv.V3_SMALL):
    record = mv.watch(mv.MobileNet(table), torch.zeros(1, 3, 224, 224), mv.Compute(), dry=True)
    bent = {
        kind: sum(call.elementwise for call in record if call.type == kind)
        for kind in ("ReLU", "HardSwish")
    }
    share = bent["HardSwish"] / sum(bent.values())
    print(
        f"{table.name}: {mv.units.percent(share)} of {mv.units.exact(sum(bent.values()))} "
        "numbers go through h-swish"
    )

# %% [markdown]
# ## Exercise 2: squeeze and excite
#
# **Squeeze:** the mean of each channel. **Excite:** a layer from `c` means to `squeezed` numbers with ReLU, a layer back
# to `c` with the hard sigmoid, relu6(v + 3) / 6. The result is a gate from 0 to 1 for each channel; multiply. Both
# layers have a bias.

# %% tags=["exercise", "ex:squeeze_excite_07"]
class SqueezeExcite(nn.Module):
    def __init__(self, c, squeezed):
        super().__init__()
        # BEGIN SOLUTION
        self.first = nn.Conv2d(c, squeezed, 1)
        self.second = nn.Conv2d(squeezed, c, 1)
        # END SOLUTION

    def forward(self, x):
        # BEGIN SOLUTION
        means = x.mean((2, 3), keepdim=True)
        gates = F.relu6(self.second(F.relu(self.first(means))) + 3) / 6
        return x * gates
        # END SOLUTION

# %% tags=["check", "ex:squeeze_excite_07"]
check("squeeze_excite_07", SqueezeExcite)

# %% [markdown]
# Beside the library's, with the same weights, drawn by the size of each.

# %%
def draw_weights(module):
    for weight in module.parameters():
        weight.data = torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
    return module.eval()


SqueezeExcite = use("squeeze_excite_07")
x = torch.randn(2, 96, 14, 14, generator=torch.Generator().manual_seed(7))
with torch.no_grad():
    mine, theirs = (
        draw_weights(SqueezeExcite(96, 24))(x),
        draw_weights(mv.blocks.SqueezeExcite(96, 24))(x),
    )
assert torch.allclose(mine, theirs, atol=1e-4)
print(f"equal to mv.blocks.SqueezeExcite on {mv.units.shape(x.shape)}")

# %% [markdown]
# ## On photos
#
# A MobileNetV3-Small that was trained on the small photos of CIFAR-10 comes with the library. Its first block has 16
# channels and a gate for each. Here are its maps before and after the gates, on three photos. Mute SE in the menu, then
# change the photo: with SE on, the faders move.

# %% tags=["visual"]
net = mv.weights.load(mv.MobileNet(mv.V3_SMALL, num_classes=10), "cifar10").eval()


def before_and_gates(name):
    photo, (stem, block, *_) = mv.image(name, size=128), net.features
    with torch.no_grad():
        maps = block.depthwise(stem(photo))
        gates = block.se.gate(maps)
    return mv.images.denormalise(photo), maps[0].numpy(), gates.flatten().numpy()


MixingDesk({name: before_and_gates(name) for name in ("motorcycle", "cat", "astronaut")})

# %% [markdown]
# A weight is the same for every photo. A gate is not: it is the network's own answer to what it sees. How far do the
# gates of all nine SE move between the five sample photos?

# %%
def all_gates(photo):
    found = {}
    x = photo
    for at, block in enumerate(net.features):
        if getattr(block, "se", None) is not None:
            expand = block.expand if block.expand is not None else nn.Identity()
            found[at] = block.se.gate(block.depthwise(expand(x))).flatten()
        x = block(x)
    return found


with torch.no_grad():
    per_photo = [all_gates(mv.image(name, size=128)) for name in mv.images.names()]
for at in per_photo[0]:
    gates = torch.stack([one[at] for one in per_photo])
    moved = gates.max(0).values - gates.min(0).values
    print(
        f"features.{at:<2} {gates.shape[1]:3} gates: the typical one moves by "
        f"{moved.median():.1f} between photos"
    )

# %% [markdown]
# In the first blocks the photo decides; in the last two the gates hardly move. That is this network's habit, not a law.

# %% [markdown]
# ## Where the parameters are
#
# **"SE is free because it has few MACs."** Its two layers work on means: one position for a whole map. So a weight of
# SE is used once for each photo, like a weight of the classifier, and both are many.

# %%
total = mv.cost(mv.V3_SMALL)
shares = {}
print("              MACs       parameters")
for name, kind in (
    ("classifier", "linear"),
    ("SE", "se"),
    ("pointwise", "pointwise"),
    ("depthwise", "depthwise"),
):
    own = [layer for layer in total.layers if layer.kind == kind]
    macs, params = sum(layer.macs for layer in own), sum(layer.params for layer in own)
    shares[name] = params / total.params
    print(f"{name:10} {mv.units.percent(macs / total.macs):>7} {mv.units.percent(shares[name]):>16}")
reveal("most_parameters_07", max(shares, key=shares.get))

# %% [markdown]
# The classifier: two layers on 576 means, with 1024 numbers between them. V3 put one of them there on purpose.
#
# ## The tail
#
# V2 ends with a 1x1 at all 49 positions, and pools what comes out. V3 pools earlier, and runs its last wide 1x1 on the
# means, at one position. What does that save, and is it still the same function?
#
# ## Exercise 3: pool first
#
# `x` holds maps, `w` the weights of a 1x1, `act` what comes after it. Return (saving, same): how many times more MACs
# the 1x1 takes if it comes before the pooling, and whether both orders put out the same numbers for this x, to 1e-4.

# %% tags=["exercise", "ex:late_pool_07"]
def late_pool(x, w, act):
    # BEGIN SOLUTION
    kernel = w[:, :, None, None]
    multiply_first = act(F.conv2d(x, kernel)).mean((2, 3))
    pool_first = act(F.conv2d(x.mean((2, 3), keepdim=True), kernel)).flatten(1)
    same = torch.allclose(multiply_first, pool_first, atol=1e-4)
    return x.shape[2] * x.shape[3], same
    # END SOLUTION

# %% tags=["check", "ex:late_pool_07"]
check("late_pool_07", late_pool)

# %%
late_pool = use("late_pool_07")
x = torch.randn(1, 576, 7, 7, generator=torch.Generator().manual_seed(0))
w = torch.randn(1024, 576, generator=torch.Generator().manual_seed(1)) / 24
for name, act in (("nothing", nn.Identity()), ("h-swish", hswish)):
    saving, same = late_pool(x, w, act)
    print(f"with {name} behind the 1x1: {saving} times fewer MACs, the same output: {same}")
for table in (mv.V3_LARGE, mv.V3_SMALL):
    first = next(layer for layer in mv.cost(table).layers if layer.kind == "linear")
    (c, _, _), (m, _, _) = first.in_shape, first.out_shape
    extra = mv.pricing.pointwise(c, m, 7).macs - first.macs
    more = mv.units.percent(extra / mv.cost(table).macs)
    print(
        f"{table.name}: {c} to {m} before the pooling would add {mv.units.macs(extra)}, "
        f"{more} of the network"
    )

# %% [markdown]
# A mean and a matrix can change places; a mean and a bend cannot. So V3's tail is not a faster way to compute V2's. It
# is another function, which is cheaper and was trained as it is.
#
# **"V3 was found by search."** Its rows were: two search programs chose the kernels, the widths, and where SE stands.
# The tail, the 16 filters of the first layer (V2 has 32) and h-swish came from people (Howard et al. 2019,
# arXiv:1905.02244, sections 4 and 5). What did their hands save in V3-Large?

# %%
tail = mv.pricing.pointwise(960, 1280, 7).macs - mv.pricing.linear(960, 1280).macs
stem = mv.pricing.conv(3, 32, 3, 224, 2, 1).macs - mv.pricing.conv(3, 16, 3, 224, 2, 1).macs
whole = mv.cost(mv.V3_LARGE).macs
for name, saved in (("tail", tail), ("first layer", stem)):
    print(
        f"{name:11} {mv.units.macs(saved):>13}, {mv.units.percent(saved / whole)} of what V3-Large takes"
    )

# %% [markdown]
# ## One network, two width rules
#
# Below alpha 1 a table's widths become fractions, and something has to round them. The authors scale a block's input
# and keep its ratio of expansion. torchvision scales the printed `exp size`, and its tail too. Two libraries, one name
# for both networks. This is torchvision's rule, written with the authors' table.

# %%
def torchvision_macs(table, alpha, size=224):
    round_to_8, blocks = mv.tables.round_to_8, []
    for unit, printed in zip(table.units(alpha), table.units()):
        if unit.op == "bottleneck":
            exp = round_to_8(printed.exp_ch * alpha)
            unit = replace(unit, exp_ch=exp, se_ch=round_to_8(exp / 4) if unit.se_ch else 0)
        elif unit.op == "conv" and blocks:  # the last 1x1 before the pooling: six times its input
            unit = replace(unit, out_ch=6 * unit.in_ch)
        elif unit.op == "linear":
            wide = round_to_8(table.rows[-2].c * alpha)
            first = blocks[-1].op == "pool"
            unit = (
                replace(unit, in_ch=blocks[-2].out_ch, out_ch=wide)
                if first
                else replace(unit, in_ch=wide)
            )
        blocks.append(unit)
    return sum(layer.macs for layer in mv.pricing.layers_of(tuple(blocks), size))


print("MobileNetV3-Large    the authors' rule    torchvision's")
for alpha in (1.0, 0.75):
    ours, theirs = mv.cost(mv.V3_LARGE, alpha=alpha).macs, torchvision_macs(mv.V3_LARGE, alpha)
    print(f"alpha {alpha:4}     {mv.units.macs(ours):>20} {mv.units.macs(theirs):>18}")

# %% [markdown]
# Equal at alpha 1, and two different networks at three quarters. The accuracy and the milliseconds that the authors
# published belong to theirs. A name and an alpha do not say which network you run; a count does.

# %% [markdown]
# ## Measure
#
# Each network is its table, so a network without SE is the table without its ticks. The race runs three: V3-Small,
# V3-Small without SE, and V3-Small with ReLU wherever h-swish stands.

# %%
text = str(mv.V3_SMALL)
variants = {
    "V3-Small": mv.V3_SMALL,
    "no SE": mv.tables.table(text.replace("✓", "-"), name="no SE"),
    "ReLU": mv.tables.table(text.replace("HS", "RE"), name="ReLU"),
}
for name, table in variants.items():
    found = mv.cost(table)
    print(
        f"{name:9} {mv.units.exact(found.macs):>11} MACs, {mv.units.exact(found.params):>10} parameters"
    )

# %% tags=["measure"]
nets = {name: mv.MobileNet(table).eval() for name, table in variants.items()}
race = mv.race(nets, mv.image("cat"), budget_s=2)
print(race)
print(race.noise_words())
se = race.ratios["no SE", "V3-Small"]
share, low, high = (round(100 * (1 - each), 1) for each in (se.ratio, se.high, se.low))
macs = 1 - mv.cost(variants["no SE"]).macs / mv.cost(mv.V3_SMALL).macs
print(f"SE: {mv.units.percent(macs)} of the MACs, {share}% of your time [{low}, {high}]")
reveal("se_percent_07", share)

# %% [markdown]
# Compare SE's share of the time with its share of the MACs. SE has to wait for the last number of the map before it
# knows a mean, and then reads the whole map again to scale it: reading and waiting are no MACs. Where the interval
# holds both shares, your machine does not show it.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("07")

# %% [markdown]
# ## What next
#
# You have built every MobileNet's block. Notebook 08 looks into a trained one: which of its channels matter, and can
# you tell by looking?
