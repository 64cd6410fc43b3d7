"""Files that other runtimes run: export writes and verifies one, load opens it again.

A backend is a module with FORMAT, ENGINE, POOL (whose threads), PACKAGES, KEEPS_LAYOUT, build, ops and open; the
suffix picks it.
"""

from __future__ import annotations

import copy
import logging
import tempfile
import warnings
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from mobiviz.names import unknown
from mobiviz.restore import Parts, as_it_was
from mobiviz.runtimes import artifact
from mobiviz.runtimes.artifact import Artifact
from mobiviz.runtimes.inprocess import VARIANTS, variants
from mobiviz.timing import refuse_hooks

__all__ = ["BACKENDS", "VARIANTS", "Artifact", "export", "load", "variants"]

_UPSTREAM = (
    *(r".*torch\.jit\.", r".*torch\.ao\.quantization", r".*torch\.quantize_per_tensor"),
    *(
        r"Lite Interpreter is deprecated",
        r".*API is experimental",
        r".*treespec, LeafSpec",
        r".*Python float might cause the trace",
    ),
)
BACKENDS = {".ptl": "torch_mobile", ".pte": "executorch", ".onnx": "onnx"}


def export(net: nn.Module, x: Tensor, path: str | Path, int8: Tensor | None = None) -> Artifact:
    """Write `net` for another runtime, run the file there, and compare it with `net`; the suffix picks the format.

    `.ptl` is PyTorch Mobile, `.pte` ExecuTorch with XNNPACK, `.onnx` ONNX Runtime. A batch of images as `int8`
    calibrates eight-bit weights and activations. A JSON file beside it remembers what was written and measured.

    Cost: seconds; some twenty for `.pte`.
    Raises: ValueError where the outputs differ by more than 1e-4 (int8: cosine below 0.95) or hardly depend on the
        input, and no file is left; ImportError, with the command that installs it, for a missing runtime.
    """
    path = Path(path)
    backend = _backend(path)
    _check(net, x, path, int8)
    if not backend.KEEPS_LAYOUT:
        x, int8 = x.contiguous(), None if int8 is None else int8.contiguous()
    with as_it_was(Parts(net)), torch.no_grad(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        reference = artifact.reference(net, x, int8)
        draft = Path(folder) / path.name
        with _quiet():
            backend.build(_ready(net, x), x, int8, draft)
            info = artifact.describe(backend, draft, x, int8 is not None) | {"net": type(net).__name__}
            info["difference"] = artifact.compare(_open(backend, draft, 1), x, int8, reference)
        artifact.write(draft, path, info)
    return load(path)


def load(path: str | Path) -> Artifact:
    """Open a file that `export` wrote.

    Raises: FileNotFoundError; ValueError where the file is not, or no longer, what was written.
    """
    path = Path(path)
    backend = _backend(path)
    info = artifact.read(path)
    return Artifact(path, info, backend.POOL, lambda threads: _open(backend, path, threads))


def _backend(path: Path) -> ModuleType:
    if path.suffix not in BACKENDS:
        raise ValueError(unknown("suffix", path.suffix, BACKENDS))
    backend = import_module(f"mobiviz.runtimes.{BACKENDS[path.suffix]}")
    absent = [package for package in backend.PACKAGES if find_spec(package) is None]
    if absent:
        what = f"{backend.ENGINE} ({path.suffix}) needs {' and '.join(absent)}"
        raise ImportError(f'{what}; install with: pip install "mobiviz[runtimes]"')
    return backend


def _open(backend: ModuleType, path: Path, threads: int) -> Any:
    try:
        with _quiet():
            return backend.open(path, threads)
    except Exception as error:  # each runtime has its own words and classes for this
        raise ValueError(
            f"{backend.ENGINE} cannot load {path}: {str(error).splitlines()[0]}; export it again"
        ) from error


def _ready(net: nn.Module, x: Tensor) -> nn.Module:
    """A copy in eval mode, in the input's memory format: what the runtimes change is never the learner's network."""
    last = artifact.memory_format(x) == "channels last"
    twin = copy.deepcopy(net).eval()
    return twin.to(memory_format=torch.channels_last) if last else twin


def _check(net: nn.Module, x: Tensor, path: Path, int8: Tensor | None) -> None:
    if not isinstance(net, nn.Module):
        raise TypeError(f"export needs a network (got {type(net).__name__})")
    refuse_hooks(type(net).__name__, net)
    for what, images in (("x", x), ("int8", int8)):
        if images is None and what == "int8":
            continue
        if not isinstance(images, Tensor) or images.dtype != torch.float32 or not images.numel():
            got = f"{images.dtype}, {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
            raise TypeError(f"{what} must be a batch of float32 images, as mv.image makes (got {got})")
    if int8 is not None and int8.shape[1:] != x.shape[1:]:
        raise ValueError(f"int8 must hold images like x, {tuple(x.shape[1:])} (got {tuple(int8.shape[1:])})")
    if int8 is not None and len(int8) < len(x):
        raise ValueError(f"int8 must hold at least a batch of {len(x)} images (got {len(int8)})")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write into; make it first")


@contextmanager
def _quiet():
    """Silence what upstream says about its own future and about packages that nobody asked for; nothing else."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.utils._pytree", "torchao")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for words in _UPSTREAM:
            warnings.filterwarnings("ignore", message=words)
        try:
            for logger in loggers:
                logger.setLevel(logging.ERROR)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
