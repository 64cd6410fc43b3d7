# ---
# jupyter:
#   mobiviz:
#     run_s: 10
# ---

# %% [markdown]
# # 01 Convolution is counting
#
# **A layer may get twice as many channels, or a kernel twice as wide. Which costs more?**
# You will know at the end, without running a network.
#
# You will be able to
# 1. compute the size of a convolution's output,
# 2. count its MACs, and tell them from its parameters,
# 3. say what one kernel sees.
#
# 30 minutes for you, less than a minute for the machine.

# %%
import numpy as np

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# Take a layer with 64 channels in, 64 channels out and a 3x3 kernel.
# Double the channels, in and out. Or double the kernel's side, to 6x6. The output's width and height stay.
# Write `"channels"`, `"kernel"` or `"the same"`: which of the two costs more?

# %% tags=["guess"]
# BEGIN SOLUTION
costs_more = "channels"
# END SOLUTION
guess("costs_more_01", costs_more)

# %% [markdown]
# ## Look
#
# A 3x3 **kernel** steps over a picture of 5 x 5 pixels with 3 channels. At each position it multiplies 27 pairs of
# numbers and adds them up: one number of the output. One multiply with its add is a **MAC**, a multiply-accumulate.
#
# Click the picture, then press Right: one position. Shift+Right: one MAC. End: all of it.

# %% tags=["visual"]
from mobiviz.widgets import Odometer

Odometer()

# %% [markdown]
# Ten steps to the right make 270 MACs. The end is 486: 9 positions, 27 products, 2 kernels.
# The numbers in a kernel, or **filter**, are its **weights**: the layer's **parameters**. A layer may add one more for
# each kernel, a **bias**; here none does. Nothing else happens in a convolution.

# %% [markdown]
# ## Exercise 1: how large is the output?
#
# A kernel of `k` pixels steps along a side of `size` pixels. It moves `stride` pixels at a time.
# **Padding** adds `padding` pixels at both ends before it starts. It never hangs over the edge.
# Return the number of positions it visits, a whole number.

# %% tags=["exercise", "ex:out_size_01"]
def out_size(size, k, stride, padding):
    # BEGIN SOLUTION
    return (size + 2 * padding - k) // stride + 1
    # END SOLUTION

# %% tags=["check", "ex:out_size_01"]
check("out_size_01", out_size)

# %% [markdown]
# Stuck? Run `hint("out_size_01")` in a new cell; each run gives one more hint. You may also read on: later cells use
# your answer once it passes, and a reference until then.

# %%
out_size = use("out_size_01")
for stride in (1, 2, 3):
    print(
        f"a side of 224, kernel 7, padding 3, stride {stride}: {out_size(224, 7, stride, 3)} positions"
    )

# %% [markdown]
# ## Exercise 2: compute one
#
# `x` is a picture of shape (C, H, W). `w` holds N kernels, shape (N, C, k, k). No padding, stride 1.
# Lay kernel `n` on the picture with its corner at row `i`, column `j`. Multiply, add everything up: `y[n, i, j]`.
# Three loops are enough.

# %% tags=["exercise", "ex:conv_naive_01"]
def conv_naive(x, w):
    # BEGIN SOLUTION
    n_out, _, k, _ = w.shape
    height, width = x.shape[1] - k + 1, x.shape[2] - k + 1
    y = np.zeros((n_out, height, width))
    for n in range(n_out):
        for i in range(height):
            for j in range(width):
                y[n, i, j] = np.sum(x[:, i : i + k, j : j + k] * w[n])
    return y
    # END SOLUTION

# %% tags=["check", "ex:conv_naive_01"]
check("conv_naive_01", conv_naive)

# %% [markdown]
# ## What a kernel sees
#
# Now the same loops on a photo. The first kernel subtracts the pixel on the left from the pixel on the right: it
# answers where the picture changes from left to right. The second does the same from top to bottom. The third
# averages the 27 numbers under it. Each is 3 x 3 x 3, one slice for each colour.

