"""Layers that are booked without the dispatcher: the same Record, and the dispatcher wherever something is unusual."""

import gc
import threading

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize, prune
from torch.utils._python_dispatch import TorchDispatchMode

import mobiviz as mv
from mobiviz import calls, direct, passes
from mobiviz.engine import watch
from mobiviz.meters import Compute, Features
from mobiviz.record.call import WORK


def rows(record):
    names = ["path", "nth", "type", "kind", "called", "in_shape", "out_shape", "unpriced", *WORK]
    return [[getattr(call, name) for name in names] for call in record]


def both_ways(monkeypatch, net, x, *meters, dry=False):
    """The record of a run with direct layers, and that of one where the dispatcher shows all."""
    quick = watch(net, x, *meters, dry=dry)
    with monkeypatch.context() as patch:
        patch.setattr(passes, "plain", lambda parts: False)
        return quick, watch(net, x, *meters, dry=dry)


def layers():
    torch.manual_seed(0)
    inside = [
        *(kind(inplace=inplace) for kind in (nn.ReLU, nn.ReLU6, nn.Hardswish, nn.SiLU) for inplace in (False, True)),
        *(nn.Hardsigmoid(), nn.Sigmoid(), nn.Tanh()),
        *(nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False), nn.Conv2d(8, 8, 3, padding="same")),
        *(nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), nn.Conv2d(8, 8, 2, stride=2, dilation=2)),
        *(nn.BatchNorm2d(8), nn.BatchNorm2d(8, affine=False), nn.BatchNorm2d(8, track_running_stats=False)),
        *(nn.BatchNorm2d(8, momentum=None), nn.Flatten(2), nn.Conv1d(8, 8, 3, padding=1), nn.BatchNorm1d(8)),
        *(nn.Linear(25, 25), nn.Linear(25, 27, bias=False), nn.Unflatten(2, (3, 3, 3))),
        *(nn.Conv3d(8, 8, 2), nn.BatchNorm3d(8), nn.ReLU()),
    ]
    return nn.Sequential(*inside, *(type(each)() for each in inside[:2])), torch.randn(2, 8, 11, 11)


@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize("meters", [(Compute(),), (Features(), Compute())])
def test_every_layer_that_is_known_both_ways(monkeypatch, dry, meters):
    net, x = layers()
    assert direct.LAYERS.keys() <= set(map(type, net))
    twice = nn.Sequential(net, nn.Flatten(1), nn.Unflatten(1, (8, 2, 2, 2)), nn.Flatten(3), nn.Conv2d(8, 8, 1))
    twice = nn.Sequential(*(each for each in twice if not isinstance(each, nn.Conv2d)))
    quick, shown = both_ways(monkeypatch, twice, x, *(meters[-1:] if dry else meters), dry=dry)
    assert rows(quick) == rows(shown)
    assert quick.total == shown.total
    for call, twin in zip(quick, shown, strict=True):
        assert (call.made is None) == (twin.made is None)
        if call.made is not None:
            assert call.made.facts == twin.made.facts
            assert call.made.arrays.keys() == twin.made.arrays.keys()


@pytest.mark.parametrize("name", ["V1", "V2", "V3_LARGE", "V3_SMALL"])
@pytest.mark.parametrize("dialect", ["torch", "tf"])
def test_the_papers_networks_both_ways(monkeypatch, name, dialect):
    net, x = mv.MobileNet(getattr(mv, name), 0.25, dialect=dialect), torch.randn(1, 3, 64, 64)
    for meters in ((Compute(),), (Features(), Compute())):
        quick, shown = both_ways(monkeypatch, net, x, *meters)
        assert rows(quick) == rows(shown)
        assert quick.total == shown.total


def dispatched(net, x, monkeypatch):
    """Paths of the layers whose operation came through the dispatcher, but for the first of each type."""
    seen, operate = [], passes.modes.operate

    def spy(run, plan, args, kwargs=None):
        seen.append(run.stack[-1].path)
        return operate(run, plan, args, kwargs)

    monkeypatch.setattr(passes.modes, "operate", spy)
    record = watch(net, x, Compute())
    return seen, record


