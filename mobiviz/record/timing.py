"""How long a thing took: Timing, one entrant's samples with their machine; Race, several timed in turn.

No torch: a saved one opens anywhere, so results of several machines can be laid side by side.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from mobiviz import stats, units
from mobiviz.names import unknown

COLUMN = 100  # characters of a line: JupyterLab breaks a longer one in mid-word on a screen 1280 pixels wide
HELD = "\N{NO-BREAK SPACE}"  # inside of a name, where no line may end


@dataclass(frozen=True, eq=False)
class Timing:
    """Samples of one call, their median and its 95% interval, and what they must be read with.

    `engine` ran it; `first_ms` is the very first call, which warms caches; `foreign_load` is the share of all cores
    that other programs took; `width` is the relative width that the interval was asked to have.

    Units: ms per call.
    """

    name: str
    samples_ms: np.ndarray = field(repr=False)
    median_ms: float
    low_ms: float
    high_ms: float
    engine: str = "python"
    version: str = ""
    device: str = "cpu"
    threads: int = 1
    dtype: str = ""
    memory_format: str = ""
    first_ms: float | None = None
    foreign_load: float = 0.0
    width: float = 0.02
    machine: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, name: str, samples_ms: np.ndarray, **facts: Any) -> Timing:
        """A Timing with the median and interval of its samples."""
        samples = np.asarray(samples_ms, float)
        return cls(name, samples, *stats.interval(samples), **facts)

    @property
    def speeds(self) -> tuple[tuple[float, float], ...]:
        """(ms, share) of each speed: two where the samples fall into two clusters (big and little cores, turbo)."""
        return stats.speeds(self.samples_ms)

    @property
    def noise(self) -> tuple[str, ...]:
        """What made this timing unsure, in words."""
        found = stats.noise(self.samples_ms, self.foreign_load)
        wide = (self.high_ms - self.low_ms) / self.median_ms
        width = (f"the interval is {wide:.1%} wide, not {self.width:.1%}",) if wide > self.width else ()
        return (*found, *width, *self.shared)

    @property
    def shared(self) -> tuple[str, ...]:
        """Who else decides how fast this machine is, in words: the samples may not show it."""
        found, limit = [], self.machine.get("core_limit")
        if self.machine.get("on_hub"):
            found.append("this is a shared server (JupyterHub), where others may work on the same cores")
        if limit is not None and limit <= self.threads:
            found.append(f"this program is granted {limit:.3g} of the cores, and has to wait past that")
        return tuple(found)

    @property
    def noisy(self) -> bool:
        return bool(self.noise)

    def __repr__(self) -> str:
        of = f"95% interval, {len(self.samples_ms)} samples"
        threads = f"{self.threads} thread{'s' if self.threads != 1 else ''}"
        how = ", ".join(filter(None, (f"{self.engine} {self.version}".strip(), self.dtype, self.memory_format)))
        where = ", ".join(filter(None, (self.machine.get("cpu", ""), _cores(self.machine), self.machine.get("os"))))
        lines = [f"{self.name}: {self.words()} ({of}), {threads}", how + (f"; {where}" if where else "")]
        return "\n".join([*lines, *(f"noisy: {each}" for each in self.noise)])

    @property
    def bar(self) -> tuple[float, float]:
        """Where this time may lie, in ms: the interval, or from one speed to the other where there are two."""
        at = [ms for ms, _ in self.speeds]
        return (self.low_ms, self.high_ms) if len(at) == 1 else (min(at), max(at))

    def words(self) -> str:
        """The time in words: the median with its interval, or two speeds, never a median between them."""
        if len(self.speeds) == 1:
            return units.ms(self.median_ms, self.low_ms, self.high_ms)
        return "two speeds, " + " and ".join(f"{units.ms(ms)} ({share:.0%})" for ms, share in self.speeds)

    def to_json(self) -> str:
        """Everything, samples included, as JSON text."""
        return json.dumps(_plain(self))

    @classmethod
    def from_json(cls, text: str) -> Timing:
        """Read back what `to_json` wrote.

        Raises: ValueError where the text is no Timing.
        """
        return _timing(_read(text, "Timing"))


@dataclass(frozen=True)
class Ratio:
    """How many times as long the first of a pair takes as the second, with the 95% interval.

    `verdict` says of the first: faster, slower, or cannot tell. It needs more than this interval: the 99% one.
    """

    ratio: float
    low: float
    high: float
    verdict: str

    @property
    def width(self) -> float:
        return (self.high - self.low) / self.ratio

    def inverse(self) -> Ratio:
        verdict = {"faster": "slower", "slower": "faster"}.get(self.verdict, self.verdict)
        return Ratio(1 / self.ratio, 1 / self.high, 1 / self.low, verdict)

    def __str__(self) -> str:
        return f"{units.ratio(self.ratio)} [{units.ratio(self.low)}, {units.ratio(self.high)}] {self.verdict}"


class Ratios(dict):
    """Ratio by pair of names; each pair is kept once and can be asked for both ways round."""

    def __missing__(self, pair: tuple[str, str]) -> Ratio:
        if isinstance(pair, tuple) and pair[::-1] in self:
            return self[pair[::-1]].inverse()
        raise KeyError(unknown("pair", pair, self))


@dataclass(frozen=True, eq=False)
class Race:
    """Entrants timed in turn: a Timing for each, a Ratio for each pair, and why others could not start.

    `noisy` is True where a pair could not be told apart though its interval never became as narrow as asked.
    """

    timings: dict[str, Timing]
    ratios: Ratios
    absent: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, timings: dict[str, Timing], absent: dict[str, str] | None = None) -> Race:
        """The race of Timings whose samples were taken in the same rounds."""
        samples = {name: timing.samples_ms for name, timing in timings.items()}
        if len({len(each) for each in samples.values()}) > 1:
            raise ValueError(
                "timings of a race must come from the same rounds; these have different numbers of samples"
            )
        found = stats.verdicts(samples)
        ratios = {(a, b): Ratio(*stats.ratio(samples[a], samples[b]), verdict) for (a, b), verdict in found.items()}
        return cls(timings, Ratios(ratios), dict(absent or {}))

    @property
    def noisy(self) -> bool:
        width = min((timing.width for timing in self.timings.values()), default=0.0)
        return any(each.verdict == "cannot tell" and each.width > width for each in self.ratios.values())

    @property
    def noise(self) -> dict[str, list[str]]:
        """What made timings unsure, in words, and the names of those that it did."""
        found: dict[str, list[str]] = {}
        for timing in self:
            for why in timing.noise:
                found.setdefault(why, []).append(timing.name)
        return found

    def noise_words(self) -> str:
        """A line for each noise, once for all that it made unsure; a long one goes on below, between two words."""
        lines = []
        for why, names in self.noise.items():
            words = f"noisy: {', '.join(name.replace(' ', HELD) for name in names)}: {why}"
            lines.append(textwrap.fill(words, COLUMN, subsequent_indent="       ", break_on_hyphens=False))
        return "\n".join(lines).replace(HELD, " ")

    def rank(self, first: str, second: str) -> str:
        """`faster` or `slower`, said of the first, where the race tells and the bars are apart; else `cannot tell`.

        This is more than the race's verdict, which may tell two apart whose bars overlap: it compares round by round.
        """
        verdict = self.ratios[first, second].verdict
        (low, high), (other_low, other_high) = self[first].bar, self[second].bar
        apart = {"faster": high < other_low, "slower": other_high < low}.get(verdict, False)
        return verdict if apart else "cannot tell"

    def places(self) -> dict[str, tuple[int, int]]:
        """The first and the last place that each entrant may have, 1 the fastest; equal where it is sure."""
        found = {}
        for name in self.timings:
            ranks = [self.rank(name, other) for other in self.timings if other != name]
            found[name] = (1 + ranks.count("slower"), len(self) - ranks.count("faster"))
        return found

    def __getitem__(self, name: str) -> Timing:
        if name not in self.timings:
            raise KeyError(unknown("entrant", name, self.timings))
        return self.timings[name]

    def __iter__(self):
        return iter(self.timings.values())

    def __len__(self) -> int:
        return len(self.timings)

    def __repr__(self) -> str:
        rows = sorted(self, key=lambda timing: timing.median_ms)
        wide = max(map(len, [*self.timings, *self.absent]), default=0)
        lines = [
            f"{t.name:{wide}}  {t.words()}" + (f"  {self.ratios[t.name, rows[0].name]}" if t is not rows[0] else "")
            for t in rows
        ]
        lines += [f"{name:{wide}}  absent: {why}" for name, why in self.absent.items()]
        if len(rows) > 1:
            lines.append(f"ratios are to {rows[0].name}; where one cannot tell, the order says nothing")
        return "\n".join([*lines, *(["too noisy to tell all of them apart"] if self.noisy else [])])

    def to_json(self) -> str:
        """Timings, samples included, and what was absent; the ratios follow from them."""
        return json.dumps({"timings": [_plain(timing) for timing in self], "absent": self.absent})

    @classmethod
    def from_json(cls, text: str) -> Race:
        """Read back what `to_json` wrote.

        Raises: ValueError where the text is no Race.
        """
        found = _read(text, "Race")
        if not isinstance(found.get("timings"), list):
            raise ValueError("this JSON is no Race: it has no list of timings")
        timings = [_timing(each) for each in found["timings"]]
        return cls.of({timing.name: timing for timing in timings}, found.get("absent"))


def _cores(machine: dict[str, Any]) -> str:
    return f"{machine['usable_cores']} cores" if "usable_cores" in machine else ""


def _plain(timing: Timing) -> dict[str, Any]:
    return asdict(timing) | {"samples_ms": [round(float(ms), 6) for ms in timing.samples_ms]}


def _read(text: str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this text is no {what}: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"this JSON is no {what} but a {type(found).__name__}")
    return found


def _timing(found: dict[str, Any]) -> Timing:
    known = {each.name for each in fields(Timing)}
    if not {"name", "samples_ms"} <= set(found) <= known:
        raise ValueError(f"this JSON is no Timing: its keys are {', '.join(sorted(found)) or 'none'}")
    samples = np.asarray(found["samples_ms"], float)
    if samples.ndim != 1 or not len(samples) or not (np.isfinite(samples) & (samples > 0)).all():
        raise ValueError("samples_ms must be one list of times above 0")
    summary = dict(zip(("median_ms", "low_ms", "high_ms"), stats.interval(samples), strict=True))
    return Timing(**(summary | found | {"samples_ms": samples}))
