"""The reward of a puzzle: a small animal that is put together pixel by pixel, another one for each puzzle.

It moves once, for a second and a half, and not at all where the reader asked for less motion.
"""

from __future__ import annotations

from html import escape

from mobiviz.course import exercises

_SIDE, _INK, _SECONDS = 8, "#56B4E9", 1.5  # pixels of a square; the colour of a feature map

ANIMALS = {
    "cat": """
        #......#....
        ##....##....
        ########...#
        #.####.#...#
        ########...#
        .##..####.##
        ..##########
        ...#######..
        ...##..##...
        ...##..##...""",
    "fish": """
        ............
        .....###....
        #..#######..
        ##########.#
        .########.##
        .###########
        ##########..
        #..#######..
        .....###....
        ............""",
    "duck": """
        ......###...
        .....##.##..
        .....######.
        .....####...
        #....####...
        ##########..
        ###########.
        .##########.
        ..########..
        ....#..#....""",
    "snail": """
        .........#.#
        ..####...#.#
        .######..###
        .##..##..##.
        .#.##.#..##.
        .#.#..#.###.
        .##.###.###.
        ..#########.
        .##########.
        ##########..""",
    "rabbit": """
        ..##..##....
        ..##..##....
        ..##..##....
        ..######....
        ..#.##.#....
        ..######....
        ...####.....
        ..#######.##
        ..##########
        ..##....##..""",
    "turtle": """
        ............
        ....####....
        ..########..
        .##.##.##.##
        .##########.
        ###.##.#####
        .###########
        ..########..
        .##....##...
        .##....##...""",
    "whale": """
        .......#.#..
        ........#...
        ........#...
        #.#..######.
        ###.########
        .###########
        .#########.#
        ..##########
        ...########.
        ....######..""",
    "bee": """
        ...##..##...
        ..##.##.##..
        ..##.##.##..
        ...######...
        ..#.##.####.
        .##.##.##.##
        .##.##.##.##
        ..#.##.####.
        ...######...
        ............""",
    "crab": """
        ##........##
        #.#......#.#
        ##........##
        .#..#..#..#.
        .##.#..#.##.
        ..########..
        ..########..
        ..########..
        .#.#.##.#.#.
        #..#....#..#""",
    "owl": """
        .#......#...
        .########...
        .#..##..#...
        .#.#.#.##...
        .#..##..#...
        .###..###...
        .########...
        .########...
        ..######....
        ..#....#....""",
    "mouse": """
        ..##....##..
        .####..####.
        .##########.
        ..########..
        ..#.####.#..
        ..########..
        #..##..##...
        #...####....
        .#.######...
        ..########..""",
    "penguin": """
        ....####....
        ...######...
        ...#.##.#...
        ...######...
        ..##....##..
        .###....###.
        .###....###.
        ..##....##..
        ...######...
        ...##..##...""",
}


def animal(exercise_id: str) -> str:
    """The animal of an exercise as SVG text: the same one each time, and another one for the next exercise."""
    names, notebook = list(ANIMALS), exercise_id[-3:]
    beside = [each for each in exercises.ids() if each.endswith(notebook)]  # so that no two of a notebook are alike
    name = names[beside.index(exercise_id) % len(names)]
    rows = [line.strip() for line in ANIMALS[name].strip().splitlines()]
    filled = [(x, y) for y, row in enumerate(rows) for x, mark in enumerate(row) if mark == "#"]
    squares = "".join(
        f'<rect x="{x * _SIDE}" y="{y * _SIDE}" width="{_SIDE - 1}" height="{_SIDE - 1}" '
        f'style="animation-delay:{at * 0.6 * _SECONDS / len(filled):.2f}s"/>'
        for at, (x, y) in enumerate(sorted(filled, key=lambda place: (place[0] * 7 + place[1] * 5) % 11))
    )
    words = f"You get {'an' if name[0] in 'aeiou' else 'a'} {name}."
    motion = (
        f"@keyframes mv-fly{{from{{opacity:0;transform:translate(24px,-40px)}}}}"
        f"@media (prefers-reduced-motion:no-preference){{.mv-animal rect{{animation:mv-fly {0.4 * _SECONDS:.1f}s "
        "ease-out backwards}}}"
    )
    width, height = _SIDE * len(rows[0]), _SIDE * len(rows)
    return (
        f'<svg class="mv-animal" role="img" aria-label="{escape(words)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="display:block;margin:.6em 0;overflow:visible" fill="{_INK}" '
        f'stroke="#1b6f9c" stroke-width="1"><style>{motion}</style><title>{escape(words)}</title>{squares}</svg>'
    )
