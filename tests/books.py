"""A page of pictures, opened from disk in a real browser, and what is asked of every picture there.

A test file has a fixture `book`, the address of its page; conftest's `opened` opens it with one picture in focus.
"""

import nbformat
from test_page import notebook_of

from mobiviz.course.page import page as write_page

WAYS = {"light": {}, "dark": {"dark": True}, "narrow": {"width": 400}, "still": {"still": True}, "forced": {}}

# Words that are too small, cut by their picture's edge or on top of each other, and targets under 24 px.
FAULTS = """() => {
  const faults = [], seen = (node) => node.getClientRects().length && getComputedStyle(node).visibility !== "hidden";
  for (const root of document.querySelectorAll(".mv")) {
    for (const node of root.querySelectorAll("button, select, summary, input"))
      if (seen(node) && node.getBoundingClientRect().height < 23.9) faults.push(`small target: ${node.outerHTML}`);
    for (const node of root.querySelectorAll("p, span, output, label, summary, option, td, th, kbd"))
      if (seen(node) && parseFloat(getComputedStyle(node).fontSize) < 12 && !node.closest("sub"))
        faults.push(`small type: ${node.textContent}`);
    for (const svg of root.querySelectorAll(".mv-picture > svg")) {
      const frame = svg.getBoundingClientRect(), scale = frame.width / svg.viewBox.baseVal.width;
      const texts = [...svg.querySelectorAll("text")].filter((node) => node.textContent && seen(node));
      const boxes = texts.map((node) => node.getBoundingClientRect());
      texts.forEach((node, i) => {
        if (parseFloat(getComputedStyle(node).fontSize) * scale < 11.9) faults.push(`small type: ${node.textContent}`);
        const a = boxes[i];
        if (a.left < frame.left - 1 || a.right > frame.right + 1) faults.push(`cut: ${node.textContent}`);
        if (a.top < frame.top - 1 || a.bottom > frame.bottom + 1) faults.push(`cut: ${node.textContent}`);
        for (const b of boxes.slice(i + 1)) {
          const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          const other = texts[boxes.indexOf(b)].textContent;
          if (wide > 2 && high > 4) faults.push(`overlap: ${node.textContent} on ${other}`);
        }
      });
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`wider than the window`);
  return faults;
}"""


def write_book(folder, *pictures):
    """The address of a page that holds these pictures, made in the folder."""
    nbformat.write(notebook_of(*pictures), folder / "book.ipynb")
    return write_page(folder / "book.ipynb", folder / "book.html").as_uri()


def focus(page, idea):
    page.locator(f".mv[data-idea={idea}] .mv-picture").focus()


def count(page, idea, name="macs"):
    return int(page.locator(f".mv[data-idea={idea}] [data-count={name}]").inner_text().replace(",", ""))


def said(page, idea):
    return page.locator(f".mv[data-idea={idea}] [data-said]").text_content()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
