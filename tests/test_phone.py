"""The phone's server: what it stores, what it refuses, what it listens on, and that it outlives whatever comes."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from phones import TOKEN, ask, engine, job, post, raw, report, serve, status_of

import mobiviz as mv
from mobiviz.phone import addresses, ortweb, panel, reports
from mobiviz.phone.server import Limits
from mobiviz.record.timing import Race, Timing

QUICK = Limits(head_s=0.6, body_s=0.6, block_s=2, linger_s=0.3)
HEAD = f"POST /report HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"


@pytest.fixture
def run(tmp_path):
    with serve(tmp_path / "engine", limits=QUICK) as made:
        yield made


def listening():
    """(address, port) of every socket on which this process listens, from the system's table."""
    return {each.laddr for each in psutil.Process().net_connections("inet") if each.status == psutil.CONN_LISTEN}


def alive(run):
    """A good client is served, and nothing was stored meanwhile."""
    assert run.reports == ()
    assert ask(run)[0] == 200


# What is stored


def test_a_report_becomes_the_laptops_kind_of_timing(run):
    assert post(run, report(3))[0] == 200
    timing = run.timings["V2"]
    assert isinstance(timing, Timing)
    assert timing.median_ms == pytest.approx(20.395)
    assert timing.low_ms <= timing.median_ms <= timing.high_ms
    assert (timing.engine, timing.version, timing.threads) == ("ONNX Runtime Web", "1.30.0", 1)
    assert "Phone 3" in repr(timing)
    assert Timing.from_json(timing.to_json()).median_ms == timing.median_ms
    assert Race.of(run.timings).ratios["V2", "V3-Small"].ratio > 1
    assert run.wait(0)


def test_the_same_report_again_is_stored_once_and_another_with_its_id_is_refused(run):
    assert [post(run, report(1))[0] for _ in range(3)] == [200, 200, 200]
    status, said = post(run, report(1, model="another"))
    assert (status, len(run.reports)) == (409, 1)
    assert "another report with this id" in said
    assert post(run, report(2))[0] == 200
    assert [each.model for each in run.reports] == ["Phone 1", "Phone 2"]


def test_wrong_outputs_give_no_timing(run):
    found = report(1)
    found["nets"][0]["outputs"] = found["nets"][1]["outputs"]
    assert post(run, found)[0] == 200
    assert list(run.timings) == ["V3-Small"]
    assert run.reports[0].relative["V2"] == pytest.approx(1.0)
    assert "V2: its outputs differ by 1.0e+00" in run.reports[0].notes[0]


def test_what_disturbed_a_phone_is_said(run):
    found = report(1, hidden=2, timer_ms=10.0)
    found["nets"][0]["samples_ms"] = [20.0] * 12 + [30.0] * 12
    post(run, found)
    words = " ".join(run.reports[0].notes)
    assert "out of sight" in words
    assert "V3-Small: the clock's step" in words
    assert "the last third took 1.50 times as long as the first" in words


def test_reports_are_lines_of_json_that_open_again(tmp_path):
    path = tmp_path / "results.jsonl"
    with serve(tmp_path / "engine", results=path) as run:
        for number in range(3):
            post(run, report(number))
        first = run.reports
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3
    again = mv.phone.reopen(path)
    assert [each.model for each in again] == ["Phone 0", "Phone 1", "Phone 2"]
    assert np.array_equal(again[2].timings["V2"].samples_ms, first[2].timings["V2"].samples_ms)
    with path.open("ab") as file:
        file.write(b'{"id": "torn')
    with serve(tmp_path / "engine", results=path) as run:
        assert len(run.reports) == 3, "a line that was not finished was confirmed to nobody"
        assert post(run, report(2))[0] == 200
        assert post(run, report(2, model="x"))[0] == 409
        assert post(run, report(3))[0] == 200
    assert len(mv.phone.reopen(path)) == 4
    path.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 1 of .* is no report"):
        mv.phone.reopen(path)


def test_results_of_other_networks_are_not_mixed(tmp_path):
    from mobiviz.phone.store import Store

    path = tmp_path / "results.jsonl"
    with serve(tmp_path / "engine", results=path) as run:
        post(run, report(1))
    with pytest.raises(ValueError, match="other networks"):
        Store("f" * 16, path)


