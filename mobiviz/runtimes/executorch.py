"""ExecuTorch (`.pte`), the successor of PyTorch Mobile: whole graphs handed to XNNPACK ahead of time.

Without the partitioner the same file format runs, a hundred times slower, on portable kernels.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from mobiviz.runtimes.artifact import batches

FORMAT, ENGINE, POOL, PACKAGES = ".pte", "ExecuTorch", "executorch", ("torchao", "executorch")
KEEPS_LAYOUT = False  # the runtime lays out memory itself


def build(net: nn.Module, x: Tensor, int8: Tensor | None, path: Path) -> None:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    net = nn.Sequential(OrderedDict(net=net))  # its passes fail on names that begin with a digit
    program = torch.export.export(net if int8 is None else _quantized(net, x, int8), (x,))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    path.write_bytes(lowered.to_executorch().buffer)


def ops(path: Path) -> list[str]:
    """The backends that take over parts of the graph, and the operators left to portable kernels."""
    from executorch.exir._serialize._program import deserialize_pte_binary

    plan = deserialize_pte_binary(path.read_bytes()).program.execution_plan[0]
    left = {f"{each.name}.{each.overload}" if each.overload else each.name for each in plan.operators}
    return sorted({each.id for each in plan.delegates} | left)


def open(path: Path, threads: int) -> Callable[[Tensor], Tensor]:
    """Its pool is one for the whole process, and a method keeps the pool that it was loaded with."""
    from executorch.extension.pybindings import _portable_lib
    from executorch.runtime import Runtime, Verification

    _portable_lib._unsafe_reset_threadpool(threads)
    data = path.read_bytes()  # the program points into it: it must live as long
    method = Runtime.get().load_program(data, verification=Verification.Minimal).load_method("forward")
    return lambda x, data=data: method.execute([x])[0]


def _quantized(net: nn.Module, x: Tensor, images: Tensor) -> nn.Module:
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    prepared = prepare_pt2e(torch.export.export(net, (x,)).module(), quantizer)
    for part in batches(x, images):
        prepared(part)
    return convert_pt2e(prepared)
