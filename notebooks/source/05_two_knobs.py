# ---
# jupyter:
#   mobiviz:
#     run_s: 30
# ---

# %% [markdown]
# # 05 Two knobs: width and resolution
#
# **Your network is three times too slow. Do you make it thinner, or do you shrink the photo?** Both knobs were in the
# first MobileNet paper, and they do not cost the same. You turn them on MobileNetV2, because its authors published every
# setting with its time on a phone; notebook 06 opens its block.
#
# You will be able to
# 1. predict what **alpha**, the width multiplier, and **rho**, the resolution multiplier, leave of MACs, parameters and
#    memory,
# 2. choose among published networks for a budget,
# 3. show that equal MACs need not be equal times.
#
# 30 minutes for you, less than a minute for the machine.

# %%
import mobiviz as mv
from mobiviz import surprises, tradeoff
from mobiviz.course import check, guess, hint, quiz, reveal, use
from mobiviz.widgets import BudgetDial

# %% [markdown]
# ## Predict
#
# MobileNetV2 at alpha 0.5 and at 224 pixels takes what share of the MACs of the whole one, in percent?

# %% tags=["guess"]
# BEGIN SOLUTION
left_percent = 25
# END SOLUTION
guess("left_percent_05", left_percent, unit="%")

# %% [markdown]
# ## Look
#
# Two sliders snap to the settings that the authors of MobileNetV2 published, up to alpha 1. The block is as wide and as
# high as alpha and as deep as rho squared. Below, each dot is a published network; the dashed line goes through all that
# would cost the same. **Top-1** is the share of ImageNet's photos whose first answer is right; it and the time on a Pixel 1
# phone are as published. Click the picture and press Right to read the gauges.

# %% tags=["visual"]
rows = mv.published(model="mobilenet_v2", source="slim")
rows = [row for row in rows if row.pixel1_ms and row.alpha <= 1]
costs = {(row.alpha, row.resolution): mv.cost(mv.V2, row.alpha, row.resolution) for row in rows}
BudgetDial(costs, rows, start=(0.5, 224))

# %% [markdown]
# **"Half the width is half the MACs."** Both ends of a 1x1 layer become thinner, so most of the network shrinks with alpha
# squared. Not all of it: the photo keeps its three channels, depthwise layers shrink with alpha once, widths come in
# eights, and V2's last layer before the classifier stays at 1280 channels.

# %%
whole = mv.cost(mv.V2)
print("alpha    MACs            of all   alpha²    parameters   of all")
for alpha in (1.0, 0.75, 0.5, 0.35):
    part = mv.cost(mv.V2, alpha)
    share, held = mv.units.percent(part.macs / whole.macs), mv.units.percent(part.params / whole.params)
    left = f"{mv.units.exact(part.macs):>13} {share:>9} {mv.units.percent(alpha**2):>8}"
    print(f"{alpha:5} {left} {mv.units.exact(part.params):>12} {held:>8}")
reveal("left_percent_05", round(100 * mv.cost(mv.V2, 0.5).macs / whole.macs, 1))

# %% [markdown]
# **"The resolution changes the parameters."** It never does: a kernel is laid down at fewer positions and stays the same
# kernel. Activations, what a phone must hold in memory, shrink with rho squared, and with alpha only once.

# %%
print("pixels   MACs            of all     rho²    parameters   activations")
for size in (224, 192, 160, 128, 96):
    part = mv.cost(mv.V2, 1.0, size)
    share, rho = mv.units.percent(part.macs / whole.macs), mv.units.percent((size / 224) ** 2)
    left = f"{mv.units.exact(part.macs):>13} {share:>9} {rho:>8}"
    print(f"{size:6} {left} {mv.units.exact(part.params):>12} {mv.units.bytes(part.out_bytes):>12}")