def test_a_full_disk_is_told_to_the_phone_and_nothing_is_stored(tmp_path):
    results = tmp_path / "folder-not-file"
    results.mkdir()
    with serve(tmp_path / "engine") as run:
        run.store.path = results
        status, said = post(run, report(1))
        assert (status, run.reports) == (507, ())
        assert "could not write" in said
        run.store.path = None
        assert post(run, report(1))[0] == 200


def test_text_is_parsed_as_a_report_is():
    text = "here it is:\n" + reports.written(report(5)) + "\nthanks"
    assert mv.phone.parse(text).model == "Phone 5"
    assert mv.phone.parse(text, job()).timings["V2"].median_ms > 0
    with pytest.raises(ValueError, match="copy all of it"):
        mv.phone.parse("hello")
    with pytest.raises(ValueError, match="no JSON"):
        mv.phone.parse(text[: len(text) // 2])
    wrong = report(5)
    wrong["nets"][0]["outputs"] = wrong["nets"][1]["outputs"]
    assert "V2" in mv.phone.parse(reports.written(wrong)).timings, "without a job its own comparison counts"
    assert "V2" not in mv.phone.parse(reports.written(wrong), job()).timings


# Thirty at once


def phone(number, port, deadline):
    """What the page does: fetches all it needs, tells of progress, reports until it is confirmed."""
    run = SimpleNamespace(_server=SimpleNamespace(host="127.0.0.1", port=port))
    steps = [
        ("GET", f"/{name}", None) for name in ("", "worker.js", "ort-wasm-simd-threaded.wasm", "job.json", "net-1.onnx")
    ]
    steps += [
        ("POST", "/progress", {"id": f"{number:032x}", "words": "Warming up"}),
        ("POST", "/report", report(number)),
    ]
    tries = 0
    for method, path, body in steps:
        while True:
            tries += 1
            assert time.monotonic() < deadline, f"phone {number} was never served {path}"
            try:
                status, _ = ask(run, method, path, json.dumps(body).encode() if body else None)
            except (OSError, http.client.HTTPException):  # the second where it died in the middle of an answer
                status = 0
            if status == 200:
                break
            assert status in (0, 503), f"{path}: {status}"
            time.sleep(0.05 + random.Random(number).random() / 10)
        time.sleep(random.Random(number).random() / 20)
    return tries


def test_thirty_phones_and_a_server_that_is_killed_and_comes_back(tmp_path):
    results, here = tmp_path / "results.jsonl", Path(__file__).parent
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}

    def start(port):
        command = [sys.executable, str(here / "phones.py"), str(tmp_path / "engine"), str(port), str(results)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        return server, int(server.stdout.readline())

    server, port = start(0)
    try:
        deadline = time.monotonic() + 90
        with ThreadPoolExecutor(30) as pool:
            phones = [pool.submit(phone, number, port, deadline) for number in range(30)]
            while not (results.exists() and results.read_bytes().count(b"\n") >= 8) and time.monotonic() < deadline:
                time.sleep(0.005)
            server.send_signal(signal.SIGKILL)
            server.wait(10)
            kept = results.read_bytes().count(b"\n")
            server, same = start(port)
            tries = [each.result() for each in phones]
        assert same == port
        assert 8 <= kept < 30, "it was killed half-way"
        assert max(tries) > 7, "somebody had to try again"
        stored = mv.phone.reopen(results)
        assert sorted(each.id for each in stored) == [f"{number:032x}" for number in range(30)]
        assert {each.model: each.timings["V2"].median_ms for each in stored}["Phone 7"] == pytest.approx(20.795)
    finally:
        server.kill()
        server.wait(10)
        server.stdout.close()


# Hostile input


@pytest.mark.parametrize("token", [None, "", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é" * 22])
def test_without_the_token_nothing_is_given_or_taken(run, token):
    for path in ("/job.json", "/net-0.onnx", "/input-0.bin", "/board.json"):
        assert ask(run, path=path, token=token)[0] == 401
    for path, body in (("/report", report(1)), ("/progress", {"id": "0" * 32, "words": "x"})):
        assert ask(run, "POST", path, json.dumps(body).encode(), token)[0] == 401
    assert ask(run, path=f"/job.json?token={TOKEN}", token=None)[0] == 404
    alive(run)


BAD = {
    "nothing": b"",
    "no JSON": b"hello",
    "half": json.dumps(report(1)).encode()[:500],
    "not UTF-8": b"\xff\xfe{}",
    "NaN": json.dumps(report(1, timer_ms=float("nan"))).encode(),
    "infinity": json.dumps(report(1, timer_ms=float("inf"))).encode(),
    "deep": b"[" * 30000,
    "huge number": b'{"id": ' + b"9" * 6000 + b"}",
}
WRONG = {
    "a list": [],
    "a word": "x",
    "a missing field": {key: value for key, value in report(1).items() if key != "model"},
    "a field too many": report(1) | {"extra": 1},
    "an id with HTML": report(1, id="<script>" * 4),
    "an upper-case id": report(1, id="A" * 32),
    "another job": report(1, job="f" * 16),
    "a long model": report(1, model="x" * 61),
    "a model that is a number": report(1, model=7),
    "a user agent of 10 kB": report(1, browser="<img src=x onerror=alert(1)>" * 360),
    "no threads": report(1, threads=0),
    "true threads": report(1, threads=True),
    "half a core": report(1, cores=1.5),
    "a word for isolated": report(1, isolated="yes"),
    "a negative step": report(1, timer_ms=-1),
    "negative hiding": report(1, hidden=-1),
    "no networks": report(1, nets=[]),
    "a network too few": report(1, nets=report(1)["nets"][:1]),
    "a network twice": report(1, nets=report(1)["nets"][:1] * 2),
    "networks in another order": report(1, nets=report(1)["nets"][::-1]),
    "a network that is a list": report(1, nets=[[], []]),
}
NETS = {
    "a negative time": {"samples_ms": [5.0, -1.0, 5.0]},
    "no time at all": {"samples_ms": [0.0] * 9},
    "an absurd time": {"samples_ms": [1e9] * 9},
    "a time too large for a float": {"samples_ms": [10**400] * 9},
    "words for times": {"samples_ms": ["5"] * 9},
    "too few times": {"samples_ms": [5.0]},
    "too many times": {"samples_ms": [5.0] * 401},
    "times in an object": {"samples_ms": {"0": 5.0}},
    "a negative first": {"first_ms": -0.1},
    "no calls": {"calls": 0},
    "other outputs": {"outputs": "AAAA"},
    "outputs that are no base64": {"outputs": "<b>"},
    "outputs that are a number": {"outputs": 5},
    "a null": {"relative": None},
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_json_is_refused(run, kind):
    assert post(run, BAD[kind])[0] == 400
    alive(run)


@pytest.mark.parametrize("kind", [*WRONG, *NETS])
def test_what_is_no_report_is_refused(run, kind):
    found = WRONG.get(kind) or (WRONG[kind] if kind in WRONG else report(1))
    if kind in NETS:
        found["nets"][0] |= NETS[kind]
    status, said = post(run, found)
    assert status == 422
    assert "<" not in said, "a refusal repeats nothing of what came"
    alive(run)


def test_outputs_that_are_not_numbers_give_no_timing(run):
    found = report(1)
    found["nets"][0]["outputs"] = report(1)["nets"][0]["outputs"][:0] + "AADAfwAAwH8AAMB/"  # three NaNs
    assert post(run, found)[0] == 200
    assert list(run.timings) == ["V3-Small"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("GET /page.css/../job.json HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("GET //job.json HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("GET http://127.0.0.1/job.json HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("DELETE /report HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 405),
        ("OPTIONS /report HTTP/1.1\r\nHost: x\r\nOrigin: http://evil\r\n\r\n", 405),
        ("BREW /job.json HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (f"{HEAD}Content-Length: 65537\r\n\r\n", 413),
        (f"{HEAD}Content-Length: 99999999999999999999\r\n\r\n", 400),
        (f"{HEAD}Content-Length: -1\r\n\r\n", 400),
        (f"{HEAD}Content-Length: 5, 6\r\n\r\nhello", 400),
        (
            f"{HEAD}Transfer-Encoding: chunked\r\n\r\n10000\r\n" + "x" * 65536 + "\r\n1\r\nx\r\n0\r\n\r\n",
            413,
        ),
        (f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (f"{HEAD}X: {'y' * 40000}\r\n\r\n", 431),
        ("hello\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        ("GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", 400),
        (f"{HEAD}Content-Length: 400\r\n\r\n" + '{"id": ', 408),
        ("GET /job.json HTT", 408),
    ],
)
def test_a_bad_request_gets_its_status(run, sent, status):
    assert status_of(raw(run, sent.encode("latin-1"))) == status
    alive(run)


def test_a_body_that_breaks_off_is_refused(run):
    got = raw(run, f"{HEAD}Content-Length: 400\r\n\r\n{{".encode(), then_close=True)
    assert status_of(got) == 400
    alive(run)


def test_a_body_that_comes_drop_by_drop_is_given_up(run):
    started = time.monotonic()
    with socket.create_connection((run._server.host, run._server.port), timeout=5) as wire:
        wire.sendall(f"{HEAD}Content-Length: 400\r\n\r\n".encode())
        got = b""
        for _ in range(100):
            try:
                wire.sendall(b" ")
                wire.settimeout(0.05)
                got += wire.recv(1000)
                break
            except TimeoutError:
                continue
            except OSError:
                break
    assert status_of(got) == 408
    assert time.monotonic() - started < 4
    alive(run)


def test_an_oversized_body_that_is_sent_all_the_same_gets_an_answer(run):
    sent = f"{HEAD}Content-Length: 300000\r\n\r\n".encode() + b"x" * 300000
    assert status_of(raw(run, sent)) == 413
    alive(run)


def test_clients_that_say_nothing_are_let_go_and_do_not_stand_in_the_way(tmp_path):
    limits = Limits(head_s=1.5, linger_s=0.2, connections=40)
    with serve(tmp_path / "engine", limits=limits) as run:
        silent = [socket.create_connection(("127.0.0.1", run._server.port), timeout=10) for _ in range(30)]
        assert ask(run)[0] == 200, "others are served meanwhile"
        more = [socket.create_connection(("127.0.0.1", run._server.port), timeout=10) for _ in range(30)]
        said = [status_of(wire.recv(1000)) for wire in more[15:]]
        assert 503 in said, "beyond the limit they are told to come again"
        assert all(wire.recv(100) == b"" for wire in silent)
        for wire in silent + more:
            wire.close()
        alive(run)


def test_one_who_does_not_read_is_let_go(tmp_path):
    with serve(tmp_path / "engine", limits=Limits(block_s=0.5)) as run:
        big = tmp_path / "big"
        engine(big)
        run._server.site._open["/worker.js"] = (b"x" * 50_000_000, None, "text/javascript")
        with socket.create_connection(("127.0.0.1", run._server.port), timeout=10) as wire:
            wire.sendall(b"GET /worker.js HTTP/1.1\r\nHost: x\r\n\r\n")
            until = time.monotonic() + 10
            while run._server._writers and time.monotonic() < until:
                time.sleep(0.05)
            assert not run._server._writers
        alive(run)


def test_ten_thousand_random_requests_change_nothing(run):
    chance = random.Random(7)
    paths = [
        "/",
        "/job.json",
        "/report",
        "/progress",
        "/net-0.onnx",
        "/board",
        "/board.json",
        "/%00",
        "/..",
        "*",
        "/a b",
    ]
    fields = [
        "Authorization: Bearer x",
        f"Authorization: Bearer {TOKEN}",
        "Content-Length: 3",
        "Content-Length: x",
        "Host: x",
    ]
    fields += [
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "Upgrade: websocket",
        "\x00: \x00",
        "Connection: keep-alive",
    ]

    def sent():
        if chance.random() < 0.2:
            return chance.randbytes(chance.randrange(200))
        method = chance.choice(["GET", "POST", "PUT", "HEAD", "CONNECT", "get", "\x00"])
        lines = [f"{method} {chance.choice(paths)} HTTP/1.{chance.choice('01')}"]
        lines += chance.sample(fields, chance.randrange(6))
        body = chance.choice(["", "{}", "abc", "3\r\nabc\r\n0\r\n\r\n", json.dumps(report(1))[: chance.randrange(400)]])
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")

    requests = [sent() for _ in range(10_000)]
    assert len(requests) == 10_000
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda each: status_of(raw(run, each, 10, then_close=True)), requests, chunksize=50))
    assert set(got) <= {None, 200, 400, 401, 404, 405, 408, 413, 422, 431, 501, 503}, set(got)
    assert got.count(200) < 3000 < len(got) - got.count(None)
    alive(run)


def test_nothing_from_a_phone_is_shown_unescaped(run):
    bad = "<script>alert(1)</script>\x1b[31m\n"
    assert post(run, report(1, model=bad, browser=f"{bad}&amp;\"'", platform=bad, version="<b>"))[0] == 200
    assert post(run, {"id": "1" * 32, "words": f"{bad}"}, "/progress")[0] == 200
    drawn, shown = run.picture(), panel.Panel(run)
    html = shown._state.value + shown._head.value
    for words in (drawn, html, json.dumps(run.board_state())):
        assert "<script" not in words
        assert "\x1b" not in words
    assert "&lt;script" in drawn
    assert "&lt;script" in html
    assert "\x1b" not in repr(run)
    assert "\n" not in run.reports[0].model


def test_every_answer_forbids_what_a_page_does_not_need(run):
    for path, token in (("/", None), ("/job.json", TOKEN), ("/nowhere", None), ("/job.json", "x")):
        wire = raw(run, f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        head = wire.partition(b"\r\n\r\n")[0].decode().lower()
        for line in ("x-content-type-options: nosniff", "cache-control: no-store", "referrer-policy: no-referrer"):
            assert line in head
        assert "default-src 'none'" in head
        assert "access-control" not in head
        assert TOKEN.lower() not in head


# What is listened on


def test_by_default_nothing_listens_but_on_loopback_and_after_close_nothing_does(tmp_path):
    before = listening()
    with serve(tmp_path / "engine") as run:
        assert {each.ip for each in listening() - before} == {"127.0.0.1"}
        assert len(listening() - before) == 1
        assert run.link == f"http://127.0.0.1:{run._server.port}/#{TOKEN}"
        wire = socket.create_connection(("127.0.0.1", run._server.port))
        run.close()
        run.close()
        assert listening() == before
        wire.settimeout(5)
        assert wire.recv(10) == b""
        wire.close()
        assert not run.open
        assert "closed" in repr(run)


def test_exactly_the_chosen_address_is_listened_on(tmp_path):
    before = listening()
    with serve(tmp_path / "engine", host=addresses.chosen("127.0.0.2")) as run:
        assert {each.ip for each in listening() - before} == {"127.0.0.2"}
        assert ask(run)[0] == 200
        with pytest.raises(OSError, match=r"."), socket.create_connection(("127.0.0.1", run._server.port), timeout=5):
            pass
    assert listening() == before


@pytest.mark.parametrize("bad", ["0.0.0.0", "", "::", "localhost", "224.0.0.1", "127.0.0.1:80", "255.255.255.255"])
def test_all_addresses_at_once_are_refused(bad):
    with pytest.raises(ValueError, match="lan must be"):
        addresses.chosen(bad)


def test_an_address_that_is_not_ours_is_told_in_words(tmp_path):
    with pytest.raises(OSError, match="is not this machine's"):
        serve(tmp_path / "engine", host="192.0.2.77")


def test_the_lan_address_is_one_that_a_phone_can_reach(monkeypatch):
    def nic(*pairs):
        return {name: [SimpleNamespace(family=socket.AF_INET, address=each)] for name, each in pairs}

    cards = nic(
        ("lo", "127.0.0.1"),
        ("docker0", "172.17.0.1"),
        ("wlan0", "192.168.1.7"),
        ("eth9", "169.254.3.3"),
        ("off", "10.0.0.1"),
    )
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: cards)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=name != "off") for name in cards})
    assert addresses.chosen(True) == "192.168.1.7"
    del cards["wlan0"]
    with pytest.raises(OSError, match="join the phone's Wi-Fi"):
        addresses.chosen(True)


def test_it_ends_by_itself(tmp_path):
    from mobiviz.phone.pages import PhoneSite
    from mobiviz.phone.running import Run
    from mobiviz.phone.server import Server
    from mobiviz.phone.store import Store

    before = listening()
    run = Run(job(), Store(job().id), TOKEN)
    run.serve(Server(PhoneSite(run, TOKEN, engine(tmp_path / "e")), limit_s=0.3), "http")
    until = time.monotonic() + 10
    while run.open and time.monotonic() < until:
        time.sleep(0.02)
    assert not run.open
    assert listening() == before
    assert run.wait(5) is False


def test_an_interrupt_closes_it(run, request):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run.wait(20)
    assert not run.open


def test_the_stop_button_closes_it(run):
    shown = panel.Panel(run)
    run._panel = shown
    assert not shown._stop.disabled
    shown._stop.click()
    assert not run.open
    assert shown._stop.disabled
    assert "nothing listens any more" in shown._state.value


def test_what_is_exposed_is_said():
    assert "Only this machine" in panel.notes("127.0.0.1", 8000, False)[0]
    words = " ".join(panel.notes("192.168.1.7", 8123, True))
    assert "192.168.1.7 alone" in words
    assert "firewall" in words
    assert "same Wi-Fi" in words
    assert "the browser warns" in words


def test_the_link_of_a_run_can_be_served_again():
    link = f"http://127.0.0.1:8123/#{TOKEN}"
    assert addresses.placed(link) == ("127.0.0.1", 8123, TOKEN)
    for bad in ("", "http://127.0.0.1:8123/", f"http://127.0.0.1/#{TOKEN}", f"http://0.0.0.0:1/#{TOKEN}", "x" * 40):
        with pytest.raises(ValueError, match="at must be the link"):
            addresses.placed(bad)


# The board


def test_the_board_counts_what_changed_places(run):
    assert "No phone has reported yet" in run.picture()
    for number in range(5):
        found = report(number)
        if number == 4:
            for net in found["nets"]:
                net["samples_ms"] = [20.0 if net["name"] == "V3-Small" else 5.0] * 20
        post(run, found)
    drawn = run.picture()
    assert len(re.findall("<circle", drawn)) == 10
    assert "1 of 5 phones put the networks in another order than the MACs" in drawn
    assert "1 of 1 swapped" in drawn
    laptop = {"V2": Timing.of("V2", np.full(9, 3.0)), "V3-Small": Timing.of("V3-Small", np.full(9, 9.0))}
    assert "4 of 5 phones put the networks in another order than the laptop" in run.compare(laptop).picture()
    assert "5 phones have reported." in run.board_state()["words"]


# The engine


def test_a_missing_engine_names_the_command(tmp_path, monkeypatch):
    monkeypatch.delenv("MOBIVIZ_ORT_WEB", raising=False)
    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="mobiviz phone --fetch"):
        mv.phone.measure({"V2": None})
    with pytest.raises(ValueError, match=r"must be that of ONNX Runtime Web"):
        mv.phone.engine_folder(engine(tmp_path / "other"))


def test_the_engine_comes_by_download_where_there_is_no_npm(tmp_path, monkeypatch):
    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path))
    monkeypatch.setattr(ortweb.shutil, "which", lambda name: None)
    asked = []
    monkeypatch.setattr(
        ortweb, "download", lambda url, path, digest, kind: asked.append((url, path.name, digest, kind))
    )
    assert mv.phone.fetch() == tmp_path / "onnxruntime-web-1.30.0"
    assert [(name, digest, kind) for _, name, digest, kind in asked] == [
        (n, d, "sha256") for n, d in ortweb.SHA256.items()
    ]
    assert all(url.startswith("https://") and f"@{ortweb.VERSION}/" in url for url, *_ in asked)


def test_an_npm_that_fails_or_brings_something_else_leaves_nothing(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    for script in ("exit 1", "echo hello > onnxruntime-web-1.30.0.tgz", "tar czf x.tgz /etc/hostname 2>/dev/null"):
        npm.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        npm.chmod(0o755)
        monkeypatch.setattr(ortweb.shutil, "which", lambda name: str(npm))
        folder = tmp_path / "cache"
        folder.mkdir(exist_ok=True)
        assert not ortweb.from_npm(folder)
        assert list(folder.iterdir()) == []
