"""What a phone reports, believed only as far as it can be checked: sizes, types, ranges, and its outputs.

Everything here comes from a stranger. Words are cut to one printable line, and whoever shows them escapes them.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mobiviz import units
from mobiviz.phone.ortweb import ENGINE
from mobiviz.record.timing import Timing
from mobiviz.runtimes.artifact import RELATIVE

LARGEST = 64 * 1024  # bytes of a report
MOST_SAMPLES, LONGEST_MS = 400, 1e6
WORDS = {"model": 60, "browser": 300, "platform": 60, "version": 40, "engine": 60}  # longest, in characters
_PREFIX = "mobiviz-phone-1 "


@dataclass(frozen=True)
class Report:
    """One phone's measurement, checked: `timings` of the networks whose outputs were right, and what to know of them.

    `relative` is how far each network's outputs were from the laptop's; `notes` says in words what disturbed it.
    """

    id: str
    job: str
    model: str
    timings: dict[str, Timing]
    macs: dict[str, int]
    relative: dict[str, float]
    notes: tuple[str, ...] = ()
    browser: str = ""
    isolated: bool = False
    timer_ms: float = 0.0
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        lines = [self.model + (f" ({self.browser})" if self.browser else "")]
        lines += [repr(timing) for timing in self.timings.values()]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


class Refused(ValueError):
    """A report that is not what it should be; its words say where."""


def read(body: bytes | str) -> dict[str, Any]:
    """The JSON object in a body.

    Raises: Refused for anything else, NaN and infinity among it.
    """
    if len(body) > LARGEST:
        raise Refused(f"a report must be at most {LARGEST} bytes (got {len(body)})")
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(f"this is no JSON: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise Refused(f"a report must be a JSON object (got {type(found).__name__})")
    return found


def checked(found: dict[str, Any], entries: tuple = (), job: str | None = None) -> Report:
    """The report in a JSON object; its outputs are compared with the job's where that is known.

    Raises: Refused, naming the field, for one that is missing, unknown, of another type or out of its range.
    """
    known = {"id", "job", "model", "browser", "platform", "version", "engine", "threads", "cores"}
    known |= {"isolated", "timer_ms", "hidden", "nets"}
    if set(found) != known:
        raise Refused(f"fields must be {', '.join(sorted(known))}")
    identity, of = found["id"], found["job"]
    if not (isinstance(identity, str) and re.fullmatch(r"[0-9a-f]{32}", identity)):
        raise Refused("id must be 32 hexadecimal digits")
    if not (isinstance(of, str) and re.fullmatch(r"[0-9a-f]{16}", of)) or job not in (None, of):
        raise Refused("job must be the one that is measured here: load the page again")
    facts = {name: _words(found[name], name) for name in WORDS}
    facts |= {name: _integer(found[name], name, 1, 1024) for name in ("threads", "cores")}
    timer, hidden = _number(found["timer_ms"], "timer_ms", 1e4), _integer(found["hidden"], "hidden", 0, 10**6)
    if not isinstance(found["isolated"], bool):
        raise Refused("isolated must be true or false")
    nets = found["nets"]
    if not isinstance(nets, list) or not 0 < len(nets) <= 64 or (entries and len(nets) != len(entries)):
        raise Refused("nets must hold each network of the job once")
    runs = [_run(net, entry) for net, entry in zip(nets, entries or [None] * len(nets), strict=True)]
    if len({run["name"] for run in runs}) != len(runs):
        raise Refused("nets must hold each network of the job once")
    timings = {run["name"]: _timing(run, facts, found) for run in runs if run["relative"] <= RELATIVE}
    return Report(
        id=identity,
        job=of,
        model=facts["model"] or "a phone",
        timings=timings,
        macs={run["name"]: run["macs"] for run in runs},
        relative={run["name"]: run["relative"] for run in runs},
        notes=_notes(runs, timings, timer, hidden),
        browser=facts["browser"],
        isolated=found["isolated"],
        timer_ms=timer,
        raw=found,
    )


def parse(text: str, job: Any = None) -> Report:
    """The result that a phone's page, or a program on the phone, gave as text.

    With a `job`, as `mv.phone.bundle` returns it, its outputs are compared here too; else its own comparison counts.

    Raises: ValueError where the text is no such result, in words.
    """
    line = next((each for each in text.splitlines() if _PREFIX in each), None)
    if line is None:
        raise ValueError(f"the text must hold a line that begins with {_PREFIX.strip()!r}: copy all of it")
    found = read(line.partition(_PREFIX)[2].strip())
    return checked(found, *((job.entries, job.id) if job is not None else ()))


def written(found: dict[str, Any]) -> str:
    """A report as the text that `parse` reads."""
    return _PREFIX + json.dumps(found)


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON can hold it, to be read again by `again`."""
    timings = [json.loads(timing.to_json()) for timing in report.timings.values()]
    return asdict(report) | {"timings": timings, "raw": report.raw}


