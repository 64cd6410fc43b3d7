"""MACs against ms: networks as dots on a log-log plane, filled as times come in, ranked only where they are apart.

Left to right stands what was counted, upwards what a clock said; on a diagonal each MAC costs the same time.
"""

from collections.abc import Mapping

from mobiviz import stats, units
from mobiviz.record import Race, Timing
from mobiviz.widgets.log_plane import NARROW, POSTER, WIDE, Plane, names_above
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, picture, text

HEAD = ("network", "MACs", "threads", "layout", "batch", "ms per image", "95% from", "to", "GMAC/s", "place")
SETTINGS = ("threads", "layout", "batch")
SHAPES = {"V1": "circle", "V2": "square", "V3": "diamond"}  # families differ by marker; all others have a triangle
MARKS = {
    "circle": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
    "square": "M-4.5 -4.5h9v9h-9z",
    "diamond": "M0 -6L6 0L0 6L-6 0z",
    "triangle": "M0 -6L5.5 4.5H-5.5z",
}
USUAL = (6, 60)  # GMAC/s that most laptops stay within: the plane before any time is known
APART = "Ranked are two networks whose bars are apart and that the race, which compares round by round, tells apart."


class MacsMs(Stage):
    """A plane with one column for each network, whose MACs are known; `add` puts in what was timed.

    `macs` is {name: MACs of one image}.

    Raises: ValueError for fewer than two networks, or MACs that are not above 0.
    """

    script = "macs_ms.js"

    def __init__(self, macs: Mapping[str, int]) -> None:
        if len(macs) < 2 or min(macs.values()) <= 0:
            raise ValueError(
                f"MacsMs needs two networks or more, with their MACs, such as {{'V2': ...}} (got {macs!r})"
            )
        self._macs = dict(sorted(macs.items(), key=lambda item: item[1]))
        self._timed: dict[tuple[int, str, int], Race | dict[str, Timing]] = {}
        super().__init__(self._seen(), start={"at": 0})

    def add(self, race: Race, batch: int = 1) -> None:
        """Show a race of these networks on batches of that many images; it takes the place of an earlier one.

        A race of one is drawn too, but not ranked: it was not timed in turn with the others.

        Raises: ValueError for a network without a column, or entrants that ran under different settings.
        """
        extra = [timing.name for timing in race if timing.name not in self._macs]
        if extra or not len(race):
            raise ValueError(f"the race must be of {', '.join(self._macs)} (got {', '.join(extra) or 'nobody'})")
        settings = {(timing.threads, timing.memory_format or "contiguous", batch) for timing in race}
        if len(settings) > 1:
            raise ValueError(f"all entrants must have run with the same threads and layout (got {sorted(settings)})")
        (key,) = settings
        if len(race) > 1:
            self._timed[key] = race
        elif not isinstance(self._timed.get(key), Race):
            self._timed[key] = {**self._timed.get(key, {}), **race.timings}
        self.data = self._seen()

    def poster(self) -> str:
        """The first setting: every bar, every diagonal, and the places above."""
        data, run = self.data, (self.data["runs"] or [None])[0]
        plane = Plane(**data["plane"])
        body = [text(20, 30, run["title"] if run else data["title"], 16, weight="600"), *plane.drawn(POSTER)]
        body.append(text(20, POSTER.top + 38, "place", 12, fill="@muted"))
        points = {point["at"]: point for point in run["points"]} if run else {}
        for at, net in enumerate(data["nets"]):
            (name_x, row), point = data["wide"][at], points.get(at)
            x, y = plane.x(net["macs"], POSTER), POSTER.top + 22 + 38 * row
            body.append(text(name_x, y, net["name"], 13, anchor="middle", weight="600"))
            body.append(text(name_x, y + 16, point["place"] if point else "?", 13, anchor="middle", fill="@muted"))
            foot = plane.y(point["high"], POSTER) if point else POSTER.base
            leader = {"d": f"M{name_x} {y + 21}L{x:.1f} {POSTER.above}V{foot:.1f}", "fill": "none"}
            body.append(el("path", leader | {"stroke": "@line", "stroke-width": 0.75, "stroke-dasharray": "2 3"}))
            body += _dot(plane, net, point) if point else []
        said = [run["caption"], APART] if run else [data["question"]]
        body += [text(20, 520 + 22 * at, line, 13) for at, line in enumerate(said)]
        return picture("macs-ms", (800, 560), data["title"], data["alt"], *body)

    def _seen(self) -> dict:
        """All that the picture can show, from the MACs and the races so far."""
        nets = [{"name": name, "macs": macs, "shape": _shape(name)} for name, macs in self._macs.items()]
        runs = [_run(key, timed, self._macs) for key, timed in self._timed.items()]
        macs, points = list(self._macs.values()), [point for run in runs for point in run["points"]]
        bars = [ms for point in points for ms in (point["low"], point["high"])]
        bars += [macs[0] / USUAL[1] / 1e6, macs[-1] / USUAL[0] / 1e6]
        rates = [*USUAL, *(macs[point["at"]] / ms / 1e6 for point in points for ms in point["ms"])]
        plane = Plane.around(macs, bars, (min(rates), max(rates)))
        names = [net["name"] for net in nets]
        question = "The MACs are counted; the times are still to come. Which networks change places?"
        return {
            "title": runs[0]["title"] if runs else "MACs are known before anything runs; milliseconds are not",
            "alt": _alt(nets, runs),
            "nets": nets,
            "runs": runs,
            "plane": plane.plain(),
            "wide": names_above(names, [plane.x(m, WIDE) for m in macs], WIDE),
            "narrow": names_above(names, [plane.x(m, NARROW) for m in macs], NARROW),
            "frames": {"wide": WIDE.plain(), "narrow": NARROW.plain()},
            "marks": MARKS,
            "question": question,
            "apart": APART,
            "controls": _controls(list(self._timed)),
            "table": [HEAD, *(_row(run, nets[point["at"]], point) for run in runs for point in run["points"])],
        }


