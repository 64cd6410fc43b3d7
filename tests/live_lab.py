"""A JupyterLab of its own with one notebook, for tests and benchmarks of what needs a kernel."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat

READY = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


@contextmanager
def jupyterlab(folder, *cells):
    """Serve a notebook with these code cells from a folder; gives its address."""
    (folder / "work").mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "work" / "live.ipynb")
    settings = folder / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(QUIET), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(folder / "ipython"), "MOBIVIZ_HOME": str(folder / "home")}
    own |= {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--ServerApp.root_dir={folder / 'work'}", "--IdentityProvider.token=t", "--allow-root"]
    command += ["--LabApp.expose_app_in_browser=True"]
    log = folder / "log"
    with log.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(command, env=os.environ | own, stdout=out, stderr=out)
    try:
        _wait(f"http://127.0.0.1:{port}/api?token=t", server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/live.ipynb?reset&token=t"
    finally:
        server.terminate()
        server.wait(30)


def run_all(page, address):
    """Open the notebook and run its cells."""
    page.set_default_timeout(90_000)
    page.goto(address)
    page.wait_for_function(READY)
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")


def _wait(url, server, log):
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
    raise TimeoutError(f"JupyterLab does not answer: {log.read_text(encoding='utf-8')}")


@contextmanager
def started(command, folder, environment):
    """Run a `mobiviz lab --no-browser`; gives the address that it prints, and all that it has said so far."""
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as lab:
        said = []
        reading = threading.Thread(target=lambda: said.extend(iter(lab.stdout.readline, b"")), daemon=True)
        reading.start()
        try:
            for _ in range(600):
                found = re.search(rb"http://\S+", b"".join(said))
                if found:
                    break
                assert lab.poll() is None, b"".join(said).decode()
                time.sleep(0.2)
            yield found[0].decode(), said
        finally:
            lab.terminate()
            lab.wait(30)
            reading.join(10)


def home(folder):
    """The variables of somebody who has never used Jupyter, IPython or mobiviz here, and set nothing."""
    mine = ("PYTHON", "JUPYTER", "IPYTHON", "MOBIVIZ", "VIRTUAL_ENV", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    folder.mkdir()
    return kept | {
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
