"""Model cards: what a file of weights was made from, how, and how often it is right; in JSON, and in Markdown.

`write_card` scores the file itself, as it will be read, so that `mobiviz evaluate` finds the same share again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

from mobiviz import images, machine, units, weights
from mobiviz.images import Photos
from mobiviz.nets import MobileNet
from mobiviz.pricing import cost
from mobiviz.scoring import Score, confusion, network, score
from mobiviz.tables import table

SIZES = (64, 128)  # pixels: the size of the training, and that of the pictures


@dataclass(frozen=True)
class Card:
    """What a training was: all that is needed to judge its weights and to make them again.

    `recipes` are the training's, each as a dict under the name of its stage; `data` says in words where the photos are
    from, `notes` what else to know. What follows the notes is found by `write_card`; `samples` holds, for each sample
    photo of ours that shows one of the classes, what it is taken for, with what probability, at the largest size.

    Units: seconds of wall time, without pauses.
    """

    command: str
    seed: int
    seconds: float
    data: str
    trained_on: int
    held_out: int
    recipes: dict[str, dict]
    notes: str = ""
    machine: str = ""
    scores: tuple[Score, ...] = ()
    weights: str = ""
    sha256: str = ""
    fits: dict = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    samples: dict[str, list] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """Of all stages together, each run to the end of its schedule."""
        return sum(recipe["epochs"] for recipe in self.recipes.values())


def write_card(
    path: str | Path, card: Card, held_out: Photos | Callable[[int], Photos], sizes: tuple[int, ...] = SIZES
) -> Path:
    """Score the weights at `path` on the held-out photos, and write NAME.json and NAME.md beside them.

    `held_out` may be a function that reads them at a size. A card without a machine gets this one.

    Raises: ValueError where the photos are not as many as the card says, or the file is not one of weights.save.
    """
    path = Path(path)
    net, classes = network(path)
    scores = []
    for size in sizes:
        photos = held_out(size) if callable(held_out) else held_out
        if len(photos) != card.held_out:
            raise ValueError(f"held_out must be the card's {card.held_out:,} photos (got {len(photos):,})")
        scores.append(score(confusion(net, photos, size), size))
    found = {
        "machine": card.machine or str(machine.facts(sample_s=0)),
        "scores": tuple(scores),
        "weights": path.name,
        "sha256": digest(path),
        "fits": weights.about(path),
        "versions": machine.versions(("torch", "numpy", "pillow")),
        "samples": seen(net, classes, max(sizes)),
    }
    card = replace(card, **found)
    _write(path.with_suffix(".json"), json.dumps(asdict(card), indent=1) + "\n")
    return _write(path.with_suffix(".md"), render(card))


def seen(net: MobileNet, classes: tuple[str, ...], size: int) -> dict[str, list]:
    """What a network takes each sample photo for, of those that show one of its classes, and with what probability."""
    found = {}
    for name in sorted(set(images.names()) & set(classes)):
        with torch.inference_mode():
            p = net.eval()(images.image(name, size)).softmax(1)[0]
        found[name] = [classes[int(p.argmax())], round(float(p.max()), 3)]
    return found


def read_card(path: str | Path) -> Card | None:
    """The card beside a file of weights; None where there is none.

    Raises: ValueError where the card is damaged, or about another file than the one it lies beside.
    """
    path = Path(path)
    record = path.with_suffix(".json")
    if not record.is_file():
        return None
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
        card = Card(**(kept | {"scores": tuple(Score(**each) for each in kept["scores"])}))
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{record} cannot be read as a model card ({error}); delete it or write it again") from error
    if card.sha256 != digest(path):
        raise ValueError(f"{record} is the card of other weights than {path.name}; delete it or write it again")
    return card


def stands(path: Path) -> bool:
    """Whether the weights are there with their own card."""
    try:
        return path.is_file() and read_card(path) is not None
    except ValueError:
        return False


def render(card: Card) -> str:
    """The card as a page of Markdown; the same card always gives the same page."""
    fits = card.fits
    size = card.scores[0].size
    price = cost(table(fits["table"]), fits["alpha"], size, fits["num_classes"])
    scores = [
        (f"{one.size} x {one.size}", units.percent(one.top1, 2), _interval(one), f"{one.right:,} of {one.photos:,}")
        for one in card.scores
    ]
    facts = [
        ("network", f"{fits['architecture']}, alpha {fits['alpha']:g}, dialect {fits['dialect']}"),
        ("size", f"{units.params(price.params)}; {units.macs(price.macs)} at {size} x {size}"),
        ("classes", ", ".join(fits["classes"])),
        ("data", card.data),
        ("photos", f"{card.trained_on:,} trained on, {card.held_out:,} held out (stratified, split seed 0)"),
        ("seed", str(card.seed)),
        ("epochs", f"{card.epochs}, to the end of the schedule{'s' * (len(card.recipes) > 1)}"),
        ("time", duration(card.seconds)),
        ("machine", card.machine),
        ("versions", ", ".join(f"{name} {version}" for name, version in card.versions.items())),
        *((f"recipe, {stage}" if len(card.recipes) > 1 else "recipe", _plain(r)) for stage, r in card.recipes.items()),
        *((f"the sample photo `{name}`", _seen(name, *said, card)) for name, said in card.samples.items()),
        ("file", f"{card.weights}, half precision, SHA-256 {card.sha256}"),
    ]
    title = f"{fits['architecture']} at alpha {fits['alpha']:g}, {fits['num_classes']} classes"
    held = "The share of held-out photos whose class came first, from this very file."
    parts = [f"# {title}", held, _table(("photos scaled to", "top-1", "95% interval (Wilson)", "right"), scores)]
    parts += ["Made by", f"```sh\n{card.command}\n```", _table(("what", "how"), facts)]
    return "\n\n".join([*parts, *([card.notes] if card.notes else [])]) + "\n"


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def duration(seconds: float) -> str:
    """Seconds as words: `45 s`, `12 min`, `3 h 05 min`."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _interval(one: Score) -> str:
    low, high = one.interval
    return f"{units.percent(low, 2)} to {units.percent(high, 2)}"


def _seen(name: str, said: str, p: float, card: Card) -> str:
    size = max(one.size for one in card.scores)
    return f"{said}, with probability {p:.2f}, at {size} x {size}" + ("" if said == name else ": wrong")


def _plain(recipe: dict) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in recipe.items() if value is not None)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def _write(path: Path, text: str) -> Path:
    """Whole or not at all."""
    part = path.with_name(f"{path.name}.tmp")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)
    return path
