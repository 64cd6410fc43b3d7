"""An exported file: Artifact runs it; its JSON remembers it; it is compared before it gets its name, then renamed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from mobiviz import machine, units

RELATIVE, COSINE = 1e-4, 0.95  # how far a file's outputs may be from the network's, in float32 and in int8
SIGNAL, TINY = 0.01, 1e-30  # how much outputs must depend on the input for a comparison to mean something
Run = Callable[[Tensor], Tensor]


class Artifact:
    """A file that its runtime has loaded: call it with a batch; `.info` is the JSON beside it.

    Shapes: those it was exported with.
    """

    def __init__(self, path: Path, info: dict[str, Any], pool: str, opener: Callable[[int], Run]):
        self.path, self.info, self.pool = path, info, pool
        self.format = info["format"]
        self._open, self._threads = opener, 1
        self._run = opener(1)

    def __call__(self, x: Tensor) -> Tensor:
        if list(x.shape) != self.info["input_shape"]:
            want = units.shape(tuple(self.info["input_shape"]))
            raise ValueError(
                f"{self.path.name} takes {want} (got {units.shape(tuple(x.shape))}); export it again for that"
            )
        last = self.info["memory_format"] == "channels last"
        return self._run(x.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format))

    def use_threads(self, threads: int) -> int:
        """Load it again with that many threads; returns how many it had."""
        before = self._threads
        if threads != before:
            self._run, self._threads = self._open(threads), threads
        return before

    def __repr__(self) -> str:
        found = self.info["difference"]
        if "cosine" in found:
            how = (
                f"int8, cosine {found['cosine']:.4f}, same top-1 on {units.percent(found['top1'])} of {found['images']}"
            )
        else:
            how = f"float32, within {found['relative']:.1e} of the network"
        return (
            f"{self.path.name}: {units.bytes(self.info['bytes'])}, {self.info['engine']} {self.info['version']}; {how}"
        )


def memory_format(x: Tensor) -> str:
    last = x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
    return "channels last" if last else "contiguous"


def batches(x: Tensor, images: Tensor | None) -> list[Tensor]:
    """The input and the calibration images, as batches of the input's size."""
    if images is None:
        return [x]
    return [part for part in images.split(len(x)) if len(part) == len(x)]


def reference(net: nn.Module, x: Tensor, images: Tensor | None) -> list[Tensor]:
    """What the network itself says to each batch.

    Raises: ValueError where a comparison with it could not fail: outputs that are zero or do not depend on the input.
    """
    answers = [net(part) for part in batches(x, images)]
    if not all(isinstance(answer, Tensor) for answer in answers):
        raise TypeError(f"export needs a network that returns one tensor (got {type(answers[0]).__name__})")
    noise = torch.rand(x.shape, generator=torch.Generator().manual_seed(0))
    other = (2 * noise - 1) * x.abs().max().clamp(min=1)
    answer = net(x)
    size, signal = answer.abs().max(), (answer - net(other)).abs().max()
    if not (torch.isfinite(size) and size > TINY and signal >= SIGNAL * size):
        raise ValueError(
            f"outputs must depend on the input to be compared (largest {size:.1e}, another input changes it by"
            f" {signal:.1e}); load weights, or calibrate batch norm: momentum None, a few batches in train mode"
        )
    return answers


def compare(run: Run, x: Tensor, images: Tensor | None, expected: list[Tensor]) -> dict[str, float]:
    """How the file's outputs differ from the network's: relative in float32; cosine and top-1 agreement in int8.

    Raises: ValueError beyond the limits.
    """
    got = torch.cat([run(part) for part in batches(x, images)]).float()
    want = torch.cat(expected)
    if got.shape != want.shape:
        raise ValueError(f"outputs must have the network's shape {tuple(want.shape)} (got {tuple(got.shape)})")
    if images is None:
        relative = float((got - want).abs().max() / want.abs().max())
        if not relative <= RELATIVE:
            raise ValueError(
                f"outputs must be within {RELATIVE:g} of the network's (got {relative:.1e}); nothing was written"
            )
        return {"relative": relative}
    cosine = float(torch.cosine_similarity(got.flatten(1).double(), want.flatten(1).double()).mean())
    if not cosine >= COSINE:
        raise ValueError(
            f"int8 outputs must have cosine {COSINE} or more with the network's ({cosine:.3f}); nothing was written;"
            " give more images, like those it will see"
        )
    same = float((got.flatten(1).argmax(1) == want.flatten(1).argmax(1)).float().mean())
    return {"cosine": cosine, "top1": same, "images": len(got)}


def describe(backend: ModuleType, draft: Path, x: Tensor, int8: bool) -> dict[str, Any]:
    """The facts of a file just written."""
    return {
        "format": backend.FORMAT,
        "engine": backend.ENGINE,
        "version": machine.versions(backend.PACKAGES[-1:])[backend.PACKAGES[-1]],
        "dtype": "int8" if int8 else "float32",
        "memory_format": memory_format(x),
        "input_shape": list(x.shape),
        "ops": backend.ops(draft),
        "bytes": draft.stat().st_size,
        "sha256": hashlib.sha256(draft.read_bytes()).hexdigest(),
        "versions": machine.versions(("torch", *backend.PACKAGES)),
    }


def write(draft: Path, path: Path, info: dict[str, Any]) -> None:
    """Put a verified draft and its JSON in place, each whole or not at all."""
    text = json.dumps(info, indent=1) + "\n"
    contents = {path: draft.read_bytes(), _beside(path): text.encode("utf-8")}
    partials = {target: target.with_name(f".{target.name}.{os.getpid()}.part") for target in contents}
    try:
        for target, data in contents.items():
            partials[target].write_bytes(data)
        for target, partial in partials.items():
            partial.replace(target)
    finally:
        for partial in partials.values():
            partial.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """The JSON beside a file; a damaged file is refused before any runtime's loader sees it.

    Raises: FileNotFoundError; ValueError where the file is not what its JSON remembers.
    """
    for each in (path, _beside(path)):
        if not each.is_file():
            raise FileNotFoundError(f"no file {each}; mv.export(net, x, {str(path)!r}) writes it")
    try:
        info = json.loads(_beside(path).read_text(encoding="utf-8"))
        sha256 = info["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{_beside(path)} is not what mv.export wrote; export again") from error
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ValueError(f"{path} is damaged: its bytes are not those that mv.export wrote; export again")
    return info


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")
