"""Which accuracies of the search space are measured, which predicted, and how far predictions may be trusted."""

import numpy as np
import pytest

from mobiviz import stats
from mobiviz.search.archs import design, features, space
from mobiviz.search.scores import MEASURED, PREDICTED, predict, scored, trust

WORTH = np.array([0.52, -0.003, 0.004, 0.004, 0.02, 0.002, 0.001, 0.022, 0.018])  # of the choices, as trained


def shares(archs, noise=0.007, seed=0):
    return features(archs) @ WORTH + np.random.default_rng(seed).normal(0, noise, len(archs))


def rows(archs, noise=0.007, seed=0):
    right = (5000 * shares(archs, noise, seed)).round().astype(int)
    return [a.job() | {"seed": seed, "right": int(n), "held_out": 5000} for a, n in zip(archs, right, strict=True)]


def test_choices_that_add_up_are_found_exactly():
    archs = design(24)
    assert np.allclose(predict(archs, shares(archs, 0), space()), features(space()) @ WORTH)


def test_the_predictions_of_networks_left_out_rank_them_within_the_noise_of_the_photos():
    archs = design(48)
    known = trust(archs, shares(archs))
    assert known.good
    assert known.low < known.rho < known.high
    assert known.error < 0.012, "hardly more than the 0.7 points that 5,000 photos leave open"


def test_trust_is_refused_where_accuracies_have_nothing_to_do_with_the_choices():
    archs = design(48)
    known = trust(archs, np.random.default_rng(1).permutation(shares(archs)))
    assert not known.good
    assert known.low < 0.3


def test_each_network_is_predicted_without_itself():
    archs = design(16)
    top1 = shares(archs, 0)
    top1[3] += 0.3  # an outlier that only a model which has seen it could guess
    guess = predict([a for a in archs if a != archs[3]], np.delete(top1, 3), [archs[3]])[0]
    assert abs(guess - (features([archs[3]]) @ WORTH)[0]) < 1e-9
    assert trust(archs, top1).error > 0.3 / 4


def test_trust_needs_twelve_networks():
    with pytest.raises(ValueError, match="at least 12"):
        trust(design(11), shares(design(11)))


def test_every_network_has_one_row_that_says_where_it_is_from():
    trained = design(20)
    table, known = scored(rows(trained) + rows(trained[:4], seed=1))
    assert [each.arch for each in table] == list(space())
    assert {each.arch for each in table if each.source == MEASURED} == set(trained)
    assert all(each.source == PREDICTED and each.seeds == 0 for each in table if each.arch not in trained)
    assert known.n == 20, "a second seed is no second network"
    for each in table:
        assert each.low < each.top1 < each.high


def test_a_measured_row_is_the_mean_of_its_seeds_with_wilsons_interval():
    trained = design(14)
    first, second = rows(trained), rows(trained[:1], seed=1)
    table = {each.arch: each for each in scored(first + second)[0]}
    right = first[0]["right"] + second[0]["right"]
    one = table[trained[0]]
    assert (one.top1, one.seeds) == (pytest.approx(right / 10_000), 2)
    assert (one.low, one.high) == stats.wilson(right, 10_000)
