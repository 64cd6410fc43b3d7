"""ONNX Runtime (`.onnx`): one file, batch norm folded by the exporter; int8 as quantize-dequantize pairs."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from mobiviz.runtimes.artifact import batches

FORMAT, ENGINE, POOL, PACKAGES = ".onnx", "ONNX Runtime", "onnxruntime", ("onnx", "onnxscript", "onnxruntime")
KEEPS_LAYOUT = False  # the runtime lays out memory itself


def build(net: nn.Module, x: Tensor, int8: Tensor | None, path: Path) -> None:
    floats = path if int8 is None else path.with_suffix(".float.onnx")
    with contextlib.redirect_stdout(io.StringIO()):  # the exporter prints its steps
        torch.onnx.export(
            *(net, (x,), floats),
            dynamo=True,
            input_names=["input"],
            output_names=["logits"],
            external_data=False,
            optimize=True,
            verbose=False,
        )
    if int8 is not None:
        _quantize(floats, path, batches(x, int8))


def ops(path: Path) -> list[str]:
    import onnx

    return sorted({node.op_type for node in onnx.load(path, load_external_data=False).graph.node})


def open(path: Path, threads: int) -> Callable[[Tensor], Tensor]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    return lambda x: torch.from_numpy(session.run(None, {"input": x.numpy()})[0])


def _quantize(floats: Path, path: Path, images: list[Tensor]) -> None:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Images(CalibrationDataReader):
        rest = iter(images)

        def get_next(self) -> dict | None:
            batch = next(self.rest, None)
            return None if batch is None else {"input": batch.numpy()}

    ready = floats.with_suffix(".ready.onnx")
    quant_pre_process(floats, ready, skip_symbolic_shape=True)
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(ready, path, Images(), quant_format=QuantFormat.QDQ, per_channel=True, **types)
