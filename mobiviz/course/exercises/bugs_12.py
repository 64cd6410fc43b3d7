"""Three bugs, and no error message.

`net` is a pretrained network with `net.features` and `net.classifier`, whose last layer `net.classifier[-1]` answers
for the classes that it was trained on. `head` is a fresh torch.nn.Linear for your classes, `x` a batch of photos, `y`
their labels. This function should put `head` in the place of the last layer and train it alone, while the network
around it stays as it is, to the bit. It runs, raises nothing, and its network learns nothing:

    def bugs(net, head, x, y):
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

Three lines are wrong, or in the wrong place. Mend them. Keep SGD, its rate and the number of steps; return the network.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "Print what changes: the loss in each step, head.weight before and after, a running mean of a batch norm.",
    "The optimiser is made before the head is put in. Whose parameters has it? And what does F.cross_entropy want?",
)
TOLERANCE = 1e-4


def answer(net, head, x, y, *bugs):
    import torch

    old, net.classifier[-1] = net.requires_grad_("everything" in bugs).classifier[-1], head
    trained = old if "frozen head" in bugs else net
    optimizer = torch.optim.SGD(trained.parameters(), lr=0.5)
    for _ in range(30):
        answers = net.train("train mode" in bugs)(x)
        answers = answers.softmax(1) if "softmax twice" in bugs else answers
        torch.nn.functional.cross_entropy(answers, y).backward()
        optimizer.step()
        optimizer.zero_grad()
    return net


def reference(net, head, x, y):
    return answer(net, head, x, y)


def cases():
    import torch
    from torch import nn

    draw = torch.Generator().manual_seed(0)
    for channels, classes, n in ((2, 2, 2), (8, 3, 9)):
        norm, head, net = nn.BatchNorm2d(channels), nn.Linear(channels, classes), nn.Sequential()
        net.features = nn.Sequential(nn.Conv2d(1, channels, 1), norm, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        net.classifier = nn.Sequential(*[nn.Identity()] * (n // 9), nn.Linear(channels, 10))
        for value in (*net.parameters(), *head.parameters(), norm.running_mean):
            nn.init.normal_(value, generator=draw)
        yield net, head, 3 * torch.randn(n, 1, 4, 4, generator=draw), torch.arange(n) % classes


def observe(answer, net, head, x, y):
    from torch import equal

    before, first = {name: value.clone() for name, value in net.features.state_dict().items()}, head.weight.clone()
    if (found := answer(net, head, x, y)) in (None, ...):
        return found
    around, weight = found.features.state_dict(), found.classifier[-1].weight
    return {
        "tensors around the head that changed": sum(not equal(around[name], before[name]) for name in before),
        "the head has moved": not equal(weight, first),
        "weights of the head": weight.detach(),
    }


@mutant("One bug is left. Train mode: batch norm still takes its mean from this batch, and moves its running mean.")
def train_mode(*case):
    return answer(*case, "train mode")


@mutant("One bug is left. Softmax twice: F.cross_entropy applies its own to what it is given. Hand it the logits.")
def softmax_twice(*case):
    return answer(*case, "softmax twice")


@mutant("One bug is left. The head stays frozen: the optimiser holds the parameters of the layer that was taken out.")
def frozen_head(*case):
    return answer(*case, "frozen head")


@mutant("Now everything is trained: leave net.requires_grad_(False) where it was, before the head comes in.")
def fine_tunes(*case):
    return answer(*case, "everything")


@other
def over_stored_vectors(net, head, x, y):
    import torch

    with torch.no_grad():
        vectors = net.eval().features(x)
    net.classifier[-1], sgd = head, torch.optim.SGD(head.parameters(), lr=0.5)
    for _ in range(30):
        sgd.zero_grad(), torch.nn.functional.cross_entropy(head(vectors), y).backward(), sgd.step()
    return net


@other
def only_batch_norm_in_eval(net, head, x, y):
    import torch

    net.requires_grad_(False).train().features[1].eval()
    net.classifier[-1], sgd = head, torch.optim.SGD(head.parameters(), lr=0.5)
    for _ in range(30):
        sgd.zero_grad(), torch.nn.NLLLoss()(net(x).log_softmax(1), y).backward(), sgd.step()
    return net
