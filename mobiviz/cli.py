"""The `mobiviz` command: lab, doctor, train, evaluate, sweep, phone, film, class, and course for authors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mobiviz import __version__, commands_course, commands_sweep
from mobiviz import commands as training

ABOUT = "See, count and time efficient convolutions, from a 3x3 kernel to MobileNetV3."
FIRST = "Begin with `mobiviz lab`. Whatever goes wrong, `mobiviz doctor` says what. `mobiviz COMMAND --help` says more."


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code. An error that a person can mend is printed without a traceback."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments) or 0
    except BrokenPipeError:  # `mobiviz doctor | head`: nobody reads on
        sys.stdout = None
        return 1
    except (OSError, ValueError, ImportError) as error:
        print(f"mobiviz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobiviz", description=ABOUT, epilog=FIRST)
    parser.add_argument("--version", action="version", version=f"mobiviz {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    lab = training.named(commands, "lab", "open JupyterLab on the notebooks")
    lab.add_argument(
        "--dir", type=Path, metavar="FOLDER", help="work on copies in this folder; what you changed there is kept"
    )
    lab.add_argument("--port", type=int, help="default: the first free one from 8888")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.set_defaults(command=_lab)

    doctor = training.named(commands, "doctor", "say what is wrong with this machine's set-up, in words")
    doctor.set_defaults(command=_doctor)

    training.add(commands)
    commands_sweep.add(commands)

    phone = training.named(commands, "phone", "get what phones run in their browser, about 14 MB, once")
    phone.add_argument("--fetch", action="store_true", required=True, help="from npm where it is, else by download")
    phone.set_defaults(command=_phone)

    commands_course.add(commands)
    return parser


def _lab(arguments: argparse.Namespace) -> None:
    from mobiviz import lab

    port = lab.free_port(arguments.port)
    folder, said = lab.workspace(arguments.dir)
    print(*said, sep="\n", end="\n" if said else "")
    lab.serve(folder, port, browser=not arguments.no_browser)


def _doctor(arguments: argparse.Namespace) -> int:
    from mobiviz import doctor

    return doctor.report()


def _phone(arguments: argparse.Namespace) -> None:
    from mobiviz.phone import ortweb

    print(f"{ortweb.ENGINE} {ortweb.VERSION} is in {ortweb.fetch()}")
