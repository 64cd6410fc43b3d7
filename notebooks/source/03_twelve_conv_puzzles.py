# ---
# jupyter:
#   mobiviz:
#     run_s: 15
# ---

# %% [markdown]
# # 03 Twelve conv puzzles
#
# **How much of a network can you write in one line?** Twelve puzzles, one `return` each. A check draws the target beside
# yours, on the smallest case that fails.
#
# You will be able to
# 1. write a kernel that does what you want, and read one that somebody wrote,
# 2. turn a 1x1 convolution, a pooling and an upsampling into one another's terms,
# 3. say what a stack of layers sees, and what it costs.
#
# 30 minutes for you, seconds for the machine.

# %%
import math

import torch
import torch.nn.functional as F

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# Four stacks of convolutions see equally far, with as many channels everywhere: one 11x11; a 7x7 and a 5x5; a 7x7 and two
# 3x3; five 3x3. The five 3x3 are cheapest. How many times the MACs of those does the single 11x11 take?

# %% tags=["guess"]
# BEGIN SOLUTION
dearer = 2
# END SOLUTION
guess("dearer_03", dearer, unit="x")

# %% [markdown]
# ## The rules
#
# One `return` of at most 100 characters, and no loop but where a puzzle allows one. All of torch is yours, except what a
# puzzle forbids. `hint("identity_03")` gives hints, one at a time. For each puzzle that you solve you get an animal.
#
# A kernel is laid over each position **as it is**: what stands at its upper left meets the pixel at the upper left.
# Mathematicians call that a cross-correlation, and every deep-learning library calls it a convolution. In the first four
# puzzles you return a kernel; the check lays it on a small image, and `target` is the image that should come out.
#
# ## Kernels

# %% [markdown]
# ### One. Change nothing
#
# A k x k kernel that leaves every image as it is. k is odd; the image is padded with zeros.

