"""The contact sheet: every moving picture as it is met on a page, in the dark, on a phone and on a projector."""

import tempfile
from html import escape
from pathlib import Path

from mobiviz.course import camera, gallery
from mobiviz.course.film import FILLED

ANSWERS = Path(__file__).resolve().parents[2] / "docs" / "contact_sheet.md"
WAYS = {
    "light": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 400, "height": 800}},
    "projector": {"viewport": {"width": 1920, "height": 1080}},
}
# As the site shows a picture alone; the way back is the site's own.
_ALONE = ".frame { max-width: 1180px; margin: 0 auto } .back { display: none }"
_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; margin: 24px; color: #1b1e24 }
section { border-top: 1px solid #ccc; margin-top: 28px }
div { display: flex; flex-wrap: wrap; gap: 12px }
figure { margin: 0 }
figure.light, figure.dark { flex: 1 1 480px }
figure.projector { flex: 1 1 600px }
img { max-width: 100%; border: 1px solid #ccc }
figure.narrow img { max-height: 620px }
pre { white-space: pre-wrap; font: inherit }"""


def sheet(out: Path, ideas: list[str] | None = None) -> Path:
    """Take every picture in every way into `out`, and write index.html, which shows them; returns its path.

    Raises: ValueError for an unknown idea; ImportError without playwright, FileNotFoundError without a browser.
    """
    pieces = [gallery.piece(idea) for idea in ideas] if ideas else list(gallery.pieces().values())
    out.mkdir(parents=True, exist_ok=True)
    with camera.chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for piece in pieces:
            for way, asked in WAYS.items():
                alone = (_ALONE, f"?present#{piece.idea}") if way == "projector" else ()
                with camera.alone(browser, (piece, Path(folder, "page.html")), asked, *alone) as page:
                    if piece.idea in FILLED:
                        page.keyboard.press("End")
                    page.evaluate("document.activeElement.blur()")
                    whole = page if way == "projector" else page.locator(".mv")  # a projector shows no more than fits
                    whole.screenshot(path=out / _file(piece, way))
    path = out / "index.html"
    path.write_text(_page(pieces), encoding="utf-8", newline="\n")
    return path


def answers() -> dict[str, str]:
    """What somebody who saw the picture alone said of it, by idea, where this is a checkout."""
    if not ANSWERS.exists():
        return {}
    parts = ANSWERS.read_text(encoding="utf-8").split("\n## ")[1:]
    return {idea: said.strip() for idea, _, said in (part.partition("\n") for part in parts)}


def _file(piece: gallery.Piece, way: str) -> str:
    return f"{piece.idea}-{way}.png"


def _page(pieces: list[gallery.Piece]) -> str:
    said, parts = answers(), []
    for piece in pieces:
        shots = "".join(
            f'<figure class="{way}"><img src="{_file(piece, way)}" alt="{escape(piece.state["data"]["alt"])}">'
            f"<figcaption>{way}</figcaption></figure>\n"
            for way in WAYS
        )
        words = escape(said.get(piece.idea, "nobody has said yet"))
        parts.append(
            f"<section><h2>{piece.idea}</h2><p>{escape(piece.title)} ({piece.notebook})</p><pre>{words}</pre>\n"
            f"<div>{shots}</div></section>\n"
        )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Contact sheet</title>\n'
        f"<style>{_STYLE}</style></head><body><h1>Contact sheet</h1>\n{''.join(parts)}</body></html>\n"
    )
