"""The trade-off grid: what its cells are, what the committed rows say, and that no larger cell falls beyond noise."""

import pytest

import mobiviz as mv
from mobiviz import tradeoff
from mobiviz.pricing import cost

ROWS = tradeoff.read()


def row(net="V2", alpha=0.5, size=37, seed=0, right=2500):
    return {
        "net": net,
        "alpha": alpha,
        "size": size,
        "seed": seed,
        "right": right,
        "held_out": 5000,
        "top1": right / 5000,
    }


def test_the_grid_is_two_networks_four_widths_four_sizes_and_the_corners_again():
    cells = tradeoff.grid()
    assert len(cells) == 2 * 16 + 2 * 4
    assert cells[:4] == [
        {"net": "V2", "alpha": alpha, "size": size, "seed": 0} for alpha in (0.25, 1.0) for size in (37, 64)
    ]
    assert len({tuple(cell.values()) for cell in cells}) == 40
    assert [round(64 * rho) for rho in (128 / 224, 160 / 224, 192 / 224, 1)] == list(tradeoff.SIZES)


@pytest.mark.parametrize("at", range(len(ROWS)))
def test_macs_of_a_committed_row_are_what_arithmetic_says(at):
    found = ROWS[at]
    price = cost(getattr(mv.tables, found["net"]), found["alpha"], found["size"], 10)
    assert (found["macs"], found["params"]) == (price.macs, price.params)
    assert found["top1"] == pytest.approx(found["right"] / found["held_out"], abs=1e-4)
    assert found["low"] < found["top1"] < found["high"]
    assert (found["epochs"], found["photos"], found["threads"], found["held_out"]) == (8, 15_000, 1, 5_000)


def test_no_neighbour_falls_beyond_its_spread():
    falls = [step for step in tradeoff.steps(ROWS) if step.verdict == "falls"]
    assert not falls


def test_missing_cells_are_named():
    left = tradeoff.missing(ROWS)
    assert len(left) + len(ROWS) == 40
    assert tradeoff.missing([]) == tradeoff.grid()


def test_a_step_rises_falls_or_is_noise():
    rows = [row(right=2500), row(size=46, right=2700), row(size=64, right=2690), row(alpha=1.0, right=2300)]
    found = {(step.knob, step.larger): (step.gain, step.verdict) for step in tradeoff.steps(rows)}
    assert found == {
        ("size", (0.5, 46)): (0.04, "rises"),
        ("size", (0.5, 64)): (-0.002, "within"),
        ("alpha", (1.0, 37)): (-0.04, "falls"),
    }


def test_what_another_seed_changes_is_noise_too():
    rows = [row(right=2500), row(alpha=1.0, right=2300), row(seed=1, right=2720)]
    assert tradeoff.seed_spread(rows) == pytest.approx(0.044)
    assert [step.verdict for step in tradeoff.steps(rows)] == ["within"]
