"""Phones as a test needs them: a small job without any export, a server that knows it, and clients of every manner."""

import base64
import http.client
import json
import socket
import sys
import time
from pathlib import Path

import numpy as np

from mobiviz.phone.job import Entry, Job
from mobiviz.phone.ortweb import SHA256
from mobiviz.phone.pages import PhoneSite
from mobiviz.phone.running import Run
from mobiviz.phone.server import Limits, Server
from mobiviz.phone.store import Store

TOKEN = "abcdefghijklmnopqrstuv"
WANTED = np.array([0.5, -2.0, 1.0], "<f4")


def job():
    wanted = {"V2": WANTED, "V3-Small": WANTED * 2}
    entries = [
        Entry(name, 300_774_272 // (i * 4 + 1), b"onnx" * 5000, 0, 3, w) for i, (name, w) in enumerate(wanted.items())
    ]
    return Job("0123456789abcdef", tuple(entries), (np.zeros((1, 3, 4, 4), np.float32),))


def engine(folder):
    """A folder that has the engine's names; nothing here runs it."""
    folder.mkdir(exist_ok=True)
    for name in SHA256:
        (folder / name).write_bytes(name.encode() * 3000)
    return folder


def serve(folder, port=0, limits=None, results=None, host="127.0.0.1"):
    """A Run around the small job, served like a real one."""
    made = job()
    run = Run(made, Store(made.id, results), TOKEN)
    run.serve(Server(PhoneSite(run, TOKEN, engine(Path(folder))), host, port, 120, None, limits or Limits()), "http")
    return run


def report(number=0, **changes):
    """What a phone would send."""
    nets = [
        {
            "name": entry.name,
            "macs": entry.macs,
            "first_ms": 30.0,
            "calls": 2,
            "samples_ms": [round(20.0 / (i * 3 + 1) + number / 10 + 0.01 * k, 4) for k in range(20)],
            "outputs": base64.b64encode(entry.wanted.tobytes()).decode(),
            "relative": 0.0,
        }
        for i, entry in enumerate(job().entries)
    ]
    made = {
        "id": f"{number:032x}",
        "job": job().id,
        "model": f"Phone {number}",
        "browser": "Test/1",
        "platform": "Linux",
    }
    made |= {"engine": "ONNX Runtime Web", "version": "1.30.0", "threads": 1, "cores": 8, "isolated": False}
    return made | {"timer_ms": 0.1, "hidden": 0, "nets": nets} | changes


def ask(run, method="GET", path="/job.json", body=None, token=TOKEN, headers=None):
    """(status, body) of one request by Python's own client."""
    wire = http.client.HTTPConnection(run._server.host, run._server.port, timeout=30)
    try:
        given = {"Authorization": f"Bearer {token}"} if token is not None else {}
        wire.request(method, path, body, given | (headers or {}))
        reply = wire.getresponse()
        return reply.status, reply.read()
    finally:
        wire.close()


def post(run, found, path="/report"):
    status, said = ask(run, "POST", path, found if isinstance(found, bytes) else json.dumps(found).encode())
    return status, said.decode()


def raw(run, sent, wait_s=5.0, then_close=False):
    """What comes back for these bytes, whatever they are."""
    with socket.create_connection((run._server.host, run._server.port), timeout=wait_s) as wire:
        got = b""
        try:
            wire.sendall(sent)
            if then_close:
                wire.shutdown(socket.SHUT_WR)
            while block := wire.recv(65536):
                got += block
        except OSError:
            pass
        return got


def status_of(got):
    return int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/1.1 ") else None


if __name__ == "__main__":  # a server that a test can kill: folder, port, results
    run = serve(sys.argv[1], int(sys.argv[2]), None, Path(sys.argv[3]))
    print(run._server.port, flush=True)
    time.sleep(120)