def _shape(name: str) -> str:
    return SHAPES.get(name.split("-")[0].split(" ")[0].rstrip(","), "triangle")


def _controls(keys: list[tuple[int, str, int]]) -> list[dict]:
    """One list for each setting that was measured at more than one value."""
    found = []
    for at, name in enumerate(SETTINGS):
        values = list(dict.fromkeys(key[at] for key in keys))
        if len(values) > 1:
            labels = [str(value) for value in values]
            found.append({"name": name, "label": name, "values": values, "labels": labels})
    return found


def _run(key: tuple[int, str, int], timed: Race | dict[str, Timing], macs: dict[str, int]) -> dict:
    """Everything that is shown of one setting: its dots, its title, and what it says of all of them."""
    race = timed if isinstance(timed, Race) else None
    names = [name for name in macs if name in (race.timings if race else timed)]
    places = race.places() if race else {}
    points = [
        _point(list(macs).index(name), (race or timed)[name], key[2], macs[name])
        | {"place": _span(*places[name]) if race else "?", "said": _told(name, names, race)}
        | {"unsure": [list(macs).index(other) for other in names if _unsure(race, name, other)]}
        for name in names
    ]
    pairs = [(a, b, race.rank(a, b)) for i, a in enumerate(names) for b in names[i + 1 :]] if race else []
    told = [pair for pair in pairs if pair[2] != "cannot tell"]
    upset = [pair for pair in told if pair[2] == "slower"]  # names stand in the order of their MACs
    rates = [(macs[name] / ms / 1e6, name) for name, point in zip(names, points, strict=True) for ms in point["ms"]]
    (slow, slowest), (quick, quickest) = min(rates), max(rates)
    return {
        **dict(zip(SETTINGS, key, strict=True)),
        "points": points,
        "title": _few(race) or _finding(len(pairs), len(told), len(upset)),
        "told": f"{len(told)} of {len(pairs)}",
        "rates": f"{_digits(slow)} to {_digits(quick)}",
        "caption": f"{', '.join(_setting(key))}. "
        f"From {_digits(slow)} GMAC/s ({slowest}) to {_digits(quick)} ({quickest}).",
    }


def _setting(key: tuple[int, str, int]) -> list[str]:
    threads, layout, batch = key
    return [f"{threads} thread{'s' * (threads != 1)}", layout, f"batch {batch}"]


def _point(at: int, timing: Timing, batch: int, macs: int) -> dict:
    """One network's dot, per image: two speeds are two dots, never one between them."""
    ms = [ms / batch for ms, _ in timing.speeds] if len(timing.speeds) > 1 else [timing.median_ms / batch]
    low, high = (end / batch for end in timing.bar)
    rates = [_rate(macs, each) for each in reversed(ms)]
    return {
        "at": at,
        "ms": ms,
        "low": low,
        "high": high,
        "time": " and ".join(units.ms(each).removesuffix(" ms") for each in ms),
        "range": "two speeds" if len(ms) > 1 else units.ms(ms[0], low, high).partition(" ")[2].removeprefix("ms "),
        "rate": " and ".join(rates),
        "sum": f"GMAC/s = MACs / time = {units.short(macs)} / {units.ms(ms[0])} = {_rate(macs, ms[0])}",
    }


