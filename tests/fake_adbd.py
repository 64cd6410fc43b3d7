"""A phone for the real adb: speaks the daemon's side of its protocol on 127.0.0.1, and runs what is pushed to it.

Its storage is a folder. Commands run in this machine's shell; programs for aarch64 run under qemu's user mode.
"""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
from pathlib import Path

CNXN, AUTH, OPEN, OKAY, CLSE, WRTE = (
    int.from_bytes(name, "little") for name in (b"CNXN", b"AUTH", b"OPEN", b"OKAY", b"CLSE", b"WRTE")
)
VERSION, MOST = 0x01000000, 256 * 1024
LOADER = "./lib/ld-linux-aarch64.so.1"


class Phone:
    """A daemon on a port of its own; `facts` are its properties, `free_kb` its room, `locked` asks for a permission."""

    def __init__(self, folder, facts=None, free_kb=10_000_000, locked=False):
        self.folder, self.free_kb, self.locked = Path(folder), free_kb, locked
        self.facts = {"ro.product.cpu.abi": "arm64-v8a", "ro.product.model": "Fake 1"} | (facts or {})
        (self.folder / "data/local/tmp").mkdir(parents=True, exist_ok=True)
        self.commands, self.errors, self.listener = [], [], socket.create_server(("127.0.0.1", 0))
        self.serial = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self.listener.accept()
                threading.Thread(target=Link(self, wire).serve, daemon=True).start()

    def local(self, path):
        return self.folder / path.lstrip("/")

    def run(self, command):
        """(output) of a shell command, as a phone's shell would give it: both streams in one."""
        self.commands.append(command)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(exist_ok=True)
        table = f"Filesystem 1K-blocks Used Available Use% Mounted\\n/dev/x 99999999 1 {self.free_kb} 1% /data"
        for name, script in (("getprop", self._getprop()), ("df", f"printf '%b\\n' '{table}'")):
            (bin_folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (bin_folder / name).chmod(0o755)
        emulated = command.replace(LOADER, f"{shutil.which('qemu-aarch64')} {LOADER}")
        here = emulated.replace("/data/local/tmp", str(self.folder / "data/local/tmp"))
        env = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}"}
        env = {key: value for key, value in env.items() if not key.startswith("PYTHON")}
        done = subprocess.run(
            ["sh", "-c", here], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, timeout=550
        )
        return done.stdout

    def _getprop(self):
        cases = "".join(f"{key}) echo '{value}';; " for key, value in self.facts.items())
        return f'case "$1" in {cases} esac'


class Link:
    """One connection of adb's server to the phone, with its streams."""

    def __init__(self, phone, wire):
        self.phone, self.wire, self.lock = phone, wire, threading.Lock()
        self.streams = {}

    def serve(self):
        with contextlib.suppress(OSError, struct.error):
            while True:
                command, first, second, length, _, _ = struct.unpack("<6I", self._exactly(24))
                data = self._exactly(length)
                if command == CNXN:
                    self._greet()
                elif command == OPEN:
                    stream = self.streams[first] = Stream(self, first, data.rstrip(b"\0").decode())
                    self.send(OKAY, first, first)
                    threading.Thread(target=stream.serve, daemon=True).start()
                elif command == WRTE and second in self.streams:
                    self.streams[second].feed(data)
                    self.send(OKAY, second, first)
                elif command == OKAY and second in self.streams:
                    self.streams[second].ready.release()
                elif command == CLSE and second in self.streams:
                    self.streams.pop(second).feed(None)

    def _greet(self):
        if self.phone.locked:
            self.send(AUTH, 1, 0, b"x" * 20)
        else:
            model = self.phone.facts["ro.product.model"].replace(" ", "_")
            self.send(CNXN, VERSION, MOST, f"device::ro.product.name=fake;ro.product.model={model};features=".encode())

    def send(self, command, first, second, data=b""):
        head = struct.pack("<6I", command, first, second, len(data), sum(data) & 0xFFFFFFFF, command ^ 0xFFFFFFFF)
        with self.lock:
            self.wire.sendall(head + data)

    def _exactly(self, count):
        got = bytearray()
        while len(got) < count:
            block = self.wire.recv(count - len(got))
            if not block:
                raise OSError("gone")
            got += block
        return bytes(got)


class Stream:
    """A service that adb opened: `shell:...` or `sync:`."""

    def __init__(self, link, number, service):
        self.link, self.number, self.service = link, number, service
        self.ready, self.arrived, self.buffer, self.ended = (
            threading.Semaphore(0),
            threading.Condition(),
            bytearray(),
            False,
        )

    def feed(self, data):
        with self.arrived:
            self.ended |= data is None
            self.buffer += data or b""
            self.arrived.notify_all()

    def serve(self):
        try:
            if self.service.startswith("shell"):
                self.write(self.link.phone.run(self.service.partition(":")[2]))
            elif self.service.startswith("sync"):
                self._sync()
        except (OSError, EOFError, subprocess.TimeoutExpired) as error:
            self.link.phone.errors.append(f"{self.service}: {error!r}")
        with contextlib.suppress(OSError):
            self.link.send(CLSE, self.number, self.number)

    def write(self, data):
        for start in range(0, len(data), MOST // 4):
            self.link.send(WRTE, self.number, self.number, data[start : start + MOST // 4])
            if not self.ready.acquire(timeout=30):
                raise OSError("not read")

    def take(self, count):
        with self.arrived:
            if (
                not self.arrived.wait_for(lambda: len(self.buffer) >= count or self.ended, 60)
                or len(self.buffer) < count
            ):
                raise EOFError
            got = bytes(self.buffer[:count])
            del self.buffer[:count]
            return got

    def _sync(self):
        while True:
            kind, length = struct.unpack("<4sI", self.take(8))
            if kind == b"QUIT":
                return
            path = self.take(length).decode()
            if kind in (b"STAT", b"LSTA"):
                local = self.link.phone.local(path)
                found = local.stat() if local.exists() else None
                self.write(struct.pack("<4s3I", kind, *((found.st_mode, found.st_size, 1) if found else (0, 0, 0))))
            elif kind == b"SEND":
                self._receive(path.rpartition(",")[0])

    def _receive(self, path):
        local, written = self.link.phone.local(path), 0
        local.parent.mkdir(parents=True, exist_ok=True)
        with local.open("wb") as file:
            while True:
                kind, length = struct.unpack("<4sI", self.take(8))
                if kind == b"DONE":
                    break
                written += length
                file.write(self.take(length))
        if written > self.link.phone.free_kb * 1024:
            words = b"write failed: No space left on device"
            self.write(struct.pack("<4sI", b"FAIL", len(words)) + words)
        else:
            self.write(struct.pack("<4sI", b"OKAY", 0))
