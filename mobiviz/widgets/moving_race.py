"""The race as one file that moves by itself: an SVG that plays once, by style alone, and rests on the finished frame.

Without style, or for a reader who asks for less motion, it is the finished frame from the start.
"""

from itertools import pairwise

from mobiviz.widgets import mac_race
from mobiviz.widgets.mac_race import C_IN, C_OUT, OUT, SIZE, K, Race
from mobiviz.widgets.svg import el, picture, text

START_S, RUN_S = 0.3, 4.4  # a moment to find the start; the end leaves some of the five seconds
X, TOPS, LEFT, LONGEST = {"input": 20, "middle": 370, "output": 747}, {"standard": 72, "separable": 276}, 20, 600
SIZE_PX = (800, 486)
STYLE = """
.late{animation:late 1ms linear backwards}
.now{animation:now 1s step-end}
.dim{animation:dim 1ms linear backwards}
.grow{animation:grow 1s linear backwards}
@keyframes late{from{opacity:0}}
@keyframes now{from,to{opacity:1}}
@keyframes dim{from{opacity:.15}}
@keyframes grow{from{clip-path:inset(-2px calc(100% + 2px) -2px -2px)}to{clip-path:inset(-2px)}}
"""
STILL = "@media (prefers-reduced-motion: reduce){*{animation:none!important}}"


def moving_race(race: Race) -> str:
    """The finished frame, and how it came about: both lanes at one MAC per tick, from the widget's own numbers."""
    data, macs, total = race.data, race.data["macs"], race.data["total"]
    body = [text(LEFT, 30, data["title"], 16, weight="600")]
    for name, ideas in (("standard", ["standard"]), ("separable", ["depthwise", "pointwise"])):
        body += _lane(race, TOPS[name], ideas)
        body += _bars(race, TOPS[name] + 144, ideas)
    standard, split = _counted(macs, ["standard"]), _counted(macs, ["depthwise", "pointwise"])
    split += [(macs["standard"], split[-1][1])]
    split[-2] = (total, f"{split[-1][1]}, done")
    body += _in_turn(race, (LEFT + LONGEST + 8, TOPS["standard"] + 157), standard, "600")
    end = LEFT + LONGEST * total / macs["standard"]
    body += _in_turn(race, (end + 8, TOPS["separable"] + 157), split, "600")
    body += _in_turn(race, (LEFT, 466), [(0, data["question"]), (macs["standard"], data["answer"])], "400")
    style = el("style", None, STYLE.replace("\n", "") + _walks() + STILL)
    return picture("moving-race", SIZE_PX, data["title"], data["alt"], style, *body) + "\n"


def _counted(macs: dict[str, int], ideas: list[str]) -> list[tuple[int, str]]:
    """(tick, words) of a lane's counter, every nine MACs."""
    first, said = macs[ideas[0]], []
    for tick in range(0, sum(macs[idea] for idea in ideas) + 1, K * K):
        sums = f"{first} + {tick - first} = " if tick > first else ""
        said.append((tick, f"{sums}{tick} MACs"))
    return said


def _finished(macs: dict[str, int], idea: str) -> range:
    """At how many of its MACs each number of an idea is finished."""
    each = {"standard": K * K * C_IN, "depthwise": K * K, "pointwise": C_IN}[idea]
    return range(each, macs[idea] + 1, each)


def _seconds(race: Race, tick: float) -> float:
    return START_S + RUN_S * tick / race.data["macs"]["standard"]


def _at(race: Race, kind: str, tick: float, ticks: float = 0, **more: object) -> dict[str, object]:
    """Attributes of what begins at a tick, and lasts for some where it does not stay."""
    style = f"animation-delay:{_seconds(race, tick):.3f}s"
    if ticks:
        style += f";animation-duration:{_seconds(race, tick + ticks) - _seconds(race, tick):.3f}s"
    return {"class": kind, "style": style, **more}


