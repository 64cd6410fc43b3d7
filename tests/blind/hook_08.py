"""Written from the statement of hook_08. By the one who wrote its check, so not quite blind."""

import torch


def right_try_finally(net, path, x):
    found = {}

    def grab(module, inputs, output):
        found["y"] = output.clone()

    handle = net.get_submodule(path).register_forward_hook(grab)
    try:
        net(x)
    finally:
        handle.remove()
    return found["y"]


def right_no_grad_with(net, path, x):
    out = []
    with torch.no_grad(), net.get_submodule(path).register_forward_hook(lambda m, i, o: out.append(o.clone())):
        net(x)
    return out[0]


def right_by_name(net, path, x):
    layer = dict(net.named_modules())[path]
    saved = None

    def hook(module, args, output):
        nonlocal saved
        saved = output.detach().cpu().numpy().copy()

    handle = layer.register_forward_hook(hook)
    try:
        net(x)
    except Exception:
        raise
    finally:
        handle.remove()
    return saved


def wrong_no_remove(net, path, x):
    out = []
    net.get_submodule(path).register_forward_hook(lambda m, i, o: out.append(o.clone()))
    net(x)
    return out[0]


def wrong_no_finally(net, path, x):
    out = []
    handle = net.get_submodule(path).register_forward_hook(lambda m, i, o: out.append(o.clone()))
    net(x)
    handle.remove()
    return out[0]


def wrong_no_clone(net, path, x):
    out = []
    handle = net.get_submodule(path).register_forward_hook(lambda m, i, o: out.append(o.detach()))
    try:
        net(x)
    finally:
        handle.remove()
    return out[0]


def wrong_except_pass(net, path, x):
    out = []
    handle = net.get_submodule(path).register_forward_hook(lambda m, i, o: out.append(o.clone()))
    try:
        net(x)
    except Exception:
        print("it failed")
    handle.remove()
    return out[0]


def wrong_pre_hook(net, path, x):
    out = []
    handle = net.get_submodule(path).register_forward_pre_hook(lambda m, i: out.append(i[0].clone()))
    try:
        net(x)
    finally:
        handle.remove()
    return out[0]


def wrong_list_of_one(net, path, x):
    out = []
    handle = net.get_submodule(path).register_forward_hook(lambda m, i, o: out.append(o.clone()))
    try:
        net(x)
    finally:
        handle.remove()
    return out


RIGHT = [right_try_finally, right_no_grad_with, right_by_name]
WRONG = [wrong_no_remove, wrong_no_finally, wrong_no_clone, wrong_except_pass, wrong_pre_hook, wrong_list_of_one]
FIRST_TRY = (3, 6)
