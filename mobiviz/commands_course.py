"""The commands of those who teach and write: `mobiviz film`, `mobiviz class`, and `mobiviz course` with its own."""

from __future__ import annotations

import argparse
from pathlib import Path

from mobiviz.commands import named


def add(commands: argparse._SubParsersAction) -> None:
    """Put all of them under the parser's own."""
    _add_film(commands)
    of_class = named(commands, "class", "one page about a class, from the reports that its learners wrote")
    of_class.add_argument("folder", type=Path, help="where the reports are; what is none is skipped, and listed")
    of_class.add_argument("--out", type=Path, metavar="FILE", default=Path("class.html"), help="default: class.html")
    of_class.set_defaults(command=_class)
    _add_course(commands)


def _add_film(commands: argparse._SubParsersAction) -> None:
    film = named(commands, "film", "write a moving picture as a short animation, for slides")
    film.add_argument("idea", nargs="?", help="such as race; `mobiviz film list` names them all")
    film.add_argument("--all", type=Path, metavar="DIR", help="write all of them into this folder")
    film.add_argument("--out", type=Path, metavar="FILE", help="a .webp or a .gif; default: the idea's name, .webp")
    film.add_argument("--seconds", type=float, default=5, help="from the first frame to the last; default: 5")
    film.add_argument("--width", type=int, default=800, help="in pixels; default: 800")
    film.add_argument("--dark", action="store_true", help="on dark paper")
    film.add_argument("--once", action="store_true", help="play once instead of again and again, as a page should")
    film.set_defaults(command=_film)


def _add_course(commands: argparse._SubParsersAction) -> None:
    course = named(commands, "course", "for authors of notebooks").add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    build = named(course, "build", "write the learner's and the solution edition of each notebook")
    build.add_argument("--run", action="store_true", help="execute the solutions")
    build.add_argument("--measure", action="store_true", help="execute, and replace the committed timings too")
    build.add_argument("--only", default="", metavar="NN", help="only notebooks whose name begins so")
    build.add_argument("--nbgrader", action="store_true", help="only an edition that nbgrader releases and grades")
    build.add_argument("--seed", default="", metavar="WORD", help="with --nbgrader: your secret, which draws its cases")
    build.add_argument("--out", type=Path, default=Path("graded"), help="with --nbgrader: its folder; default: graded")
    build.set_defaults(command=_course_build)
    site = named(course, "site", "execute the notebooks and write them as pages that need no kernel")
    site.add_argument("--out", type=Path, metavar="FOLDER", default=Path("site"), help="default: site")
    site.set_defaults(command=_course_site)
    pictures = named(course, "pictures", "draw the README's moving picture")
    pictures.add_argument(
        "--out", type=Path, metavar="FOLDER", default=Path("docs/pictures"), help="default: docs/pictures"
    )
    pictures.set_defaults(command=_course_pictures)
    sheet = named(course, "sheet", "take every moving picture, light, dark, narrow and large, onto one page")
    sheet.add_argument("ideas", nargs="*", metavar="IDEA", help="only these")
    sheet.add_argument("--out", type=Path, metavar="FOLDER", default=Path("sheet"), help="default: sheet")
    sheet.set_defaults(command=_course_sheet)
    slides = named(course, "slides", "write a notebook's sections and pictures as slides without a network")
    slides.add_argument("notebook", metavar="NN", help="the notebook's number")
    slides.add_argument("--out", type=Path, metavar="FOLDER", default=Path("."), help="default: here")
    slides.set_defaults(command=_course_slides)


def _class(arguments: argparse.Namespace) -> None:
    from mobiviz.course import classroom

    for line in classroom.picture(arguments.folder, arguments.out):
        print(line)


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


def _course_pictures(arguments: argparse.Namespace) -> None:
    from mobiviz.widgets import Race
    from mobiviz.widgets.moving_race import moving_race

    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "race.svg").write_text(moving_race(Race()), encoding="utf-8", newline="\n")
    print(arguments.out / "race.svg")


def _course_slides(arguments: argparse.Namespace) -> None:
    from mobiviz.course import slides

    print(slides.slides(arguments.notebook, arguments.out))


def _course_sheet(arguments: argparse.Namespace) -> None:
    from mobiviz.course import contact

    print(contact.sheet(arguments.out, arguments.ideas))
