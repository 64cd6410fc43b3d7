"""Files of parameters: our own (safetensors, half precision, saying what they fit), bundled ones, downloaded ones."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from mobiviz import assets
from mobiviz.images import CIFAR10
from mobiviz.images.download import fetch
from mobiviz.names import unknown
from mobiviz.nets import Net

from .keras import from_keras
from .mapping import entries, from_torchvision, transfer
from .sources import Official, architecture, official

_SOURCES = ("imagenet", "cifar10")


def load(net: Net, source: str | Path, resolution: int = 224) -> Net:
    """Copy trained parameters into the network and return it: "imagenet", "cifar10", or the path of a file.

    "imagenet" downloads the official file, once, into torch's own cache: torchvision's for dialect "torch", Keras's
    for "tf", V1's and V2's as trained at `resolution`. "cifar10" is bundled. A file is what `save` wrote
    (.safetensors), a state_dict in torchvision's order (.pth, .pt), or Keras's (.h5).

    Units: torchvision's and the bundled ones expect what `mv.image` gives, Keras's expect `weights.keras_pixels` of it.
    Raises: ValueError where nothing is published or bundled for this network, or a file does not fit or is damaged;
    ConnectionError without a network, saying where to put the file; FileNotFoundError; ImportError without h5py.
    """
    if not isinstance(net, Net):
        raise TypeError(f"weights fit a network of mobiviz.nets (got {type(net).__name__})")
    if source == "imagenet":
        return _imagenet(net, official(net, resolution))
    if source == "cifar10":
        return _read(net, bundled_for(net))
    path = Path(source).expanduser()
    if path.is_file():
        return _read(net, path)
    if path.suffix or len(path.parts) > 1:
        raise FileNotFoundError(f"there is no file {str(source)!r}")
    raise ValueError(f"{unknown('source', source, _SOURCES)}; or give the path of a file")


def save(net: Net, path: str | Path, classes: Sequence[str] = ()) -> Path:
    """Write the parameters in half precision, with what they fit and the names of the classes, as a .safetensors file.

    Raises: ValueError for another suffix, a name too many or too few, or a value too large for half precision.
    """
    path, fits = Path(path).expanduser(), _fits(net)
    if path.suffix != ".safetensors":
        raise ValueError(f"path must end in .safetensors (got {path.name!r})")
    if classes and len(classes) != fits["num_classes"]:
        raise ValueError(f"classes must be {fits['num_classes']} names, one for each class (got {len(classes)})")
    state = {}
    for name, value in net.state_dict().items():
        state[name] = (value.half() if value.is_floating_point() else value).cpu().contiguous()
        if not torch.isfinite(state[name]).all():
            raise ValueError(
                f"{name} holds a value that is not finite in half precision; its largest is {value.max():g}"
            )
    metadata = {**fits, "classes": list(classes)}
    part = path.with_name(f"{path.name}.tmp")
    try:
        part.write_bytes(to_bytes(state, {key: json.dumps(value) for key, value in metadata.items()}))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def about(path: str | Path) -> dict:
    """What a file that `save` wrote fits: architecture, table, alpha, dialect, num_classes, and the classes' names.

    Raises: ValueError where the file is damaged or somebody else's.
    """
    try:
        with safe_open(path, framework="np") as file:
            metadata = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read as a .safetensors file of mobiviz ({error})") from error
    if not {"architecture", "num_classes", "classes"} <= set(metadata):
        raise ValueError(f"{path} does not say what it fits; mobiviz.weights.save writes files that do")
    return metadata


def bundled() -> dict[Path, dict]:
    """The weights that come with mobiviz: each file, and what it is about."""
    try:
        folder = assets.data("weights")
    except FileNotFoundError:
        return {}
    return {path: about(path) for path in sorted(folder.glob("*.safetensors"))}


def cached(net: Net, resolution: int = 224) -> bool:
    """Whether the official "imagenet" file for this network lies in torch's cache, so that no network is needed."""
    return _in_cache(official(net, resolution)).is_file()


def _in_cache(file: Official) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / file.name


def _fits(net: Net) -> dict:
    """What a network must be for its parameters to be used again."""
    if not isinstance(net, Net):
        raise TypeError(f"weights fit a network of mobiviz.nets (got {type(net).__name__})")
    extra = {"table": str(net.table), "alpha": net.alpha, "dialect": net.dialect} if hasattr(net, "table") else {}
    return {"architecture": architecture(net), "num_classes": net.classifier[-1].out_features, **extra}


def _words(fits: dict) -> str:
    at = f" at alpha {fits['alpha']:g}, dialect {fits['dialect']!r}" if "alpha" in fits else ""
    return f"{fits['architecture']}{at}, {fits['num_classes']} classes"


def _agree(fits: dict, other: dict) -> bool:
    return all(fits[key] == other.get(key) for key in fits)


def _read(net: Net, path: Path) -> Net:
    """Copy the parameters of a file into the network, by what its suffix says it is."""
    if path.suffix in (".h5", ".hdf5"):
        return from_keras(net, path)
    if path.suffix in (".pth", ".pt"):
        return from_torchvision(net, _unpickled(path))
    if path.suffix != ".safetensors":
        raise ValueError(f"{path.name} must end in .safetensors, .pth, .pt or .h5")
    metadata, fits = about(path), _fits(net)
    if not _agree(fits, metadata):
        raise ValueError(f"{path} is for {_words(metadata)}; this network is {_words(fits)}")
    with safe_open(path, framework="pt") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    ordered = {name: state.pop(name) for name in net.state_dict() if name in state}
    return transfer(net, entries(ordered | state), path.name)


def _unpickled(path: Path) -> dict:
    """The tensors of a .pth file; code in it is never run."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        words = f"{path} was not opened: it holds code beside its tensors, or is damaged; code in a file is never run"
        raise ValueError(f"{words}. Ask for a .safetensors file, or a plain state_dict") from None
    except (EOFError, RuntimeError, OSError) as error:
        raise ValueError(f"{path} is damaged ({error}); delete it and load again") from error


def bundled_for(net: Net) -> Path:
    """The bundled file for this network, trained on CIFAR-10.

    Raises: ValueError saying what is bundled instead.
    """
    files, fits = bundled(), _fits(net)
    trained = {path: metadata for path, metadata in files.items() if tuple(metadata["classes"]) == CIFAR10}
    for path, metadata in trained.items():
        if _agree(fits, metadata):
            return path
    there = "; ".join(map(_words, trained.values())) or "none"
    raise ValueError(f"no CIFAR-10 weights are bundled for {_words(fits)}; bundled are: {there}")


def _imagenet(net: Net, file: Official) -> Net:
    """Download, check, copy; where the publisher states no checksum, the first download's is noted and kept to."""
    path = _in_cache(file)
    note = path.with_name(f"{path.name}.sha256")
    checksum, kind, noted = file.checksum, file.kind, ""
    if not checksum and note.is_file():
        checksum = note.read_text(encoding="utf-8").strip()
        noted = f". That checksum was noted at the first download; to take another file, delete {note}"
    try:
        fetch(file.url, path, checksum, kind)
    except ConnectionError as error:
        there = "; ".join(map(_words, bundled().values())) or "none"
        words = f"{error}{noted}. You can put that file at {path} yourself; weights bundled with mobiviz: {there}"
        raise ConnectionError(words) from error
    _read(net, path)
    if not file.checksum:
        note.write_text(hashlib.sha256(path.read_bytes()).hexdigest() + "\n", encoding="utf-8")
    return net
