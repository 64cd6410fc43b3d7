# ---
# jupyter:
#   mobiviz:
#     run_s: 60
# ---

# %% [markdown]
# # 12 Use one: pretrained and transfer
#
# **You have five photos of each thing that you care about. Is that enough to teach a network?**
# Not from nothing. But somebody has trained one before you, on other things.
#
# You will be able to
# 1. hand a network photos as it knows them,
# 2. store what it makes of them, and train a head on that in a second,
# 3. say when it pays to train the rest too.
#
# 35 minutes for you, about a minute for the machine.

# %%
import copy
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import mobiviz as mv
from mobiviz.course import check, guess, hint, quiz, reveal, use

torch.set_num_threads(1)

# %% [markdown]
# ## Predict
#
# The network is a MobileNetV3-Small that has learned ten kinds of animals and vehicles. It has never been shown a disc,
# a square or a triangle as such. You take five pictures of each of the three, in any colours, at any place, turned a
# little. Of new pictures, what share will it tell apart? Guessing gets a third.

# %% tags=["guess"]
# BEGIN SOLUTION
five = 60
# END SOLUTION
guess("five_12", five, unit="%")

# %% [markdown]
# **Your own photos.** Put a folder `my_photos` beside this notebook, in it a folder for each of your classes, and run
# this notebook again: it will use them. The same goes for ImageNet's weights, if PyTorch has them in its cache.
# Without either, it uses drawn forms, and the weights that come with mobiviz.

# %%
net = mv.MobileNet(mv.V3_SMALL)
if mv.weights.cached(net):
    learned_on, size = "ImageNet", 224
    mv.weights.load(net, "imagenet")
else:
    learned_on, size = "CIFAR-10", 64
    net = mv.weights.load(mv.MobileNet(mv.V3_SMALL, num_classes=10), "cifar10")
net.eval()

mine = Path("my_photos")
photos = mv.images.folder(mine, size) if mine.is_dir() else mv.images.forms(450)
task = mv.transfer.Task.of(photos, held_out=min(300, len(photos) // 2))
labels, held = photos.labels, task.held
some = max(n for n in mv.transfer.COUNTS if n <= min(20, task.most))
print(f"{len(photos)} pictures of {len(photos.classes)} classes: {', '.join(photos.classes)}")
print(
    f"{len(task.pool)} to learn from, {len(held)} to ask; a network that knows "
    f"{learned_on}, fed {size} x {size}"
)

# %% [markdown]
# ## Look
#
# The **trunk** is the network without its last layer. Frozen, it turns each picture into a **vector**, once.
# The vectors are stored, and the **head**, one linear layer, trains on them alone.
#
# Click the picture, then press Right: some pictures go through the trunk, later the head takes a step. End finishes.
# Then move the slider, and switch to a trunk that has learned nothing.

# %% tags=["visual"]
from mobiviz.widgets import FeatureBank

macs = mv.transfer.trunk_macs(net, size)
vectors = mv.transfer.vectors(net, photos, size)
random = mv.transfer.vectors(mv.transfer.random_like(net), photos, size)
lessons = [
    mv.transfer.lesson(f"trained on {learned_on}", task, vectors, macs),
    mv.transfer.lesson("random", task, random, macs),
]
FeatureBank(lessons, photos, task.support(task.most), held, n=some)

# %% [markdown]
# The trunk does nearly all the work, and does it once a picture. After that the head's steps are almost free.

# %%
head = lessons[0].heads[some][-1]
per_pass = 2 * some * len(photos.classes) ** 2 * vectors.shape[1]
print(f"trunk, {some} pictures a class: {mv.units.macs(macs * some * len(photos.classes))}")
print(f"head, all {mv.transfer.STEPS} steps:        {mv.units.macs(head.passes * per_pass)}")

# %% [markdown]
# ## Exercise 1: photos as it knows them
#
# A trained network expects what it was trained on: a square, of a certain size, red first, each colour without its mean
# and divided by its deviation. `picture` comes as files hold it, an array (H, W, 3) from 0 to 255, wide or tall. Cut the
# square out of the middle; of an odd rest, drop the smaller half at the top or left. Scale it with `F.interpolate`,
# `mode="bilinear"` and `antialias=True`. Divide by 255, then apply `mv.images.MEAN` and `mv.images.STD`, three numbers
# each. Return (1, 3, size, size).

# %% tags=["exercise", "ex:preprocess_12"]
def preprocess(picture, size):
    # BEGIN SOLUTION
    h, w, _ = picture.shape
    side = min(h, w)
    top, left = (h - side) // 2, (w - side) // 2
    x = torch.tensor(picture[top : top + side, left : left + side]).permute(2, 0, 1)[None] / 255
    x = F.interpolate(x, (size, size), mode="bilinear", antialias=True)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (mv.images.MEAN, mv.images.STD))
    return (x - mean) / std
    # END SOLUTION

# %% tags=["check", "ex:preprocess_12"]
check("preprocess_12", preprocess)

# %% [markdown]
# **"It ran, so the input was right."** Nothing complains about a wrong input. Here the head was trained on right ones,
# and the pictures to ask are prepared in wrong ways.

# %%
preprocess = use("preprocess_12")
trunk = mv.transfer.trunk(net).eval()


def share_right(head, prepare):
    with torch.no_grad():
        x = torch.cat([torch.as_tensor(prepare(picture)).float() for picture in photos.images[held]])
        answers = head.logits(torch.cat([trunk(part) for part in x.split(50)]).numpy()).argmax(1)
    return float((answers == labels[held]).mean())


def colours(picture):  # from 0 to 1
    x = torch.as_tensor(preprocess(picture, size)).float()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (mv.images.MEAN, mv.images.STD))
    return x * std + mean