# %% [markdown]
# ## Exercise 1: both knobs on one layer
#
# A 1x1 layer with m channels in, n out, on a map of h x h. The side of the map becomes `round(rho * h)`. A width c becomes
# v = alpha c, rounded to the nearest multiple of 8 (halves up, never below 8), plus 8 where that is below 0.9 v. Return the
# MACs of the layer that is left.

# %% tags=["exercise", "ex:scaled_macs_05"]
def scaled_macs(m, n, h, alpha, rho):
    # BEGIN SOLUTION
    def width(c):
        v = alpha * c
        new = max(8, int(v + 4) // 8 * 8)
        return new + 8 if new < 0.9 * v else new

    return width(m) * width(n) * round(rho * h) ** 2
    # END SOLUTION

# %% tags=["check", "ex:scaled_macs_05"]
check("scaled_macs_05", scaled_macs)

# %%
scaled_macs = use("scaled_macs_05")
whole_layer = scaled_macs(96, 576, 14, 1, 1)
for alpha, rho in ((0.5, 1), (1, 0.5), (0.75, 1), (1, 0.75), (0.35, 1)):
    left = scaled_macs(96, 576, 14, alpha, rho)
    share, thumb = left / whole_layer, alpha**2 * rho**2
    print(
        f"alpha {alpha:4}, rho {rho:4}: {mv.units.exact(left):>9} MACs, {share:.3f} of the "
        f"layer, {thumb:.3f} by alpha² rho²"
    )

# %% [markdown]
# ## Exercise 2: the best for a budget
#
# `rows` lists what was published as (name, MACs in millions, top-1). Return the name of the one with the highest top-1
# that takes at most `budget` million MACs; of equally good ones, the cheaper; where none fits, "none".

# %% tags=["exercise", "ex:best_under_05"]
def best_under(rows, budget):
    # BEGIN SOLUTION
    fitting = [row for row in rows if row[1] <= budget]
    return max(fitting, key=lambda row: (row[2], -row[1]), default=("none",))[0]
    # END SOLUTION

# %% tags=["check", "ex:best_under_05"]
check("best_under_05", best_under)

# %%
best_under = use("best_under_05")
everything = []
for row in mv.published(source="slim"):
    name = f"{row.model.removeprefix('mobilenet_')} {row.alpha} at {row.resolution}"
    whole_row = row.top1 and row.macs_millions and row.alpha
    if whole_row and "8bit" not in name and "quant" not in name:
        everything.append((name, row.macs_millions, row.top1))
print(len(everything), "published settings of V1, V2 and V3")
for budget in (50, 100, 150, 300):
    print(f"{budget:3} M MACs: {best_under(everything, budget)}")

# %% [markdown]
# Turning the knobs moves you along a curve; a better architecture moves the curve. Look at whose name stands there: V3 is
# the subject of notebook 07.
#
# ## A grid of our own
#
# ImageNet takes days to train on. So here are small photos, a fixed subset, eight epochs and equal conditions for each
# cell: V1 and V2 at four widths and four sizes, and the corners a second time from another seed. This is no table of the
# papers: the photos have 32 pixels a side, and enlarging them to 64 adds nothing to see.

# %% tags=["visual"]
grid = tradeoff.read()
steps = tradeoff.steps(grid)
mv.plot.tradeoff(grid, steps, tradeoff.ALPHAS, tradeoff.SIZES)

# %%
done, judged = f"{len(grid)} of {len(tradeoff.grid())}", mv.units.exact(grid[0]["held_out"])
print(f"{done} trainings; each was judged by {judged} photos held out")
for net in ("V2", "V1"):
    spread = 100 * tradeoff.seed_spread([row for row in grid if row["net"] == net])
    print(f"{net}: from another seed a corner changes by up to {spread:.1f} points")
    for knob, larger in (("alpha", "a wider network"), ("size", "a larger photo")):
        own = [step for step in steps if (step.net, step.knob) == (net, knob)]
        gains = [100 * step.gain for step in own if step.verdict == "rises"]
        noise, falls = (sum(step.verdict == word for step in own) for word in ("within", "falls"))
        sure = f"gains in {len(gains)} of {len(own)} steps, {min(gains):.1f} to {max(gains):.1f} points"
        print(f"    {larger} {sure}; within noise in {noise}, worse in {falls}")

# %% [markdown]
# A step goes from a cell to the next larger one. `within noise` means that the interval of the difference holds 0, or
# that another seed changed as much.
#
# ## Measure
#
# Halve the width, or show 128 pixels instead of 224: both leave about a third of the MACs. Predict first: how many times
# as fast as the thinner network is the one with the smaller photo, here, on one thread? Below 1 it is slower.

# %% tags=["guess"]
# BEGIN SOLUTION
smaller_photo = 1.0
# END SOLUTION
guess("smaller_photo_05", smaller_photo, unit="x")

# %% tags=["measure"]
settings = ((1.0, 224), (0.5, 224), (1.0, 128), (0.5, 128))
entrants = {}
for alpha, size in settings:
    entrants[f"{alpha} {size}"] = mv.MobileNet(mv.V2, alpha).eval(), mv.image("cat", size)
race = mv.race(entrants, budget_s=2)
print(race)
for alpha, size in settings:
    macs, name = mv.cost(mv.V2, alpha, size).macs / 1e6, f"{alpha} {size}"
    print(f"{name}: {macs:5.0f} M MACs, {race[name].median_ms / macs:.3f} ms for a million")
reveal("smaller_photo_05", round(race.ratios["0.5 224", "1.0 128"].ratio, 2))

# %% [markdown]
# The dial again, with your own times for these four. The other settings are not measured here.

# %% tags=["measure"]
times = {(alpha, size): race[f"{alpha} {size}"].median_ms for alpha, size in settings}
BudgetDial(costs, rows, times, clock="this machine", start=(0.5, 224))

# %% [markdown]
# The MACs of `0.5 224` and `1.0 128` are nearly equal, as printed. Where one is faster all the same, it is because a MAC
# is not the same everywhere: a thin layer fetches more numbers for each multiplication, and a small map has less to share
# its overhead. So which of the two knobs? What each leaves, beside what was published:

# %%
for alpha, size in ((0.5, 224), (1.0, 128)):
    left = mv.cost(mv.V2, alpha, size)
    (row,) = (row for row in rows if (row.alpha, row.resolution) == (alpha, size))
    held = f"{mv.units.exact(left.params)} parameters, {mv.units.bytes(left.out_bytes)} of activations"
    print(f"{alpha} {size}: {mv.units.macs(left.macs)}, {held}, top-1 {row.top1}%")

# %% [markdown]
# A third of the MACs costs the same top-1 by either knob. Turn alpha where the file must be small, rho where the memory at
# work is short, and ask your own clock, above, for the rest.
#
# ## Exercise 3: your own evidence
#
# Find two settings of MobileNetV2 whose MACs differ by at most 5%, and of which one is faster beyond doubt. Hand over
# `(race, faster, slower)`: a race made as above, and two of its names, each an alpha and a resolution such as `"0.5 224"`.
# Any alpha, any resolution: race entrants of your own until the intervals of two are apart. The reference hands over a
# race that was recorded.

# %% tags=["exercise", "ex:equal_macs_05"]
# BEGIN SOLUTION
evidence = (surprises.recorded("knobs"), "1.0 160", "0.75 192")
# END SOLUTION

# %% tags=["check", "ex:equal_macs_05"]
check("equal_macs_05", evidence)

# %%
shown, faster, slower = use("equal_macs_05")
for name in (faster, slower):
    alpha, size = name.split()
    macs = mv.cost(mv.V2, float(alpha), int(size)).macs
    print(f"{name:8} {mv.units.macs(macs)}, {shown[name].words()}")
print(f"{faster} before {slower}: {shown.rank(faster, slower)}")

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("05")

# %% [markdown]
# ## What next
#
# Both knobs scale a fixed design. Notebook 06 changes the design: MobileNetV2's block, thin at its ends.
