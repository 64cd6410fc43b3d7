"""The feature bank: photos go through a frozen trunk once, then a head trains on what was stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from mobiviz import units
from mobiviz.widgets import bank_poster
from mobiviz.widgets.bank_poster import MAP, MARKS, as_uri
from mobiviz.widgets.decision_map import Plane, middle
from mobiviz.widgets.stage import Stage, one_of
from mobiviz.widgets.svg import colour, picture, text

PASSES, SHOWN, CELLS, THUMB = 10, 24, 32, 32


class FeatureBank(Stage):
    """Photos through the trunk, a few a step, then the head's steps; a map shows where its answer changes.

    A lesson is what `mobiviz.transfer.lesson` makes: `name`, `vectors` of all photos, `heads[n]` after each step for
    `n` photos a class, `accuracy[n]`, and `macs` of a photo in the trunk. `photos` has `images`, `labels`, `classes`.
    `support` are indices of photos to learn from, one of each class in turn; `held` those to answer for.
    Raises: ValueError for more classes than there are marks, or a number of photos a class that was not computed.
    """

    script = "feature_bank.js"

    def __init__(
        self,
        lessons: Sequence[Any],
        photos: Any,
        support: np.ndarray,
        held: np.ndarray,
        n: int | None = None,
    ) -> None:
        labels, classes = photos.labels, photos.classes
        if not 2 <= len(classes) <= len(MARKS):
            raise ValueError(f"the map has marks for 2 to {len(MARKS)} classes (got {len(classes)}); leave some out")
        counts = sorted(lessons[0].heads)
        start = one_of("n", counts[-2:][0] if n is None else n, tuple(counts))
        shown = _some_of_each(labels, held, len(classes))
        trunks = [_trunk(lesson, labels, support, (held, shown)) for lesson in lessons]
        data = {
            "classes": list(classes),
            "marks": [MARKS[name] for name in _marks(classes)],
            "rows": len(support),
            "map": MAP[2:],
            "truth": "".join(str(labels[i]) for i in shown),
            "held": len(held),
            "passes": {str(each): _batches(each) for each in counts},
            "thumbs": _thumbs(photos.images[support]),
            "trunks": trunks,
            "controls": [
                {"name": "n", "label": "photos a class", "values": counts},
                {
                    "name": "trunk",
                    "label": "trunk",
                    "values": [*range(len(lessons))],
                    "labels": [x.name for x in lessons],
                },
            ],
            "table": [_HEAD, *(row for trunk in trunks for row in _rows(trunk))],
        }
        first = trunks[0]["cases"][str(start)]
        data |= {"title": first["title"], "alt": _alt(data, trunks[0], start)}
        super().__init__(data, start={"n": start, "trunk": 0})

    def poster(self) -> str:
        """The end: all photos stored, the head trained, the map, and how accuracy grows with photos a class."""
        data, n = self.data, self.start["n"]
        trunk = data["trunks"][self.start["trunk"]]
        case, step = trunk["cases"][str(n)], len(trunk["cases"][str(n)]["right"]) - 1
        body = [text(10, 28, case["title"], 16, weight="600"), *bank_poster.flow(data, trunk, n)]
        body += [*bank_poster.curve(data, n, self.start["trunk"]), *bank_poster.plane(data, case, step)]
        body += [text(10, 428 + 20 * i, line, 13) for i, line in enumerate((*case["formulas"], case["agreed"]))]
        return picture("bank", (800, 480), case["title"], _alt(data, trunk, n), *body)


_HEAD = ("trunk", "photos a class", "right", "of", "mean of many draws", "95% from", "to")


def _rows(trunk: dict):
    for n, mean, low, high in trunk["curve"]:
        case = trunk["cases"][str(n)]
        yield trunk["name"], n, case["right"][-1], case["of"], *(units.percent(share) for share in (mean, low, high))


def _trunk(lesson: Any, labels: np.ndarray, support: np.ndarray, held: tuple[np.ndarray, np.ndarray]) -> dict:
    cases = {str(n): _case(lesson, n, labels, (support, *held)) for n in sorted(lesson.heads)}
    curve = [[n, *(round(float(share), 4) for share in lesson.accuracy[n])] for n in sorted(lesson.heads)]
    wide = lesson.vectors.shape[1]
    return {"name": lesson.name, "macs": lesson.macs, "numbers": wide, "cases": cases, "curve": curve} | {
        "bank": _stored(lesson.vectors[support])
    }


def _case(lesson: Any, n: int, labels: np.ndarray, indices: tuple) -> dict:
    support, held, shown = indices
    heads, x, kinds = lesson.heads[n], lesson.vectors, int(labels.max()) + 1
    drawn = support[: n * kinds]
    both, at = np.concatenate([drawn, held]), np.searchsorted(held, shown)
    plane, truth = Plane(heads[-1], x[both], MAP[2:]), labels[held]
    answers = [head.logits(x[held]).argmax(1) for head in heads]
    right = [int((answer == truth).sum()) for answer in answers]
    agree = [int((plane.answers(h)[len(drawn) :] == each).sum()) for h, each in zip(heads, answers, strict=True)]
    photos, wide, reads = n * kinds, x.shape[1], [head.passes for head in heads]
    once, step = photos * lesson.macs, 2 * photos * wide * kinds
    regions = [plane.regions(head) for head in heads]
    return {
        "title": f"{n} photo{'s' * (n > 1)} a class, each through the trunk once: "
        f"{units.percent(right[-1] / len(held))} of {len(held)} others right",
        "of": len(held),
        "right": right,
        "agree": agree,
        "answers": ["".join(str(answer[i]) for i in at) for answer in answers],
        "reads": reads,
        "step_macs": step,
        "regions": regions,
        "names": [[_name_at(corners) for corners in one] for one in regions],
        "learned": plane.dots(np.arange(len(drawn))),
        "asked": plane.dots(len(drawn) + at),
        "formulas": [
            f"trunk: {photos} photos × {units.exact(lesson.macs)} MACs = {units.exact(once)} MACs, once",
            f"head: {reads[-1]} × 2 × {photos} × {wide} × {kinds} = {units.exact(reads[-1] * step)} MACs, for all its "
            f"{len(heads) - 1} steps",
        ],
        "agreed": f"The map is a flat cut through {wide} numbers; for {agree[-1]} of {len(held)} photos it says what "
        "the head says.",
    }


def _name_at(corners: list[list[float]]) -> list[float] | None:
    """Where a region's name fits."""
    x, y, area = middle(corners) if len(corners) > 2 else (0, 0, 0)
    return [round(min(max(x, 40), MAP[2] - 40), 1), round(min(max(y, 16), MAP[3] - 10), 1)] if area > 3000 else None


