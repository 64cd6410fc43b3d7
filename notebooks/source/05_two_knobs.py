# ---
# jupyter:
#   mobiviz:
#     run_s: 30
# ---

# %% [markdown]
# # 05 Two knobs: width and resolution
#
# **Your network is twice too slow. Do you make it thinner, or do you shrink the photo?** Both knobs were in the first
# MobileNet paper, and they do not cost the same.
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
# would cost the same. The time is that of a Pixel 1 phone, as published. Click the picture and press Right to read the gauges.

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
    share, held = (mv.units.percent(a / b) for a, b in ((part.macs, whole.macs), (part.params, whole.params)))
    print(f"{alpha:5} {mv.units.exact(part.macs):>13} {share:>9} {mv.units.percent(alpha**2):>8} {mv.units.exact(part.params):>12} {held:>8}")
reveal("left_percent_05", round(100 * mv.cost(mv.V2, 0.5).macs / whole.macs, 1))

# %% [markdown]
# **"The resolution changes the parameters."** It never does: a kernel is laid down at fewer positions and stays the same
# kernel. Activations, what a phone must hold in memory, shrink with rho squared, and with alpha only once.

# %%
print("pixels   MACs            of all     rho²    parameters   activations")
for size in (224, 192, 160, 128, 96):
    part = mv.cost(mv.V2, 1.0, size)
    share, rho = mv.units.percent(part.macs / whole.macs), mv.units.percent((size / 224) ** 2)
    print(f"{size:6} {mv.units.exact(part.macs):>13} {share:>9} {rho:>8} {mv.units.exact(part.params):>12} {mv.units.bytes(part.out_bytes):>12}")

# %% [markdown]
# ## Exercise 1: both knobs on one layer
#
# A 1x1 layer with m channels in, n out, on a map of h x h. The side of the map becomes `round(rho * h)`. A width c becomes
# v = alpha c, rounded to the nearest multiple of 8 (halves up, never below 8), plus 8 where less than 0.9 v is left.

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
    print(f"alpha {alpha:4}, rho {rho:4}: {mv.units.exact(left):>10} MACs, {left / whole_layer:.3f} of the layer, {alpha**2 * rho**2:.3f} by the rule of thumb")

# %% [markdown]
# ## Exercise 2: the best for a budget
#
# You may spend 150 million MACs. `rows` lists what was published as (name, MACs in millions, top-1).

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
everything = [
    (f"{row.model.removeprefix('mobilenet_')} {row.alpha:g} at {row.resolution}", row.macs_millions, row.top1)
    for row in mv.published(source="slim")
    if row.top1 and row.macs_millions and row.alpha and "8bit" not in row.model and "quant" not in row.model
]
print(len(everything), "published settings of V1, V2 and V3")
for budget in (50, 100, 150, 300):
    print(f"{budget:3} M MACs: {best_under(everything, budget)}")

# %% [markdown]
# Turning the knobs moves you along a curve; a better architecture moves the curve. Look at whose name stands there.
#
# ## A grid of our own
#
# ImageNet takes days to train on. So here are small photos, a fixed subset, eight epochs and equal conditions for each
# cell: V1 and V2 at four widths and four sizes. A cell that is not trained yet is an empty frame. This is no table of the
# papers: 64 pixels of an upsampled photo hold no more than its 32 did.

# %% tags=["visual"]
grid = tradeoff.read()
steps = tradeoff.steps(grid)
mv.plot.tradeoff(grid, steps, tradeoff.ALPHAS, tradeoff.SIZES)

# %%
planned, judged = tradeoff.grid(), mv.units.exact(grid[0]["held_out"])
print(f"{len(grid)} of {len(planned)} trainings are done; each was judged by {judged} photos held out")
for net in ("V2", "V1"):
    firsts, seconds = ([cell for cell in tradeoff.missing(grid, [net]) if cell["seed"] == seed] for seed in (0, 1))
    print(f"{net} is missing {len(firsts)} cells, and {len(seconds)} trainings from a second seed")
for step in steps:
    word = {"rises": "gains", "falls": "LOSES", "within": "within noise:"}[step.verdict]
    print(f"{step.net}, {step.smaller} to {step.larger}: {word} {100 * step.gain:+.1f} points")

# %% [markdown]
# Each line compares a cell with the next larger one there is. `within noise` means that the interval of the difference
# holds 0, or that another seed changed as much.
#
# ## Measure
#
# Halve the width, or show 128 pixels instead of 224: both leave about a third of the MACs. Predict first: how many times
# as fast as the thinner network is the one with the smaller photo, here, on one thread?

# %% tags=["guess"]
# BEGIN SOLUTION
smaller_photo = 1.0
# END SOLUTION
guess("smaller_photo_05", smaller_photo, unit="x")

# %% tags=["measure"]
settings = ((1.0, 224), (0.5, 224), (1.0, 128), (0.5, 128))
entrants = {
    f"{alpha} {size}": (mv.MobileNet(mv.V2, alpha).eval(), mv.image("cat", size)) for alpha, size in settings
}
race = mv.race(entrants, budget_s=2)
print(race)
for alpha, size in settings:
    macs = mv.cost(mv.V2, alpha, size).macs / 1e6
    print(f"{alpha} {size}: {macs:5.0f} M MACs, {race[f'{alpha} {size}'].median_ms / macs:.3f} ms for a million")
reveal("smaller_photo_05", round(race.ratios["0.5 224", "1.0 128"].ratio, 2))

# %% [markdown]
# The dial again, with your own times for these four. The other settings are not measured here.

# %% tags=["measure"]
times = {(alpha, size): race[f"{alpha} {size}"].median_ms for alpha, size in settings}
BudgetDial(costs, rows, times, clock="this machine", start=(0.5, 224))

# %% [markdown]
# The MACs of `0.5 224` and `1.0 128` are nearly equal, as printed. Where one is faster all the same, it is because a MAC
# is not the same everywhere: a thin layer fetches more numbers for each multiplication, and a small map has less to share its overhead.
#
# ## Exercise 3: your own evidence
#
# Find two settings of MobileNetV2 whose MACs are equal to 5%, and of which one is faster beyond doubt. Hand over
# `(race, faster, slower)`: a race of yours, and two names, each an alpha and a resolution as above. Any alpha, any
# resolution: race entrants of your own until two intervals are apart. The reference hands over a race that was recorded.

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
