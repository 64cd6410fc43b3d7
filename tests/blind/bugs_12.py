"""Written from the statement of bugs_12 alone, before the check was run on any of them."""

import torch
import torch.nn.functional as F


def _train(net, parameters, x, y, logits=True):
    optimizer = torch.optim.SGD(parameters, lr=0.5)
    for _step in range(30):
        answers = net(x) if logits else net(x).softmax(1)
        loss = F.cross_entropy(answers, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return net


def right_moved_lines(net, head, x, y):
    net.requires_grad_(False)
    net.classifier[-1] = head
    net.eval()
    return _train(net, net.classifier.parameters(), x, y)


def right_head_alone(net, head, x, y):
    net.eval()
    net.classifier[-1] = head
    net.features.requires_grad_(False)
    return _train(net, head.parameters(), x, y)


def right_with_nll(net, head, x, y):
    net.requires_grad_(False)
    net.classifier[-1] = head
    net.eval()
    optimizer = torch.optim.SGD(head.parameters(), lr=0.5)
    for _step in range(30):
        loss = F.nll_loss(net(x).softmax(1).log(), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return net


def wrong_as_given(net, head, x, y):
    net.requires_grad_(False)
    optimizer = torch.optim.SGD(net.classifier.parameters(), lr=0.5)
    net.classifier[-1] = head
    net.train()
    for _step in range(30):
        loss = F.cross_entropy(net(x).softmax(1), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return net


def wrong_optimizer_only(net, head, x, y):
    net.requires_grad_(False)
    net.classifier[-1] = head
    net.train()
    return _train(net, head.parameters(), x, y, logits=False)


def wrong_still_softmax(net, head, x, y):
    net.requires_grad_(False)
    net.classifier[-1] = head
    net.eval()
    return _train(net, head.parameters(), x, y, logits=False)


def wrong_freezes_the_head_too(net, head, x, y):
    net.classifier[-1] = head
    net.requires_grad_(False)
    net.eval()
    return _train(net, head.parameters(), x, y)


def wrong_everything_is_trained(net, head, x, y):
    net.classifier[-1] = head
    net.eval()
    return _train(net, net.parameters(), x, y)


RIGHT = [right_moved_lines, right_head_alone, right_with_nll]
WRONG = [
    wrong_as_given,
    wrong_optimizer_only,
    wrong_still_softmax,
    wrong_freezes_the_head_too,
    wrong_everything_is_trained,
]
FIRST_TRY = (3, 5)