def _rate(macs: int, ms: float) -> str:
    return _digits(macs / ms / 1e6)


def _digits(value: float) -> str:
    return units.ratio(value).removesuffix("x")


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _unsure(race: Race | None, name: str, other: str) -> bool:
    return race is not None and name != other and race.rank(name, other) == "cannot tell"


def _told(name: str, names: list[str], race: Race | None) -> str:
    """Whom a network is faster and slower than, and whom it is not ranked against."""
    if race is None:
        return "Timed alone and not in turn with the others: nothing is ranked yet."
    found: dict[str, list[str]] = {"faster": [], "slower": [], "cannot tell": []}
    for other in names:
        if other != name:
            found[race.rank(name, other)].append(other)
    said = [f"{verdict.capitalize()} than {', '.join(found[verdict])}." for verdict in ("faster", "slower")]
    said = [line for line, verdict in zip(said, found, strict=False) if found[verdict]]
    if found["cannot tell"]:
        ratios = [f"{other} ({_times(race, name, other)})" for other in found["cannot tell"]]
        said.append(f"Not ranked against {', '.join(ratios)}.")
    return " ".join(said)


def _times(race: Race, name: str, other: str) -> str:
    ratio = race.ratios[name, other]
    return f"{units.ratio(ratio.ratio)} its time, [{units.ratio(ratio.low)}, {units.ratio(ratio.high)}]"


def _few(race: Race | None) -> str:
    """What to say of a race of too few rounds for any verdict on so many pairs; else nothing."""
    pairs, done = len(race.ratios) if race else 0, min((len(timing.samples_ms) for timing in race or ()), default=0)
    if not pairs or done >= stats.rounds(pairs):
        return ""
    return f"After {done} rounds none of the {pairs} pairs can be ranked: that takes {stats.rounds(pairs)} at least"


def _finding(pairs: int, told: int, upset: int) -> str:
    if not pairs:
        return "Timed one after another: nothing is ranked yet"
    left = f"; {pairs - told} more cannot be ranked" if told < pairs else ""
    if not told:
        return f"None of the {pairs} pairs can be ranked here"
    if upset:
        return f"Fewer MACs and yet slower: {upset} of {told} ranked pairs{left}"
    ranked = f"all {told} ranked pairs" if told > 1 else "the one ranked pair"
    return f"Fewer MACs, faster: so it is in {ranked}{left}"


def _row(run: dict, net: dict, point: dict) -> tuple:
    ends = [units.ms(point[end]).removesuffix(" ms") for end in ("low", "high")]
    settings = (run[name] for name in SETTINGS)
    return (net["name"], net["macs"], *settings, point["time"], *ends, point["rate"], point["place"])


def _alt(nets: list[dict], runs: list[dict]) -> str:
    named = ", ".join(f"{net['name']} {units.short(net['macs'])}" for net in nets)
    head = (
        "A plane with logarithmic axes: MACs of one image from left to right, milliseconds for one image upwards, and "
        f"diagonals on which each MAC costs the same time. The networks by MACs: {named}."
    )
    if not runs:
        return f"{head} No time is known yet."
    times = [f"{nets[p['at']]['name']} {p['time']} ms {p['range']}, place {p['place']}" for p in runs[0]["points"]]
    return f"{head} {runs[0]['title']}. {runs[0]['caption']} Times: {'; '.join(times)}."


def _dot(plane: Plane, net: dict, point: dict) -> list[str]:
    """A bar from the low end to the high one, and the marker: filled where it was ranked, hollow where not."""
    x, (low, high) = plane.x(net["macs"], POSTER), (plane.y(point[end], POSTER) for end in ("low", "high"))
    bar = {"d": f"M{x - 9:.1f} {low:.1f}h18m-9 0V{high:.1f}m-9 0h18", "fill": "none"}
    body = [el("path", bar | {"stroke": "@yours-ink", "stroke-width": 2})]
    for ms in point["ms"]:
        mark = {"d": MARKS[net["shape"]], "transform": f"translate({x:.1f} {plane.y(ms, POSTER):.1f})"}
        fill = "@paper" if point["place"] == "?" else "@yours"
        body.append(el("path", mark | {"fill": fill, "stroke": "@yours-ink", "stroke-width": 1.5}))
    return body
