"""report: what a teacher may see of a learner's work, shown first, and then written as one JSON and one HTML file.

In it are states of exercises, guesses, facts of the machine, and timings if they are handed over. Not in it are
answers, times of day, and the names of the user, the machine and its folders.
"""

import getpass
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from mobiviz import __version__, machine, units
from mobiviz.course import exercises, predictions, progress
from mobiviz.record import Race

KIND = "mobiviz report 1"
_PATH = re.compile(r"(?<!\w)(?:[A-Za-z]:[\\/]|[\\/~])[^\s\"'<>|]*[\\/][^\s\"'<>|]*|(?<!\w)[A-Za-z]:\\\S+")
_LOOK = "border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5em 0 1.2em"


@dataclass(frozen=True)
class Report:
    """What stands in a report, and where it was written; `written` is empty until then."""

    content: dict[str, Any]
    written: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        states = [entry["state"] for entry in self.content["exercises"].values()]
        counts = ", ".join(f"{states.count(state)} {state}" for state in reversed(progress.STATES))
        lines = [f"exercises: {counts}", f"guesses: {len(self.content['guesses'])}", "machine:"]
        lines += [f"  {name}: {value}" for name, value in self.content["machine"].items()]
        lines += [f"timings: {', '.join(self.content['timings']) or 'none'}", self._told()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(self._told())}</b></p>{self.body()}"

    def body(self) -> str:
        """All of it as HTML: nothing is written that does not stand here."""
        own = self.content
        checked = [(name, entry["state"], entry["answers"]) for name, entry in own["exercises"].items()]
        guessed = [
            (
                name,
                predictions.said(entry["guess"], entry["unit"]),
                predictions.said(entry.get("answer", ""), entry["unit"]),
            )
            for name, entry in own["guesses"].items()
        ]
        timed = [
            (name, units.exact(one["macs"]) if one["macs"] else "?", one["threads"], units.ms(*one["ms"]))
            for name, one in own["timings"].items()
        ]
        tables = (
            ("Exercises", ("exercise", "best state", "answers until it passed"), checked),
            ("Guesses", ("guess", "you said", "it is"), guessed),
            ("Timings", ("network", "MACs", "threads", "median and 95% interval"), timed),
            ("Machine", ("fact", "value"), list(own["machine"].items())),
        )
        name = f"<p>Name: {escape(own['name'])}</p>" if own["name"] else ""
        return name + "".join(_table(*each) for each in tables if each[2])

    def _told(self) -> str:
        if self.written:
            return f"Written, all that stands here: {', '.join(path.name for path in self.written)}"
        return "Nothing is written yet. This is all that would be: report(write=True) writes it beside your notebook."


def report(
    folder: str | Path = ".",
    name: str = "",
    race: Race | None = None,
    macs: Mapping[str, int] | None = None,
    write: bool = False,
) -> Report:
    """Show what a teacher would see of your work; with `write`, write it into `folder` as JSON and as HTML.

    `name` is one that you choose, or none. Timings are in it only if you hand over a race, and MACs by network.

    Raises: ValueError for a name that makes no file name.
    """
    if name and not re.fullmatch(r"[\w][\w. -]{0,39}", name):
        raise ValueError(f"a name has up to forty letters, digits, blanks, dots or dashes (got {name!r})")
    content = {
        "kind": KIND,
        "mobiviz": __version__,
        "name": name,
        "exercises": _states(),
        "guesses": _guesses(),
        "timings": _timings(race, macs or {}),
        "machine": _machine(),
    }
    if not write:
        return Report(content)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    stem = "mobiviz-report-" + (name.replace(" ", "_") or hashlib.sha256(text.encode()).hexdigest()[:8])
    written = tuple(Path(folder) / f"{stem}{suffix}" for suffix in (".json", ".html"))
    for path, shown in zip(written, (text, _page(Report(content))), strict=True):
        path.write_text(shown, encoding="utf-8", newline="\n")
    return Report(content, written)


def _states() -> dict[str, dict]:
    """Every exercise of the course, those that nobody has begun too."""
    known = progress.states()
    return {name: known.get(name, {"state": "TODO", "answers": 0}) for name in by_notebook(exercises.ids())}


def by_notebook(ids: Iterable[str]) -> list[str]:
    """Ids in the order of their notebooks, whose numbers they end in."""
    return sorted(ids, key=lambda one: one.rpartition("_")[::-1])


def _guesses() -> dict[str, dict]:
    found, every = {}, predictions.entries()
    for name, entry in ((one, every[one]) for one in by_notebook(every)):
        if "guess" in entry:
            kept = {key: _plain(entry[key]) for key in ("guess", "unit", "answer") if key in entry}
            found[_plain(name)] = {"unit": ""} | kept
    return found


def _timings(race: Race | None, macs: Mapping[str, int]) -> dict[str, dict]:
    return {
        _plain(timing.name): {
            "ms": [round(ms, 4) for ms in (timing.median_ms, timing.low_ms, timing.high_ms)],
            "threads": timing.threads,
            "engine": timing.engine,
            "macs": int(macs[timing.name]) if timing.name in macs else None,
        }
        for timing in race or ()
    }


def _machine() -> dict[str, Any]:
    """What timings are read with: no name of the machine, and of its system no more than name and version."""
    own = machine.facts()
    return {
        "cpu": _plain(own.cpu),
        "cores": own.physical_cores,
        "usable cores": own.usable_cores,
        "memory": f"{own.memory_bytes / 2**30:.0f} GiB",
        "system": " ".join(re.findall(r"^\w+|\b\d+\.\d+\b", own.os)[:2]),
        "python": own.python,
        "torch": own.versions.get("torch", ""),
    }


def _plain(value: Any) -> Any:
    """A value without what names a person, a machine or a folder, in case one of those was typed as a guess."""
    if isinstance(value, list):
        return [_plain(each) for each in value[:20]]
    if not isinstance(value, str):
        return value
    for private in _private():
        value = re.sub(rf"(?<!\w){re.escape(private)}(?!\w)", "…", value, flags=re.IGNORECASE)
    return _PATH.sub("…", value)[:80]


def _private() -> list[str]:
    """The longest first, so that a home folder goes before the name in it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no user
        user = ""
    node = platform.node()
    named = {str(Path.home()), str(Path.cwd()), user, node, node.partition(".")[0]}
    return sorted(filter(lambda each: len(each) > 1, named), key=len, reverse=True)


def _table(title: str, heads: tuple[str, ...], rows: list[tuple]) -> str:
    def row(cells: tuple, tag: str) -> str:
        look = "text-align:left;padding:.15em .8em .15em 0"
        made = [f"<{tag} style='{look}'>{escape(str(cell))}</{tag}>" for cell in cells]
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(row(each, "td") for each in rows)
    return f"<h2>{title}</h2><table style='{_LOOK}'><thead>{row(heads, 'th')}</thead><tbody>{body}</tbody></table>"


def _page(shown: Report) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>mobiviz report</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        "<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:50rem;"
        f"margin:2rem auto;padding:0 1rem}}</style></head>\n<body><h1>Report</h1>\n{shown.body()}\n</body></html>\n"
    )
