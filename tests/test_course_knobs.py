"""Notebook 05: the ticket's numbers, the recorded race that exercise 3 stands on, and the picture of the grid."""

import re

import pytest

from mobiviz import cost, plot, surprises, tradeoff, units
from mobiviz.course import quiz
from mobiviz.course.exercises import load
from mobiviz.tables import V2


def test_the_ticket_explains_every_option():
    ticket = quiz("05")
    assert len(ticket.questions) == 3
    for question in ticket.questions:
        assert [option.right for option in question.options].count(True) == 1
        assert all(option.why for option in question.options)


def test_the_numbers_of_ticket_05():
    smaller, half, times = quiz("05").questions
    assert "112 pixels instead of 224" in smaller.text
    assert cost(V2, 1.0, 112).params == cost(V2).params
    assert cost(V2, 1.0, 112).macs / cost(V2).macs == pytest.approx(1 / 4, abs=0.03)
    assert "more than a quarter" in half.text
    assert cost(V2, 0.5).macs > cost(V2).macs / 4
    assert "1280 channels" in next(option.why for option in half.options if option.right)
    assert V2.units(0.5)[-1].in_ch == V2.units(1.0)[-1].in_ch == 1280
    said = [round(cost(V2, *setting).macs / 1e6) for setting in ((0.5, 224), (1.0, 128))]
    assert f"take {said[0]} and {said[1]} million MACs" in times.text
    first, second = (tuple(map(float, ends)) for ends in re.findall(r"\[([\d.]+), ([\d.]+)\]", times.text))
    assert first[1] < second[0]
    why = next(option.why for option in times.options if option.right)
    assert f"ends at {first[1]} ms, and the other's begins at {second[0]} ms" in why


def test_the_recorded_race_holds_equal_macs_and_other_times():
    race = surprises.recorded("knobs")
    settings = [name.split() for name in race.timings]
    assert all(float(alpha) > 0 and int(size) % 32 in (0, 16) for alpha, size in settings)
    _, fast, slow = load("equal_macs_05").reference()
    macs = [cost(V2, float(alpha), int(size)).macs for alpha, size in (fast.split(), slow.split())]
    assert abs(macs[0] - macs[1]) < 0.002 * max(macs)
    assert race.rank(fast, slow) == "faster"


@pytest.fixture(scope="module")
def grid():
    rows = tradeoff.read()
    steps = tradeoff.steps(rows)
    return rows, steps, plot.tradeoff(rows, steps, tradeoff.ALPHAS, tradeoff.SIZES)


def test_the_picture_of_the_grid_shows_what_is_committed_and_says_what_is_not(grid):
    rows, steps, picture = grid
    drawn = picture.svg("light")
    for row in rows:
        if row["seed"] == 0:
            assert units.percent(row["top1"]) in drawn
            assert f"alpha {row['alpha']:g} at {row['size']}: {units.percent(row['top1'])}" in picture.alt
    for net in ("V2", "V1"):
        left = len([cell for cell in tradeoff.missing(rows, [net]) if cell["seed"] == 0])
        words = f"{left} of 16 cells are not trained yet" if left else "all cells are trained"
        assert words in picture.alt.partition(f"{net}: ")[2].partition(". ")[0]
    verdicts = [step.verdict for step in steps]
    signs = re.findall(r">(≈|▼)<", drawn)
    assert (signs.count("≈"), signs.count("▼")) == (verdicts.count("within"), verdicts.count("falls"))


def test_the_picture_says_what_a_second_seed_changed():
    row = {"net": "V1", "alpha": 0.25, "size": 37, "macs": 10**6}
    rows = [row | {"seed": seed, "top1": top1} for seed, top1 in ((0, 0.40), (1, 0.43))]
    said = plot.tradeoff(rows, [], tradeoff.ALPHAS, tradeoff.SIZES).alt
    assert "1 cell was trained from a second seed, which changed a share by up to 3.0 points" in said.lower()
    assert "No two cells beside each other are trained yet" in said


def test_the_picture_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="at least one trained cell"):
        plot.tradeoff([], [], tradeoff.ALPHAS, tradeoff.SIZES)
    with pytest.raises(ValueError, match="at most 4"):
        plot.tradeoff([{"net": "V1"}], [], (1.0,), (32, 64, 96, 128, 160))
