"""PyTorch Mobile (`.ptl`): a frozen trace for the lite interpreter, with random inputs bundled for its own benchmark.

PyTorch Mobile is no longer developed upstream; ExecuTorch follows it. Since 2.13 torch's wheels come without XNNPACK,
so a `.ptl` written by one need not be the fastest that a phone could run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, fx, nn

from mobiviz.layers import check_batch
from mobiviz.runtimes.artifact import batches

FORMAT, ENGINE, POOL, PACKAGES = ".ptl", "PyTorch Mobile", "torch", ("torch",)
KEEPS_LAYOUT = True


def build(net: nn.Module, x: Tensor, int8: Tensor | None, path: Path) -> None:
    from torch.backends import xnnpack
    from torch.utils.bundled_inputs import bundle_inputs, bundle_randn
    from torch.utils.mobile_optimizer import optimize_for_mobile

    with _qnnpack(int8 is not None):
        if int8 is not None:
            net = _quantized(net, x, int8)
        frozen = torch.jit.freeze(
            torch.jit.trace(net, x, check_trace=False)
        )  # unfrozen, an older optimize_for_mobile gave wrong outputs
        if xnnpack.enabled:  # raises where torch was built without
            frozen = optimize_for_mobile(frozen)
        bundled = bundle_inputs(frozen, [(bundle_randn(*x.shape),)])
        bundled._save_for_lite_interpreter(str(path))


def ops(path: Path) -> list[str]:
    from torch.jit.mobile import _export_operator_list

    with _qnnpack(True):
        return sorted(_export_operator_list(_module(path)))


def open(path: Path, threads: int) -> Callable[[Tensor], Tensor]:
    """torch's own thread count holds here."""
    with _qnnpack(True):
        return _module(path)


def _module(path: Path):
    from torch.jit.mobile import _load_for_lite_interpreter

    return _load_for_lite_interpreter(str(path))


def _quantized(net: nn.Module, x: Tensor, images: Tensor) -> nn.Module:
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    tracer = fx.Tracer(autowrap_functions=(check_batch,))
    graph = tracer.trace(net)
    for node in [node for node in graph.nodes if node.target is check_batch]:
        graph.erase_node(node)
    prepared = prepare_fx(fx.GraphModule(net, graph).eval(), get_default_qconfig_mapping("qnnpack"), (x,))
    for part in batches(x, images):
        prepared(part)
    return convert_fx(prepared)


@contextmanager
def _qnnpack(wanted: bool) -> Iterator[None]:
    """Weights are packed for the engine set when they are loaded."""
    before = torch.backends.quantized.engine
    if wanted and "qnnpack" in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = "qnnpack"
    try:
        yield
    finally:
        torch.backends.quantized.engine = before