def _lane(race: Race, top: int, ideas: list[str]) -> list[str]:
    """The poster's lane, with its connections, its planes' cells and the windows on its input each in their time."""
    macs, split = race.data["macs"], len(ideas) > 1
    columns = [("", C_IN, SIZE, X["input"])]
    columns += [("depthwise", C_IN, OUT, X["middle"])] if split else []
    columns += [(ideas[-1], C_OUT, OUT, X["output"])]
    body, before = mac_race.shapes(top, columns), 0
    for place, (left, right) in enumerate(pairwise(columns)):
        idea, a_channel = right[0], macs[right[0]] / right[1]
        for channel, wire in mac_race.wires(top, left, right):
            body.append(el("g", _at(race, "dim", before + channel * a_channel), wire))
        body.append(mac_race.kernels(top, place, idea))
        before += macs[idea]
    for column in columns:
        body += mac_race.planes(top, ("", *column[1:]))
    before = 0
    for left, right in pairwise(columns):
        body += _windows(race, (top, before), left, right)
        body += _cells(race, (top, before), right)
        before += macs[right[0]]
    return body


def _cells(race: Race, since: tuple[int, int], column: tuple[str, int, int, int]) -> list[str]:
    """A column's numbers, each from the tick at which it is finished."""
    (top, before), (idea, count, size, x) = since, column
    side, body, finished = mac_race.cell_side(size), [], _finished(race.data["macs"], column[0])
    for number, tick in enumerate(finished):
        channel, place = divmod(number, size * size)
        y = mac_race.plane_y(top, count, channel) - size * side / 2
        box = {"x": x + place % size * side, "y": y + place // size * side, "width": side, "height": side}
        box |= {"fill": f"@{idea}", "stroke": f"@{idea}-edge"}
        body.append(el("g", _at(race, "late", before + tick), el("rect", box)))
    return body


def _windows(race: Race, since: tuple[int, int], left: tuple, right: tuple) -> list[str]:
    """What of the left column the right one's current number is made from: a window that walks, then is gone."""
    (top, before), (_, count, size, x), (idea, channels, _, _) = since, left, right
    k, side, body = (1 if idea == "pointwise" else K), mac_race.cell_side(size), []
    a_channel = race.data["macs"][idea] / channels
    for plane in range(count):
        own = idea == "depthwise"
        given = _at(race, f"walk-{k}", before + a_channel * plane * own, a_channel, opacity=0)
        given["style"] += "" if own else f";animation-iteration-count:{channels}"
        box = {"x": x, "y": mac_race.plane_y(top, count, plane) - size * side / 2, "width": k * side}
        box |= {"height": k * side, "stroke": "@text", "stroke-width": 2, "fill": "none" if k == 1 else "@map"}
        body.append(el("g", given, el("rect", box)))
    return body


def _walks() -> str:
    """The walk of a window over all places of an output channel, for a 3x3 kernel and for a 1x1."""
    rules = ""
    for k, size in ((K, SIZE), (1, OUT)):
        side, steps = mac_race.cell_side(size), ""
        for place in range(OUT * OUT):
            where = f"translate({place % OUT * side:g}px,{place // OUT * side:g}px)"
            steps += f"{100 * place / OUT**2:.2f}%{{opacity:1;transform:{where}}}"
        rules += f".walk-{k}{{animation:walk-{k} 1s step-end}}@keyframes walk-{k}{{{steps}to{{opacity:1}}}}"
    return rules


def _bars(race: Race, y: int, ideas: list[str]) -> list[str]:
    body, macs, before = [], race.data["macs"], 0
    scale = LONGEST / macs["standard"]
    for idea in ideas:
        bar = mac_race.bar("moving-race", (LEFT + before * scale, y), macs[idea] * scale, idea)
        body.append(el("g", _at(race, "grow", before, macs[idea]), bar))
        before += macs[idea]
    return body


def _in_turn(race: Race, corner: tuple[float, float], said: list[tuple[int, str]], weight: str) -> list[str]:
    """Words that replace one another, each from its tick on; the last ones stay."""
    body, size = [], 14 if weight == "600" else 13
    for (tick, words), (until, _) in pairwise([*said, (0, "")]):
        line = text(*corner, words, size, weight=weight)
        if until:
            since = tick or -START_S * race.data["macs"]["standard"] / RUN_S  # the first ones from the very start
            body.append(el("g", _at(race, "now", since, until - since, opacity=0), line))
        else:
            body.append(el("g", _at(race, "late", tick), line))
    return body