def again(found: Mapping[str, Any]) -> Report:
    """The report that `plain` wrote."""
    timings = [Timing.from_json(json.dumps(each)) for each in found["timings"]]
    own = {"timings": {each.name: each for each in timings}, "notes": tuple(found["notes"])}
    return Report(**(dict(found) | own))


def _run(net: Any, entry: Any) -> dict[str, Any]:
    known = {"name", "macs", "first_ms", "calls", "samples_ms", "outputs", "relative"}
    if not isinstance(net, dict) or set(net) != known:
        raise Refused(f"each of nets must hold {', '.join(sorted(known))}")
    name = _words(net["name"], "name", 60)
    if not name or (entry is not None and name != entry.name):
        raise Refused("nets must hold each network of the job once, in its order")
    samples = net["samples_ms"]
    if not isinstance(samples, list) or not 3 <= len(samples) <= MOST_SAMPLES:
        raise Refused(f"samples_ms must be a list of 3 to {MOST_SAMPLES} times")
    run = {"name": name, "macs": _integer(net["macs"], "macs", 0, 10**15)}
    run["samples_ms"] = [_number(each, "samples_ms", LONGEST_MS, above=0.0) for each in samples]
    run["first_ms"] = _number(net["first_ms"], "first_ms", LONGEST_MS)
    run["calls"] = _integer(net["calls"], "calls", 1, 10**6)
    outputs = _floats(net["outputs"])
    run["relative"] = _number(net["relative"], "relative", 1e30)
    if entry is not None:
        if len(outputs) != len(entry.wanted):
            raise Refused(f"outputs of {name} must be {len(entry.wanted)} numbers (got {len(outputs)})")
        relative = entry.relative(outputs)
        run["relative"], run["macs"] = (relative if math.isfinite(relative) else 1e30), entry.macs
    return run


def _timing(run: dict[str, Any], facts: dict[str, Any], found: dict[str, Any]) -> Timing:
    machine = {"cpu": facts["model"] or "a phone", "usable_cores": facts["cores"], "os": facts["platform"]}
    machine |= {"browser": facts["browser"], "timer_ms": found["timer_ms"], "isolated": found["isolated"]}
    return Timing.of(
        run["name"],
        np.array(run["samples_ms"]),
        engine=facts["engine"] or ENGINE,
        version=facts["version"],
        device="phone",
        threads=facts["threads"],
        dtype="float32",
        first_ms=run["first_ms"],
        machine=machine,
    )


def _notes(runs: list[dict], timings: dict[str, Timing], timer: float, hidden: int) -> tuple[str, ...]:
    found = [
        f"{run['name']}: its outputs differ by {run['relative']:.1e} from the laptop's, so its times do not count"
        for run in runs
        if run["relative"] > RELATIVE
    ]
    if hidden:
        found.append("the page was out of sight for a while: a browser may slow it down then")
    for run in runs:
        shortest = min(run["samples_ms"]) * run["calls"]
        if run["name"] in timings and timer > shortest / 10:
            found.append(f"{run['name']}: the clock's step, {units.ms(timer)}, is a tenth of a sample or more")
    found += [f"{name}: {words}" for name, timing in timings.items() for words in timing.noise]
    return tuple(found)


def _words(value: Any, name: str, longest: int | None = None) -> str:
    most = longest or WORDS[name]
    if not isinstance(value, str) or len(value) > most:
        raise Refused(f"{name} must be at most {most} characters")
    return " ".join("".join(each if each.isprintable() else " " for each in value).split())


def _number(value: Any, name: str, most: float, above: float = -1.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{name} must be a number")
    if not (above < value <= most and value >= 0):
        raise Refused(f"{name} must be between 0 and {most:g}")
    return float(value)


def _integer(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{name} must be a whole number from {least} to {most}")
    return value


def _floats(value: Any) -> np.ndarray:
    try:
        return np.frombuffer(base64.b64decode(value, validate=True), "<f4")
    except (binascii.Error, ValueError, TypeError) as error:
        raise Refused("outputs must be float32 numbers in base64") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