# %%
conv_naive = use("conv_naive_01")
photo = mv.image("cat", size=96)
left_right = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 12
average = np.ones((3, 3)) / 27
kernels = np.stack([np.stack([k] * 3) for k in (left_right, left_right.T, average)])
maps = conv_naive(photo[0].numpy(), kernels)
print(f"photo {tuple(photo.shape)}, kernels {kernels.shape}, maps {maps.shape}")

# %% [markdown]
# The photo comes in as networks want it: cut square, and with the average colour of many photos subtracted. So what is
# darker than average is negative. In the pictures blue is positive, orange negative, black zero. Each map has a scale
# of its own: `0: to 1.5` says that the colours of map 0 end at `1.5` and `-1.5`.

# %% tags=["visual"]
from IPython.display import Image

from mobiviz import assets

Image(
    filename=assets.data("photos", "cat.jpg"), width=300, alt="A cat's face, its green eyes wide open."
)

# %% tags=["visual"]
mv.plot.kernels(
    kernels[:, :1], title="Two kernels that compare, and one that averages: the slice for red"
)

# %% tags=["visual"]
mv.plot.maps(
    maps,
    per_channel=True,
    title="Each kernel asks the photo one question at every position",
    alt="Three maps of a cat's face. 0: upright edges, such as the sides of the nose. 1: "
    "level edges, such as the "
    "eyelids. 2: the photo itself, blurred.",
)

# %% [markdown]
# **"A kernel is 2-D."** It is drawn flat, and that is misleading. Look at the shape of `kernels`: 3 x 3 x 3 numbers for
# each. In the middle of a network one kernel of "3x3" is often 512 channels deep.

# %% [markdown]
# ## Exercise 3: count it
#
# A picture of `size` x `size` pixels with `c_in` channels, `c_out` kernels of k x k, a stride, a padding, no bias.
# Return the number of MACs. Products with the padding's zeros count too.

# %% tags=["exercise", "ex:macs_conv_01"]
def macs_conv(size, c_in, c_out, k, stride, padding):
    # BEGIN SOLUTION
    positions = out_size(size, k, stride, padding) ** 2
    return positions * c_out * c_in * k * k
    # END SOLUTION

# %% tags=["check", "ex:macs_conv_01"]
check("macs_conv_01", macs_conv)

# %% [markdown]
# The formula and the library's agree to the unit, here on the odometer's layer and on the photo's.

# %%
macs_conv = use("macs_conv_01")
for size, c_out in ((5, 2), (96, 3)):
    counted = macs_conv(size, 3, c_out, 3, 1, 0)
    assert counted == mv.pricing.conv(3, c_out, k=3, size=size).macs
    print(f"{size} x {size} x 3, {c_out} kernels: {mv.units.exact(counted)} MACs")

# %% [markdown]
# **"Parameters depend on the size of the picture."** The kernel takes the same numbers to every position. A larger
# picture means more positions, and so more MACs.

# %%
for size in (56, 112, 224):
    macs = macs_conv(size, 64, 64, 3, 1, 1)
    print(
        f"{size:3} x {size:3}: {mv.units.macs(macs):>14}, {mv.units.exact(64 * 64 * 3 * 3)} parameters"
    )

# %% [markdown]
# **"A MAC is a FLOP."** A MAC is a multiply and an add, so it is two floating point operations. Papers print "FLOPs"
# and often mean MACs. This course counts MACs and says so.

# %%
print(mv.units.macs(macs), "are", mv.units.flops(macs))

# %% [markdown]
# ## Exercise 4: the most expensive layer
#
# `layers` is a list of convolutions in the order in which they run. Each is a tuple: name, channels in, channels out,
# side k of the kernel, side of the output. Return the name of the one with the most MACs, the first if several tie.

# %% tags=["exercise", "ex:most_macs_01"]
def most_macs(layers):
    # BEGIN SOLUTION
    def macs(layer):
        name, c_in, c_out, k, out = layer
        return c_in * c_out * k**2 * out**2

    return max(layers, key=macs)[0]
    # END SOLUTION

# %% tags=["check", "ex:most_macs_01"]
check("most_macs_01", most_macs)

