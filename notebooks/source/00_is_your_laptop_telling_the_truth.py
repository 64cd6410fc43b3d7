# ---
# jupyter:
#   mobiviz:
#     run_s: 10
# ---

# %% [markdown]
# # 00 Start here: is your laptop telling the truth?
#
# **You time the same work twice and get two numbers. Which one do you believe?**
# This course predicts, counts and times. So the first thing to know is how far your own clock can be trusted.
#
# You will be able to
# 1. run a check, and read its three states,
# 2. time something so that another try says the same,
# 3. say how small a difference your machine can still show: its **noise floor**.
#
# 25 minutes for you, about 10 seconds for the machine. Shift+Enter runs a cell and goes on to the next.

# %%
import time

import numpy as np
import torch
import torch.nn.functional as F

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

# %% [markdown]
# ## Predict
#
# Your machine will soon do one piece of work 200 times: the same numbers in, the same numbers out. Its slowest run will
# take longer than its fastest. How many times as long? Write your guess in place of the dots: 1 if all take as long.

# %% tags=["guess"]
# BEGIN SOLUTION
slowest = 1.5
# END SOLUTION
guess("slowest_00", slowest, unit="x")

# %% [markdown]
# ## Look
#
# This is such a measurement from another machine, one that was busy with other programs. Each dot is one run.
# The **median** has half of the runs on either side. Nine of ten runs stay within **p90**.
# The lamp says whether the runs so far can be trusted.
#
# Click the picture, then press Right: one run. Shift+Right: ten. Space plays, End finishes.

# %% tags=["visual"]
from mobiviz.widgets import NoiseLamp

NoiseLamp()

# %% [markdown]
# Step through it again and watch the three lines. A slow run here and there moves the minimum and the median hardly at
# all. It moves p90 at first, and then less and less. Choose the quiet machine below the picture to compare.

# %% [markdown]
# ## Exercise 1: three states
#
# An exercise is a cell to write in and a **check** below it. The check says TODO (not written yet), FAIL (wrong, and
# here is the first case to work out by hand) or PASS. Here you make a check say each of the three. It asks: how many
# milliseconds are one second? Return an answer to which it says what is `wanted`, such as `"TODO"`. Not written yet is
# `...`, three dots.
#
# Run both cells as they are. Then write `return 1000` and run them again. Then make it right.

# %% tags=["exercise", "ex:state_00"]
def state(wanted):
    # BEGIN SOLUTION
    if wanted == "TODO":
        return ...
    if wanted == "FAIL":
        return 60
    return 1000
    # END SOLUTION

# %% tags=["check", "ex:state_00"]
check("state_00", state)

# %% [markdown]
# Stuck? Run `hint("state_00")` in a new cell; each run gives one more hint. Nothing ever blocks you: later cells use
# your answer once it passes, and a reference until then.

# %% [markdown]
# ## Exercise 2: three numbers for many times
#
# `times` is a list of times in ms, in the order in which they were measured. Return the minimum, the median and p90.
# Sort first. Of `n` sorted times, numbered from 0, p90 is the one at 0.9 * (n - 1). In the check that is always a whole
# number, and `n` is odd, so that one time is in the middle.

