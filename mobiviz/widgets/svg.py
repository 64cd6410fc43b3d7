"""Poster frames: SVG text from numbers, the same bytes each time, readable on light and on dark paper.

A colour is written `@name`: `@text`, `@line`, `@standard` (fill), `@standard-ink`, `@standard-on`, `@standard-edge`
for lines between cells of that fill, or `@standard-hatch` for the fill with its hatch. Light colours are attributes,
so a picture whose style sheet is stripped is still whole; the dark ones follow `prefers-color-scheme` by class.
"""

import re
from xml.sax.saxutils import escape, quoteattr

from mobiviz.plot.palette import IDEAS, THEMES

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', sans-serif"
HATCH_PATHS = {
    "x": "M0 0L8 8M8 0L0 8",
    "|": "M4 0V8",
    ".": "M4 4h.01",
    "+": "M4 1V7M1 4H7",
    "-": "M0 4H8",
    "/": "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    "": "",
}


def el(tag: str, attrs: dict[str, object] | None = None, *children: str) -> str:
    """One element; a number is written with at most two decimals, `@name` colours become classes too."""
    given = dict(attrs or {})
    classes = [f"mv-{key}-{value[1:]}" for key, value in given.items() if str(value).startswith("@")]
    written = {key: _value(value) for key, value in given.items()}
    if classes:
        written["class"] = " ".join(classes)
    head = tag + "".join(f" {key}={quoteattr(value)}" for key, value in written.items())
    return f"<{head}>{''.join(children)}</{tag}>" if children else f"<{head}/>"


def text(x: float, y: float, words: object, size: float = 13, **style: str) -> str:
    """Words at a baseline; `anchor`, `weight` and `fill` as in SVG."""
    attrs = {"x": x, "y": y, "font-size": size, "fill": style.get("fill", "@text")}
    attrs |= {f"{a}-{b}": style[b] for a, b in (("text", "anchor"), ("font", "weight")) if b in style}
    return el("text", attrs, *_lowered(str(words)))


def picture(name: str, size: tuple[int, int], title: str, alt: str, *body: str) -> str:
    """A complete standalone SVG with title and description (alt text), on its own paper.

    Raises: ValueError without a title or an alt text: a picture without them says nothing to some readers.
    """
    if not title.strip() or not alt.strip():
        raise ValueError(f"the poster of {name} needs a title and an alt text")
    width, height = size
    inside = "".join(body)
    hatches = [idea for idea in IDEAS if f"@{idea}-hatch" in inside or f"#mv-{name}-{idea}" in inside]
    inside = "".join(_pattern(name, idea) for idea in hatches) + inside
    paper = el("rect", {"width": width, "height": height, "fill": "@paper"})
    style = el("style", None, _dark(paper + inside)) if "mv-" in inside + paper else ""
    attrs = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "width": width}
    attrs |= {"height": height, "role": "img", "aria-labelledby": f"mv-{name}-title mv-{name}-desc"}
    attrs |= {"font-family": FONT, "style": "max-width:100%;height:auto;font-variant-numeric:tabular-nums"}
    words = el("title", {"id": f"mv-{name}-title"}, escape(title)) + el("desc", {"id": f"mv-{name}-desc"}, escape(alt))
    return el("svg", attrs, words, style, paper, inside)


def hatched(name: str, idea: str) -> str:
    """The fill attribute of an idea's fill with its hatch, inside the picture of this name."""
    return f"url(#mv-{name}-{idea})"


def colour(role: str, theme: str = "light") -> str:
    """The `#rrggbb` of a role such as `line`, `standard`, `standard-ink` or `standard-on` in a theme.

    Raises: KeyError for an unknown role.
    """
    name, _, part = role.partition("-")
    if name in IDEAS:
        idea = IDEAS[name]
        inks = {"light": idea.ink, "dark": idea.ink_dark}
        edge = idea.ink if theme == "light" and idea.ink != idea.fill else THEMES[theme].paper
        return {"": idea.fill, "ink": inks[theme], "on": idea.on_fill, "edge": edge}[part]
    return {key: getattr(THEMES[theme], key) for key in ("paper", "panel", "text", "muted", "line")}[role]


def roles() -> list[str]:
    """Every role that `colour` knows."""
    ideas = [f"{name}{part}" for name in IDEAS for part in ("", "-ink", "-on", "-edge")]
    return ["paper", "panel", "text", "muted", "line", *ideas]


def _lowered(words: str) -> list[str]:
    """`C_out` as a C with a small "out" below the line."""
    first, *rest = re.split(r"_(in|out)\b", words)
    pieces = [escape(first)]
    for low, after in zip(rest[::2], rest[1::2], strict=True):
        pieces.append(el("tspan", {"dy": 3, "font-size": "80%"}, low))
        pieces += [el("tspan", {"dy": -3}, escape(after))] if after else []
    return pieces


def _pattern(name: str, idea: str) -> str:
    tile = el("rect", {"width": 8, "height": 8, "fill": f"@{idea}"})
    dot = {"stroke-width": 2.4, "stroke-linecap": "round"} if IDEAS[idea].hatch == "." else {"stroke-width": 1}
    stroke = {"d": HATCH_PATHS[IDEAS[idea].hatch], "fill": "none", "stroke": f"@{idea}-on", "opacity": 0.55}
    where = {"id": f"mv-{name}-{idea}", "width": 8, "height": 8, "patternUnits": "userSpaceOnUse"}
    return el("pattern", where, tile, el("path", stroke | dot))


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return colour(value[1:]) if str(value).startswith("@") else str(value)


def _dark(inside: str) -> str:
    used = sorted(set(re.findall(r"mv-(fill|stroke)-([a-z-]+)", inside)))
    rules = [f".mv-{key}-{role}{{{key}:{colour(role, 'dark')}}}" for key, role in used]
    return f"@media (prefers-color-scheme: dark){{{''.join(rules)}}}"
