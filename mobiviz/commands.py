"""The commands `mobiviz train` and `mobiviz evaluate`: what they ask for, do and say."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import time
from dataclasses import asdict, replace
from pathlib import Path

NETS = {"v1": "V1", "v2": "V2", "v3-small": "V3_SMALL", "v3-large": "V3_LARGE"}


def named(commands: argparse._SubParsersAction, name: str, words: str) -> argparse.ArgumentParser:
    """A command whose line in the list of commands also stands in its own help."""
    return commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")


def add(commands: argparse._SubParsersAction) -> None:
    """Put both commands under the parser's own."""
    train = named(commands, "train", "train a network on photos in class folders, in the time that you have")
    _add_shared(train, alpha=1.0)
    until = train.add_mutually_exclusive_group(required=True)
    until.add_argument("--minutes", type=float, help="the time for all of it: as many epochs as fit, to their end")
    until.add_argument("--epochs", type=int, help="or their number")
    train.add_argument("--seed", type=int, default=0, help="default: 0")
    train.add_argument("--photos", type=int, help="train on no more than these, drawn from all classes alike")
    train.add_argument("--threads", type=int, default=1, help="default: 1; with more the last digits may differ")
    train.add_argument("--out", type=Path, help="the folder for checkpoints, log and weights; default: by its name")
    train.set_defaults(command=run_train)

    evaluate = named(commands, "evaluate", "say how many photos a trained network gets right, and its mistakes")
    _add_shared(evaluate, alpha=None)
    evaluate.add_argument("--weights", required=True, help="cifar10, which is bundled, or a .safetensors file")
    evaluate.add_argument("--held-out", action="store_true", help="only the photos that a training holds out")
    evaluate.add_argument("--picture", type=Path, help="save the mistakes as a picture, .svg or .png")
    evaluate.set_defaults(command=run_evaluate)


def _add_shared(parser: argparse.ArgumentParser, alpha: float | None) -> None:
    known = "1" if alpha else "what the file says, else 1"
    parser.add_argument("net", choices=NETS, help="the paper's network")
    parser.add_argument("--alpha", type=float, default=alpha, help=f"the width multiplier; default: {known}")
    parser.add_argument("--data", required=True, help="a folder or tar of class folders, or cifar10 (a download)")
    parser.add_argument(
        "--part", choices=("train", "test"), default="train", help="the part of CIFAR-10; default: train"
    )
    parser.add_argument("--size", type=int, default=64, help="photos are scaled to so many pixels; default: 64")


def run_train(arguments: argparse.Namespace) -> None:
    """Read, plan, train to the end of the schedule, and leave weights with their model card."""
    started = time.monotonic()
    for option, least in {"minutes": 0, "epochs": 0, "photos": 1, "threads": 0, "alpha": 0}.items():
        if getattr(arguments, option) is not None and not getattr(arguments, option) > least:
            raise ValueError(f"--{option} must be > {least} (got {getattr(arguments, option):g})")
    import torch

    from mobiviz import images, nets, tables, train

    train.keep_freed_memory()
    name = f"{arguments.net.replace('-', '_')}_{round(100 * arguments.alpha):03d}"
    out = arguments.out or Path("mobiviz-trained", f"{name}-{Path(arguments.data).name.partition('.')[0]}")
    photos, (fit, held) = _read(arguments, out)
    if arguments.photos and arguments.photos < len(fit):
        fit = fit[images.split(fit.labels, arguments.photos)[1]]
    torch.manual_seed(arguments.seed)
    net = nets.MobileNet(getattr(tables, NETS[arguments.net]), arguments.alpha, len(photos.classes))
    recipe = _recipe(arguments, len(fit))
    if arguments.minutes:
        print(f"timing the first steps, to fix the number of epochs for {arguments.minutes:g} minutes", flush=True)
    recipe = _plan(arguments, out, (net, fit, held), (recipe, started))
    try:
        rows = train.train(net, fit, held, recipe, out, lambda rows: _say(rows, recipe))
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on from the last epoch that is whole, kept in {out}")
        raise
    if len(rows) < recipe.epochs:
        raise ValueError(f"{out} ends after epoch {len(rows)} of {recipe.epochs}; run the same command again")
    _finish(arguments, (net, photos, rows), recipe, out / f"{name}.safetensors")