# %% [markdown]
# ResNet-50 has 53 convolutions. Their kernels are 1x1, 3x3 or 7x7.
# Write `"1x1"`, `"3x3"` or `"7x7"`: which kernel has the convolution with the most MACs?

# %% tags=["guess"]
# BEGIN SOLUTION
dearest_kernel = "3x3"
# END SOLUTION
guess("layer_01", dearest_kernel)

# %%
from mobiviz.course.resnet50 import convs

most_macs = use("most_macs_01")
layers = convs()
rest = [layer for layer in layers if layer.name != most_macs(layers)]
for name in (most_macs(layers), most_macs(rest)):
    layer = next(layer for layer in layers if layer.name == name)
    macs = layer.c_in * layer.c_out * layer.k**2 * layer.out**2
    print(
        f"{name:15} {layer.k}x{layer.k}, {layer.c_in} to {layer.c_out} channels: {mv.units.macs(macs)}"
    )
dearest = next(layer for layer in layers if layer.name == most_macs(layers))
reveal("layer_01", f"{dearest.k}x{dearest.k}")

# %% [markdown]
# The one layer with the most MACs is the very first. It has only three channels to read, but 112 x 112 positions and
# a 7x7 kernel. Behind it come 3x3 layers: each block of ResNet-50 has one, between two 1x1 layers.

# %% [markdown]
# ## Measure
#
# The three loops and PyTorch do the same MACs on the photo, and arrive at the same maps. By what factor is PyTorch
# faster?

# %% tags=["guess"]
# BEGIN SOLUTION
torch_faster = 100
# END SOLUTION
guess("torch_faster_01", torch_faster, unit="x")

# %%
import torch
import torch.nn.functional as F

weight = torch.tensor(kernels, dtype=torch.float32)
same = np.allclose(maps, F.conv2d(photo, weight)[0].numpy(), atol=1e-4)
print("the same maps:", same)

# %% [markdown]
# A time is a median of many. In brackets stands the interval in which the true median lies, 95 times in 100. Where the
# times fall into two groups you get both, with their shares. A line that begins with `noisy` says why you should not
# trust the digits; so the factor below has two.

# %% tags=["measure"]
def loops():
    return conv_naive(photo[0].numpy(), kernels)


def pytorch():
    return F.conv2d(photo, weight)


slow, fast = mv.latency(loops, budget_s=1.0), mv.latency(pytorch, budget_s=0.5)
print(slow, fast, sep="\n")
reveal("torch_faster_01", float(f"{slow.median_ms / fast.median_ms:.2g}"))

# %% [markdown]
# The same MACs, and not the same time. MACs are what a layer asks for; milliseconds are what a machine makes of it.
# Notebook 09 is about the second. Until then you count.

# %% [markdown]
# ## The answer
#
# Twice the channels, in and out, or twice the kernel's side, with the output kept at 56 x 56:

# %%
base = macs_conv(58, 64, 64, 3, 1, 0)
channels = macs_conv(58, 128, 128, 3, 1, 0)
kernel = macs_conv(61, 64, 64, 6, 1, 0)
print(f"as it is       {mv.units.macs(base)}")
print(f"twice as many  {mv.units.macs(channels)}, {mv.units.ratio(channels / base)}")
print(f"twice as wide  {mv.units.macs(kernel)}, {mv.units.ratio(kernel / base)}")
reveal(
    "costs_more_01",
    "the same" if channels == kernel else max((channels, "channels"), (kernel, "kernel"))[1],
)

# %% [markdown]
# Both cost 4 times as much. The channels enter the product twice, once in and once out. The kernel's side enters
# twice as well, once across and once down. What is squared is expensive: remember that when you meet MobileNetV1's
# layers of 1024 channels, in notebook 04.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("01")

# %% [markdown]
# ## What next
#
# Every kernel in this notebook read all channels at every position. Notebook 02 asks what happens when it does not:
# one kernel per channel first, then 1x1 kernels that mix. With four kernels on the odometer's picture that takes 351
# MACs, where the standard convolution takes 972; the odometer's two kernels took 486.
