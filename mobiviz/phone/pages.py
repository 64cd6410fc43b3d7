"""What is served: the page, the engine, the job, and what may be posted; every path is on one list."""

from __future__ import annotations

import gzip
import hmac
import json
from pathlib import Path
from typing import Any, Protocol

from mobiviz.phone import reports
from mobiviz.phone.job import Job
from mobiviz.phone.ortweb import SHA256
from mobiviz.phone.server import Reply, Request, Site
from mobiviz.phone.store import Store

PAGE = Path(__file__).parent / "page"
OWN = ("index.html", "page.css", "page.js", "picture.js", "worker.js", "board.html", "board.js")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
    ".json": "application/json",
}
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; "
    "style-src 'self'; img-src blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}
MOST_REPORTS = 2000


class Desk(Protocol):
    """Who serves a measurement: `told` hears of each `report` stored and of `progress`."""

    job: Job
    store: Store

    def told(self, what: str, value: Any) -> None: ...

    def board_state(self) -> dict[str, str]: ...


class PhoneSite(Site):
    """The page and the engine for anybody who can connect; the job, and posting, for those who know the token."""

    def __init__(self, desk: Desk, token: str, engine: Path):
        self.desk, self.job, self.store = desk, desk.job, desk.store
        self._credential = f"Bearer {token}".encode("ascii")
        self._open = {f"/{name}": _packed(name, (PAGE / name).read_bytes()) for name in OWN}
        self._open |= {f"/{name}": _packed(name, (engine / name).read_bytes()) for name in SHA256}
        self._open["/"], self._open["/board"] = self._open.pop("/index.html"), self._open.pop("/board.html")
        self._private = {f"/{name}": (data, None, _kind(name)) for name, data in desk.job.files().items()}
        self._posts = {"/report": self._report, "/progress": self._progress}

    def admit(self, request: Request) -> Reply | None:
        path = request.path
        allowed = "POST" if path in self._posts else "GET"
        if path not in self._posts and path not in self._open and path not in self._private and path != "/board.json":
            return self.refuse(404, "there is no such page")
        if request.method != allowed:
            return self.refuse(405, f"this page answers to {allowed} alone", {"allow": allowed})
        if path not in self._open:
            given = request.headers.get("authorization", "").encode("latin-1")
            if not hmac.compare_digest(given, self._credential):
                words = "this link is not complete: scan the QR code again"
                return self.refuse(401, words, {"www-authenticate": "Bearer"})
        return None

    def answer(self, request: Request) -> Reply:
        if request.path in self._posts:
            try:
                return self._posts[request.path](reports.read(request.body))
            except reports.Refused as error:
                return self.refuse(422 if "no JSON" not in str(error) else 400, str(error))
            except OSError as error:
                return self.refuse(507, f"the laptop could not write it down: {error.strerror}")
        if request.path == "/board.json":
            return Reply(200, json.dumps(self.desk.board_state()).encode("utf-8"), KINDS[".json"], HEADERS)
        data, packed, kind = {**self._open, **self._private}[request.path]
        if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Reply(200, packed, kind, HEADERS | {"content-encoding": "gzip", "vary": "accept-encoding"})
        return Reply(200, data, kind, HEADERS)

    def refuse(self, status: int, words: str, headers: dict[str, str] | None = None) -> Reply:
        return Reply(status, words.encode("utf-8"), headers=HEADERS | (headers or {}))

    def _report(self, found: dict[str, Any]) -> Reply:
        report = reports.checked(found, self.job.entries, self.job.id)
        if len(self.store.reports) >= MOST_REPORTS:
            return self.refuse(507, f"{MOST_REPORTS} reports are stored; no more are taken")
        stored = self.store.add(report)
        if stored == "conflict":
            return self.refuse(409, "another report with this id is stored already: reload the page to measure again")
        if stored == "stored":
            self.desk.told("report", report)
        said = {"stored": True, "notes": report.notes, "relative": report.relative}
        return Reply(200, json.dumps(said).encode("utf-8"), KINDS[".json"], HEADERS)

    def _progress(self, found: dict[str, Any]) -> Reply:
        if set(found) != {"id", "words"} or not all(isinstance(each, str) for each in found.values()):
            raise reports.Refused("progress must hold id and words")
        if len(found["id"]) != 32 or len(found["words"]) > 120:
            raise reports.Refused("progress must be an id and at most 120 characters")
        self.desk.told("progress", (found["id"], "".join(each for each in found["words"] if each.isprintable())))
        return Reply(200, b"{}", KINDS[".json"], HEADERS)


def _kind(name: str) -> str:
    return KINDS.get(Path(name).suffix, "application/octet-stream")


def _packed(name: str, data: bytes) -> tuple[bytes, bytes, str]:
    return data, gzip.compress(data, 6, mtime=0), _kind(name)