# %% tags=["exercise", "ex:summarise_00"]
def summarise(times):
    # BEGIN SOLUTION
    ordered = sorted(times)
    n = len(ordered)
    return ordered[0], ordered[n // 2], ordered[(n - 1) * 9 // 10]
    # END SOLUTION

# %% tags=["check", "ex:summarise_00"]
check("summarise_00", summarise)

# %% [markdown]
# Your three numbers for the two recordings, beside the mean. On a list whose length suits the rule, the library says
# the same as you.

# %%
from mobiviz import stats
from mobiviz.widgets.noise_lamp import recorded

summarise = use("summarise_00")
recordings = {name: recorded(name).samples_ms for name in ("busy", "quiet")}
print("           min  median     p90    mean  slowest, all in ms")
for name, times in recordings.items():
    assert np.allclose(summarise(times[:101]), stats.summary(times[:101]))
    numbers = (*summarise(times), np.mean(times), max(times))
    print(f"{name:6}", *(f"{ms:7.3f}" for ms in numbers))

# %% [markdown]
# **"The average is the typical time."** A few slow runs are enough to pull it away from nearly all of the others. Where
# do the runs lie?

# %%
for name, times in recordings.items():
    mean, median = sum(times < np.mean(times)), sum(times < np.median(times))
    print(
        f"{name + ':':6} {mean} of {len(times)} runs were faster than the mean, {median} than the median"
    )

# %% [markdown]
# On the busy machine the mean is a time that hardly any run took. So this course prints medians.

# %% [markdown]
# ## Measure
#
# Now yours. The work is one convolution of a photo with 16 kernels, which notebook 01 explains. The clock is read
# before and after each run. The very first call is kept apart. One thread, so that the machine's own cores do not have
# to wait for each other.

# %%
photo, kernels = mv.image("cat", size=96), torch.ones(16, 3, 3, 3)
torch.set_num_threads(1)


def work():
    return F.conv2d(photo, kernels)


def clock(runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return times


# %% tags=["measure"]
first, *times = clock(201)
NoiseLamp(times)

# %% [markdown]
# Play it. Your runs are orange, and you can still switch to the two recordings. Did you expect the slowest?

# %% tags=["measure"]
reveal("slowest_00", max(times) / min(times))

# %% [markdown]
# A laptop never does one thing only. While it counts for you it answers the network, moves windows, saves power and
# cools itself. A run that is interrupted waits. If your lamp says noisy, close what you do not need, plug the laptop
# in, and run the last three cells again.
#
# The first call is a case of its own. It looks for the fastest way to do this work, and asks for memory.

# %% tags=["measure"]
least, middle, high = summarise(times)
print(f"min {least:.3f} ms, median {middle:.3f} ms, p90 {high:.3f} ms")
print(f"the first call took {first:.3f} ms: {mv.units.ratio(first / middle)} the median")

# %% [markdown]
# So a fair timing **warms up**: it calls a few times before it counts.
#
# **"One timing is a measurement."** Take two runs in a row, as if you had timed twice. It is the same work, so all that
# differs is noise.

# %% tags=["measure"]
pairs = np.array(times).reshape(-1, 2)
apart = pairs.max(axis=1) / pairs.min(axis=1)
for least_apart in (1.02, 1.1, 1.5):
    more = mv.units.percent(least_apart - 1, 0)
    print(f"{sum(apart > least_apart)} of {len(pairs)} pairs differ by more than {more}")

# %% [markdown]
# ## The answer
#
# `mv.race` warms up, runs its entrants in turn, and compares medians. Here both entrants are the same work. The bracket
# is the **interval** of their ratio: where the true one lies, 95 times in 100. Two speeds mean that the times fell into
# two groups.

# %% tags=["measure"]
race = mv.race({"once": work, "again": work}, budget_s=0.5)
print(race)

# %% tags=["measure"]
ratio = race.ratios["once", "again"]
floor = max(ratio.high - 1, 1 - ratio.low)
print(f"one run can be off by {mv.units.ratio(max(times) / middle)}")
print(f"the noise floor of a race here, now: {mv.units.percent(floor)}")

# %% [markdown]
# One run can lie by the first number. Many runs, in turn, cannot be trusted with a difference smaller than the second.
# It is no constant: it grows with whatever else your machine has to do. So each timing in this course prints its
# interval, and a race says `cannot tell` where it cannot.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("00")

# %% [markdown]
# ## What next
#
# Milliseconds are noisy. Multiplications are not: they can be counted, exactly, without running anything.
# Notebook 01 opens the convolution that you have just timed and counts them. Notebook 09 comes back to the clock.
