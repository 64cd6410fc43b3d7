"""A small HTTP server in a thread of its own: one address, and a limit on everything that a client may take.

h11 reads and writes the protocol; sockets, times and sizes are kept here. One request a connection, then it is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from dataclasses import dataclass, field

import h11

_BLOCK, _READ = 64 * 1024, 4 * 1024  # read in small bites, so that h11 sees in time that a head is too long


@dataclass(frozen=True)
class Limits:
    """How much one client may take, and all of them together.

    Units: seconds and bytes.
    """

    connections: int = 128
    head_s: float = 10.0
    head_bytes: int = 16 * 1024
    body_s: float = 15.0
    body_bytes: int = 64 * 1024
    block_s: float = 30.0  # a reader who takes longer for one block is let go
    whole_s: float = 900.0
    linger_s: float = 1.0  # after a refusal: so that who is still sending gets to read why


@dataclass(frozen=True)
class Request:
    """What a client asked for; the path is as it was sent, nothing decoded."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """What a server asks for answers. `admit` sees the head alone: its reply refuses before a body is read."""

    def admit(self, request: Request) -> Reply | None:
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def refuse(self, status: int, words: str) -> Reply:
        raise NotImplementedError


class Server:
    """Listens on exactly one address from when it is made until `close` or for `limit_s`, whichever is first.

    Raises: OSError, in words, where the address or the port cannot be had.
    """

    def __init__(
        self,
        site: Site,
        host: str = "127.0.0.1",
        port: int = 0,
        limit_s: float = 3600.0,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ):
        self.site, self.tls, self.limits = site, tls, limits or Limits()
        self._socket = _bound(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._writers: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task] = set()
        self._loop, self._stop, self._started = None, None, threading.Event()
        self._thread = threading.Thread(target=self._run, args=(limit_s,), name="mobiviz-phone", daemon=True)
        self._thread.start()
        self._started.wait(10)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop listening and drop every connection; afterwards nothing of it is left. May be called again."""
        with contextlib.suppress(RuntimeError, AttributeError):  # it has ended, or never began
            self._loop.call_soon_threadsafe(self._stop.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(10)

    def _run(self, limit_s: float) -> None:
        try:
            asyncio.run(self._main(limit_s))
        finally:
            self._started.set()
            self._socket.close()

    async def _main(self, limit_s: float) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, sock=self._socket, limit=_BLOCK)
        self._started.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._stop.wait()
        await asyncio.sleep(0.05)  # asyncio loses a connection that it is accepting while it stops
        server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        if self._talks:  # each ends once its connection is gone
            await asyncio.wait(self._talks, timeout=5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection. What a client does wrong ends it and touches nothing else."""
        self._writers.add(writer)
        self._talks.add(task := asyncio.current_task())
        task.add_done_callback(self._talks.discard)
        try:
            async with asyncio.timeout(self.limits.whole_s):
                if self.tls is not None and len(self._writers) <= self.limits.connections:
                    await writer.start_tls(self.tls, ssl_handshake_timeout=self.limits.head_s)
                await self._talk(reader, writer)
        except (TimeoutError, OSError, h11.LocalProtocolError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER, max_incomplete_event_size=self.limits.head_bytes)
        if len(self._writers) > self.limits.connections:
            await self._send(wire, writer, self.site.refuse(503, "too many connections at once; try again"))
            return
        reply = await self._reply(wire, reader)
        if reply is not None:
            await self._send(wire, writer, reply)
            if wire.their_state is not h11.DONE:
                await self._linger(reader, writer)

    async def _reply(self, wire: h11.Connection, reader: asyncio.StreamReader) -> Reply | None:
        """What to answer; None where nobody asked anything."""
        try:
            async with asyncio.timeout(self.limits.head_s):
                head = await self._event(wire, reader)
        except TimeoutError:
            return None if not wire.trailing_data[0] else self.site.refuse(408, "the request did not come in time")
        except h11.RemoteProtocolError as error:
            return self.site.refuse(error.error_status_hint, "this is no HTTP request")
        if not isinstance(head, h11.Request):
            return None
        if head.http_version not in (b"1.0", b"1.1"):
            return self.site.refuse(505, "HTTP/1.1 is spoken here")
        names = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        request = Request(head.method.decode("latin-1"), head.target.decode("latin-1"), names)
        refused = self.site.admit(request)
        if refused is not None:
            return refused
        if not names.get("content-length", "0").isdigit() or len(names.get("content-length", "")) > 12:
            return self.site.refuse(400, "content-length must be a number")
        if int(names.get("content-length", 0)) > self.limits.body_bytes:
            return self.site.refuse(413, f"a body must be at most {self.limits.body_bytes} bytes")
        return await self._with_body(wire, reader, request)

    async def _with_body(self, wire: h11.Connection, reader: asyncio.StreamReader, request: Request) -> Reply:
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.body_s):
                while not isinstance(event := await self._event(wire, reader), h11.EndOfMessage):
                    body += event.data if isinstance(event, h11.Data) else b""
                    if len(body) > self.limits.body_bytes:
                        return self.site.refuse(413, f"a body must be at most {self.limits.body_bytes} bytes")
        except TimeoutError:
            return self.site.refuse(408, "the body did not come in time")
        except h11.RemoteProtocolError as error:
            return self.site.refuse(error.error_status_hint, "the body is not whole")
        return self.site.answer(Request(request.method, request.path, request.headers, bytes(body)))

    async def _event(self, wire: h11.Connection, reader: asyncio.StreamReader) -> object:
        while (event := wire.next_event()) is h11.NEED_DATA:
            wire.receive_data(await reader.read(_READ))
        return event

    async def _send(self, wire: h11.Connection, writer: asyncio.StreamWriter, reply: Reply) -> None:
        headers = {"content-type": reply.kind, "content-length": str(len(reply.body)), "connection": "close"}
        head = h11.Response(status_code=reply.status, headers=list((headers | reply.headers).items()))
        writer.write(wire.send(head))
        for start in range(0, len(reply.body), _BLOCK):
            writer.write(wire.send(h11.Data(data=memoryview(reply.body)[start : start + _BLOCK])))
            await asyncio.wait_for(writer.drain(), self.limits.block_s)
        writer.write(wire.send(h11.EndOfMessage()))
        await asyncio.wait_for(writer.drain(), self.limits.block_s)

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Closing while a client still sends would take our answer from it."""
        with contextlib.suppress(TimeoutError, OSError):
            if writer.can_write_eof():
                writer.write_eof()
            async with asyncio.timeout(self.limits.linger_s):
                for _ in range(64):
                    if not await reader.read(_BLOCK):
                        break


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this would let another program take the port too
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        raise OSError(f"{host}:{port} is not this machine's, or not free ({error}); name another") from error
    return made
