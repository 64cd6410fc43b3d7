"""The `mobiviz` command: lab, doctor, train, evaluate, sweep, phone, film, course build, course site, course sheet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mobiviz import __version__, commands_sweep
from mobiviz import commands as training


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
    parser = argparse.ArgumentParser(prog="mobiviz", description="See, count and time efficient convolutions.")
    parser.add_argument("--version", action="version", version=f"mobiviz {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="open JupyterLab on the notebooks")
    lab.add_argument("--dir", type=Path, help="work on copies in this folder; what you changed there is kept")
    lab.add_argument("--port", type=int, help="default: the first free one from 8888")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.set_defaults(command=_lab)

    doctor = commands.add_parser("doctor", help="say what is wrong with this machine's set-up, in words")
    doctor.set_defaults(command=_doctor)

    training.add(commands)
    commands_sweep.add(commands)

    phone = commands.add_parser("phone", help="get what phones run in their browser, about 14 MB, once")
    phone.add_argument("--fetch", action="store_true", required=True, help="from npm where it is, else by download")
    phone.set_defaults(command=_phone)

    film = commands.add_parser("film", help="write a moving picture as a short animation, for slides and print-outs")
    film.add_argument("idea", nargs="?", help="the picture, such as race; `mobiviz film list` names them all")
    film.add_argument("--all", type=Path, metavar="DIR", help="write all of them into this folder")
    film.add_argument("--out", type=Path, help="a .webp or a .gif; default: the idea's name, .webp")
    film.add_argument("--seconds", type=float, default=5, help="from the first frame to the last; default: 5")
    film.add_argument("--width", type=int, default=800, help="in pixels; default: 800")
    film.add_argument("--dark", action="store_true", help="on dark paper")
    film.add_argument("--once", action="store_true", help="play once instead of again and again, as a page should")
    film.set_defaults(command=_film)

    course = commands.add_parser("course", help="for authors of notebooks").add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    build = course.add_parser("build", help="write the learner's and the solution edition of each notebook")
    build.add_argument("--run", action="store_true", help="execute the solutions")
    build.add_argument("--measure", action="store_true", help="execute, and replace the committed timings too")
    build.add_argument("--only", default="", metavar="NN", help="only notebooks whose name begins so")
    build.set_defaults(command=_course_build)
    site = course.add_parser("site", help="execute the notebooks and write them as pages that need no kernel")
    site.add_argument("--out", type=Path, default=Path("site"), help="the folder for the pages; default: site")
    site.set_defaults(command=_course_site)
    sheet = course.add_parser("sheet", help="take every moving picture, light, dark, narrow and large, onto one page")
    sheet.add_argument("ideas", nargs="*", metavar="IDEA", help="only these")
    sheet.add_argument("--out", type=Path, default=Path("sheet"), help="the folder for the pictures; default: sheet")
    sheet.set_defaults(command=_course_sheet)
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


def _film(arguments: argparse.Namespace) -> None:
    from mobiviz.course import film, gallery

    if arguments.idea == "list":
        for piece in gallery.pieces().values():
            print(f"{piece.idea}: {piece.title} ({piece.notebook})")
        return
    if (arguments.idea is None) == (arguments.all is None):
        raise ValueError(
            "name one picture, as in `mobiviz film race`, or a folder for all, as in `mobiviz film --all DIR`"
        )
    looks = film.Looks(arguments.seconds, arguments.width, arguments.dark, arguments.once)
    ideas = [arguments.idea] if arguments.idea else list(gallery.pieces())
    out = arguments.all or arguments.out or Path(f"{arguments.idea}.webp")
    for written in film.films(ideas, out, looks):
        print(written, flush=True)


def _course_build(arguments: argparse.Namespace) -> None:
    from mobiviz.course import build

    for pair in build.build(arguments.run or arguments.measure, arguments.measure, only=arguments.only):
        print(f"{pair.learner.name}: both editions written")


def _course_site(arguments: argparse.Namespace) -> None:
    from mobiviz.course import site

    for written in site.site(arguments.out):
        print(written)


def _course_sheet(arguments: argparse.Namespace) -> None:
    from mobiviz.course import contact

    print(contact.sheet(arguments.out, arguments.ideas))
