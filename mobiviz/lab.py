"""JupyterLab on the course's notebooks: one URL, no log lines, no news pop-up."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

from mobiviz import assets, editions

FIRST_PORT = 8888
LONGEST_SOCKET = 104  # macOS has the shortest, the closing zero included


def workspace(folder: Path | None = None) -> tuple[Path, list[str]]:
    """Where to work and what was done there: a checkout's own notebooks, else copies in `folder`."""
    if folder is None and assets.in_checkout():
        return assets.notebooks(), []
    folder = (folder or Path("mobiviz-notebooks")).expanduser().absolute()
    return folder, editions.copy_notebooks(assets.notebooks(), folder)


def shipped(folder: Path) -> list[bytes]:
    """The notebooks as we ship them: in a checkout's own folder the committed ones, for copies what they come from."""
    ours = assets.notebooks()
    return editions.committed(ours) if folder == ours else [path.read_bytes() for path in ours.rglob("*.ipynb")]


def free_port(port: int | None = None) -> int:
    """`port` where it is free, or the first free one from 8888 where none is named.

    Raises: ValueError for a number that is no port; OSError for a port in use.
    """
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"port must be between 1 and 65535 (got {port})")
    for candidate in [port] if port else range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
        return candidate
    taken = f"port {port} is" if port else f"ports {FIRST_PORT} to {FIRST_PORT + 99} are"
    raise OSError(f"{taken} in use or not allowed; name another one with --port, or PORT= for make")


def transport(runtime: str) -> str:
    """How Jupyter talks to kernels whose files are in `runtime`: by sockets that only their owner can open.

    Windows lacks them, and a system cuts their long names; there it is TCP, of which each kernel warns in the terminal.
    """
    longest = len(runtime.encode()) + len("/kernel-01234567-0123-0123-0123-0123456789ab-ipc-5")
    return "ipc" if os.name == "posix" and longest < LONGEST_SOCKET else "tcp"


def serve(folder: Path, port: int, browser: bool = True) -> None:
    """Run JupyterLab on `folder` until it is stopped, and print its URL.

    Raises: ImportError where JupyterLab is missing.
    """
    try:
        from jupyter_core.paths import jupyter_runtime_dir
        from jupyterlab.labapp import LabApp
    except ImportError as missing:
        raise ImportError("JupyterLab is not installed here; install it with: pip install jupyterlab") from missing
    editions.trust(folder, shipped(folder))
    token = os.environ.setdefault("JUPYTER_TOKEN", secrets.token_urlsafe(24))
    paths = [str(assets.data("jupyter")), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a kernel's warning about its debugger
    options = {
        "ServerApp.root_dir": str(folder),
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": browser,
        "ServerApp.allow_root": True,
        "ServerApp.log_level": "ERROR",
        "LabApp.log_level": "ERROR",
        "KernelManager.transport": transport(jupyter_runtime_dir()),
    }
    app = LabApp.initialize_server(argv=[f"--{name}={value}" for name, value in options.items()])
    words = [f"JupyterLab on {folder}", "", f"    http://127.0.0.1:{port}/lab?token={token}", ""]
    words.append(("" if browser else "Open that address in a browser. ") + "Ctrl-C, then y, stops it.")
    app.io_loop.add_callback(lambda: print(*words, sep="\n", flush=True))  # its turn comes when the port listens
    app.start()
