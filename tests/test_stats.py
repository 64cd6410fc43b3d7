"""stats: intervals that cover, verdicts that are rarely false and often found, noise that is named."""

import numpy as np
import pytest

from mobiviz import stats


def normal(count, spread=0.05, seed=0):
    return 10 * np.exp(spread * np.random.default_rng(seed).standard_normal(count))


@pytest.mark.parametrize("ordered", [True, False])
def test_interval_covers_the_median_of_independent_samples(ordered):
    hits = [
        low <= 10 <= high
        for seed in range(100)
        for _, low, high in [stats.interval(normal(100, seed=seed), ordered=ordered)]
    ]
    assert 0.88 <= np.mean(hits) <= 1


def test_interval_covers_where_neighbours_are_alike():
    def alike(seed):
        steps, logs = np.random.default_rng(seed).standard_normal(300), np.zeros(300)
        for i in range(1, 300):
            logs[i] = 0.7 * logs[i - 1] + 0.02 * steps[i]
        return 10 * np.exp(logs)

    def cover(ordered):
        return np.mean(
            [low <= 10 <= high for s in range(80) for _, low, high in [stats.interval(alike(s), 0.95, ordered)]]
        )

    assert cover(ordered=True) > 0.85 > 0.75 > cover(ordered=False)


def test_interval_is_deterministic_and_widens_with_the_level():
    samples = normal(200)
    middle, low, high = stats.interval(samples)
    assert (middle, low, high) == stats.interval(samples)
    assert low < middle == np.median(samples) < high
    assert stats.interval(samples, 0.99)[1] < low


def test_a_few_samples_give_their_range_and_no_verdict():
    assert stats.interval(np.array([3.0, 1.0, 2.0])) == (2, 1, 3)
    seven = {"a": np.full(7, 1.0), "b": np.full(7, 2.0)}
    assert stats.verdicts(seven) == {("a", "b"): "cannot tell"}
    with pytest.raises(ValueError, match="must not be empty"):
        stats.interval(np.array([]))


def test_ratio_cancels_what_slows_whole_rounds():
    weather = np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.1, 300)))
    middle, low, high = stats.ratio(1.05 * weather * normal(300, 0.01), weather * normal(300, 0.01, 1))
    assert low < 1.05 < high
    assert high - low < 0.01
    assert middle == pytest.approx(1.05, abs=0.005)


def test_sign_p_is_the_exact_binomial():
    assert stats.sign_p(np.full(10, 0.5)) == pytest.approx(2 / 2**10)
    assert stats.sign_p(np.array([0.5] * 9 + [-0.5])) == pytest.approx(2 * 11 / 2**10)
    assert stats.sign_p(np.zeros(50)) == 1
    assert stats.sign_p(np.full(50, 0.005)) == 1  # within what a copy's place in memory does


def test_holm_stops_at_the_first_that_fails():
    assert stats.holm(np.array([0.001, 0.02, 0.003]), 0.01).tolist() == [True, False, True]
    assert stats.holm(np.array([0.004, 0.004, 0.004]), 0.01).tolist() == [False] * 3
    assert stats.holm(np.array([]), 0.01).tolist() == []


@pytest.mark.parametrize("pairs", [1, 3, 15, 28])
def test_so_many_rounds_can_tell_each_pair_and_one_fewer_cannot(pairs):
    least = stats.rounds(pairs)
    assert stats.holm(np.full(pairs, stats.sign_p(np.full(least, 0.5)))).all()
    assert not stats.holm(np.full(pairs, stats.sign_p(np.full(least - 1, 0.5)))).any()
    assert stats.rounds(0) == stats.rounds(1) == stats.ENOUGH


def test_eight_copies_are_not_ranked_and_plain_pair_tests_would_rank_them():
    false = plain = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        samples = {str(i): 10 * np.exp(0.05 * rng.standard_normal(200)) for i in range(8)}
        false += any(verdict != "cannot tell" for verdict in stats.verdicts(samples).values())
        logs = [np.log(samples[str(i)] / samples[str(j)]) for i in range(8) for j in range(i)]
        plain += any(stats.sign_p(each, same=0.0) < 0.05 for each in logs)
    assert false <= 1
    assert plain > 20


def test_a_planted_slowdown_is_called_the_right_way_round():
    found = [
        stats.verdicts({"a": normal(200, seed=2 * s), "b": 1.05 * normal(200, seed=2 * s + 1)})["a", "b"]
        for s in range(100)
    ]
    assert found.count("faster") >= 95
    assert "slower" not in found


def test_spearman():
    assert stats.spearman([1, 2, 3, 4], [10, 20, 30, 99]) == pytest.approx(1)
    assert stats.spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert stats.spearman([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9486833)  # ties share a rank
    assert np.isnan(stats.spearman([1, 1, 1], [1, 2, 3]))
    with pytest.raises(ValueError, match="3 and 2"):
        stats.spearman([1, 2, 3], [1, 2])


def test_two_clusters_are_two_speeds():
    both = np.concatenate([normal(120), 1.6 * normal(80, seed=1)])
    np.random.default_rng(0).shuffle(both)
    (low, share), (high, rest) = stats.speeds(both)
    assert low == pytest.approx(10, rel=0.03)
    assert high == pytest.approx(16, rel=0.03)
    assert share == pytest.approx(0.6, abs=0.03)
    assert share + rest == 1


@pytest.mark.parametrize("shape", ["normal", "long tail", "uniform", "spikes", "drift"])
def test_one_cluster_is_one_speed(shape):
    rng = np.random.default_rng(3)
    found = {
        "normal": normal(300, 0.1),
        "long tail": 10 + rng.exponential(5, 300),
        "uniform": rng.uniform(8, 16, 300),
        "spikes": np.where(rng.random(300) < 0.05, 100, normal(300)),
        "drift": normal(300) * np.linspace(1, 2, 300),
    }[shape]
    assert stats.speeds(found) == ((np.median(found), 1.0),)


def test_noise_is_named_and_quiet_is_quiet():
    assert stats.noise(normal(100)) == ()
    assert stats.noise(normal(100), foreign_load=0.5) == ("other programs took 50% of the cores",)
    assert "slowest tenth" in stats.noise(normal(100, 0.4))[0]
    assert any("last third took 1." in words for words in stats.noise(normal(90) * np.linspace(1, 1.3, 90)))
    assert stats.drift(normal(90, 0) * np.linspace(1, 2, 90)) == pytest.approx(1.5714, abs=0.01)
