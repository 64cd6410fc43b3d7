"""A file for PyTorch Mobile.

`net` is a network, `x` a batch it takes, `path` where to write, ending in .ptl. Write the network for PyTorch Mobile's
lite interpreter: as it answers in use, not in training, with its weights frozen into the program, so that batch norm is
folded away, and in the lite interpreter's own format, which is what `_save_for_lite_interpreter(path)` of a
torch.jit program writes. torch.jit.trace and torch.jit.freeze make the program. Leave the network in the mode that you
found it in. Return nothing that matters: the file is what is checked.
"""

import tempfile
import warnings
from pathlib import Path

from mobiviz.course.exercise import mutant, other

HINTS = (
    "A network that is being trained normalises with this batch's own mean. Which method switches that off?",
    "torch.jit.trace(net, x) records one run. torch.jit.freeze(traced) makes weights constants and folds batch norm.",
    "was = net.training; net.eval(); ...; net.train(was). Between them: trace, freeze, save.",
)
TOLERANCE = 1e-4
LIMIT_S = 30.0


def write(net, x, path, train=False, frozen=True):
    """Trace in a mode, save, and put the network's own mode back."""
    import torch

    was = net.training
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # upstream's words about its own future
        program = torch.jit.trace(net.train(train), x, check_trace=False)
        (torch.jit.freeze(program) if frozen else program)._save_for_lite_interpreter(str(path))
    net.train(was)


def reference(net, x, path):
    write(net, x, path)


def cases():
    import torch
    from torch import nn

    random = torch.Generator().manual_seed(10)
    for channels, training in ((1, False), (4, False), (4, True)):
        conv, norm = nn.Conv2d(3, channels, 3, bias=False), nn.BatchNorm2d(channels)
        with torch.no_grad():
            conv.weight.copy_(torch.randn(conv.weight.shape, generator=random))
            norm.running_mean.copy_(torch.randn(channels, generator=random))
            norm.running_var.copy_(torch.rand(channels, generator=random) + 2)
        yield (
            nn.Sequential(conv, norm, nn.Hardswish()).train(training),
            torch.rand(2, 3, 6, 6, generator=random),
            "net.ptl",
        )


def observe(answer, net, x, path):
    """What the file does when the lite interpreter runs it, and in which mode it leaves the network."""
    import torch
    from torch.jit.mobile import _export_operator_list, _load_for_lite_interpreter

    was = net.training
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / path
        if answer(net, x, str(path)) is ...:
            return ...
        kept = net.training == was
        try:
            program = _load_for_lite_interpreter(str(path))
        except RuntimeError:
            return {"the file": "not one that the lite interpreter loads"}
        with torch.no_grad():
            largest = float((program(x) - net.eval()(x)).abs().max() / net(x).abs().max())
        return {
            "the file": "runs in the lite interpreter",
            "its outputs": "the network's" if largest <= TOLERANCE else f"off by {largest:.2g} of the largest",
            "batch norm": "left" if any("batch_norm" in each for each in _export_operator_list(program)) else "folded",
            "the network's mode": "as it was" if kept else "changed",
        }


@mutant("You trace the network in training: the file normalises with each batch's own mean, and answers otherwise.")
def in_training(net, x, path):
    write(net, x, path, train=True, frozen=False)


@mutant("You do not freeze: batch norm is still there, and the phone would compute it at each call. It can be folded.")
def unfrozen(net, x, path):
    write(net, x, path, frozen=False)


@mutant("You save with .save(): that is TorchScript for a server. The lite interpreter has a format of its own.")
def for_a_server(net, x, path):
    import torch

    was = net.training
    torch.jit.trace(net.eval(), x).save(path)
    net.train(was)


@mutant("You call eval() and leave it at that: who trains this network afterwards wonders. Put its mode back.")
def leaves_it_in_eval(net, x, path):
    write(net.eval(), x, path)


@other
def of_a_copy(net, x, path):
    import copy

    write(copy.deepcopy(net), x, path)


@other
def by_the_library(net, x, path):
    from mobiviz.runtimes import export

    export(net, x, path)