# %% tags=["exercise", "ex:identity_03"]
def identity(k):
    # BEGIN SOLUTION
    return F.pad(torch.ones(1, 1), [k // 2] * 4)
    # END SOLUTION

# %% tags=["check", "ex:identity_03"]
check("identity_03", identity)

# %% [markdown]
# ### Two. Move
#
# A 3x3 kernel that moves the image by `down` and `right`, each -1, 0 or 1. What comes in is 0.

# %% tags=["exercise", "ex:shift_03"]
def shift(down, right):
    # BEGIN SOLUTION
    return torch.eye(9)[3 * (1 - down) + 1 - right].reshape(3, 3)
    # END SOLUTION

# %% tags=["check", "ex:shift_03"]
check("shift_03", shift)

# %% [markdown]
# ### Three. Swap channels
#
# The weights of a 1x1 convolution, C x C, whose output i is input `order[i]`.

# %% tags=["exercise", "ex:swap_03"]
def swap(order):
    # BEGIN SOLUTION
    return torch.eye(len(order))[order]
    # END SOLUTION

# %% tags=["check", "ex:swap_03"]
check("swap_03", swap)

# %% [markdown]
# ### Four. Blur red
#
# Three k x k depthwise kernels, stacked: red becomes the mean of its neighbourhood, green and blue stay. `still` is a
# kernel that changes nothing.

# %% tags=["exercise", "ex:blur_red_03"]
def blur_red(still):
    # BEGIN SOLUTION
    return torch.stack([torch.ones_like(still) / still.numel(), still, still])
    # END SOLUTION

# %% tags=["check", "ex:blur_red_03"]
check("blur_red_03", blur_red)

# %% [markdown]
# All four on the photo, yours where they passed.

# %%
photo = mv.image("cat", size=96)
identity, shift = use("identity_03"), use("shift_03")
swap, blur_red = use("swap_03"), use("blur_red_03")


def each_channel(x, kernels):
    kernels = torch.as_tensor(kernels, dtype=torch.float32)
    kernels = kernels.expand(3, *kernels.shape[-2:])[:, None]
    return F.conv2d(x, kernels, padding=kernels.shape[-1] // 2, groups=3)


same = each_channel(photo, identity(5))
moved = each_channel(photo, shift(1, 1))
mixed = F.conv2d(photo, torch.as_tensor(swap([2, 0, 1]), dtype=torch.float32)[:, :, None, None])
blurred = each_channel(photo, blur_red(identity(7)))
print("identity changes", int((same != photo).sum()), "numbers of", mv.units.exact(photo.numel()))
print("moved by one:   ", bool(torch.equal(moved[..., 1:, 1:], photo[..., :-1, :-1])))
print("red is now blue:", bool(torch.equal(mixed[:, 0], photo[:, 2])))
for name, before, after in zip(("red", "green", "blue"), photo[0], blurred[0]):
    step = (after[:, 1:] - after[:, :-1]).abs().mean() / (before[:, 1:] - before[:, :-1]).abs().mean()
    print(f"{name:5} keeps {mv.units.percent(float(step))} of its steps from pixel to pixel")

# %% tags=["visual"]
mv.plot.maps(
    blurred.numpy(),
    per_channel=True,
    title="One channel blurred, two as they were: depthwise kernels see their own channel alone",
    alt="Three maps of a cat's face: the first, of red, is soft; whiskers and the edges of "
    "the eyes are sharp in the "
    "second and third, of green and blue.",
)

# %% [markdown]
# ## One operation in the clothes of another

# %% [markdown]
# ### Five. 1x1 is a matrix
#
# A 1x1 convolution of x (B, C, H, W) with weights w (N, C), without a convolution.

# %% tags=["exercise", "ex:as_matmul_03"]
def as_matmul(x, w):
    # BEGIN SOLUTION
    return torch.einsum("nc,bchw->bnhw", w, x)
    # END SOLUTION

# %% tags=["check", "ex:as_matmul_03"]
check("as_matmul_03", as_matmul)

# %% [markdown]
# ### Six. Pooling is depthwise
#
# The 2x2 average pooling of x, stride 2, by one `F.conv2d`. Without `avg_pool2d` and `mean`.

# %% tags=["exercise", "ex:pool_03"]
def pool(x):
    # BEGIN SOLUTION
    return F.conv2d(x, torch.full((x.shape[1], 1, 2, 2), 0.25), stride=2, groups=x.shape[1])
    # END SOLUTION

# %% tags=["check", "ex:pool_03"]
check("pool_03", pool)

# %% [markdown]
# ### Seven. Twice as large
#
# Each number of x in a 2x2 square, by one `F.conv_transpose2d`: it lays its kernel down at each input position, `stride`
# apart, times the number there. Its kernels are (C, 1, k, k). Without `interpolate` and `repeat_interleave`.

# %% tags=["exercise", "ex:upsample_03"]
def upsample(x):
    # BEGIN SOLUTION
    return F.conv_transpose2d(x, torch.ones(x.shape[1], 1, 2, 2), stride=2, groups=x.shape[1])
    # END SOLUTION

# %% tags=["check", "ex:upsample_03"]
check("upsample_03", upsample)

# %% [markdown]
# ### Eight. 5x5 out of two 3x3
#
# The 5x5 kernel that does in one step what `a` and then `b` do, both 3x3, without padding.

# %% tags=["exercise", "ex:five_of_threes_03"]
def five_of_threes(a, b):
    # BEGIN SOLUTION
    return F.conv_transpose2d(a[None, None], b[None, None])[0, 0]
    # END SOLUTION

# %% tags=["check", "ex:five_of_threes_03"]
check("five_of_threes_03", five_of_threes)

# %% [markdown]
# Each against torch's own, on random maps that are no squares: the largest difference, to five decimals. Then the prices.
# A pooling as a convolution costs MACs that nobody counts for a pooling.

# %%
as_matmul, pool = use("as_matmul_03"), use("pool_03")
upsample, five = use("upsample_03"), use("five_of_threes_03")
draw = torch.Generator().manual_seed(0)
x, w = torch.randn(2, 6, 10, 14, generator=draw), torch.randn(5, 6, generator=draw)
a, b = torch.randn(3, 3, generator=draw), torch.randn(3, 3, generator=draw)
plane = x[:, :1]
pairs = {
    "1x1": (as_matmul(x, w), F.conv2d(x, w[:, :, None, None])),
    "pooling": (pool(x), F.avg_pool2d(x, 2)),
    "upsampling": (upsample(x), F.interpolate(x, scale_factor=2)),
}
one_by_one = F.conv2d(F.conv2d(plane, a[None, None]), b[None, None])
pairs["two 3x3"] = (F.conv2d(plane, five(a, b)[None, None]), one_by_one)
for name, (yours, theirs) in pairs.items():
    apart = float((yours - theirs).abs().max())
    print(f"{name:10} {mv.units.shape(yours.shape):15} differs by {apart:.5f}")

# %%
size = 56
three = mv.pricing.conv(64, 64, 3, size, padding=1)
for name, price in {
    "average pooling as a depthwise 2x2": mv.pricing.depthwise(64, 2, size, stride=2),
    "two 3x3, one after the other": three + three,
    "the 5x5 that they make": mv.pricing.conv(64, 64, 5, size, padding=2),
}.items():
    print(f"{name:35} {mv.units.exact(price.macs):>11} MACs on 64 maps of 56 x 56")

# %% [markdown]
# Two 3x3 see as far as one 5x5 and cost less. They can also do more: put a non-linearity between them and no single
# kernel is their equal. Without one, puzzle 8 has just shown that they are a 5x5, and not every 5x5 is two 3x3.
#
# ## Counting

# %% [markdown]
# ### Nine. How far a stack sees
#
# `layers` is a list of (k, s): kernel and stride, first to last. Return its **receptive field**: on how many input
# positions, side by side, one output depends. A loop is allowed here.

# %% tags=["exercise", "ex:reach_03"]
def reach(layers):
    # BEGIN SOLUTION
    return 1 + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))
    # END SOLUTION

# %% tags=["check", "ex:reach_03"]
check("reach_03", reach)

# %% [markdown]
# ### Ten. The cheapest stack
#
# The kernel sizes of the cheapest stack that sees exactly `reach` positions. Stride 1, as many channels out as in, kernels
# odd and 3 or larger.

# %% tags=["exercise", "ex:cheapest_03"]
def cheapest(reach):
    # BEGIN SOLUTION
    return [3] * ((reach - 1) // 2)
    # END SOLUTION

# %% tags=["check", "ex:cheapest_03"]
check("cheapest_03", cheapest)

# %% [markdown]
# ### Eleven. What groups save
#
# The MACs of a convolution with m channels in, n out, a k x k kernel, an output map of h x w and g groups.

# %% tags=["exercise", "ex:group_macs_03"]
def group_macs(m, n, k, h, w, g):
    # BEGIN SOLUTION
    return m // g * n * k * k * h * w
    # END SOLUTION

# %% tags=["check", "ex:group_macs_03"]
check("group_macs_03", group_macs)

# %% [markdown]
# ### Twelve. As wide as the budget allows
#
# The most channels, in and out alike, with which a k x k convolution on an output map of h x w takes at most `budget` MACs.

# %% tags=["exercise", "ex:widest_03"]
def widest(budget, k, h, w):
    # BEGIN SOLUTION
    return math.isqrt(budget // (k * k * h * w))
    # END SOLUTION

# %% tags=["check", "ex:widest_03"]
check("widest_03", widest)

# %% [markdown]
# ## The stacks of the beginning
#
# What each stack sees; what it costs for each output position and each pair of an input and an output channel; and how
# many times the cheapest that is.

# %%
reach, cheapest = use("reach_03"), use("cheapest_03")
group_macs, widest = use("group_macs_03"), use("widest_03")
stacks = {
    "one 11x11": [11],
    "a 7x7, a 5x5": [7, 5],
    "a 7x7, two 3x3": [7, 3, 3],
    "five 3x3": cheapest(11),
}
least = sum(k * k for k in cheapest(11))
for name, stack in stacks.items():
    price = sum(k * k for k in stack)
    print(f"{name:14} sees {reach([(k, 1) for k in stack])}, costs {price:3}: {price / least:.2f}x")
reveal("dearer_03", round(11 * 11 / least, 2))

# %% [markdown]
# **"A bigger kernel sees more, and seeing more is better."** A stack of small kernels sees as far for less. And a stride
# sees further still: MobileNetV1 has no kernel larger than 3x3.

# %%
v1 = [(unit.k, unit.s) for unit in mv.V1.units() if unit.op in ("conv", "separable")]
print("MobileNetV1 sees", reach(v1), "input positions in each direction, more than its photo of 224 has")
print("without its strides it would see", reach([(k, 1) for k, _ in v1]))
full, depthwise = (group_macs(512, 512, 3, 14, 14, g) for g in (1, 512))
print("3x3 on 512 maps of 14 x 14, one group:", mv.units.macs(full))
print("the same with 512 groups, depthwise:  ", mv.units.macs(depthwise))
print("for the price of the second a full 3x3 may have", widest(depthwise, 3, 14, 14), "channels")

# %% [markdown]
# For the price of a depthwise layer of 512 channels a full convolution affords 22. What the depthwise layer gives up is
# mixing; notebook 02 showed who does that instead.
#
# How much of a network fits in one line? All that its layers do to a picture and what they cost, a line each. What is
# left is what stands between them: norms and non-linearities, which notebook 04 adds.
#
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("03")

# %% [markdown]
# ## What next
#
# Notebook 04 puts twenty-eight layers together: MobileNetV1, from the table of its paper.
