"""The commands `mobiviz sweep train` and `mobiviz sweep time`: a grid of widths and resolutions, here or on Dask."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from mobiviz.commands import NETS, named


def add(commands: argparse._SubParsersAction) -> None:
    """Put both commands under the parser's own `sweep`."""
    sweep = named(commands, "sweep", "train or time a grid of networks, here or on a Dask cluster")
    kinds = sweep.add_subparsers(title="commands", required=True, metavar="COMMAND")

    train = named(kinds, "train", "say how often each network of a grid is right, all trained alike")
    _add_shared(train, "train")
    train.add_argument("--data", required=True, help="a folder or tar of class folders, cifar10, or shapes (drawn)")
    train.add_argument("--epochs", type=int, help="default: as the course's own grid")
    train.add_argument("--photos", type=int, help="train on no more than these; default: as the course's own grid")
    train.set_defaults(command=run_train)

    clock = named(kinds, "time", "say how long each network of a grid takes, one at a time on each machine")
    _add_shared(clock, "time")
    clock.add_argument("--threads", type=int, default=1, help="default: 1")
    clock.add_argument("--budget", type=float, default=2.0, help="seconds for each network; default: 2")
    clock.set_defaults(command=run_time)


def _add_shared(parser: argparse.ArgumentParser, kind: str) -> None:
    parser.add_argument("nets", nargs="*", metavar="NET", help=f"of {', '.join(NETS)}; default: v2 v1")
    parser.add_argument("--alphas", type=float, nargs="+", help="default: the papers' four")
    parser.add_argument(
        "--sizes", type=int, nargs="+", help="pixels; default: the papers' four rho, of 64 in a training"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="tcp://HOST:PORT of a Dask scheduler; default: run here")
    folder = Path("mobiviz-sweep", kind)
    parser.add_argument("--runs", type=Path, default=folder, help=f"what is finished is kept here; default: {folder}")
    parser.add_argument("--out", type=Path, help="the CSV; default: RUNS.csv")


def run_train(arguments: argparse.Namespace) -> None:
    """Train each cell from seed 0, and the corners from seed 1 too."""
    from mobiviz import tradeoff, train

    train.keep_freed_memory()
    named = arguments.data in ("cifar10", "shapes")
    path = Path(arguments.data).expanduser().absolute()
    if not named and not path.exists():
        raise FileNotFoundError(
            f"there is no file or folder {arguments.data!r}; the word cifar10 downloads CIFAR-10, shapes draws pictures"
        )
    limits = {
        name: _least(arguments, name, own) for name, own in (("epochs", tradeoff.EPOCHS), ("photos", tradeoff.PHOTOS))
    }
    jobs = [cell | {"data": path.name} | limits for cell in _grid(arguments, tradeoff.SIZES)]
    _run(arguments, jobs, partial(tradeoff.cell, data=arguments.data if named else str(path)), alone=False)


def run_time(arguments: argparse.Namespace) -> None:
    """Time each network once; the row says on which machine."""
    from mobiviz import tradeoff

    threads = _least(arguments, "threads")
    cells = _grid(arguments, tradeoff.TIMED_SIZES)
    jobs = [{k: v for k, v in c.items() if k != "seed"} | {"threads": threads} for c in cells if c["seed"] == 0]
    _run(arguments, jobs, partial(tradeoff.clocked, budget_s=_least(arguments, "budget")), alone=True)


def _grid(arguments: argparse.Namespace, sizes: tuple[int, ...]) -> list[dict]:
    """The cells that were asked for, at these sizes where none were named."""
    from mobiviz import tradeoff
    from mobiviz.names import unknown
    from mobiviz.pricing import check_resolution

    for name in arguments.nets:
        if name not in NETS:
            raise ValueError(unknown("net", name, NETS))
    alphas, sizes = arguments.alphas or tradeoff.ALPHAS, arguments.sizes or sizes
    for alpha in alphas:
        if not alpha > 0:
            raise ValueError(f"--alphas must be > 0 (got {alpha:g})")
    for size in sizes:
        check_resolution(size)
    return tradeoff.grid([NETS[name] for name in arguments.nets or ("v2", "v1")], alphas, sizes)


def _least(arguments: argparse.Namespace, option: str, default: float = 0) -> float:
    value = getattr(arguments, option)
    value = default if value is None else value
    if not value > 0:
        raise ValueError(f"--{option} must be > 0 (got {value:g})")
    return value


def _run(arguments: argparse.Namespace, jobs: list, do, alone: bool) -> None:
    """Sweep, and write the CSV anew after each row."""
    from mobiviz import sweep

    out = arguments.out or arguments.runs.with_suffix(".csv")
    try:
        rows = sweep.sweep(
            jobs, do, arguments.runs, arguments.scheduler, alone, lambda rows: sweep.write_csv(out, rows)
        )
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on, what is finished is kept in {arguments.runs}")
        raise
    print(f"{len(rows)} rows in {sweep.write_csv(out, rows)}")