class Doubled(nn.Module):
    def forward(self, w):
        return 2 * w


class Weight(nn.Parameter):
    """A weight of a subclass."""


def with_hook(conv):
    conv.register_forward_hook(lambda module, args, out: out + 1)


def with_pruning(conv):
    prune.l1_unstructured(conv, "weight", 0.5)


def with_own_forward(conv):
    conv.forward = lambda x: nn.functional.conv2d(x, conv.weight * 2, conv.bias)


def with_foreign_weight(conv):
    del conv.weight
    conv.weight = torch.randn(4, 4, 1, 1)


@pytest.mark.parametrize(
    ("change", "shown"),
    [(with_hook, "012"), (with_pruning, "012"), (with_own_forward, "01"), (with_foreign_weight, "01")],
)
def test_an_unusual_layer_goes_through_the_dispatcher_and_a_hook_takes_all_with_it(change, shown, monkeypatch):
    net, x = nn.Sequential(*(nn.Conv2d(4, 4, 1) for _ in range(3))), torch.randn(1, 4, 5, 5)
    usual, record = dispatched(net, x, monkeypatch)
    assert (usual, record.total.elementwise) == (["0"], 0)
    change(net[1])
    seen, record = dispatched(net, x, monkeypatch)
    assert set(seen) == set(shown)
    assert record.total.macs == 3 * 16 * 25
    parametrize.register_parametrization(net[2], "weight", Doubled())
    seen, record = dispatched(net, x, monkeypatch)
    assert {"0", "1", "2"} <= {path.partition(".")[0] for path in seen}


def test_a_network_with_unusual_weights_goes_through_the_dispatcher(monkeypatch):
    net, x = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)), torch.randn(1, 4, 5, 5)
    net[0].weight.__class__ = Weight
    assert set(dispatched(net, x, monkeypatch)[0]) == {"0", "1"}


class Within(nn.Module):
    """Runs its second layer under a context."""

    def __init__(self, context):
        super().__init__()
        self.context, self.a, self.b = context, nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        x = self.a(x)
        with self.context():
            return self.b(x)


class Foreign(TorchDispatchMode):
    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        SEEN.append(op)
        return op(*args, **kwargs or {})


SEEN = []
CONTEXTS = {
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "a dispatch mode": Foreign,
    "a function mode": lambda: torch.device("cpu"),
    "no inference mode": lambda: torch.inference_mode(False),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_under_a_foreign_context_the_dispatcher_is_asked(name, monkeypatch):
    net, x = Within(CONTEXTS[name]).requires_grad_(False), torch.randn(2, 4)
    SEEN.clear()
    seen, record = dispatched(net, x, monkeypatch)
    assert "b" in seen
    assert record.total.macs == 64
    assert bool(SEEN) == (name == "a dispatch mode")


def test_a_layer_that_does_otherwise_is_not_booked_directly(monkeypatch):
    def halves(x, inplace):
        return torch.relu(x) * 0.5

    monkeypatch.setattr(nn.functional, "relu", halves)
    net, x = nn.Sequential(nn.ReLU(), nn.ReLU()), torch.randn(2, 3)
    record = watch(net, x, Compute())
    assert [call.elementwise for call in record] == [0, 12, 12]


KEPT = []  # what a network keeps by itself, watch takes away again


class Changes(nn.Module):
    """Runs all its layers twice, and changes what they are in between."""

    def __init__(self, change):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU6())
        self.conv, self.bn, self.act = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU6()
        self.change = change

    def forward(self, x):
        x = self.first(x)
        self.change(self)
        y = self.bn(self.conv(x))
        KEPT.append(torch.cat([self.act(y).flatten(), y.flatten()]))
        return y


def another_stride(net):
    net.conv.stride = (2, 2)


def another_eps(net):
    net.bn.eps = 0.5


def another_mean(net):
    net.bn.running_mean = torch.ones(4)


def another_bias(net):
    net.conv.bias = nn.Parameter(torch.ones(4))


def in_place(net):
    net.act.inplace = True


def another_forward(net):
    net.conv.forward = lambda x: 2 * x


def a_hook(net):
    net.bn.register_forward_hook(lambda module, args, out: out + 1)


