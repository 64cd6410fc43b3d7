"""How many students a machine holds: a hub, n servers, and notebook 02 run on all of them at the same moment.

    python benchmarks/classroom.py --students 4     measures one row and puts it into docs/deploy/classroom.json
    python benchmarks/classroom.py                  rows for 1, 2, 4 and 8 students
    python benchmarks/classroom.py --memory         the most memory that the kernel of each notebook takes
    python benchmarks/classroom.py --page           writes the rows into docs/deploy/README.md

Servers are single-user ones of docs/deploy's configuration, started through the hub; no memory or core limit is set, so
that what they take is seen. Cells go to the kernels through the hub's proxy and the same web sockets that JupyterLab
uses. Memory is each server's with its kernel: private pages, and its share of those that several of them map.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import kernel_memory
import nbformat
import psutil
import websocket
from live_hub import ADMIN, Hub, hub, missing

from mobiviz import assets, machine

ROOT = Path(__file__).resolve().parents[1]
ROWS = ROOT / "docs/deploy/classroom.json"
PAGE = ROOT / "docs/deploy/README.md"
MARKS = "<!-- classroom: written by benchmarks/classroom.py --page -->", "<!-- end of classroom -->"
NOTEBOOK = "02_depthwise_plus_pointwise.ipynb"
LIMIT_S = 600


def peak_mb(path: Path) -> int:
    """The most memory that a notebook's kernel took, or it and the programs that it started at one moment.

    Measurements in it are cut short, which changes their times and not their sizes.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    kernel_memory.ask(notebook)
    seen, done = [0], threading.Event()
    watching = threading.Thread(target=_watch_started, args=(seen, done), daemon=True)
    with tempfile.TemporaryDirectory() as home:
        own = os.environ | {"MOBIVIZ_QUICK": "1", "MOBIVIZ_HOME": home, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        watching.start()
        try:
            NotebookClient(notebook, timeout=LIMIT_S, resources={"metadata": {"path": home}}).execute(env=own)
        finally:
            done.set()
            watching.join()
    return max(kernel_memory.told_mb(notebook), round(max(seen) / 1e6))


def _watch_started(seen: list[int], done: threading.Event) -> None:
    """Bytes of a kernel, which is a child of this process, with what its own children have to themselves."""
    here = psutil.Process()
    while not done.wait(0.1):
        total = 0
        for kernel in here.children():
            with contextlib.suppress(psutil.Error):  # it ended meanwhile
                total += kernel.memory_info().rss
                total += sum(each.memory_full_info().uss for each in kernel.children(recursive=True))
        seen.append(total)


def cells() -> list[str]:
    """The code of notebook 02 as a student who has solved it runs it."""
    notebook = nbformat.read(assets.notebooks("solutions", NOTEBOOK), as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


class Student:
    """One who logs in, opens a kernel and runs everything; keeps what went wrong."""

    def __init__(self, room: Hub, number: int):
        self.room, self.name = room, f"student{number}"
        self.first_s = self.all_s = 0.0

    def start(self) -> None:
        """The server; returns when it answers."""
        self.room.ask(f"/hub/api/users/{self.name}", "POST")
        self.room.ask(f"/hub/api/users/{self.name}/server", "POST")
        end = time.monotonic() + LIMIT_S
        while not self.room.ask(f"/hub/api/users/{self.name}")["servers"].get("", {}).get("ready"):
            if time.monotonic() > end:
                raise TimeoutError(f"the server of {self.name} did not answer in {LIMIT_S} s")
            time.sleep(0.5)

    def run_all(self, together: threading.Barrier) -> None:
        """All cells in a new kernel, begun when everybody is there; times are from that moment."""
        kernel = self.room.ask(f"/user/{self.name}/api/kernels", "POST", {"name": "python3"})["id"]
        address = f"{self.room.address}/user/{self.name}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        socket = websocket.create_connection(address, timeout=LIMIT_S, header=[f"Authorization: token {ADMIN}"])
        together.wait(LIMIT_S)
        begin = time.perf_counter()
        for number, code in enumerate(cells()):
            self._run(socket, code)
            if number == 0:
                self.first_s = time.perf_counter() - begin
        self.all_s = time.perf_counter() - begin
        socket.close()

    def _run(self, socket: websocket.WebSocket, code: str) -> None:
        asked = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        header = {"msg_id": asked, "msg_type": "execute_request", "session": self.name, "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        socket.send(json.dumps(message))
        while True:
            words = socket.recv()
            if isinstance(words, bytes):  # the data of a picture
                continue
            said = json.loads(words)
            if said["parent_header"].get("msg_id") != asked:
                continue
            if said["msg_type"] == "error":
                raise RuntimeError(f"{self.name}: {said['content']['evalue']}")
            if said["msg_type"] == "execute_reply":
                return


def servers(room: Hub) -> list[psutil.Process]:
    """The students' servers: processes that work in this hub's homes."""
    found = []
    for each in psutil.process_iter(["cmdline"]):
        if any("jupyterhub-singleuser" in word for word in each.info["cmdline"] or ()):
            try:
                if Path(each.cwd()).parent == room.folder / "homes":
                    found.append(each)
            except psutil.Error:
                continue
    return found


def taken(server: psutil.Process) -> int:
    """Bytes of a server and its kernels, those that are shared counted in parts."""
    return sum(each.memory_full_info().pss for each in (server, *server.children(recursive=True)))


def measure(count: int) -> dict:
    """One row: n students, from a hub that has just started."""
    with ThreadPoolExecutor(count) as at_once, tempfile.TemporaryDirectory() as folder, hub(Path(folder)) as room:
        students = [Student(room, number) for number in range(1, count + 1)]
        begin = time.perf_counter()
        list(at_once.map(Student.start, students))
        ready_s = time.perf_counter() - begin
        theirs, together, totals, done = servers(room), threading.Barrier(count), [], threading.Event()
        empty = [taken(each) for each in theirs]
        threading.Thread(target=_watch, args=(theirs, totals, done), daemon=True).start()
        try:
            list(at_once.map(lambda student: student.run_all(together), students))
        finally:
            done.set()
        full = [taken(each) for each in theirs]
        assert len(empty) == len(full) == count, f"{len(full)} servers of {count} were found"
    return {
        "students": count,
        "servers_ready_s": round(ready_s, 1),
        "first_cell_s": round(statistics.median(each.first_s for each in students), 1),
        "run_all_s": round(statistics.median(each.all_s for each in students), 1),
        "run_all_slowest_s": round(max(each.all_s for each in students), 1),
        "server_mb": round(statistics.median(empty) / 1e6),
        "with_notebook_mb": round(statistics.median(full) / 1e6),
        "all_mb": round(max([*totals, sum(full)]) / 1e6),
    }


def _watch(theirs: list[psutil.Process], totals: list[int], done: threading.Event) -> None:
    while not done.wait(3):
        with contextlib.suppress(psutil.Error):  # a process that ended meanwhile
            totals.append(sum(map(taken, theirs)))


def table(measured: dict) -> str:
    """The page's table, and the machine that it came from."""
    here = measured["machine"]
    lines = [
        "| students at once | all servers ready | first cell done | Run All, median | Run All, slowest "
        "| a server | with its kernel | all of them, at most |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in measured["rows"]:
        times = [row[key] for key in ("servers_ready_s", "first_cell_s", "run_all_s", "run_all_slowest_s")]
        sizes = [row[key] for key in ("server_mb", "with_notebook_mb", "all_mb")]
        cells = [str(row["students"]), *(f"{time:g} s" for time in times), *(f"{size} MB" for size in sizes)]
        lines.append(f"| {' | '.join(cells)} |")
    words = f"Measured {measured['when']} on: {here['cpu']}, {here['cores']} cores, {here['memory_gb']} GB, "
    words += f"{here['os']}; Python {here['python']}, torch {here['torch']}, JupyterHub {here['jupyterhub']}. "
    return "\n".join([*lines, "", words + measured["how"], *peaks(measured["peaks_mb"])])


def peaks(found: dict[str, int], most: int = 6) -> list[str]:
    """The hungriest notebooks as a table, and all others in one row."""
    ranked = sorted(found.items(), key=lambda item: -item[1])
    if not ranked:
        return []
    rows = [f"| {name[:2]} | {peak} MB |" for name, peak in ranked[:most]]
    rows += [f"| each of the others, at most | {max(peak for _, peak in ranked[most:])} MB |"] if ranked[most:] else []
    title = "The most that a notebook's kernel took in one run, with the programs that it started:"
    return ["", title, "", "| notebook | memory |", "|---|---:|", *rows]


def between(page: str, text: str) -> str:
    """The page with `text` between its marks."""
    head, _, rest = page.partition(MARKS[0])
    _, _, tail = rest.partition(MARKS[1])
    return f"{head}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{tail}"


def keep(rows: list[dict], how: str) -> dict:
    """Put rows into the JSON, in place of those for as many students."""
    known = json.loads(ROWS.read_text(encoding="utf-8")) if ROWS.exists() else {"rows": [], "peaks_mb": {}}
    found = {row["students"]: row for row in known["rows"] + rows}
    here = machine.facts()
    named = machine.versions(("torch", "jupyterhub"))
    facts = {"cpu": here.cpu, "cores": here.usable_cores, "memory_gb": round(here.memory_bytes / 2**30)}
    facts |= {"os": here.os, "python": here.python, **named}
    measured = {"machine": facts, "when": time.strftime("%B %Y"), "how": how, "rows": [found[n] for n in sorted(found)]}
    measured["peaks_mb"] = known["peaks_mb"]
    ROWS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return measured


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--how", default="Nothing else ran.", help="a sentence on how quiet the machine was")
    parser.add_argument("--memory", action="store_true", help="measure the kernels' memory instead")
    parser.add_argument("--page", action="store_true", help="write the page's table from the JSON; nothing is measured")
    options = parser.parse_args()
    if options.page:
        measured = json.loads(ROWS.read_text(encoding="utf-8"))
        PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), table(measured)), encoding="utf-8")
        return 0
    if options.memory:
        measured = json.loads(ROWS.read_text(encoding="utf-8"))
        for path in sorted(assets.notebooks("solutions").glob("*.ipynb")):
            measured["peaks_mb"][path.stem] = peak_mb(path)
            print(path.stem, measured["peaks_mb"][path.stem], "MB", flush=True)
        known = json.loads(ROWS.read_text(encoding="utf-8"))
        ROWS.write_text(json.dumps(known | {"peaks_mb": measured["peaks_mb"]}, indent=1) + "\n", encoding="utf-8")
        return 0
    if lacking := missing():
        print(*lacking, sep="\n")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before all rows were measured"))
    for count in options.students:
        row = measure(count)
        print(row, flush=True)
        keep([row], options.how)
    return 0


if __name__ == "__main__":
    sys.exit(main())