def _marks(classes: Sequence[str]) -> list[str]:
    """A mark for each class: its own, where it is called like one."""
    free = [name for name in MARKS if name not in classes]
    return [name if name in MARKS else free.pop(0) for name in classes]


def _some_of_each(labels: np.ndarray, held: np.ndarray, classes: int) -> np.ndarray:
    """The first few photos of each class among those held out, in order."""
    return np.sort(np.concatenate([held[labels[held] == kind][:SHOWN] for kind in range(classes)]))


def _batches(n: int) -> list[int]:
    """How many photos a class are stored after each step of the first part: at most ten steps."""
    steps = min(n, PASSES)
    return [round(n * at / steps) for at in range(steps + 1)]


def _thumbs(images: np.ndarray) -> str:
    """All photos to learn from in one column of small pictures."""
    small = [np.asarray(Image.fromarray(one).resize((THUMB, THUMB))) for one in images]
    return as_uri(Image.fromarray(np.concatenate(small)), "jpeg")


def _stored(vectors: np.ndarray) -> str:
    """A row for each vector, a cell for some of its numbers: the larger, the stronger the blue of feature maps."""
    chosen = vectors[:, np.linspace(0, vectors.shape[1] - 1, CELLS).astype(int)].astype(float)
    usual, spread = chosen.mean(0), chosen.std(0) + 1e-30
    strength = np.round(np.clip(0.4 + (chosen - usual) / (4 * spread), 0, 1) * 15) * 17
    blue = [int(colour("map")[at : at + 2], 16) for at in (1, 3, 5)]
    cells = np.concatenate([np.broadcast_to(np.array(blue), (*chosen.shape, 3)), strength[..., None]], axis=-1)
    return as_uri(Image.fromarray(cells.astype(np.uint8)), "png")


def _alt(data: dict, trunk: dict, n: int) -> str:
    case = trunk["cases"][str(n)]
    names = ", ".join(data["classes"])
    return (
        f"From left to right: {n * len(data['classes'])} small photos, a frozen trunk ({trunk['name']}), and a bank "
        f"with a row of stored numbers for each photo. A map on the right shows the photos as marks by class, {names}: "
        "large marks were learned from, small ones were asked and are filled where the head is right. Lines part the "
        f"regions of the head's answers. At the end {case['right'][-1]} of {case['of']} are right. A curve below shows "
        "the share of right answers growing with the number of photos a class, for each trunk."
    )
