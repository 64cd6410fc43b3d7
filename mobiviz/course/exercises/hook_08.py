"""Capture a map with a hook.

`net` is a torch module, `path` names one of the modules inside it, such as "0" or "features.3" (`net.get_submodule`
finds it), and `x` is a batch. Run `net(x)` once and return the tensor that this module puts out, with the values that
it has at the moment when the module hands it on: a later layer may work in place and overwrite them.
Take your hook off again, also when the forward pass raises. An error of the network is not yours: let it come through.
Hooks that somebody else has put on the network stay.
"""

from mobiviz.course.exercise import mutant, other

HINTS = (
    "handle = layer.register_forward_hook(f) calls f(layer, args, out) whenever the layer has run.",
    "handle.remove() takes it off. What stands in the finally: of a try: runs after an error too.",
    "f can append to a list: kept.append(out.detach().clone()). Without clone() you keep the memory, not the values.",
)
TOLERANCE = 1e-6


def reference(net, path, x):
    kept = []
    layer = net.get_submodule(path)
    handle = layer.register_forward_hook(lambda layer, args, out: kept.append(out.detach().clone()))
    try:
        net(x)
    finally:
        handle.remove()
    return kept[0]


def cases():
    from torch import tensor

    from mobiviz.course.doubling import Doubling

    yield Doubling(1), "0", tensor([[1.0, -3.0]])
    yield Doubling(2), "1", tensor([[1.0, -3.0]])
    yield Doubling(3), "4", tensor([[-1.0, 5.0], [2.0, 0.5]])


def observe(answer, net, path, x):
    """The map, the hooks that are left, and both once more in a network that breaks at its end."""
    from mobiviz.course.doubling import Breaks, hooks, theirs

    net.get_submodule(path).register_forward_hook(theirs)
    found = {"the map": answer(net, path, x)}
    found |= {"hooks left": len(set(hooks(net)) - {theirs}), "others' hook stays": theirs in hooks(net)}
    net.append(Breaks())
    try:
        answer(net, path, x)
        found["a forward that raises"] = "its error is lost"
    except RuntimeError as error:
        found["a forward that raises"] = f"RuntimeError: {error}"
    return found | {"hooks left after it": len(set(hooks(net)) - {theirs})}


def wrong(net, path, x, keep=lambda out: out.clone(), safe=True, swallow=False):
    """The reference with something done differently."""
    kept = []
    handle = net.get_submodule(path).register_forward_hook(lambda *call: kept.append(keep(call[2])))
    try:
        net(x)
    except RuntimeError:
        if safe:
            handle.remove()
        if not swallow:
            raise
    handle.remove()
    return kept[0]


@mutant("Your hook is still on the network: each later run keeps one more map. register_forward_hook returns a handle.")
def never_removes(net, path, x):
    kept = []
    net.get_submodule(path).register_forward_hook(lambda *call: kept.append(call[2].clone()))
    net(x)
    return kept[0]


@mutant("When the forward raises, your line that removes the hook is never reached. Put it into a finally.")
def removes_only_when_all_goes_well(net, path, x):
    return wrong(net, path, x, safe=False)


@mutant("You keep the tensor itself, and the next layer overwrites it in place. Keep a copy of its values.")
def keeps_a_reference(net, path, x):
    return wrong(net, path, x, keep=lambda out: out)


@mutant("You catch the network's error, and nobody hears of it. A finally: cleans up and lets the error go on.")
def swallows_the_error(net, path, x):
    return wrong(net, path, x, swallow=True)


@mutant("You take off all hooks of the layer, those of others too. handle.remove() takes off your own.")
def clears_all_hooks(net, path, x):
    try:
        return wrong(net, path, x)
    finally:
        net.get_submodule(path)._forward_hooks.clear()


@mutant("You return what the whole network puts out. The module in question is net.get_submodule(path).")
def returns_the_answer(net, path, x):
    return net(x)


@other
def by_the_library(net, path, x):
    from mobiviz.engine import watch

    return watch(net, x)[path].output


@other
def with_a_handle_that_is_its_own_context(net, path, x):
    kept = {}
    with net.get_submodule(path).register_forward_hook(lambda *call: kept.update(map=call[2].detach().numpy().copy())):
        net(x)
    return kept["map"]
