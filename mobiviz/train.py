"""A small honest training loop: AdamW, a cosine, label smoothing, two augmentations, a checkpoint after every epoch.

Kill it at any moment and call it again: it goes on from the last epoch, and ends with the same weights.
"""

from __future__ import annotations

import csv
import ctypes
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm.auto import tqdm

from mobiviz.images import Photos, normalise


@dataclass(frozen=True)
class Recipe:
    """How to train: everything that the result depends on, beside the network and the photos.

    Photos are scaled to `size`; with a `start_size`, from that size on in steps of 8 until three quarters of the
    epochs are over, which spares about a third of the work.

    Units: sizes in pixels; `warmup` in epochs; `lr` is the peak of the cosine.
    """

    epochs: int = 24
    size: int = 64
    start_size: int | None = None
    batch: int = 128
    lr: float = 3e-3
    weight_decay: float = 0.05
    smoothing: float = 0.1
    warmup: float = 1.0
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "size", "batch", "lr", "threads"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be > 0 (got {getattr(self, name)})")
        if self.start_size is not None and not 0 < self.start_size <= self.size:
            raise ValueError(f"start_size must lie in 1..{self.size}, the size (got {self.start_size})")

    def size_at(self, epoch: int) -> int:
        """The size of the photos in an epoch, counted from 0."""
        if self.start_size is None:
            return self.size
        grown = min(1.0, epoch / max(0.75 * self.epochs, 1))
        return min(self.size, self.start_size + 8 * math.floor(grown * (self.size - self.start_size) / 8))


def train(
    net: nn.Module,
    photos: Photos,
    held_out: Photos,
    recipe: Recipe,
    folder: Path | None = None,
    on_epoch: Callable[[list[dict]], None] | None = None,
) -> list[dict]:
    """Train the network in place; one row of numbers an epoch, as returned, given to `on_epoch` and kept in log.csv.

    With a folder, each epoch ends in a checkpoint there, and a run that finds one goes on from it.

    Raises: ValueError where the folder holds the checkpoint of another recipe.
    """
    torch.set_num_threads(recipe.threads)
    net.to(memory_format=torch.channels_last)  # a quarter to a half faster on a CPU
    optimizer = torch.optim.AdamW(_groups(net, recipe.weight_decay), lr=recipe.lr)
    rows = _resume(folder, net, optimizer, recipe)
    steps = math.ceil(len(photos) / recipe.batch)
    for epoch in range(len(rows), recipe.epochs):
        torch.manual_seed(recipe.seed * 100_003 + epoch)  # an epoch depends on its number, not on what ran before
        started, losses = time.perf_counter(), []
        net.train()
        progress = tqdm(_batches(photos, recipe, epoch), f"epoch {epoch + 1}/{recipe.epochs}", steps, mininterval=5)
        for step, (x, y) in enumerate(progress):
            for group in optimizer.param_groups:
                group["lr"] = recipe.lr * _schedule(epoch + step / steps, recipe)
            loss = F.cross_entropy(net(x), y, label_smoothing=recipe.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        top1 = top1_of(net, held_out, recipe.size)
        seconds = time.perf_counter() - started
        rows.append({"epoch": epoch + 1, "loss": sum(losses) / steps, "top1": top1, "seconds": round(seconds, 1)})
        if folder:
            state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "recipe": asdict(recipe)}
            _keep(Path(folder), state | {"rows": rows})
        if on_epoch:
            on_epoch(rows)
    return rows


