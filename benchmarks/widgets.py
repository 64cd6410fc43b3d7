"""How soon every moving picture answers a key, and how many frames a quick drag draws, in JupyterLab in Chromium.

    python benchmarks/widgets.py [IDEA ...] [--out docs/measured/widgets.md]

Limits: from the key to the painted frame, median of 30 keys, 30 ms for explainers and 100 ms for pictures of a kernel's
tensors; a drag of 40 steps in one second draws at least 38 frames of an explainer. All pictures stand in one notebook.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

TENSORS = ("desk", "sheet", "down", "bank")  # what they draw are numbers of a network in the kernel
KEYS, KEY_MS, TENSOR_MS = 30, 30, 100
STEPS, FRAMES, STEP_S = 40, 38, 0.025
STATED = """from IPython.display import display
from mobiviz.course import gallery
from mobiviz.widgets.stage import VIEW_MIME
made = gallery.piece("{idea}").made()
display({{VIEW_MIME: {{"version_major": 2, "version_minor": 0, "model_id": made.model_id}}}}, raw=True)"""
EXPLORER = """import torch, mobiviz as mv
torch.set_num_threads(1)
explorer = mv.explore(mv.weights.load(mv.MobileNet(mv.V2, 0.5, num_classes=10), "cifar10").eval())
explorer"""
# From a key's own time stamp to the first task after the frame that it changed was painted.
WATCH = """idea => {
  const root = document.querySelector(`.mv[data-idea=${idea}]`), seen = (window.seen = { keys: [], frames: 0, run: 1 });
  root.addEventListener("keydown", ({ timeStamp }) => {
    const before = root.dataset.at;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => root.dataset.at !== before && seen.keys.push(performance.now() - timeStamp);
      port2.postMessage(0);
    });
  }, true);
  let last = root.dataset.at;
  const look = () => {
    if (root.dataset.at !== last) { seen.frames += 1; last = root.dataset.at; }
    if (seen.run) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
RANGE = """node => {
  const { x, y, width, height } = node.getBoundingClientRect();
  return [x, y + height / 2, width, Number(node.max)];
}"""


def measured(page, idea: str) -> dict[str, float]:
    """The milliseconds of the keys, and the frames of a drag, of one picture of the open notebook."""
    picture = page.locator(f".mv[data-idea={idea}] .mv-picture")
    picture.wait_for()
    picture.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(250)
    page.evaluate(WATCH, idea)
    scrub = page.locator(f".mv[data-idea={idea}] .mv-scrub")
    presses, key, answered = 0, "ArrowRight", 0
    while answered < KEYS and presses < 4 * KEYS:
        page.keyboard.press(key)
        page.wait_for_timeout(30)
        presses += 1
        answered, at_end = scrub.evaluate("node => [seen.keys.length, node.value === node.max]")
        key = "Home" if at_end else "ArrowRight"
    keys = page.evaluate("seen.keys")
    assert len(keys) >= KEYS, f"{idea} answered {len(keys)} of {presses} keys"
    page.keyboard.press("Home")
    scrub.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    left, middle, width, last = scrub.evaluate(RANGE)
    places = list(range(last + 1)) if last < STEPS else [round(at * last / STEPS) for at in range(STEPS + 1)]
    there_and_back = places + places[-2:0:-1]  # so that every step is another place
    spots = [left + 8 + there_and_back[at % len(there_and_back)] / last * (width - 16) for at in range(STEPS + 1)]
    page.mouse.move(spots[0], middle)
    page.mouse.down()
    page.wait_for_timeout(200)
    page.evaluate("seen.frames = 0")
    begin = time.perf_counter()
    for at, spot in enumerate(spots[1:]):
        page.mouse.move(spot, middle)
        time.sleep(max(begin + (at + 1) * STEP_S - time.perf_counter(), 0))
    took = time.perf_counter() - begin
    page.wait_for_timeout(200)
    page.mouse.up()
    frames = page.evaluate("seen.run = 0; seen.frames")
    return {"ms": statistics.median(keys[:KEYS]), "late": sorted(keys[:KEYS])[-2], "frames": frames, "drag_s": took}


def rows(ideas: list[str]) -> Iterator[tuple]:
    """One row a picture: its name, what was measured, whether it keeps its limits, and the browser."""
    from conftest import CHROMIUM_FLAGS
    from live_lab import jupyterlab, run_all
    from playwright.sync_api import sync_playwright

    cells = [EXPLORER if idea == "down" else STATED.format(idea=idea) for idea in ideas]
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyterlab(Path(folder), *cells) as address,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        run_all(page, address)
        for at, idea in enumerate(ideas):
            page.evaluate(
                "at => jupyterapp.shell.currentWidget.content.scrollToItem(at, 'start')", at
            )  # else unrendered
            got, tensors = measured(page, idea), idea in TENSORS
            limit = TENSOR_MS if tensors else KEY_MS
            fine = got["ms"] <= limit and (tensors or got["frames"] >= FRAMES)
            drag = f"{got['frames']} of {STEPS} in {got['drag_s']:.2f} s"
            yield (
                (idea, f"{got['ms']:.1f}", f"{got['late']:.1f}", limit, drag, "yes" if fine else "NO"),
                browser.version,
            )
        browser.close()


def page_of(found: dict[str, str], browser: str) -> str:
    """The table as Markdown, with the machine."""
    from importlib.metadata import version

    from mobiviz import machine

    head = ("picture", "key to frame, ms: median of 30", "second slowest", "limit", "frames of a drag", "kept")
    lines = ["# How soon the pictures answer", "", f"{__doc__.splitlines()[0]}", ""]
    lines += [f"On {machine.facts()}, in JupyterLab {version('jupyterlab')} and Chromium {browser}.", ""]
    lines += [*map(line, (head, ["---"] * len(head))), *found.values()]
    return "\n".join(lines) + "\n"


def line(row: Iterable) -> str:
    """A row of the table."""
    return f"| {' | '.join(map(str, row))} |"


def main() -> int:
    from mobiviz.course import gallery

    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("ideas", nargs="*", help="default: all")
    options.add_argument("--out", type=Path, help="write the table here")
    given = options.parse_args()
    told, fine = {}, True
    if given.out and given.out.exists():  # pictures that are not measured now keep their rows
        rest = given.out.read_text(encoding="utf-8").splitlines()
        told = {row.split()[1]: row for row in rest if row.startswith("| ") and row.split()[1] in gallery.pieces()}
    for row, browser in rows(given.ideas or list(gallery.pieces())):
        print(*row, sep="\t", flush=True)
        told[row[0]], fine = line(row), fine and row[-1] == "yes"
        if given.out:
            given.out.parent.mkdir(parents=True, exist_ok=True)
            given.out.write_text(page_of(told, browser), encoding="utf-8")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
