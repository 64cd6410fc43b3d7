"""The docket: claims as cards, each with its source, your prediction, what was computed, and the stamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from mobiviz.widgets.stage import Stage
from mobiviz.widgets.svg import el, picture, text

SIGNS = {"TRUE": "✓", "TRUE IF": "≈", "FALSE": "✗", "CANNOT TELL": "?"}
# A stamp's paper, its words and its edge: colours of the course are taken, each by an idea.
_STAMPS = {
    "TRUE": ("text", "paper", ""),
    "TRUE IF": ("panel", "text", "4 3"),
    "FALSE": ("paper", "text", ""),
    "CANNOT TELL": ("panel", "muted", "1 3"),
}


@dataclass(frozen=True)
class Card:
    """One claim: its words and source, the numbers as pairs of name and value in words, the verdict and why."""

    quote: str
    source: str
    computed: Sequence[tuple[str, str]]
    verdict: str
    why: str
    yours: str = ""


class Docket(Stage):
    """Steps through the cards; Right turns the next one over.

    Raises: ValueError for no cards, or a verdict that is none.
    """

    script = "docket.js"

    def __init__(self, cards: Sequence[Card]) -> None:
        if not cards:
            raise ValueError("a docket needs at least one card (got none); stamp a claim first")
        for card in cards:
            if card.verdict not in SIGNS:
                raise ValueError(f"a verdict is one of {', '.join(SIGNS)} (got {card.verdict!r})")
        counts = {verdict: sum(card.verdict == verdict for card in cards) for verdict in SIGNS}
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        title = f"Of {len(cards)} claims: {said}"
        alt = f"{title}. " + " ".join(f"{card.verdict}: {card.quote}." for card in cards)
        head = ("claim", "verdict", "computed", "why", "your prediction", "source")
        rows = [
            (
                card.quote,
                card.verdict,
                "; ".join(f"{a} {b}" for a, b in card.computed),
                card.why,
                card.yours or "-",
                card.source,
            )
            for card in cards
        ]
        shown, right, guessed = [], 0, 0
        for card in cards:
            right, guessed = right + bool(card.yours and card.yours == card.verdict), guessed + bool(card.yours)
            stamp = dict(zip(("paper", "ink", "dashes"), _STAMPS[card.verdict], strict=True))
            told = {"sign": SIGNS[card.verdict], "stamp": stamp, "right": right, "guessed": guessed}
            shown.append(asdict(card) | {"computed": [list(pair) for pair in card.computed]} | told)
        data = {"title": title, "alt": alt, "controls": [], "table": [head, *rows], "cards": shown}
        super().__init__(data, start={"at": 0})

    def poster(self) -> str:
        """All claims as a list with their stamps."""
        from mobiviz.plot.style import wrapped  # matplotlib, which no other widget needs

        body, y = [text(20, 30, self.data["title"], 16, weight="600")], 62
        for card in self.data["cards"]:
            lines = wrapped(card["quote"], 13, 600)
            look = card["stamp"]
            edge = {"fill": f"@{look['paper']}", "stroke": "@text", "stroke-dasharray": look["dashes"] or "none"}
            body.append(el("rect", {"x": 20, "y": y - 15, "width": 118, "height": 22, "rx": 4} | edge))
            words = f"{card['sign']} {card['verdict']}"
            body.append(text(79, y, words, 12, anchor="middle", weight="600", fill=f"@{look['ink']}"))
            body += [text(150, y + 18 * at, line, 13) for at, line in enumerate(lines)]
            y += 18 * len(lines) + 12
        return picture("docket", (800, y), self.data["title"], self.data["alt"], *body)


def cards_of(findings: Sequence, yours: Mapping[str, str] | None = None) -> list[Card]:
    """Cards from findings of the court: anything with a sentence, a verdict, numbers as shown, and words."""
    made = []
    for found in findings:
        own = (yours or {}).get(found.sentence.id, "")
        made.append(Card(found.sentence.quote, found.sentence.source, found.shown, found.verdict, found.words, own))
    return made
