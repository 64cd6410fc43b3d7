"""What a phone is asked to run: networks as ONNX files, their input, and what they must answer."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mobiviz.engine import watch
from mobiviz.images import image
from mobiviz.meters import Compute
from mobiviz.phone.ortweb import VERSION
from mobiviz.runtimes import export

MOST_NETS, LONGEST_NAME = 32, 60
VALUES = 6000  # output values that one report carries, all networks together: so that it stays a small message
BUDGET_MS = 1500  # for each network, without its warm-up


@dataclass(frozen=True)
class Entry:
    """One network of a job: its file, which of the inputs it takes, and `wanted`, values of its output.

    `size` is how many values the output has; of those, as many as `wanted` holds are compared, evenly spaced.
    """

    name: str
    macs: int
    model: bytes
    input: int
    size: int
    wanted: np.ndarray

    def relative(self, got: np.ndarray) -> float:
        """How far the same values of another output are from these, relative to the largest; nan stays nan."""
        return float(np.abs(got.astype(float) - self.wanted).max() / np.abs(self.wanted).max())


@dataclass(frozen=True)
class Job:
    """Everything that the page fetches. `id` is the same again for the same names, inputs and MACs."""

    id: str
    entries: tuple[Entry, ...]
    inputs: tuple[np.ndarray, ...]

    @property
    def macs(self) -> dict[str, int]:
        return {entry.name: entry.macs for entry in self.entries}

    def plain(self) -> dict[str, Any]:
        """The job as the page reads it."""
        nets = [
            {
                "name": entry.name,
                "macs": entry.macs,
                "input": entry.input,
                "size": entry.size,
                "wanted": base64.b64encode(entry.wanted.tobytes()).decode("ascii"),
                "bytes": len(entry.model),
            }
            for entry in self.entries
        ]
        quick = 10 if os.environ.get("MOBIVIZ_QUICK") == "1" else 1
        shapes = [list(each.shape) for each in self.inputs]
        return {"job": self.id, "version": VERSION, "budget_ms": BUDGET_MS // quick, "nets": nets, "inputs": shapes}

    def files(self) -> dict[str, bytes]:
        """The job's files by the names under which the page asks for them."""
        found = {"job.json": json.dumps(self.plain()).encode("utf-8")}
        found |= {f"net-{i}.onnx": entry.model for i, entry in enumerate(self.entries)}
        return found | {f"input-{i}.bin": each.tobytes() for i, each in enumerate(self.inputs)}


def prepare(nets: Mapping[str, Any], x: Tensor | None = None) -> Job:
    """Export each network, `{name: net}` or `{name: (net, x)}`, and keep what it must answer.

    Cost: some five seconds for each network.
    Raises: TypeError and ValueError for what is no network or cannot be exported, as `mv.export` does.
    """
    pairs = _pairs(nets, x)
    inputs: list[np.ndarray] = []
    entries = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for i, (name, (net, given)) in enumerate(pairs.items()):
            array = given.contiguous().numpy()
            at = next((j for j, known in enumerate(inputs) if np.array_equal(known, array)), len(inputs))
            inputs += [array] if at == len(inputs) else []
            path = Path(folder) / f"{i}.onnx"
            export(net, given, path)
            wanted, size = _wanted(net, given, VALUES // len(pairs))
            macs = watch(net, given, Compute(), dry=True).total.macs or 0
            entries.append(Entry(name, macs, path.read_bytes(), at, size, wanted))
    return Job(_id(entries, inputs), tuple(entries), tuple(inputs))


def places(size: int, kept: int) -> np.ndarray:
    """Where the compared values lie in a flat output; the page computes the same."""
    return np.arange(kept) * size // kept


def _pairs(nets: Mapping[str, Any], x: Tensor | None) -> dict[str, tuple[nn.Module, Tensor]]:
    if not isinstance(nets, Mapping) or not nets:
        raise TypeError(f'nets must be networks by name, such as {{"V2": net}} (got {type(nets).__name__})')
    if len(nets) > MOST_NETS:
        raise ValueError(f"at most {MOST_NETS} networks in one measurement (got {len(nets)})")
    found = {}
    for name, net in nets.items():
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise ValueError(f"a name must be 1 to {LONGEST_NAME} printable characters (got {name!r})")
        net, given = net if isinstance(net, tuple) else (net, x)
        if not isinstance(net, nn.Module):
            raise TypeError(f"{name!r} must be a network, or a network and its input (got {type(net).__name__})")
        found[name] = (net, image("cat") if given is None else given)
    return found


def _wanted(net: nn.Module, x: Tensor, most: int) -> tuple[np.ndarray, int]:
    training = [part for part in net.modules() if part.training]
    try:
        with torch.inference_mode():
            answer = net.eval()(x).float().numpy().ravel()
    finally:
        for part in training:
            part.training = True
    return answer[places(answer.size, min(answer.size, most))].astype("<f4"), answer.size


def _id(entries: list[Entry], inputs: list[np.ndarray]) -> str:
    """Not of the files: the exporter writes other bytes each time."""
    digest = hashlib.sha256(json.dumps([(each.name, each.macs, each.size) for each in entries]).encode("utf-8"))
    for array in inputs:
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]
