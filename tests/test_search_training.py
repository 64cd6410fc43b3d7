"""A network of the search space, trained for a moment: its row says what it cost and how often it was right."""

from mobiviz import images
from mobiviz.search.archs import Arch
from mobiviz.search.training import one


def test_a_trained_row_costs_what_the_network_costs(tmp_path):
    arch = Arch(k1=5, se=1)
    row = one(arch.job() | {"seed": 0}, tmp_path, "shapes", epochs=1, photos=64)
    price = arch.cost(len(images.SHAPES))
    assert (row["macs"], row["params"]) == (price.macs, price.params)
    assert 0 <= row["low"] <= row["top1"] <= row["high"] <= 1
    assert row["right"] == round(row["top1"] * row["held_out"])
    assert one(arch.job() | {"seed": 0}, tmp_path, "shapes", epochs=1, photos=64) == row, "kept, not trained again"
