"""The `mobiviz` command: lab, doctor, train, evaluate, sweep, phone, class, course build, site and slides."""

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

    of_class = commands.add_parser("class", help="one page about a class, from the reports that its learners wrote")
    of_class.add_argument("folder", type=Path, help="where the reports are; what is none is skipped, and listed")
    of_class.add_argument("--out", type=Path, default=Path("class.html"), help="the page; default: class.html")
    of_class.set_defaults(command=_class)

    course = commands.add_parser("course", help="for authors of notebooks").add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    build = course.add_parser("build", help="write the learner's and the solution edition of each notebook")
    build.add_argument("--run", action="store_true", help="execute the solutions")
    build.add_argument("--measure", action="store_true", help="execute, and replace the committed timings too")
    build.add_argument("--only", default="", metavar="NN", help="only notebooks whose name begins so")
    build.add_argument("--nbgrader", action="store_true", help="only an edition that nbgrader releases and grades")
    build.add_argument("--seed", default="", metavar="WORD", help="with --nbgrader: your secret, which draws its cases")
    build.add_argument("--out", type=Path, default=Path("graded"), help="with --nbgrader: its folder; default: graded")
    build.set_defaults(command=_course_build)
    site = course.add_parser("site", help="execute the notebooks and write them as pages that need no kernel")
    site.add_argument("--out", type=Path, default=Path("site"), help="the folder for the pages; default: site")
    site.set_defaults(command=_course_site)
    slides = course.add_parser("slides", help="write a notebook's sections and pictures as slides that need no network")
    slides.add_argument("notebook", metavar="NN", help="the notebook's number")
    slides.add_argument("--out", type=Path, default=Path("."), help="the folder for the page; default: here")
    slides.set_defaults(command=_course_slides)
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


def _class(arguments: argparse.Namespace) -> None:
    from mobiviz.course import classroom

    for line in classroom.picture(arguments.folder, arguments.out):
        print(line)


def _course_build(arguments: argparse.Namespace) -> None:
    if arguments.nbgrader:
        from mobiviz.course import graded

        print(*graded.build_graded(arguments.out, arguments.seed, arguments.only), sep="\n")
        return
    from mobiviz.course import build

    for pair in build.build(arguments.run or arguments.measure, arguments.measure, only=arguments.only):
        print(f"{pair.learner.name}: both editions written")


def _course_site(arguments: argparse.Namespace) -> None:
    from mobiviz.course import site

    for written in site.site(arguments.out):
        print(written)


def _course_slides(arguments: argparse.Namespace) -> None:
    from mobiviz.course import slides

    print(slides.slides(arguments.notebook, arguments.out))
