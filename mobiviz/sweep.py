"""Many trainings or measurements, one row of numbers each, on Dask: in this process, or on a cluster.

A job is a flat dict of what to do, and `do(job, folder)` does it. A row is kept in its folder as soon as it is there:
the same sweep called again does only what is missing, and what a lost worker had begun is begun again elsewhere.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from mobiviz.record.files import replace

Job = Mapping[str, Any]
Row = dict[str, Any]
ALONE = "alone"  # a worker's resource: `dask worker tcp://HOST:8786 --resources "alone=1"`
_RETRIES = 3  # of a job that raised; Dask's scheduler has its own limit for lost workers, 3 a job too


def sweep(
    jobs: Sequence[Job],
    do: Callable[[Job, Path], Row],
    folder: str | Path,
    scheduler: str | None = None,
    alone: bool = False,
    on_row: Callable[[list[Row]], None] | None = None,
) -> list[Row]:
    """The row of each job, in the order of the jobs: its own values, then what `do` returned for it.

    `scheduler` is the address of a Dask scheduler, as tcp://HOST:PORT; without one the jobs run here, one after the
    other. `alone` is for measurements: one at a time on each machine, whose name comes into the row. `on_row` gets
    all rows there are each time one more is there.

    Raises: ValueError for two equal jobs, a job that is not flat, or workers that cannot measure alone; ImportError,
    with the command, where Dask is missing; OSError where no scheduler answers; what a job raised, after three more
    tries, when the others are done.
    """
    names = [name_of(job) for job in jobs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two jobs are equal: {min(twice)}; give each something of its own, such as a seed")
    folder = Path(folder).absolute()
    rows = {name: row for name in names if (row := _kept(folder, name)) is not None}

    def ordered() -> list[Row]:
        return [rows[name] for name in names if name in rows]

    left = {name: job for name, job in zip(names, jobs, strict=True) if name not in rows}
    if not left:
        return ordered()
    failed: list[BaseException] = []
    with _client(scheduler) as client, tqdm(total=len(jobs), initial=len(rows), desc="sweep", mininterval=1) as shown:
        if alone:
            check_alone(client.scheduler_info(n_workers=-1)["workers"])
        for name, done in _finished(client, left, _worker(do, folder, alone), alone):
            if isinstance(done, BaseException):
                failed.append(done)
                continue
            rows[name] = done
            _keep(folder, name, done)
            shown.update()
            if on_row:
                on_row(ordered())
    if failed:
        raise failed[0]
    return ordered()


def name_of(job: Job) -> str:
    """The name of a job's folder: its values in words, and a digest of them.

    Raises: ValueError for a value that is neither a number nor text.
    """
    for key, value in job.items():
        if not isinstance(value, str | int | float):
            raise ValueError(f"a job is flat: {key} must be a number or text (got {value!r})")
    digest = hashlib.sha256(json.dumps(dict(job), sort_keys=True).encode()).hexdigest()[:8]
    words = "-".join(f"{key}_{value}" for key, value in job.items())
    return f"{re.sub(r'[^0-9A-Za-z_.-]+', '_', words)[:80]}-{digest}"


def check_alone(workers: Mapping[str, Mapping[str, Any]]) -> None:
    """Whether one worker on each machine measures: `workers` are a scheduler's, by address.

    Workers that come later are not seen here; none yet is fine, for they may be on their way.

    Raises: ValueError where none of them has the resource, or two of one machine have.
    """
    hosts = [worker["host"] for worker in workers.values() if worker["resources"].get(ALONE)]
    if workers and not hosts:
        remedy = f'start one a machine with: dask worker ADDRESS --nthreads 1 --resources "{ALONE}=1"'
        raise ValueError(f"none of the {len(workers)} workers may measure; {remedy}")
    if twice := sorted({host for host in hosts if hosts.count(host) > 1}):
        raise ValueError(
            f"{hosts.count(twice[0])} workers on {twice[0]} have the resource {ALONE!r}, and would measure each other; "
            "leave it to one"
        )


def write_csv(path: str | Path, rows: Sequence[Row]) -> Path:
    """Write rows as CSV, whole or not at all; the same rows give the same bytes."""
    if not rows:
        raise ValueError("write_csv needs at least one row (got none)")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, lambda file: file.write(text.getvalue().encode()))
    return path


def _finished(
    client: Any, jobs: dict[str, Job], run: Callable[[Job, str], Row], alone: bool
) -> Iterator[tuple[str, Any]]:
    """Each job's name with its row, or with what it raised, in the order in which they end."""
    from distributed import as_completed

    wants = {"resources": {ALONE: 1}} if alone else {}
    first = len(jobs)  # Dask takes the largest priority first: jobs run in the order in which they were given
    futures = {
        client.submit(run, dict(job), name, pure=False, retries=_RETRIES,
                      priority=first - at, **wants): name
        for at, (name, job) in enumerate(jobs.items())
    }  # fmt: skip
    try:
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], future.result() if error is None else error
    finally:
        client.cancel([future for future in futures if not future.done()], force=True)


def _worker(do: Callable[[Job, Path], Row], folder: Path, alone: bool) -> Callable[[Job, str], Row]:
    """What a worker runs: the job, in a folder of its own."""

    def run(job: Job, name: str) -> Row:
        from mobiviz import machine

        (folder / name).mkdir(parents=True, exist_ok=True)
        row = dict(job) | do(job, folder / name)
        return row | ({"host": platform.node(), "cpu": machine.cpu_name()} if alone else {})

    return run


@contextlib.contextmanager
def _client(scheduler: str | None) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ImportError('a sweep runs on Dask; install with: pip install "mobiviz[cluster]"') from error
    if scheduler is not None:
        with Client(scheduler) as client:
            yield client
        return
    # One worker thread in this process; Dask's status pages are seen from this machine only.
    here = LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        protocol="inproc://",
        resources={ALONE: 1},
        memory_limit=0,
        silence_logs="error",
    )
    with here, Client(here) as client:
        yield client


def _kept(folder: Path, name: str) -> Row | None:
    path = folder / name / "row.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _keep(folder: Path, name: str, row: Row) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    replace(folder / name / "row.json", lambda file: file.write(json.dumps(row, indent=1).encode() + b"\n"))
