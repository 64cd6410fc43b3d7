# ---
# jupyter:
#   mobiviz:
#     run_s: 25
# ---

# %% [markdown]
# # 14 What came after
#
# **How much of the networks that followed is still the block of notebook 06?**
#
# A page to read and run, without exercises. You will see
# 1. EfficientNet-B0 built from MobileNet's blocks, to the last parameter,
# 2. what a MobileViT adds between those blocks, and what that costs,
# 3. MobileNetV4's one block with two switches, counted and timed in all four positions.
#
# 15 minutes for you, less than a minute for the machine.

# %%
import torch
from torch import nn

import mobiviz as mv
from mobiviz import v4
from mobiviz.blocks import ConvBN, InvertedResidual
from mobiviz.course import guess, reveal

photo = mv.image("cat")


def count(net, x=photo):
    total = mv.watch(net, x, mv.Compute()).total
    params = sum(each.numel() for each in net.parameters())
    print(f"{mv.units.exact(total.macs)} MACs, {mv.units.exact(params)} parameters")
    return total.macs


# %% [markdown]
# ## Predict
#
# MobileViT puts transformers into a MobileNet. Of its MACs, how many percent are still in plain inverted residuals?

# %% tags=["guess"]
# BEGIN SOLUTION
inverted_percent = 50
# END SOLUTION
guess("inverted_percent_14", inverted_percent, unit="%")

# %% [markdown]
# ## EfficientNet: the same block, scaled in three ways at once
#
# Its authors kept the inverted residual with squeeze-and-excite, searched one small network, B0, and then asked how to
# grow it. Width and resolution are the knobs of notebook 05; they added depth, and turned all three by fixed powers of
# one number. This is their table 1 for B0: expansion, output channels, repeats, stride and kernel of each stage.

