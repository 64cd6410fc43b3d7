"""What starting costs, beside JupyterLab alone: imports, the server, the first picture, the size of the install.

    python benchmarks/startup.py           measures and writes docs/startup.json
    python benchmarks/startup.py --page    writes the table into docs/startup.md

Each time is the median of its repeats, in new processes whose files have been read before. A picture is there when the
browser shows it: from the page's address, through JupyterLab's own start and the kernel's, to the cell's output.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from packaging.requirements import Requirement

from mobiviz import machine

ROOT = Path(__file__).resolve().parents[1]
ROWS, PAGE = ROOT / "docs/startup.json", ROOT / "docs/startup.md"
MARKS = "<!-- startup: written by benchmarks/startup.py --page -->", "<!-- end of startup -->"
REPEATS = 3
LAB_CELL = "print('ready')"
OUR_CELL = "from mobiviz.widgets import Odometer\nOdometer()"
SHOWN = {LAB_CELL: ".jp-OutputArea-output pre", OUR_CELL: ".mv .mv-picture svg"}


def python_s(code: str) -> float:
    """Seconds of a new interpreter that runs this."""
    took = []
    for _ in range(REPEATS + 1):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - begin)
    return statistics.median(took[1:])


def server_s(command: list[str]) -> float:
    """Seconds until a server that this command starts answers."""
    took = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            begin = time.perf_counter()
            words = [each.format(folder=folder, port=port) for each in command]
            server = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while not answers(f"http://127.0.0.1:{port}/api"):
                    assert server.poll() is None, f"{words} ended before it answered"
                    time.sleep(0.05)
                took.append(time.perf_counter() - begin)
            finally:
                server.kill()
                server.wait()
    return statistics.median(took)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def picture_s(cell: str) -> float:
    """Seconds from opening the notebook's address to this cell's output on the screen, in a new kernel each time."""
    from live_lab import jupyterlab, run_all
    from playwright.sync_api import sync_playwright

    took = []
    with tempfile.TemporaryDirectory() as folder, jupyterlab(Path(folder), cell) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(REPEATS):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            begin = time.perf_counter()
            run_all(page, address)
            page.locator(SHOWN[cell]).first.wait_for()
            took.append(time.perf_counter() - begin)
            page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
            page.context.close()
        browser.close()
    return statistics.median(took)


def closure(name: str) -> set[str]:
    """A package and all that it needs, as far as it is installed here."""
    seen, waiting = set(), [name]
    while waiting:
        one = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        try:
            needs = metadata.requires(one) or []
        except metadata.PackageNotFoundError:
            continue
        if one not in seen:
            seen.add(one)
            wanted = map(Requirement, needs)
            waiting += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    return seen


def size_mb(names: set[str]) -> float:
    """Megabytes of the files of these packages, without what Python compiles from them."""
    files = [path for name in names for path in metadata.files(name) or [] if "__pycache__" not in str(path)]
    return sum(Path(path.locate()).stat().st_size for path in files if Path(path.locate()).is_file()) / 1e6


def own_mb() -> float:
    """Megabytes that our own wheel would put on a disk: the package, its data, the notebooks."""
    listing = ["git", "ls-files", "-z", "mobiviz", "data", "notebooks"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8").split("\0")
    return sum((ROOT / name).stat().st_size for name in names if name) / 1e6


def browser() -> list[list]:
    """Rows of a server's start and a page's: what, JupyterLab alone, mobiviz, unit."""
    lab = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port={port}", "--ServerApp.root_dir={folder}"]
    lab += ["--allow-root", "--ServerApp.port_retries=0"]
    ours = [sys.executable, "-m", "mobiviz", "lab", "--no-browser", "--port", "{port}"]
    return [
        ["the server answers", round(server_s(lab), 1), round(server_s(ours), 1), "s"],
        ["first output in the browser", round(picture_s(LAB_CELL), 1), round(picture_s(OUR_CELL), 1), "s"],
    ]


def imports() -> list[list]:
    """Rows of imports, each without what a bare interpreter takes."""
    bare = python_s("pass")

    def more_s(code: str) -> float:
        return round(python_s(code) - bare, 2)

    return [
        ["a bare `python`", None, round(bare, 2), "s"],
        ["`import mobiviz`, besides", None, more_s("import mobiviz"), "s"],
        ["`import jupyterlab.labapp`, besides", more_s("import jupyterlab.labapp"), None, "s"],
        ["the first interactive picture's import, besides", None, more_s(OUR_CELL), "s"],
        ["`import torch`, besides, which the first network needs", None, more_s("import torch"), "s"],
    ]


def sizes() -> list[list]:
    """Rows of what an install takes on a disk."""
    lab, torch = size_mb(closure("jupyterlab")), size_mb(closure("torch"))
    return [
        ["the install, with all that it needs", round(lab), round(size_mb(closure("mobiviz")) + own_mb()), "MB"],
        ["of it torch, with what it needs", None, round(torch), "MB"],
        ["of it mobiviz itself", None, round(own_mb()), "MB"],
    ]


PARTS = {"imports": imports, "browser": browser, "sizes": sizes}


def table(measured: dict) -> str:
    """The page's table, and the machine that it came from."""
    lines = ["| what | JupyterLab alone | mobiviz |", "|---|---:|---:|"]
    for what, lab, ours, unit in (row for part in PARTS for row in measured["rows"].get(part, ())):
        cells = [what, *("" if value is None else f"{value:g} {unit}" for value in (lab, ours))]
        lines.append(f"| {' | '.join(cells)} |")
    here = measured["machine"]
    words = (
        f"Measured {measured['when']} on: {here['cpu']}, {here['cores']} cores, {here['os']}; Python {here['python']}, "
    )
    words += f"JupyterLab {here['jupyterlab']}, torch {here['torch']}. {measured['how']}"
    return "\n".join([*lines, "", words])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--how", default="Nothing else ran.", help="a sentence on how quiet the machine was")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS), help="what to measure; default: all")
    parser.add_argument("--page", action="store_true", help="write the page's table from the JSON; nothing is measured")
    options = parser.parse_args()
    if options.page:
        page, text = PAGE.read_text(encoding="utf-8"), table(json.loads(ROWS.read_text(encoding="utf-8")))
        head, tail = page.partition(MARKS[0])[0], page.partition(MARKS[1])[2]
        PAGE.write_text(f"{head}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{tail}", encoding="utf-8")
        return 0
    here = machine.facts()
    facts = {"cpu": here.cpu, "cores": here.usable_cores, "os": here.os, "python": here.python}
    facts |= machine.versions(("jupyterlab", "torch"))
    measured = json.loads(ROWS.read_text(encoding="utf-8")) if ROWS.exists() else {"rows": {}}
    for part in options.parts:
        rows = measured["rows"] | {part: PARTS[part]()}
        measured = {"machine": facts, "when": time.strftime("%B %Y"), "how": options.how, "rows": rows}
        ROWS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    print(table(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
