"""Written from the statement of lite_10 alone, though by one who knew the exercise."""

import copy

import torch


def right_in_steps(net, x, path):
    training = net.training
    net.eval()
    with torch.no_grad():
        traced = torch.jit.trace(net, x)
    frozen = torch.jit.freeze(traced)
    frozen._save_for_lite_interpreter(path)
    net.train(training)


def right_with_a_copy(net, x, path):
    twin = copy.deepcopy(net)
    twin.eval()
    torch.jit.freeze(torch.jit.trace(twin, x))._save_for_lite_interpreter(path)


def right_scripted(net, x, path):
    training = net.training
    net.eval()
    torch.jit.freeze(torch.jit.script(net))._save_for_lite_interpreter(path)
    if training:
        net.train()


def wrong_no_eval(net, x, path):
    traced = torch.jit.trace(net, x)
    torch.jit.freeze(traced.eval())._save_for_lite_interpreter(path)
    net.eval()


def wrong_not_frozen(net, x, path):
    training = net.training
    net.eval()
    torch.jit.trace(net, x)._save_for_lite_interpreter(path)
    net.train(training)


def wrong_format(net, x, path):
    training = net.training
    net.eval()
    torch.jit.save(torch.jit.freeze(torch.jit.trace(net, x)), path)
    net.train(training)


def wrong_state_dict(net, x, path):
    torch.save(net.state_dict(), path)


def wrong_mode_left(net, x, path):
    net.eval()
    torch.jit.freeze(torch.jit.trace(net, x))._save_for_lite_interpreter(path)
    net.train()


RIGHT = [right_in_steps, right_with_a_copy, right_scripted]
WRONG = [wrong_no_eval, wrong_not_frozen, wrong_format, wrong_state_dict, wrong_mode_left]
FIRST_TRY = (3, 5)