def keep_freed_memory() -> bool:
    """Let glibc keep what is freed for the next step, which asks for the same again; False where it is another libc.

    Else each step's maps go back to the system and come again page by page, which can cost as much as the arithmetic.
    It holds for the whole process and changes what `latency` measures there: for processes that only train.

    Source: mallopt(3), M_MMAP_MAX and M_TRIM_THRESHOLD.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # TypeError: Windows wants a library's name
        return False
    return bool(mallopt(-4, 0) and mallopt(-1, 2**31 - 1))


@torch.inference_mode()
def predict(net: nn.Module, photos: Photos, size: int, batch: int = 250) -> Tensor:
    """Logits of every photo at this size, in eval mode; the network's mode is restored.

    Shapes: (N, num_classes).
    """
    was_training = net.training
    net.eval()
    logits = [net(_scaled(normalise(photos.images[i : i + batch]), size)) for i in range(0, len(photos), batch)]
    net.train(was_training)
    return torch.cat(logits)


def top1_of(net: nn.Module, photos: Photos, size: int) -> float:
    """The share of photos whose largest logit is their class."""
    return (predict(net, photos, size).argmax(1) == torch.from_numpy(photos.labels)).float().mean().item()


def augment(x: Tensor) -> Tensor:
    """Each picture shifted by up to an eighth of its side, its edge mirrored, and flipped left to right half the time.

    Shapes: (N, 3, H, W) -> the same.
    """
    n, _, h, w = x.shape
    pad = h // 8
    x = F.pad(x, [pad] * 4, mode="reflect")  # N, 3, H + 2 pad, W + 2 pad
    rows = torch.randint(2 * pad + 1, (n, 1)) + torch.arange(h)  # N, H
    cols = torch.randint(2 * pad + 1, (n, 1)) + torch.arange(w)  # N, W
    flipped = torch.rand(n) < 0.5
    cols[flipped] = cols[flipped].flip(1)
    picture, channel = torch.arange(n)[:, None, None, None], torch.arange(3)[None, :, None, None]
    return x[picture, channel, rows[:, None, :, None], cols[:, None, None, :]]  # N, 3, H, W


def _batches(photos: Photos, recipe: Recipe, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in a new order, augmented and scaled."""
    for picked in torch.randperm(len(photos)).split(recipe.batch):
        x, y = photos[picked.numpy()].tensors()
        yield _scaled(augment(x), recipe.size_at(epoch)), y


def _scaled(x: Tensor, size: int) -> Tensor:
    """Pictures at the size that the network is shown."""
    if x.shape[-1] == size:
        return x
    return F.interpolate(x, (size, size), mode="bilinear", antialias=x.shape[-1] > size, align_corners=False)


def _schedule(epoch: float, recipe: Recipe) -> float:
    """Share of the peak rate: a straight warm-up, then a cosine that ends at 0."""
    if epoch < recipe.warmup:
        return (epoch + 0.01) / (recipe.warmup + 0.01)
    return 0.5 * (1 + math.cos(math.pi * (epoch - recipe.warmup) / max(recipe.epochs - recipe.warmup, 1e-9)))


def _groups(net: nn.Module, weight_decay: float) -> list[dict]:
    """Weights decay; biases, batch norms and depthwise kernels, which are few and small, do not."""
    decays, free = [], []
    for parameter in net.parameters():
        (decays if parameter.ndim > 1 and parameter[0].numel() > 25 else free).append(parameter)
    return [{"params": decays, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]


def _resume(folder: Path | None, net: nn.Module, optimizer: torch.optim.Optimizer, recipe: Recipe) -> list[dict]:
    """The rows of the epochs already run, with the network and the optimizer as they stood then."""
    path = Path(folder, "checkpoint.pt") if folder else None
    if path is None or not path.exists():
        return []
    kept = torch.load(path, weights_only=True)
    if kept["recipe"] != asdict(recipe):
        raise ValueError(f"{path} was made by another recipe, {kept['recipe']}; name another folder, or delete it")
    net.load_state_dict(kept["net"])
    optimizer.load_state_dict(kept["optimizer"])
    return kept["rows"]


def _keep(folder: Path, state: dict) -> None:
    """Write the log and the checkpoint, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "checkpoint.tmp")
    with open(folder / "log.tmp", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, state["rows"][0])
        writer.writeheader()
        writer.writerows(state["rows"])
    os.replace(folder / "log.tmp", folder / "log.csv")
    os.replace(folder / "checkpoint.tmp", folder / "checkpoint.pt")  # last: where one stands, the log is as long