def _read(arguments: argparse.Namespace, out: Path):
    """All photos, and the two parts of them; what was skipped is told, and listed in a file."""
    from mobiviz import images
    from mobiviz.pricing import check_resolution

    check_resolution(arguments.size)
    photos = images.collection(arguments.data, arguments.size, arguments.part)
    summary, *listed = photos.report().split("\n  ")
    print(summary, flush=True)
    out.mkdir(parents=True, exist_ok=True)
    if listed:
        skipped = out / "skipped.txt"
        skipped.write_text("\n".join(listed) + "\n", encoding="utf-8")
        print(f"each of them, and why, is in {skipped}", flush=True)
    return photos, images.hold_out(photos)


def _recipe(arguments: argparse.Namespace, photos: int):
    """The recipe but for its epochs: photos grow up to their size, and few photos make small batches."""
    from mobiviz import planning
    from mobiviz.train import Recipe

    batch = min(max(photos // 20, 16), Recipe.batch)
    while photos % batch == 1:  # a batch norm cannot learn from a batch of one
        batch -= 1
    start = 8 * round(arguments.size * 0.625 / 8)
    recipe = Recipe(
        size=arguments.size,
        start_size=start if start >= 32 else None,
        batch=batch,
        seed=arguments.seed,
        threads=arguments.threads,
    )
    return planning.lasting(recipe, arguments.epochs) if arguments.epochs else recipe


def _plan(arguments: argparse.Namespace, out: Path, work: tuple, plan: tuple):
    """The recipe with its epochs: from the folder where a training was begun, else fixed now and kept there."""
    from mobiviz import planning
    from mobiviz.train import Recipe

    (net, fit, held), (recipe, started) = work, plan
    asked = {
        name: getattr(arguments, name) for name in ("net", "alpha", "minutes", "epochs", "size", "seed", "threads")
    }
    asked["photos"] = hashlib.sha256(b"".join((fit.images, fit.labels, held.images, held.labels))).hexdigest()
    path = out / "plan.json"
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        other = [name for name in asked if kept["asked"].get(name) != asked[name]]
        if other:
            words = f"{out} holds a training with other {', '.join(other)}"
            raise ValueError(f"{words}; name another folder with --out, or delete it")
        recipe = Recipe(**kept["recipe"])
    else:
        if arguments.minutes:
            speed = planning.speed_of(net, fit, held, replace(recipe, epochs=planning.MOST))
            spent, after = time.monotonic() - started, _after(speed, arguments.size)
            print(f"{spent:.0f} s for reading and timing, about {after:.0f} s for the scores at the end", flush=True)
            recipe = planning.fitted(recipe, len(fit), speed, 60 * arguments.minutes - spent - after)
        part = path.with_suffix(".tmp")
        part.write_text(json.dumps({"asked": asked, "recipe": asdict(recipe)}, indent=1), encoding="utf-8")
        os.replace(part, path)
    print(f"{recipe.epochs} epochs of {len(fit):,} photos, {len(held):,} held out, in {out}", flush=True)
    return recipe


def _after(speed, size: int) -> float:
    """Seconds that scoring takes at the end."""
    return sum(speed.check * (each / size) ** 2 for each in _sizes(size))


def _sizes(size: int) -> tuple[int, ...]:
    from mobiviz.cards import SIZES

    return tuple(sorted({size, *SIZES}))


def _say(rows: list[dict], recipe) -> None:
    """One line an epoch, with the time that is left."""
    from mobiviz import cards, units

    row, left = rows[-1], recipe.epochs - len(rows)
    pace = sum(each["seconds"] for each in rows[-3:]) / len(rows[-3:])
    ends = time.strftime("%H:%M", time.localtime(time.time() + left * pace))
    rest = f"about {cards.duration(left * pace)} left, until {ends}" if left else "the schedule is at its end"
    score = f"loss {row['loss']:.3f}, top-1 {units.percent(row['top1'])}"
    print(f"epoch {len(rows)} of {recipe.epochs}: {score}; {rest}", flush=True)


def _finish(arguments: argparse.Namespace, done: tuple, recipe, path: Path) -> None:
    """Weights and their card, from a schedule that came to its end; where both stand already, they are left alone."""
    from mobiviz import cards, images, weights

    net, photos, _ = done

    def held_out(size: int):  # large photos are read anew at each size, as `mobiviz evaluate` does
        small = photos.images.shape[1] < recipe.size or size == recipe.size
        return images.hold_out(photos if small else images.collection(arguments.data, size, arguments.part))[1]

    if not cards.stands(path):
        weights.save(net, path, photos.classes)
        cards.write_card(path, _card(arguments, done, recipe), held_out, _sizes(recipe.size))
    for score in cards.read_card(path).scores:
        print(f"top-1 at {score.size} x {score.size}: {score} held-out photos, with the 95% interval")
    print(f"in {path}, with its model card {path.with_suffix('.md').name}")


def _card(arguments: argparse.Namespace, done: tuple, recipe):
    """What this training was; its command names the epochs, because minutes make others on another machine."""
    from mobiviz import cards, images

    _, photos, rows = done
    data = Path(arguments.data).name
    words = ["mobiviz", "train", arguments.net, "--alpha", f"{arguments.alpha:g}", "--data", data]
    words += ["--epochs", str(recipe.epochs), "--size", str(recipe.size), "--seed", str(recipe.seed)]
    words += ["--threads", str(recipe.threads)] + (["--photos", str(arguments.photos)] if arguments.photos else [])
    counted = photos.report().split("\n")
    fit, held = images.hold_out(photos)
    planned = f"The number of epochs was fixed so that all would end within {arguments.minutes or 0:g} minutes."
    return cards.Card(
        command=shlex.join(words),
        seed=recipe.seed,
        seconds=sum(row["seconds"] for row in rows),
        data=f"{data}: {counted[0]}" + (f"; {counted[1].partition(':')[0]}" if len(counted) > 1 else ""),
        trained_on=min(len(fit), arguments.photos or len(fit)),
        held_out=len(held),
        recipes={"main": asdict(recipe)},
        notes=planned if arguments.minutes else "",
    )


def run_evaluate(arguments: argparse.Namespace) -> None:
    """Print how many photos are right, what the model card says, and the commonest mistake; save the picture."""
    from mobiviz import cards, images, scoring, tables, weights
    from mobiviz.plot import confusion
    from mobiviz.pricing import check_resolution

    if arguments.picture and arguments.picture.suffix not in (".svg", ".png"):
        raise ValueError(f"a picture is saved as .svg or .png (got {arguments.picture.name!r})")
    check_resolution(arguments.size)
    bundled = arguments.weights == "cifar10"
    alpha = arguments.alpha
    if alpha is None:
        alpha = 1.0 if bundled else scoring.fits(arguments.weights).get("alpha", 1.0)
    net, classes = scoring.network(arguments.weights, getattr(tables, NETS[arguments.net]), alpha)
    photos = images.collection(arguments.data, arguments.size, arguments.part)
    skipped = len(photos.skipped)
    if arguments.held_out:
        photos = images.hold_out(photos)[1]
    counts = scoring.confusion(net, scoring.named(photos, classes), arguments.size)
    found = scoring.score(counts, arguments.size)
    picture = confusion(counts, classes)
    which = f"{found.photos:,} {'held-out ' if arguments.held_out else ''}photos of {len(photos.classes)} classes"
    print(f"{net.table.name} at alpha {alpha:g}, weights {arguments.weights}: {which} at {found.size} x {found.size}")
    if skipped:
        print(f"{skipped:,} entries were no photo that can be read, and are left out")
    print(f"top-1 {found}, with the 95% interval")
    print(picture.title)
    card = cards.read_card(weights.bundled_for(net) if bundled else Path(arguments.weights).expanduser())
    if card:
        print(_beside(found, card))
    if arguments.picture:
        print(f"written: {picture.save(arguments.picture)}")


def _beside(found, card) -> str:
    """What the model card says, and whether this score agrees."""
    same = [score for score in card.scores if score.size == found.size]
    if not same:
        return f"the model card says nothing about {found.size} pixels, but about {card.scores[0].size}"
    words = {
        "equal": "the same",
        "within": "this is within what it predicts",
        "less": "this is less than it predicts: other photos than those that were learned",
        "more": "this is more than it predicts: were these photos trained on?",
    }
    return f"the model card says {same[0]}; {words[found.verdict(same[0])]}"
