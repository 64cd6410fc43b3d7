"""benchmarks/counters.py: its committed page says what its own table shows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import counters

ROOT = Path(__file__).resolve().parents[1]


def table_of(page):
    """The table and the line on its machine."""
    return page[page.index("| counter ") : page.index("\n\nOur targets.")]


def test_the_page_is_made_from_its_table():
    text = (ROOT / "docs" / "measured" / "counters.md").read_text(encoding="utf-8")
    table = table_of(text)
    assert counters.page(table) == text
    assert {line.split("|")[1].strip().split(" ")[0].rstrip(",") for line in table.splitlines()[2:-2]} == {
        name.split(" ")[0].rstrip(",") for name in counters.COUNTERS
    }
    assert "absent" not in table


def test_a_target_is_kept_or_missed_by_the_number_in_its_row():
    text = table_of((ROOT / "docs" / "measured" / "counters.md").read_text(encoding="utf-8"))
    row = "| {} | 300.774 | 0 | {} [1.00, 2.00] | {} [1.00, 2.00] | {} | nothing |"
    lines = [line for line in text.splitlines() if not line.startswith("| mobiviz, Compute |")]
    for alone, among, words in (
        ("1.25", "1.26", "keeps it alone and misses it among the others"),
        ("1.30", "1.20", "misses it alone and keeps it among the others"),
    ):
        changed = "\n".join([*lines, row.format("mobiviz, Compute", alone, among, "1.25")])
        assert f"Compute at most 1.25: {words}." in counters.verdict(changed)