# %%
B0 = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3)]
B0 += [(6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
layers, ch = [ConvBN(3, 32, 3, stride=2, nl="HS")], 32
for t, c, n, s, k in B0:
    for turn in range(n):
        stride, squeezed = s if turn == 0 else 1, ch // 4
        layers.append(InvertedResidual(ch, c, stride, t, k, se_ch=squeezed, nl="HS"))
        ch = c
head = ConvBN(ch, 1280, k=1, nl="HS"), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)
b0 = nn.Sequential(*layers, *head)
macs = count(b0)

# %% [markdown]
# Those are the parameters of the B0 that torchvision ships, all of them. Two things differ without a parameter: B0 uses
# swish and a sigmoid where this block has their straight-line relatives of notebook 07. And B0 squeezes to a quarter of
# the block's *input*; MobileNetV3 squeezes to a quarter of the expanded width, which is larger.
#
# ## MobileViT: attention between the blocks
#
# A convolution sees its neighbourhood; **attention** lets each position look at all others. MobileViT's block takes the
# map apart into patches of two by two, lets each of the four places attend over all patches, and puts the map together.

# %%
class MobileViTBlock(nn.Module):
    def __init__(self, ch, d, depth):
        super().__init__()
        self.local = nn.Sequential(ConvBN(ch, ch, nl="HS"), nn.Conv2d(ch, d, 1, bias=False))
        ways = {"activation": nn.functional.silu, "batch_first": True, "norm_first": True}
        one = nn.TransformerEncoderLayer(d, 4, 2 * d, **ways)
        self.attend = nn.TransformerEncoder(one, depth, norm=nn.LayerNorm(d), enable_nested_tensor=False)
        self.back, self.fuse = ConvBN(d, ch, k=1, nl="HS"), ConvBN(2 * ch, ch, nl="HS")

    def forward(self, x):  # N, ch, H, W
        y = self.local(x)  # N, d, H, W
        n, d, h, w = y.shape
        y = y.reshape(n, d, h // 2, 2, w // 2, 2).permute(0, 3, 5, 2, 4, 1)  # N, 2, 2, H/2, W/2, d
        y = self.attend(y.reshape(4 * n, -1, d))  # 4 N, HW / 4, d
        y = y.reshape(n, 2, 2, h // 2, w // 2, d).permute(0, 5, 3, 1, 4, 2)  # N, d, H/2, 2, W/2, 2
        return self.fuse(torch.cat([x, self.back(y.reshape(n, d, h, w))], 1))  # N, ch, H, W


# %% [markdown]
# The small MobileViT, at the resolution of its paper. Everything that is not such a block is MobileNetV2's, with an
# expansion of 4.

# %%
def ir(c_in, c_out, stride):
    return InvertedResidual(c_in, c_out, stride, expand_ratio=4, nl="HS")


vit = nn.Sequential(
    *(ConvBN(3, 16, stride=2, nl="HS"), ir(16, 32, 1), ir(32, 64, 2), ir(64, 64, 1), ir(64, 64, 1)),
    *(ir(64, 96, 2), MobileViTBlock(96, 144, 2), ir(96, 128, 2), MobileViTBlock(128, 192, 4)),
    *(ir(128, 160, 2), MobileViTBlock(160, 240, 3), ConvBN(160, 640, k=1, nl="HS")),
    *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(640, 1000)),
)
count(vit, mv.image("cat", 256))


def share(blocks, x, is_one):
    """The part of a list's MACs that is in blocks of one kind, and how many those are."""
    record = mv.watch(blocks, x, mv.Compute())
    ones = [str(i) for i, block in enumerate(blocks) if is_one(block)]
    inside = sum(call.macs or 0 for call in record if call.path.partition(".")[0] in ones)
    return inside / record.total.macs, len(ones)


for kind in (InvertedResidual, MobileViTBlock):
    part, blocks = share(vit, mv.image("cat", 256), lambda block: isinstance(block, kind))
    print(f"{kind.__name__:16} {mv.units.percent(part):>6} of the MACs, in {blocks} blocks")

# %%
in_vit, _ = share(vit, mv.image("cat", 256), lambda block: isinstance(block, InvertedResidual))
reveal("inverted_percent_14", round(100 * in_vit, 1))

# %% [markdown]
# ## MobileNetV4: one block, two switches
#
# The **universal inverted bottleneck** has two places for a depthwise convolution: before the expansion and after it.
# Fill the second alone and it is MobileNetV2's block. Fill the first alone and it is ConvNeXt's; both, and it is new;
# neither, and it is a transformer's feed-forward network. A search chose for each row. This is its smallest network:

# %%
print(v4.CONV_SMALL.strip())

# %% [markdown]
# `-` is an empty place. `FusedIB` is a standard convolution with a 1x1 behind it, for the first, large maps. Counted by
# arithmetic, and counted as it runs:

# %%
print(v4.cost())
net = v4.MobileNetV4()
macs = count(net)

# %% [markdown]
# The paper prints 3.8M parameters and 0.2G MACs for it. It has no squeeze-and-excite, no h-swish and no attention:
# what was cheap in MACs and slow on phones has gone.
#
# One row in its four forms, on a map of fourteen by fourteen:

# %%
forms = {name: (5 * first, 3 * second) for (first, second), name in v4.FORMS.items()}
x, blocks = torch.rand(1, 96, 14, 14), {}
for name, (k1, k2) in forms.items():
    blocks[name] = v4.UniversalInvertedBottleneck(96, 96, 384, k1, k2).eval()
for name, block in blocks.items():
    print(f"{name:9}", end="")
    count(block, x)

# %% [markdown]
# All four cost nearly the same MACs: the two 1x1 layers dwarf what stands between. Their times are another matter.

# %% tags=["measure"]
race = mv.race(blocks, x, budget_s=1)
print(race)

# %% [markdown]
# And the whole network beside the two of this course that it means to replace:

# %% tags=["measure"]
nets = {"V4-Conv-S": net, "V2": mv.MobileNet(mv.V2), "V3-Large": mv.MobileNet(mv.V3_LARGE)}
race = mv.race({name: each.eval() for name, each in nets.items()}, photo, budget_s=2)
print(race)

# %% [markdown]
# ## The answer
#
# How much of each is still the block of notebook 06, the inverted residual with one depthwise convolution in its middle?

# %%
def is_ib(block):
    if isinstance(block, v4.UniversalInvertedBottleneck):
        return block.start is None and block.depthwise is not None
    return isinstance(block, InvertedResidual)


v4_small = nn.Sequential(*net.features, net.pool, nn.Flatten(), net.classifier)
whole = {"EfficientNet-B0": (b0, 224), "MobileViT": (vit, 256), "V4-Conv-S": (v4_small, 224)}
for name, (blocks, size) in whole.items():
    part, many = share(blocks, mv.image("cat", size), is_ib)
    print(f"{name:15} {mv.units.percent(part):>6} of the MACs, in {many} blocks")

# %% [markdown]
# ## What to take away
#
# - The block of 2018 is in all three: nearly alone in EfficientNet, between transformers in MobileViT, as one of four
#   forms in MobileNetV4.
# - Each successor moved the cost, and none made the counting obsolete: the three totals above came from the same
#   counter.
# - MACs order these networks one way and your machine another. That is where this course began.