small = size // 2
ways = {
    "as trained": lambda picture: preprocess(picture, size),
    "blue first": lambda picture: preprocess(picture[:, :, ::-1].copy(), size),
    "colours from 0 to 1": colours,
    "colours from 0 to 255": lambda picture: 255 * colours(picture),
    "half the size": lambda picture: preprocess(picture, small),
}
for way, prepare in ways.items():
    print(f"{way:22} {mv.units.percent(share_right(head, prepare))} right")

# %% [markdown]
# Some mistakes cost a little and some nearly everything, and which is which depends on your classes. Forms do not mind
# their colour; ripe and unripe tomatoes would. So check the input first, whenever a network disappoints.

# %% [markdown]
# ## Exercise 2: vectors once, then a head
#
# `trunk` makes vectors of a batch `x`; it comes in train mode, as training left it. Store the vectors: eval mode, no
# gradients, each picture once. Then train an `nn.Linear` on them, from the length of a vector to `classes` numbers, until
# it gets all of `y` right. Return (vectors, head). No bit of the trunk may change.

# %% tags=["exercise", "ex:features_12"]
def features(trunk, x, y, classes):
    # BEGIN SOLUTION
    trunk.eval()
    with torch.no_grad():
        vectors = trunk(x)
    head = nn.Linear(vectors.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.1)
    for _ in range(200):
        F.cross_entropy(head(vectors), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    return vectors, head
    # END SOLUTION

# %% tags=["check", "ex:features_12"]
check("features_12", features)

# %%
features = use("features_12")
pictures = torch.cat([torch.as_tensor(preprocess(picture, size)).float() for picture in photos.images])
answers = torch.from_numpy(labels)
five_of_each = task.support(min(5, task.most))
before = [value.clone() for value in net.state_dict().values()]
torch.manual_seed(0)
stored, your_head = features(
    trunk.train(), pictures[five_of_each], answers[five_of_each], len(photos.classes)
)
same = all(torch.equal(a, b) for a, b in zip(before, net.state_dict().values()))
print(f"stored: {tuple(stored.shape)}; every bit of the trunk as before: {same}")
assert torch.allclose(stored, torch.from_numpy(vectors[five_of_each]), atol=1e-3), (
    "the library stores the same"
)

# %% [markdown]
# How good is that? It depends on which five you happened to take. So draw them again and again, train a head on each
# draw, and ask each the same pictures.

# %%
print("pictures a class   trained trunk            random trunk")
shown = "{:>6} [{:>6}, {:>6}]".format
for n, trained in lessons[0].accuracy.items():
    row = [shown(*map(mv.units.percent, one)) for one in (trained, lessons[1].accuracy[n])]
    print(f"{n:16}   {row[0]}   {row[1]}")
reveal("five_12", round(100 * lessons[0].accuracy[min(5, task.most)][0]))

# %% [markdown]
# A head on the trained trunk needs a handful of pictures of classes that the network was never shown. On the random
# trunk, with the same layers and as many numbers in its vectors, it gets from five little more than by guessing.
# Is that luck? Take the difference on the same pictures, for several draws and several random trunks.

# %%
others = [
    random,
    *(mv.transfer.vectors(mv.transfer.random_like(net, seed), photos, size) for seed in (1, 2)),
]
mean, low, high = (100 * share for share in mv.transfer.margin(task, vectors, others, some, draws=20))
print(
    f"with {some} a class, the trained trunk gets {mean:.0f} [{low:.0f}, {high:.0f}] in a "
    "hundred more right"
)
print("the interval leaves out zero:", low > 0)

# %% [markdown]
# ## "Freezing means requires_grad = False"
#
# That freezes parameters. Batch norm also keeps a running mean and variance of each channel, which are **buffers**, and
# train mode moves them at every forward pass, gradients or not. Watch them.

# %%
frozen = copy.deepcopy(net).requires_grad_(False).train()
parameters = [value.clone() for value in frozen.parameters()]
buffers = {name: value.clone() for name, value in frozen.named_buffers() if value.is_floating_point()}
dark = pictures[five_of_each] - 1.0  # a darker room than the training's
for _ in range(30):
    frozen(dark)
moved = sum(
    not torch.equal(value, buffers[name]) for name, value in frozen.named_buffers() if name in buffers
)
changed = sum(not torch.equal(a, b) for a, b in zip(parameters, frozen.parameters()))
now = mv.transfer.vectors(frozen, photos, size)
ask = {"as stored": vectors, "after thirty passes": now}
print(f"parameters that changed: {changed} of {len(parameters)}")
print(f"running means and variances that changed: {moved} of {len(buffers)}")
for when, x in ask.items():
    share = (head.logits(x[held]).argmax(1) == labels[held]).mean()
    print(f"the same head on the trunk's vectors, {when}: {mv.units.percent(share)} right")

# %% [markdown]
# Not one parameter changed, and the head no longer fits: its vectors come from another trunk now. Call `eval()`, also
# while you train a head.

# %% [markdown]
# ## Exercise 3: three bugs
#
# This function puts a new head on a network and trains it. It raises nothing, and the network learns nothing.

# %%
def buggy(net, head, x, y):
    net.requires_grad_(False)
    optimizer = torch.optim.SGD(net.classifier.parameters(), lr=0.5)
    net.classifier[-1] = head
    net.train()
    for step in range(30):
        answers = net(x).softmax(1)
        loss = F.cross_entropy(answers, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return net


def asked(train):
    torch.manual_seed(0)
    new_head = nn.Linear(net.classifier[-1].in_features, len(photos.classes))
    trained = train(copy.deepcopy(net), new_head, pictures[five_of_each], answers[five_of_each]).eval()
    with torch.no_grad():
        found = torch.cat([trained(part) for part in pictures[held].split(50)]).argmax(1)
    return mv.units.percent(float((found == answers[held]).float().mean()))


print("the buggy one:", asked(buggy), "right")

# %% [markdown]
# Copy it and mend it. Keep SGD, its rate and the number of steps.

# %% tags=["exercise", "ex:bugs_12"]
def bugs(net, head, x, y):
    # BEGIN SOLUTION
    net.requires_grad_(False)
    net.classifier[-1] = head
    optimizer = torch.optim.SGD(head.parameters(), lr=0.5)
    net.eval()
    for step in range(30):
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return net
    # END SOLUTION

# %% tags=["check", "ex:bugs_12"]
check("bugs_12", bugs)

# %%
bugs = use("bugs_12")
print("mended:", asked(bugs), "right")
best = F.cross_entropy(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([0])).item()
print(f"softmax twice, three classes, always right and quite sure: the loss is still {best:.2f}")

# %% [markdown]
# The optimiser held the parameters of the old head. Train mode changed the trunk. And a softmax before
# `F.cross_entropy`, which has its own, squeezes logits into 0 to 1, so that the loss cannot come near zero.

# %% [markdown]
# ## The same in three libraries
#
# | | mobiviz | torchvision | Keras |
# |---|---|---|---|
# | 1. load | `net = mv.MobileNet(mv.V3_SMALL)`<br>`mv.weights.load(net, "imagenet")` | `net = mobilenet_v3_small(`<br>`weights="DEFAULT")` | `net = MobileNetV3Small(`<br>`weights="imagenet")` |
# | 2. cut the last layer | `trunk = mv.transfer.trunk(net)` | `net.classifier[-1] =`<br>`nn.Identity()` | `trunk = keras.Model(`<br>`net.input, last.input)` |
# | 3. store vectors, no gradients | `v = trunk.eval()(x)` | `v = net.eval()(x)` | `v = trunk(x,`<br>`training=False)` |
#
# The vectors should be the same numbers, if the parameters are. So give all three the same ones, and see. Torchvision
# has ours in its own order; only the names differ.

# %%
drawn = task.support(some)
*_, fitted = mv.transfer.fit(vectors[drawn], labels[drawn], len(photos.classes))  # the last head


def compared(name, theirs, mine):
    largest = float(np.abs(mine).max())
    equal = bool(np.abs(theirs - mine).max() <= 1e-4 * largest)
    answers = [
        mv.transfer.fit(x[drawn], labels[drawn], len(photos.classes))[-1].logits(x[held]).argmax(1)
        for x in (theirs, mine)
    ]
    print(
        f"{name}: the same vectors: {equal}; the same answers: "
        f"{int((answers[0] == answers[1]).sum())} of {len(held)}"
    )
    assert equal
    assert (answers[0] == answers[1]).all()


known = net.classifier[-1].out_features
try:
    theirs = mv.peers.torchvision().models.mobilenet_v3_small(num_classes=known).eval()
except ImportError as error:
    print(f"torchvision is not compared: {error}")
else:
    theirs.load_state_dict(dict(zip(theirs.state_dict(), net.state_dict().values())))
    back = mv.weights.from_torchvision(mv.MobileNet(mv.V3_SMALL, num_classes=known), theirs.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(back.state_dict().values(), net.state_dict().values()))
    theirs.classifier[-1] = nn.Identity()
    with torch.no_grad():
        compared(
            "torchvision", torch.cat([theirs(part) for part in pictures.split(50)]).numpy(), vectors
        )

# %% [markdown]
# Keras pads as TensorFlow does: where a strided layer has an odd pixel to add, it goes to the end. So compare it with our
# network in that dialect. It holds the same parameters, and its vectors differ from those above.

# %%
tf = mv.MobileNet(mv.V3_SMALL, num_classes=known, dialect="tf").eval()
tf.load_state_dict(net.state_dict())
shifted = mv.transfer.vectors(tf, photos, size)
still = (fitted.logits(shifted[held]).argmax(1) == labels[held]).mean()
print(f"our head on vectors of the other padding: {mv.units.percent(still)} right")
try:
    keras = mv.peers.keras()
except ImportError as error:
    print(f"Keras is not compared: {error}")
else:
    theirs = keras.applications.MobileNetV3Small(
        (size, size, 3),
        weights=None,
        classes=known,
        classifier_activation=None,
        include_preprocessing=False,
    )
    mv.weights.to_keras(tf, theirs)
    back = mv.weights.from_keras(mv.MobileNet(mv.V3_SMALL, num_classes=known, dialect="tf"), theirs)
    assert all(
        torch.equal(a, b) for a, b in zip(back.state_dict().values(), tf.state_dict().values()) if a.ndim
    )
    last = [layer for layer in theirs.layers if layer.weights][-1]
    keras_trunk = keras.Model(theirs.input, last.input)
    with torch.no_grad():
        found = [keras_trunk(part.permute(0, 2, 3, 1), training=False) for part in pictures.split(50)]
    found = np.concatenate([keras.ops.convert_to_numpy(part).reshape(len(part), -1) for part in found])
    compared("Keras", found, shifted)

# %% [markdown]
# The three agree on every answer. But a head belongs to one trunk, down to where it pads: on vectors of the same
# parameters with the other padding, ours is lost.

# %% [markdown]
# ## Measure: "fine-tuning is always better"
#
# **Fine-tuning** trains all layers, from where they are. It can fit your classes better, and it can forget what it knew.
# How many times longer does that take, from the photos to the answer, than storing vectors and training a head?

# %% tags=["guess"]
# BEGIN SOLUTION
longer = 10
# END SOLUTION
guess("longer_12", longer, unit="x")

# %% tags=["measure"]
from IPython.display import display


def fine_tuned(rows, steps=15):
    torch.manual_seed(0)
    tuned = net.with_classes(len(photos.classes))
    optimizer = torch.optim.AdamW(tuned.parameters(), lr=1e-3)
    for _ in range(steps):
        tuned.train()
        F.cross_entropy(tuned(pictures[rows]), answers[rows]).backward()
        optimizer.step()
        optimizer.zero_grad()
    return tuned.eval()


def with_a_head(rows):
    with torch.no_grad():
        x = trunk.eval()(pictures[rows]).numpy()
    return mv.transfer.fit(x, labels[rows], len(photos.classes))[-1]


def shares(n, draws):
    """Right answers with a head and fine-tuned, one row a draw, and the seconds of both."""
    right, spent = np.zeros((draws, 2)), np.zeros((draws, 2))
    for draw in range(draws):
        rows = task.support(n, draw)
        began = time.perf_counter()
        one = with_a_head(rows)
        middle = time.perf_counter()
        tuned = fine_tuned(rows)
        spent[draw] = middle - began, time.perf_counter() - middle
        with torch.no_grad():
            found = torch.cat([tuned(part) for part in pictures[held].split(50)]).argmax(1).numpy()
        right[draw] = (
            (one.logits(vectors[held]).argmax(1) == labels[held]).mean(),
            (found == labels[held]).mean(),
        )
    return right, np.median(spent, axis=0)


few, bars, better = min(2, task.most), {}, {}
for n, draws in ((few, 5), (some, 2)):
    right, seconds = shares(n, draws)
    better[n] = f"{(right[:, 1] > right[:, 0]).sum()} of {draws}"
    for at, way in enumerate(("frozen", "tuned")):
        bars[f"{n} a class, {way}"] = round(100 * right[:, at].mean(), 1)
        each = ", ".join(map(mv.units.percent, right[:, at]))
        print(f"{n:2} a class, {way:6}: {each} right, after {mv.units.ms(1000 * seconds[at])}")
display(reveal("longer_12", round(seconds[1] / seconds[0], 1)))
mv.plot.bars(
    bars,
    unit="% of new pictures right, mean of the draws",
    title="Fine-tuning was better in "
    + " and in ".join(f"{times} draws of {n} a class" for n, times in better.items()),
    alt="Two bars for each number of pictures a class. "
    + "; ".join(f"{label}: {value}%" for label, value in bars.items()),
)

# %% [markdown]
# Always? Count in the title. A few pictures cannot tell a million and a half weights what to be, and can spoil what
# these knew. With more pictures, and with classes unlike those that the trunk knew, fine-tuning may win by a few points,
# at many times the cost. Whether it did is for several draws to say, not for one.
#
# So begin with a head. It takes a second, and tells you whether the vectors hold what you need.

# %% [markdown]
# ## Exit ticket
#
# Choose an answer and open it with a click, or with Tab and Enter.

# %% tags=["quiz"]
quiz("12")

# %% [markdown]
# ## What next
#
# Five pictures a class were enough to get most of the new ones right: somebody else's training did the rest. Notebook 13
# puts what people say of these networks to the test, your own predictions included.
