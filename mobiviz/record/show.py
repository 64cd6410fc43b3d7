"""A Record as text and as an HTML table: rows of strings in, one string out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

SHOWN = 40  # rows of a text; a longer one keeps its ends and says how many it leaves out

_STYLE = (
    "<style>.mobiviz-record{max-height:26em;overflow:auto;width:fit-content;max-width:100%}"
    ".mobiviz-record table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:0}"
    ".mobiviz-record caption{text-align:left;font-weight:600;padding:.3em .6em}"
    ".mobiviz-record th,.mobiviz-record td{padding:.15em .6em;text-align:right;white-space:nowrap}"
    ".mobiviz-record .t{text-align:left}.mobiviz-record tbody .t{font-weight:400}.mobiviz-note{padding:.1em .6em}"
    ".mobiviz-record thead th,.mobiviz-record tfoot th,.mobiviz-record tfoot td"
    "{position:sticky;font-weight:600;background:var(--jp-layout-color0,Canvas);color:inherit}"
    ".mobiviz-record thead th{top:0;box-shadow:inset 0 -1px currentColor}"
    ".mobiviz-record tfoot tr>*{bottom:0;box-shadow:inset 0 1px currentColor}</style>"
)


def as_text(
    title: str, heads: dict[str, bool], rows: Sequence[Sequence[str]], notes: Sequence[str], foot: bool = True
) -> str:
    """An aligned text table; `heads` maps each heading to whether its column is text; the last row is the sum.

    Without `foot` it is a row like the others.
    """
    shown = list(rows)
    if len(shown) > SHOWN:
        ends = SHOWN // 2
        left_out = [f"... {len(rows) - 2 * ends - 1} more rows, all in .table()"] + [""] * (len(heads) - 1)
        shown = [*shown[:ends], left_out, *shown[-ends - 1 :]]
    wide = [row for row in shown if not row[0].startswith("...")]
    widths = [max(map(len, column)) for column in zip(list(heads), *wide, strict=True)]
    lines = [_line(list(heads), heads, widths), *(_line(row, heads, widths) for row in shown)]
    rule = "-" * max(map(len, lines))
    last = [rule, lines[-1]] if foot else lines[-1:]
    return "\n".join([title, *lines[:1], rule, *lines[1:-1], *last, *notes])


def as_html(
    title: str, heads: dict[str, bool], rows: Sequence[Sequence[str]], notes: Sequence[str], foot: bool = True
) -> str:
    """The same table for a notebook: scrolls by keyboard, headings and sum stay in sight, follows the theme."""
    head = "".join(f'<th scope="col"{_text(is_text)}>{escape(name)}</th>' for name, is_text in heads.items())
    lines = [f"<tr>{_cells(row, heads)}</tr>" for row in rows]
    body, last = ("".join(lines[:-1]), lines[-1]) if foot else ("".join(lines), "")
    table = f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
    table += f"<tbody>{body}</tbody>" + (f"<tfoot>{last}</tfoot></table>" if last else "</table>")
    label = escape(title, quote=True)
    scroller = f'<div class="mobiviz-record" role="region" tabindex="0" aria-label="{label}">{table}</div>'
    return _STYLE + scroller + "".join(f'<div class="mobiviz-note">{escape(note)}</div>' for note in notes)


def _line(row: Sequence[str], heads: dict[str, bool], widths: list[int]) -> str:
    if row[0].startswith("..."):
        return row[0]
    cells = zip(row, heads.values(), widths, strict=True)
    return "  ".join(cell.ljust(width) if is_text else cell.rjust(width) for cell, is_text, width in cells).rstrip()


def _cells(row: Sequence[str], heads: dict[str, bool]) -> str:
    first, *rest = zip(row, heads.values(), strict=True)
    cells = [f'<th scope="row"{_text(True)}>{escape(first[0])}</th>']
    return "".join(cells + [f"<td{_text(is_text)}>{escape(cell)}</td>" for cell, is_text in rest])


def _text(is_text: bool) -> str:
    return ' class="t"' if is_text else ""
