"""What torch itself can do with a network, by name: entrants for a race, each made by one small function."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from mobiviz.names import unknown

Entrant = tuple[Callable[[Tensor], Any], Tensor]


def eager(net: nn.Module, x: Tensor) -> Entrant:
    """The network as it is."""
    return net, x


def channels_last(net: nn.Module, x: Tensor) -> Entrant:
    """Weights and input with the channels of a pixel side by side in memory."""
    last = torch.channels_last
    return copy.deepcopy(net).to(memory_format=last), x.contiguous(memory_format=last)


def folded(net: nn.Module, x: Tensor) -> Entrant:
    """Batch norm folded into the convolutions."""
    if not hasattr(net, "fold"):
        raise TypeError(f"folded needs a network of mobiviz, which has .fold() (got {type(net).__name__})")
    return net.fold(), x


def folded_channels_last(net: nn.Module, x: Tensor) -> Entrant:
    """Both."""
    return channels_last(*folded(net, x))


def frozen(net: nn.Module, x: Tensor) -> Entrant:
    """TorchScript: traced, and frozen so that weights are constants."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.")
        return torch.jit.freeze(torch.jit.trace(copy.deepcopy(net).eval(), x)), x


def compiled(net: nn.Module, x: Tensor) -> Entrant:
    """torch.compile; compiles at its first call.

    Raises: ImportError where no C++ compiler is found.
    """
    from torch._inductor import cpp_builder, exc

    try:
        cpp_builder.get_cpp_compiler()
    except exc.InvalidCxxCompiler as error:
        raise ImportError("torch.compile needs a C++ compiler, and there is none; install g++ or clang") from error
    return torch.compile(copy.deepcopy(net).eval()), x


VARIANTS = {
    "eager": eager,
    "channels last": channels_last,
    "folded": folded,
    "folded, channels last": folded_channels_last,
    "TorchScript": frozen,
    "torch.compile": compiled,
}


def variants(net: nn.Module, x: Tensor, names: Iterable[str] = tuple(VARIANTS)) -> dict[str, Entrant | ImportError]:
    """Entrants for `mv.race` by the names in VARIANTS; what cannot run here is an ImportError, shown as absent."""
    found: dict[str, Entrant | ImportError] = {}
    for name in names:
        if name not in VARIANTS:
            raise ValueError(unknown("variant", name, VARIANTS))
        try:
            found[name] = VARIANTS[name](net, x)
        except ImportError as error:
            found[name] = error
    return found