CHANGES = (another_stride, another_eps, another_mean, another_bias, in_place, another_forward, a_hook)


@pytest.mark.parametrize("change", CHANGES)
def test_a_layer_that_the_network_changes_on_the_way_runs_as_it_is_then(change):
    torch.manual_seed(0)
    net, x = Changes(change).eval(), torch.randn(1, 3, 8, 8)
    names = [list(vars(module)) for module in net.modules()]
    KEPT.clear()
    record = watch(net, x, Compute())
    assert [list(vars(module)) for module in net.modules()] == names
    again = watch(net, x, Compute())
    assert rows(record) == rows(again)
    with torch.no_grad():
        net(x)
    assert torch.equal(KEPT[0], KEPT[1])
    assert torch.equal(KEPT[0], KEPT[2])


def test_a_batch_norm_refuses_what_torch_lets_it_refuse():
    net = nn.Sequential(nn.BatchNorm2d(4), nn.Flatten(2), nn.BatchNorm2d(4))
    with pytest.raises(ValueError, match="expected 4D input"):
        watch(net, torch.randn(1, 4, 5, 5), Compute())


class Odd(nn.ReLU):
    """A child that is called in its own way."""

    def __call__(self, x):
        return super().__call__(x) * 2


class Backwards(nn.Sequential):
    def __iter__(self):
        return iter(list(self._modules.values())[::-1])


def test_a_sequential_that_is_none_calls_its_children_as_it_says():
    torch.manual_seed(0)
    KEPT.clear()
    for inside in (nn.Sequential(nn.Linear(4, 4), Odd()), Backwards(nn.Linear(4, 4), nn.ReLU())):
        net, x = nn.Sequential(nn.Linear(4, 4), inside), torch.randn(2, 4)
        net.append(Keeps())
        record = watch(net, x, Compute())
        net(x)
        assert torch.equal(KEPT[-2], KEPT[-1].detach())
        assert record.total.macs == 64


class Keeps(nn.Module):
    def forward(self, x):
        KEPT.append(x)
        return x


@pytest.fixture
def unworn(monkeypatch):
    """The class that all modules share, as if nobody had watched in this process, which on 3.13 makes a difference."""
    monkeypatch.setattr(calls, "ENOUGH", None)
    monkeypatch.setattr(nn.Module, "_compiled_call_impl", None)


def test_a_watch_in_each_of_two_threads_and_a_stranger(unworn):
    net, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)), torch.randn(2, 4)
    inside, done, records = threading.Event(), threading.Event(), []

    class Waits(nn.Module):
        def forward(self, x):
            inside.set()
            assert done.wait(20)
            return x

    waiting = nn.Sequential(nn.Linear(4, 4), Waits(), nn.Linear(4, 4))
    thread = threading.Thread(target=lambda: records.append(watch(waiting, x, Compute())))
    thread.start()
    assert inside.wait(20)
    records.append(watch(net, x, Compute()))
    net(x)  # seen by nobody
    assert nn.Module._compiled_call_impl is not None
    done.set()
    thread.join()
    assert nn.Module._compiled_call_impl is None
    assert [len(record) for record in records] == [4, 4]
    assert [record.total.macs for record in records] == [64, 64]


def test_the_class_is_not_changed_for_ever(unworn, monkeypatch):
    net, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU()), torch.randn(2, 4)
    monkeypatch.setattr(calls, "ENOUGH", calls._changes + 3)
    expected = net(x)
    for is_left in (False, True, True):
        assert len(watch(net, x, Compute())) == 3
        assert (nn.Module._compiled_call_impl is not None) == is_left
        assert torch.equal(net(x), expected)
    assert calls._changes == calls.ENOUGH
    monkeypatch.setattr(calls, "ENOUGH", None)
    watch(net, x, Compute())
    assert nn.Module._compiled_call_impl is None


