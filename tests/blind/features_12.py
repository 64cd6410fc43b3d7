"""Written from the statement of features_12 alone, before the check was run on any of them."""

import torch
import torch.nn.functional as F
from torch import nn


def _head(vectors, y, classes, steps=500, lr=0.1):
    head = nn.Linear(vectors.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(head(vectors), y)
        loss.backward()
        optimizer.step()
    return head


def right_adam(trunk, x, y, classes):
    trunk.eval()
    with torch.no_grad():
        vectors = trunk(x)
    return vectors, _head(vectors, y, classes)


def right_until_all_are_right(trunk, x, y, classes):
    was = trunk.training
    trunk.eval()
    with torch.no_grad():
        vectors = torch.cat([trunk(part) for part in x.split(4)])
    trunk.train(was)
    head = nn.Linear(vectors.shape[1], classes)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.5, momentum=0.9)
    for _ in range(2000):
        logits = head(vectors)
        if (logits.argmax(1) == y).all():
            break
        optimizer.zero_grad()
        F.cross_entropy(logits, y).backward()
        optimizer.step()
    return vectors, head


def right_detached(trunk, x, y, classes):
    vectors = trunk.eval()(x).detach()
    return vectors, _head(vectors, y, classes, 300, 0.05)


def wrong_forgets_eval(trunk, x, y, classes):
    with torch.no_grad():
        vectors = trunk(x)
    return vectors, _head(vectors, y, classes)


def wrong_only_requires_grad(trunk, x, y, classes):
    for parameter in trunk.parameters():
        parameter.requires_grad = False
    vectors = trunk(x)
    return vectors, _head(vectors, y, classes)


def wrong_trains_both(trunk, x, y, classes):
    trunk.eval()
    head = nn.Linear(trunk(x).shape[1], classes)
    optimizer = torch.optim.Adam([*trunk.parameters(), *head.parameters()], lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        F.cross_entropy(head(trunk(x)), y).backward()
        optimizer.step()
    return trunk(x).detach(), head


def wrong_returns_the_head_first(trunk, x, y, classes):
    trunk.eval()
    with torch.no_grad():
        vectors = trunk(x)
    return _head(vectors, y, classes), vectors


def wrong_untrained(trunk, x, y, classes):
    trunk.eval()
    with torch.no_grad():
        vectors = trunk(x)
    return vectors, nn.Linear(vectors.shape[1], classes)


RIGHT = [right_adam, right_until_all_are_right, right_detached]
WRONG = [wrong_forgets_eval, wrong_only_requires_grad, wrong_trains_both, wrong_returns_the_head_first, wrong_untrained]
FIRST_TRY = (3, 5)
