"""measure: a server in a thread, a QR code, and a Run that collects what phones report."""

from __future__ import annotations

import atexit
import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mobiviz.phone import addresses, board, panel
from mobiviz.phone.job import Job, prepare
from mobiviz.phone.ortweb import engine_folder
from mobiviz.phone.pages import PhoneSite
from mobiviz.phone.reports import Report
from mobiviz.phone.server import Server
from mobiviz.phone.store import Store
from mobiviz.record.timing import Timing

_current: list[Run] = []


def measure(
    nets: Mapping[str, Any],
    lan: bool | str = False,
    tls: bool = False,
    x: Tensor | None = None,
    results: str | Path | None = None,
    at: str | None = None,
    engine: str | Path | None = None,
    limit_s: float = 3600.0,
) -> Run:
    """Serve the networks to phones' browsers and return at once; the Run shows a QR code and collects what they report.

    Only this machine can open the page, until `lan=True` serves it on one address of the local network (or `lan` names
    one). `tls` serves it over https with a certificate of its own, which gives browsers more threads and finer clocks.
    `results` is a file that keeps each report as it comes; `at` is the link of an earlier run, to serve it again.
    A run that was still open is closed.

    Cost: exporting takes some five seconds a network; the server ends after `limit_s`.
    Raises: FileNotFoundError, with the command that gets it, where the engine is missing; OSError where the address
        cannot be had; ValueError and TypeError for what is no network.
    """
    folder = engine_folder(engine)
    host, port, token = addresses.placed(at) if at else (addresses.chosen(lan), 0, secrets.token_urlsafe(16))
    if not 0 < limit_s <= 86400:
        raise ValueError(f"limit_s must be between 0 and 86400 seconds (got {limit_s!r})")
    context = addresses.certified(host) if tls else None
    job = prepare(nets, x)
    store = Store(job.id, Path(results) if results else None)
    while _current:
        _current.pop().close()
    run = Run(job, store, token)
    run.serve(Server(PhoneSite(run, token, folder), host, port, limit_s, context), "https" if tls else "http")
    _current.append(run)
    return run


class Run:
    """A measurement that phones can join: its link, and what they reported so far.

    `timings` are the newest phone's, by network; `reports` are all, oldest first. In a notebook it shows itself.
    """

    def __init__(self, job: Job, store: Store, token: str):
        self.job, self.store, self._token = job, store, token
        self.progress: dict[str, str] = {}
        self.laptop: dict[str, Timing] = {}
        self._news, self._panel, self.link = threading.Condition(), None, ""

    def serve(self, server: Server, scheme: str) -> None:
        """Take over a server that was just started."""
        self._server = server
        self._origin = f"{scheme}://{server.host}:{server.port}"
        self.link, self.board_link = f"{self._origin}/#{self._token}", f"{self._origin}/board#{self._token}"
        self.notes = panel.notes(server.host, server.port, server.tls is not None)
        atexit.register(self.close)

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(self.store.reports)

    @property
    def timings(self) -> dict[str, Timing]:
        return dict(self.reports[-1].timings) if self.reports else {}

    @property
    def open(self) -> bool:
        """Whether phones can still reach it."""
        return self._server.alive

    def wait(self, seconds: float = 60.0, phones: int = 1) -> bool:
        """Whether so many phones reported: said once they have, or after `seconds`; an interrupt closes the run."""
        try:
            until = time.monotonic() + seconds
            with self._news:  # in short waits: not every system interrupts a long one
                while len(self.reports) < phones and self.open and (left := until - time.monotonic()) > 0:
                    self._news.wait(min(left, 0.5))
            return len(self.reports) >= phones
        except KeyboardInterrupt:
            self.close()
            raise

    def close(self) -> None:
        """Stop serving: nothing listens any more. What was reported stays."""
        self._server.close()
        atexit.unregister(self.close)
        with self._news:
            self._news.notify_all()
        self._show()

    def compare(self, laptop: Mapping[str, Timing]) -> Run:
        """Put the laptop's own times, by the same names, on the board beside the phones'."""
        self.laptop = {name: timing for name, timing in laptop.items() if name in self.job.macs}
        self._show()
        return self

    def told(self, what: str, value: Any) -> None:
        """What the server hears: a report that is now stored, or how far a phone is."""
        with self._news:
            if what == "report":
                self.progress.pop(value.id, None)
            elif len(self.progress) < 500:
                self.progress[value[0]] = value[1]
            self._news.notify_all()
        self._show()

    def board_state(self) -> dict[str, str]:
        """What the projector's page shows."""
        words = board.words(self.reports, len(self.progress))
        return {"svg": self.picture(), "qr": panel.qr(self.link), "words": words, "link": self.link}

    def picture(self) -> str:
        """The board as SVG: one dot a phone and network, MACs against ms."""
        return board.draw(self.reports, self.job.macs, self.laptop)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"open at {self.link}" if self.open else "closed"
        lines = [f"measurement of {', '.join(self.job.macs)}: {state}, {len(self.reports)} reports"]
        return "\n".join([*lines, *(repr(report) for report in self.reports[-3:])])

    def _show(self) -> None:
        if self._panel is not None:
            self._panel.show(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        if self._panel is None:
            self._panel = panel.Panel(self)
        return self._panel.bundle() | {"text/plain": repr(self)}
