"""Planning: under a fake clock the cosine ends in time and wastes little of it."""

from dataclasses import replace

import pytest
import torch
from fake_clocks import Clock

from mobiviz.images import shapes
from mobiviz.nets import MobileNet
from mobiviz.planning import MOST, Speed, duration_of, fitted, speed_of, timed
from mobiviz.tables import V1
from mobiviz.train import Recipe

PHOTOS = 45_000
RECIPES = {
    "one size": Recipe(epochs=1, size=64),
    "growing": Recipe(epochs=1, size=64, start_size=40),
    "large": Recipe(epochs=1, size=128, start_size=80, batch=64),
}


class Machine:
    """A machine on a clock of its own: a step costs by its pixels, and the first ones are five times slower."""

    def __init__(self, ms_at_64):
        self.clock, self.ms, self.calls = Clock(), ms_at_64, 0

    def step(self, size):
        self.calls += 1
        self.clock.now += (5 if self.calls <= 2 else 1) * self.ms * (0.1 + 0.9 * size**2 / 64**2) / 1e3

    def check(self):
        self.clock.now += 4.0

    def speed(self, recipe):
        sizes = {recipe.size_at(epoch) for epoch in (0, recipe.epochs - 1)}
        return Speed({size: timed(lambda size=size: self.step(size), self.clock) for size in sizes}, 4.0)

    def train(self, recipe):
        self.calls = 0
        for epoch in range(recipe.epochs):
            for _ in range(-(-PHOTOS // recipe.batch)):
                self.step(recipe.size_at(epoch))
            self.check()


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(("ms", "minutes"), [(80, 30), (80, 120), (400, 95), (400, 240)])
def test_the_cosine_ends_in_time_and_little_of_it_is_wasted(name, ms, minutes):
    machine = Machine(ms)
    wide = replace(RECIPES[name], epochs=MOST)
    speed = machine.speed(wide)
    recipe = fitted(RECIPES[name], PHOTOS, speed, 60 * minutes - machine.clock())
    machine.train(recipe)
    spent, last = machine.clock(), duration_of(replace(recipe, epochs=1, start_size=None), PHOTOS, speed)
    assert spent <= 60 * minutes
    assert 1.11 * (spent + last) >= 60 * minutes, "one more epoch would have fitted"
    assert recipe.warmup <= recipe.epochs / 5


def test_what_a_training_takes_is_the_sum_of_its_steps():
    machine, recipe = Machine(100), replace(RECIPES["growing"], epochs=8)
    sizes = {recipe.size_at(epoch) for epoch in range(8)}
    assert sizes == {40, 48, 56, 64}
    told = duration_of(recipe, PHOTOS, machine.speed(recipe))
    started = machine.clock()
    machine.train(recipe)
    assert told == pytest.approx(machine.clock() - started, rel=0.002)
    assert duration_of(replace(recipe, start_size=None), PHOTOS, Speed({64: 0.1}, 4)) == pytest.approx(8 * (35.2 + 4))


def test_too_little_time_says_what_one_epoch_takes():
    speed = Speed({64: 0.1}, 4.0)
    words = r"one epoch of 45,000 photos takes about 0\.8 minutes here, and 0\.5 are left: .* minutes, or 29,696 photos"
    with pytest.raises(ValueError, match=words):
        fitted(Recipe(epochs=1), PHOTOS, speed, 30)
    assert fitted(Recipe(epochs=1), 29_696, speed, 30).epochs == 1
    with pytest.raises(ValueError, match=r"and 0\.0 are left: give more minutes$"):
        fitted(Recipe(epochs=1), PHOTOS, speed, -5)


def test_few_photos_are_not_learned_by_heart():
    assert fitted(Recipe(epochs=1), 100, Speed({64: 0.01}, 0.01), 3600).epochs == MOST


def test_timing_leaves_out_the_first_calls_and_stops():
    machine = Machine(100)
    assert timed(lambda: machine.step(64), machine.clock) == pytest.approx(0.1)
    assert 30 <= machine.calls <= 33, "three seconds of steps"
    quick, slow = Machine(1), Machine(10_000)
    timed(lambda: quick.step(64), quick.clock)
    timed(lambda: slow.step(64), slow.clock)
    assert (quick.calls, slow.calls) == (52, 5)


def test_the_first_steps_run_on_a_copy():
    torch.manual_seed(0)
    net, photos = MobileNet(V1, 0.25, 12), shapes(40, 32)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    recipe = Recipe(epochs=10, size=64, start_size=40, batch=16)
    speed = speed_of(net, photos, photos[:20], recipe, seconds=0.2)
    assert sorted(speed.steps) == [40, 64]
    assert speed.steps[40] > 0
    assert min(speed.steps.values()) <= speed.step(52) <= max(speed.steps.values())
    assert speed.check > 0
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
