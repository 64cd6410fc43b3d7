"""The sweep: nothing is done twice, nothing is lost, and a cluster gives the same CSV as this process."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from mobiviz import sweep, tradeoff

JOBS = tradeoff.grid(("V2",), (0.25, 0.5), (37, 46))
TRAIN = partial(tradeoff.cell, data="shapes", epochs=1, photos=240)


def square(job, folder):
    (folder / "ran").write_text("x", encoding="utf-8")
    return {"square": job["n"] ** 2}


def fails_at_two(job, folder):
    if job["n"] == 2:
        raise ValueError("two is not liked here")
    return square(job, folder)


def numbers(count=4):
    return [{"n": n} for n in range(count)]


def test_a_row_has_the_job_and_what_was_found_in_the_order_of_the_jobs(tmp_path):
    seen = []
    rows = sweep.sweep(numbers(), square, tmp_path, on_row=lambda rows: seen.append(len(rows)))
    assert rows == [{"n": n, "square": n * n} for n in range(4)]
    assert seen == [1, 2, 3, 4]


def test_what_is_finished_is_not_done_again(tmp_path):
    sweep.sweep(numbers(2), square, tmp_path)
    for path in tmp_path.glob("*/ran"):
        path.unlink()
    rows = sweep.sweep(numbers(4), square, tmp_path)
    assert len(rows) == 4
    assert len(list(tmp_path.glob("*/ran"))) == 2


def test_one_that_fails_is_raised_when_the_others_are_kept(tmp_path):
    with pytest.raises(ValueError, match="two is not liked here"):
        sweep.sweep(numbers(), fails_at_two, tmp_path)
    assert len(list(tmp_path.glob("*/row.json"))) == 3
    assert len(sweep.sweep(numbers(), square, tmp_path)) == 4


def test_nobody_else_on_the_network_sees_a_sweep_in_this_process(tmp_path):
    def listening(job, folder):
        import psutil

        ports = [each for each in psutil.Process().net_connections("inet") if each.status == psutil.CONN_LISTEN]
        return {"hosts": " ".join(sorted({each.laddr.ip for each in ports}))}

    def hosts(rows):
        return set(rows[0]["hosts"].split())

    before = listening({}, tmp_path)["hosts"].split()
    assert hosts(sweep.sweep(numbers(1), listening, tmp_path)) - set(before) <= {"127.0.0.1"}


def test_measurements_say_where_they_ran(tmp_path):
    (row,) = sweep.sweep(numbers(1), square, tmp_path, alone=True)
    assert row["host"]
    assert row["cpu"]


@pytest.mark.parametrize(
    ("jobs", "words"),
    [([{"n": 1}, {"n": 1}], "two jobs are equal"), ([{"n": [1]}], r"a job is flat: n must be a number or text \(got")],
)
def test_jobs_that_cannot_be_told_apart_or_named(jobs, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        sweep.sweep(jobs, square, tmp_path)


def test_no_rows_make_no_csv(tmp_path):
    with pytest.raises(ValueError, match="at least one row"):
        sweep.write_csv(tmp_path / "a.csv", [])
    path = sweep.write_csv(tmp_path / "deep" / "a.csv", [{"a": 1}, {"a": 2, "b": 3}])
    assert path.read_bytes() == b"a,b\n1,\n2,3\n"
    assert [each.name for each in path.parent.iterdir()] == ["a.csv"]


def test_without_dask_one_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r'install with: pip install "mobiviz\[cluster\]"'):
        sweep.sweep(numbers(), square, tmp_path)


def test_a_scheduler_and_two_workers_one_killed_half_way(tmp_path):
    """The same CSV as in this process, to the byte; what the killed worker was at is done by the other one."""
    from distributed import Client

    here = Path(__file__).resolve().parent
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]),
        "DASK_LOGGING__DISTRIBUTED": "error",
    }
    expected = sweep.write_csv(tmp_path / "here.csv", sweep.sweep(JOBS, TRAIN, tmp_path / "here"))
    address = tmp_path / "scheduler.json"
    commands = [["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(address)]]
    commands += [
        ["worker", "--scheduler-file", str(address), "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name]
        for name in ("one", "two")
    ]
    running = [
        subprocess.Popen([sys.executable, "-m", "dask", *each], env=env, cwd=tmp_path, stderr=subprocess.DEVNULL)
        for each in commands
    ]
    try:
        deadline = time.monotonic() + 60
        while not address.exists():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.1)
        import json

        tcp = json.loads(address.read_text(encoding="utf-8"))["address"]
        assert tcp.startswith("tcp://127.0.0.1:")

        def kill_one(rows):
            if len(rows) == 3:
                with Client(tcp, set_as_default=False) as onlooker:
                    assert any(onlooker.processing(workers=["two"]).values()), "it is killed at work"
                running[2].send_signal(signal.SIGKILL)
                running[2].wait(10)

        rows = sweep.sweep(JOBS, TRAIN, tmp_path / "there", scheduler=tcp, on_row=kill_one)
        assert running[2].poll() == -signal.SIGKILL
        assert running[1].poll() is None
        assert sweep.write_csv(tmp_path / "there.csv", rows).read_bytes() == expected.read_bytes()
        with pytest.raises(ValueError, match="none of the 1 workers may measure"):
            sweep.sweep(numbers(1), square, tmp_path / "alone", scheduler=tcp, alone=True)
    finally:
        for each in reversed(running):
            each.kill()
            each.wait(10)


def test_no_scheduler_is_an_error_in_words(tmp_path):
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.5s"}),
        pytest.raises(OSError, match="Timed out trying to connect"),
    ):
        sweep.sweep(numbers(), square, tmp_path, scheduler="tcp://127.0.0.1:9")
