"""A JupyterHub of its own, with the configuration of docs/deploy and its students as local processes."""

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "docs/deploy/jupyterhub_config.py"
PROXY = "configurable-http-proxy"
PROXY_VERSION = "5.3.0"
ADMIN = "an-admin-of-this-test-alone"

# What a test changes of the real configuration: who may come in, how a server is started, and where files go.
CHANGES = """
import os, sys
from pathlib import Path

load_subconfig({config!r})
folder = Path({folder!r})
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.active_server_limit = 0
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes/{{username}}")
c.Spawner.environment.update(PYTHONPATH={root!r}, JUPYTER_CONFIG_PATH={settings!r})
c.Spawner.args += ["--allow-root", "--LabApp.expose_app_in_browser=True"]
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{ports[1]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.db_url = "sqlite:///" + str(folder / "hub.sqlite")
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.cleanup_servers = True
c.JupyterHub.services[0]["api_token"] = {admin!r} + "-culler"
del c.JupyterHub.services[0]["command"]  # the test starts it when it is time
c.JupyterHub.services.append(dict(name="teacher", api_token={admin!r}))
c.JupyterHub.load_roles.append(
    dict(name="teacher", services=["teacher"], scopes=["admin:users", "admin:servers", "access:servers"])
)
"""


@dataclass(frozen=True)
class Hub:
    """Its address, its folder with a home for each student, and the hub's own address for what serves it."""

    address: str
    folder: Path
    api: str

    def home(self, student: str) -> Path:
        return self.folder / "homes" / student

    def ask(self, path: str, method: str = "GET", body: dict | None = None, token: str = ADMIN):
        """The hub's or a server's answer to a teacher, as JSON; None where it has no words."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Authorization": f"token {token}"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            words = answer.read()
        return json.loads(words) if words else None

    def running(self) -> set[str]:
        """Students whose server runs or starts."""
        return {user["name"] for user in self.ask("/hub/api/users") if user["servers"]}


def missing() -> list[str]:
    """What a hub lacks here, in words; empty where it can start."""
    found = []
    for module in ("jupyterhub", "jupyterhub_idle_culler", "nbgitpuller"):
        if importlib.util.find_spec(module) is None:
            found.append(f"{module} is missing: pip install --constraint constraints.txt 'mobiviz[hub]'")
    if proxy() is None:
        found.append(
            f"{PROXY} is missing (it needs node; Debian: apt install nodejs npm): "
            f"npm install --prefix .cache/proxy {PROXY}@{PROXY_VERSION}"
        )
    return found


def proxy() -> str | None:
    """The proxy in this checkout's cache, where `make test-all` puts it, or on the path."""
    return shutil.which(PROXY, path=str(ROOT / ".cache/proxy/node_modules/.bin")) or shutil.which(PROXY)


@contextmanager
def hub(folder: Path):
    """Start a hub whose files are all in `folder`; gives it when it answers, and ends its servers with it."""
    ports = _free_ports(3)
    found = Hub(f"http://127.0.0.1:{ports[0]}", folder, f"http://127.0.0.1:{ports[1]}/hub/api")
    words = {"config": str(CONFIG), "folder": str(folder), "root": str(ROOT)}
    words |= {"settings": str(ROOT / "data/jupyter"), "ports": ports, "proxy": proxy(), "admin": ADMIN}
    (folder / "homes").mkdir()
    (folder / "config.py").write_text(CHANGES.format(**words), encoding="utf-8")
    own = {"CONFIGPROXY_AUTH_TOKEN": ADMIN + "-proxy", "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"}
    log = folder / "log"
    with log.open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "jupyterhub", "-f", str(folder / "config.py")]
        server = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=out, stderr=out)
    try:
        _wait(found, server, log)
        yield found
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _wait(hub: Hub, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        try:
            hub.ask("/hub/api/users")
            return
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
    raise TimeoutError(f"the hub does not answer: {log.read_text(encoding='utf-8')}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
