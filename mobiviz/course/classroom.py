"""mobiviz class: one page about a class, from a folder of reports; whatever is no report is skipped, and listed.

Reports come from strangers: sizes, kinds and ranges are checked, and every word is escaped.
"""

import json
import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from mobiviz.course import exercises
from mobiviz.course.progress import STATES
from mobiviz.course.reporting import KIND, by_notebook

LARGEST, MOST = 256 * 1024, 1000  # bytes of a report, reports of a class
_WORDS = 40


def read(folder: Path) -> tuple[dict[str, dict], dict[str, str]]:
    """The reports in a folder and below it by their files' names, and why each other file was skipped.

    Raises: NotADirectoryError where there is no such folder.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"there is no folder {folder}; name the one that holds the reports")
    found: dict[str, dict] = {}
    skipped: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or path.with_suffix(".json").relative_to(folder).as_posix() in found:
            continue  # the page beside a report says the same
        try:
            if len(found) >= MOST:
                raise ValueError(f"a class has at most {MOST} reports")
            report = _checked(path)
            if report in found.values():
                raise ValueError("the same as another report")
            found[name] = report
        except (OSError, ValueError, RecursionError) as error:
            skipped[name] = _line(getattr(error, "strerror", None) or str(error))
    return found, skipped


def picture(folder: str | Path, out: str | Path = "class.html") -> list[str]:
    """Write the page; returns what to tell: the page, and each file that was skipped.

    Raises: ValueError where no file of the folder is a report.
    """
    folder, out = Path(folder), Path(out)
    reports, skipped = read(folder)
    skipped = {name: why for name, why in skipped.items() if (folder / name).resolve() != out.resolve()}
    told = [f"skipped {name}: {why}" for name, why in skipped.items()]
    if not reports:
        raise ValueError(
            "\n".join([f"no file in {folder} is a report; learners write one with report(write=True)", *told])
        )
    parts = [f"<h1>{len(reports)} reports</h1>", *(drawn.svg() for drawn in pictures(reports))]
    if skipped:
        listed = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in skipped.items())
        parts.append(f"<h2>Skipped</h2><ul>{listed}</ul>")
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>A class</title>'
        '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>:root{color-scheme:light dark}"
        "body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}</style></head>\n"
        "<body>" + "\n".join(parts) + "</body></html>\n"
    )
    out.write_text(text, encoding="utf-8", newline="\n")
    return [f"{out}: {len(reports)} reports", *told]


def pictures(reports: dict[str, dict]) -> Iterator[Any]:
    """What the reports can be drawn as: always the exercises, guesses and laptops where there are any."""
    from mobiviz.plot import crowds

    counts = {name: [0, 0, 0] for name in by_notebook(exercises.ids())}
    guesses: dict[str, list[tuple[float, float]]] = {}
    laptops: dict[str, dict[str, tuple[float, float]]] = {}
    for file, report in reports.items():
        for name, row in counts.items():
            row[("PASS", "FAIL", "TODO").index(report["exercises"].get(name, "TODO"))] += 1
        for name, pair in report["guesses"].items():
            guesses.setdefault(name, []).append(pair)
        if report["timings"]:
            laptops[file] = report["timings"]
    yield crowds.standing(counts)
    if guesses:
        yield crowds.predictions({name: guesses[name] for name in by_notebook(guesses)})
    if laptops:
        yield crowds.laptops(laptops)


def _checked(path: Path) -> dict[str, dict]:
    """What the pictures need of a report: states, pairs of numbers, and points, by name.

    Raises: ValueError, in words, for anything else.
    """
    if path.suffix != ".json" or path.is_symlink() or not path.is_file():
        raise ValueError("not a report")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"larger than {LARGEST // 1024} KiB")
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except ValueError:
        raise ValueError("not JSON") from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise ValueError(f"not a report of this kind, which is {KIND!r}")
    parts = {name: content.get(name) for name in ("exercises", "guesses", "timings")}
    for name, part in parts.items():
        if not isinstance(part, dict) or len(part) > 500 or not all(isinstance(each, dict) for each in part.values()):
            raise ValueError(f"its {name} are damaged")
    states = {name: entry.get("state") for name, entry in parts["exercises"].items()}
    if not set(states.values()) <= set(STATES):
        raise ValueError("its exercises are in states that there are not")
    pairs = {_line(name): (entry.get("guess"), entry.get("answer")) for name, entry in parts["guesses"].items()}
    points = {
        _line(name): (entry.get("macs"), entry["ms"][0])
        for name, entry in parts["timings"].items()
        if isinstance(entry.get("ms"), list) and entry["ms"]
    }
    return {
        "exercises": states,
        "guesses": {name: pair for name, pair in pairs.items() if all(map(_above_0, pair))},
        "timings": {name: point for name, point in points.items() if all(map(_above_0, point))},
    }


def _above_0(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 1e-9 < value < 1e15 and math.isfinite(value)


def _line(words: Any) -> str:
    """Words of a stranger on one printable line."""
    return "".join(each for each in str(words) if each.isprintable())[:_WORDS]
