"""Each photo through the trunk once, then a head.

`trunk` is a torch module that turns a batch of photos `x`, shape (N, 3, H, W), into N vectors; it comes in train mode,
as a network is after training. `y` holds the N labels, whole numbers from 0 to `classes` - 1.
First store the vectors: run the photos through the frozen trunk, each of them once, in eval mode and without gradients.
Then train a head on the stored vectors alone: one linear layer from the length of a vector to `classes` numbers, with
cross entropy, any optimiser and as many steps as it needs to get all N photos right (they can be told apart).
Return (vectors, head): a float tensor (N, D) and the trained torch.nn.Linear. No bit of the trunk may have changed.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "trunk.eval() stops batch norm from using, and from changing, its running mean; torch.no_grad() stores no graph.",
    "After `vectors = trunk(x)` the trunk is not needed again: the loop calls head(vectors) and nothing else.",
    "torch.optim.Adam(head.parameters(), lr=0.1) and 200 steps are enough here.",
)
TOLERANCE = 1e-4


def answer(trunk, x, y, classes, wrong=""):
    import torch

    with torch.set_grad_enabled(wrong in ("graph", "live")):
        vectors = trunk.train(wrong == "train mode")(x)
    head = torch.nn.Linear(vectors.shape[1], classes)
    optimizer = torch.optim.Adam([*head.parameters(), *(trunk.parameters() if wrong == "live" else ())], lr=0.1)
    for _ in range(300):
        stored = trunk(x) if wrong in ("live", "again") else vectors.detach()
        torch.nn.functional.cross_entropy(head(stored), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    return vectors if wrong == "graph" else vectors.detach(), head


def reference(trunk, x, y, classes):
    return answer(trunk, x, y, classes)


def cases():
    import torch
    from torch import nn

    norm = nn.BatchNorm2d(1, eps=0, affine=False)
    norm.running_mean.fill_(1.0), norm.running_var.fill_(4.0)
    yield nn.Sequential(norm, nn.Flatten()), torch.tensor([1.0, 5.0]).view(2, 1, 1, 1), torch.tensor([0, 1]), 2
    draw = torch.Generator().manual_seed(0)
    for n, classes in ((6, 2), (12, 3)):
        trunk = [nn.Conv2d(3, 16, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        for value in (trunk[0].weight, trunk[1].running_mean):
            nn.init.normal_(value, std=0.5, generator=draw)
        x, y = torch.randn(n, 3, 8, 8, generator=draw), torch.arange(n) % classes
        yield nn.Sequential(*trunk, nn.Dropout(0.2)), x, y, classes


def observe(answer, trunk, x, y, classes):
    """The vectors, what became of the trunk, how often it ran, and whether the head has learned."""
    import torch

    before = {name: value.clone() for name, value in trunk.state_dict().items()}
    seen = []
    trunk.register_forward_hook(lambda _, inputs, output: seen.append(len(output)))
    torch.manual_seed(0)
    found = answer(trunk, x, y, classes)
    if found is Ellipsis or found is None or any(each is Ellipsis for each in found):
        return found if found is None else ...
    vectors, head = found
    with torch.no_grad():
        logits = head(vectors)
    return {
        "vectors": vectors.detach(),
        "vectors carry a graph": vectors.requires_grad,
        "tensors of the trunk that changed": sum(not torch.equal(v, before[k]) for k, v in trunk.state_dict().items()),
        "photos through the trunk": sum(seen),
        "photos that the head gets right": int((logits.argmax(-1) == y).sum()),
    }


@mutant("The trunk is in train mode: batch norm takes its mean from this batch, and moves its running mean towards it.")
def train_mode(*case):
    return answer(*case, "train mode")


@mutant("The vectors carry a graph: every activation of the trunk stays in memory for a backward pass. Use no_grad.")
def keeps_the_graph(*case):
    return answer(*case, "graph")


@mutant("The trunk is frozen, but each step runs all photos through it again, for the same vectors. Store them.")
def runs_the_trunk_in_each_step(*case):
    return answer(*case, "again")


@mutant("The optimiser has the trunk's parameters too, and changed them: fine-tuning. Give it the head's alone.")
def fine_tunes(*case):
    return answer(*case, "live")


@other
def one_photo_at_a_time_and_least_squares(trunk, x, y, classes):
    import torch

    with torch.inference_mode():
        vectors = torch.cat([trunk.eval()(photo[None]) for photo in x])
    solved = torch.linalg.pinv(torch.cat([vectors, torch.ones(len(x), 1)], 1)) @ torch.eye(classes)[y]
    head = torch.nn.Linear(vectors.shape[1], classes)
    head.load_state_dict({"weight": solved[:-1].T, "bias": solved[-1]})
    return vectors, head


@other
def with_momentum(trunk, x, y, classes):
    import torch

    vectors = trunk.eval().requires_grad_(False)(x)
    head = torch.nn.Linear(vectors.shape[1], classes)
    sgd = torch.optim.SGD(head.parameters(), lr=0.3, momentum=0.9)
    for _ in range(400):
        sgd.zero_grad(), torch.nn.functional.cross_entropy(head(vectors), y).backward(), sgd.step()
    return vectors, head