def test_a_compiled_module_runs_as_written_and_stays_compiled():
    net, x = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 1))), torch.randn(1, 3, 5, 5)
    net[1].compile(backend="eager")
    compiled, order = net[1]._compiled_call_impl, list(vars(net[1]))
    for meters in ((Compute(),), ()):
        record = watch(net, x, *meters)
        assert [call.path for call in record] == ["", "0", "1", "1.0", "1.1"]
        assert record.total.macs == 25 * (12 + 16)
    assert net[1]._compiled_call_impl is compiled
    assert list(vars(net[1])) == order


class Hooks(nn.Module):
    """Takes a hook off one of its layers and puts another on, in each run."""

    def __init__(self, some):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.c.register_state_dict_post_hook(lambda *_: None)
        self.handle = self.a.register_forward_hook(lambda module, args, out: out + 1) if some else None

    def forward(self, x):
        x = self.b(self.a(x))
        if self.handle:
            self.handle.remove()
        self.c.register_state_dict_post_hook(lambda *_: None)
        self.b.register_forward_pre_hook(lambda module, args: (args[0] * 3,))
        return self.c(self.b(self.a(x)))


def hooks_of(net):
    return [(name, list(value)) for layer in net for name, value in vars(layer).items() if "hooks" in name]


@pytest.mark.parametrize("some", [True, False])
def test_hooks_that_come_and_go_while_the_network_runs(some):
    net, x = Hooks(some), torch.randn(2, 4)
    before = hooks_of([net.a, net.b, net.c])
    for _ in range(2):
        record = watch(net, x, Compute())
        assert hooks_of([net.a, net.b, net.c]) == before
        assert record.total.macs == 5 * 32
        assert sum(call.elementwise for call in record) == 8 + 8 * some  # a product, and an addition


def test_a_weight_that_is_the_input(monkeypatch):
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    quick, shown = both_ways(monkeypatch, net, net[0].weight, Compute())
    assert rows(quick) == rows(shown)
    assert quick.total == shown.total


def test_garbage_is_collected_again_afterwards():
    seen = []
    watch(nn.Sequential(nn.Linear(4, 4), Tells(lambda: seen.append(gc.isenabled()))), torch.randn(2, 4))
    assert seen == [False]
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        watch(Tells(lambda: 1 / 0), torch.randn(1))
    assert gc.isenabled()


class Tells(nn.Module):
    def __init__(self, tell):
        super().__init__()
        self.tell = tell

    def forward(self, x):
        self.tell()
        return x


class GoesOn(nn.Module):
    """Tries a Sequential whose second convolution cannot read what the first puts out."""

    def __init__(self):
        super().__init__()
        self.good = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU6(inplace=True), nn.Conv2d(4, 3, 1))
        self.bad = nn.Sequential(nn.Conv2d(3, 5, 1), nn.ReLU6(inplace=True), nn.Conv2d(4, 3, 1), nn.Conv2d(3, 3, 1))
        self.last = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU6())

    def forward(self, x):
        x = self.good(x)
        try:
            self.bad(x)
        except RuntimeError:
            return self.last(x)


def test_a_layer_that_raises_in_the_middle_of_others(monkeypatch):
    net, x = GoesOn(), torch.randn(1, 3, 6, 6)
    quick, shown = both_ways(monkeypatch, net, x, Compute())
    assert rows(quick) == rows(shown)
    assert quick.total == shown.total
    assert [call.path for call in quick if call.called][5:] == [
        *("bad", "bad.0", "bad.1", "bad.2"),
        *("last", "last.0", "last.1"),
    ]
    assert quick["bad.2"].out_shape is quick["bad"].out_shape is None
    with pytest.raises(ValueError, match=r"bad\.2 expects 4 channels \(got 5, in shape \(1, 5, 6, 6\)\)"):
        watch(Named(net), x, Compute())


class Named(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.good, self.bad = net.good, net.bad

    def forward(self, x):
        return self.bad(self.good(x))


class Marked(torch.Tensor):
    """An input of a class of its own."""


def test_an_input_of_another_class(monkeypatch):
    net, x = (
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1)),
        torch.randn(1, 3, 6, 6).as_subclass(Marked),
    )
    KEPT.clear()
    net.append(Keeps())
    quick, shown = both_ways(monkeypatch, net, x, Compute())
    assert rows(quick) == rows(shown)
    assert {type(kept) for kept in KEPT} == {Marked}
