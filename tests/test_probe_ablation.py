"""ablate: on networks whose answers are known by hand, on foreign ones, and on those that break half-way."""

import copy

import numpy as np
import pytest
import torch
from test_foreign import CASES, Of, build, rand, unchanged
from torch import nn
from torch.nn import functional as F

import mobiviz as mv
from mobiviz.engine import watch
from mobiviz.meters import Features
from mobiviz.probe import ablate
from mobiviz.probe.ablation import _Asking

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning", "ignore::UserWarning")


def picker():
    """A 1x1 convolution that copies three channels, their means as logits: muting c sets logit c to 0."""
    net = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(3)[:, :, None, None])
    return net, torch.tensor([3.0, 1.0, 2.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4).clone()


def softmax(*logits):
    e = np.exp(np.array(logits, float))
    return e / e.sum()


def test_drops_by_hand():
    net, x = picker()
    found = unchanged(net, x, lambda: ablate(net, x, "0", classes=("a", "b", "c")))
    before = softmax(3, 1, 2)
    assert found.answer == "a"
    assert found.score == pytest.approx(before[0])
    np.testing.assert_allclose(found.after, [softmax(0, 1, 2), softmax(3, 0, 2), softmax(3, 1, 0)], rtol=1e-6)
    np.testing.assert_allclose(found.drops, before[0] - found.after[:, 0], rtol=1e-6)
    assert found.tops.tolist() == [2, 0, 0]
    assert found.changing == [0]
    assert found.order[0] == 0
    assert found.drops[1] < 0, "without b, a is surer"
    assert found.table()["answer"].iloc[0] == "c"
    assert "1 of 3 runs change the answer" in repr(found)


def test_several_together_and_means():
    net, x = picker()
    found = ablate(net, x, "0", [(0, 2), 1, (0,)])
    np.testing.assert_allclose(found.after, [softmax(0, 1, 0), softmax(3, 0, 2), softmax(0, 1, 2)], rtol=1e-6)
    assert [found.label(run) for run in range(3)] == [(0, 2), 1, 0]
    assert ablate(net, x, "0", to=5.0).after[1] == pytest.approx(softmax(3, 5, 2))
    x[0, 0, 0, 0] = 19  # the mean is 4 now, and its channel becomes flat
    peak = Of(lambda net, x: net.conv(x).amax((2, 3)), conv=net[0])
    assert ablate(peak, x, "conv", [0], to="mean").after[0] == pytest.approx(softmax(4, 1, 2))


def signal(table, alpha=0.35, seed=0):
    """A network with statistics like a trained one's, so that its logits say something."""
    torch.manual_seed(seed)
    net = mv.MobileNet(table, alpha, num_classes=5)
    net.train()
    with torch.no_grad():
        net.classifier[-1].weight.mul_(30)
        for _ in range(8):
            net(torch.randn(8, 3, 64, 64))
    return net.eval()


def brute_force(net, x, path, channel, axis=1):
    def mute(module, args, out):
        out = out.clone()
        return out.index_fill_(axis, torch.tensor([channel]), 0)

    twin = copy.deepcopy(net).eval()
    twin.get_submodule(path).register_forward_hook(mute)
    with torch.no_grad():
        return twin(x).softmax(1)[0].numpy()


@pytest.mark.parametrize("table", [mv.V1, mv.V2, mv.V3_SMALL], ids=lambda table: table.name)
def test_every_layer_of_a_mobilenet_is_muted_as_by_hand(table):
    net, x = signal(table), torch.randn(1, 3, 64, 64)
    paths = [call.path for call in watch(net, x, dry=True) if call.path]
    for path in paths[:: max(len(paths) // 12, 1)]:
        axis = 1 if net.get_submodule(path) is not net.classifier[-1] else -1
        found = unchanged(net, x, lambda path=path: ablate(net, x, path, [0, 1, 4]))
        for run, channel in enumerate((0, 1, 4)):
            np.testing.assert_allclose(found.after[run], brute_force(net, x, path, channel, axis), rtol=2e-3, atol=1e-5)


def test_what_comes_before_the_layer_runs_once_for_all_channels():
    net, x, runs = signal(mv.V2), torch.randn(1, 3, 64, 64), []
    net.features[0].register_forward_pre_hook(lambda module, args: runs.append(args[0].shape[0]))
    found = ablate(net, x, "features.9.expand")
    assert len(found.drops) == 144
    assert runs == [1, 1], "once as it is, once for all 144 of them"


class KnowsItsBatch(nn.Module):
    """Fixes its batch size before the layer, so muted variants cannot leave the layer together."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 6, 3), nn.Linear(6 * 36, 4)

    def forward(self, x):
        n = x.shape[0]
        return self.fc(self.conv(x).reshape(n, -1))


def meets(net, x):
    """Items of a batch meet: the mean over all of them is taken off."""
    y = net.conv(x).mean((2, 3))
    return 3 * (y - 0.5 * y.mean(0))


@pytest.mark.parametrize("make", [KnowsItsBatch, lambda: Of(meets, conv=nn.Conv2d(3, 6, 3))])
def test_networks_that_take_no_batch_are_asked_one_by_one(make):
    torch.manual_seed(0)
    net, x = make(), torch.randn(1, 3, 8, 8)
    found = unchanged(net, x, lambda: ablate(net, x, "conv"))
    for channel in range(6):
        np.testing.assert_allclose(found.after[channel], brute_force(net, x, "conv", channel), rtol=1e-5)


def everything(out):
    """All numbers that a network puts out, as the scores of one item."""
    from mobiviz.nested import leaves

    return torch.cat([leaf.float().flatten() for leaf in leaves(out).values()])[None]


@pytest.mark.parametrize("name", CASES)
def test_foreign_networks_are_asked_and_left_as_they_were(name):
    net, x, _ = build(name)
    record = watch(net, x, Features())
    for call in list(record)[-2:]:
        layer = (call.path, call.nth)
        if call.output is None or call.output.ndim == 0:
            continue
        found = unchanged(net, x, lambda layer=layer: ablate(net, x, layer, [0], to=7.0, score=everything))
        assert found.after.shape == (1, len(found.before))
        if call.path == "":
            last = call.output.ndim < 3 or isinstance(net, (nn.Linear, nn.LSTM, nn.GRU, nn.RNN))
            taken = np.take(call.output.astype(float), 0, axis=-1 if last else 1).size
            assert (found.after[0] == 7.0).sum() >= taken, "the muted numbers stand in what the network puts out"


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_where_a_muted_run_breaks(kind):
    def fragile(net, x):
        y = net.a(x)
        net.steps.add_(1)
        net.mode = "seen"
        if bool((y[:, 2] == 0).all(dim=-1).all(dim=-1).any()):
            raise kind("half-way")
        return net.bn(F.relu_(y)).mean((2, 3))

    net = Of(fragile, a=nn.Conv2d(3, 4, 3), bn=nn.BatchNorm2d(4), steps=nn.Buffer(torch.zeros(1)))
    x = rand(1, 3, 6, 6)

    def run():
        with pytest.raises(kind, match="half-way"):
            ablate(net, x, "a")

    unchanged(net, x, run)
    assert ablate(net, x, "a", [0, 1]).after.shape == (2, 4)


def test_a_layer_that_is_called_twice():
    torch.manual_seed(0)
    net, x = Of(lambda n, x: n.fc(n.fc(x)), fc=nn.Linear(4, 4)), rand(1, 4)
    once, twice = net.fc(x), net.fc(net.fc(x))
    first, second = once.clone(), twice.clone()
    first[:, 1], second[:, 1] = 0, 0
    expected = {0: net.fc(first).softmax(1), 1: second.softmax(1)}
    for nth, after in expected.items():
        assert ablate(net, x, ("fc", nth), [1]).after[0] == pytest.approx(after[0].detach().numpy(), rel=1e-5)


def test_hooks_of_the_user_still_run_and_stay():
    net, x = picker()
    net[0].register_forward_hook(lambda module, args, out: out * 2)
    assert unchanged(net, x, lambda: ablate(net, x, "0", [0])).after[0] == pytest.approx(softmax(0, 2, 4))


NET, X = picker()


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: ablate(NET, X, "1.conv"), KeyError, "no layer '1.conv' was called; the nearest path is"),
        (lambda: ablate(NET, X, ("0", 1)), KeyError, r"'0' was called 1 times, counted from 0 \(got 1\)"),
        (lambda: ablate(NET, X, "0", [3]), ValueError, r"whole number from 0 to 2 \(got 3\)"),
        (lambda: ablate(NET, X, "0", [(0, -1)]), ValueError, r"whole number from 0 to 2 \(got -1\)"),
        (lambda: ablate(NET, X, "0", [True]), ValueError, r"\(got True\)"),
        (lambda: ablate(NET, X, "0", 1), TypeError, r"channels must be a list, such as \[1\]"),
        (lambda: ablate(NET, X, "0", to="zero"), ValueError, r"to must be a number or 'mean' \(got 'zero'\)"),
        (lambda: ablate(NET, X, "0", classes=("a",)), ValueError, r"3 names, one for each class \(got 1\)"),
        (lambda: ablate(NET, X.expand(2, -1, -1, -1), "0"), ValueError, r"one item \(got an answer about 2\)"),
        (lambda: ablate(NET[0], X, ""), TypeError, "gives no logits .* say with score= what its answer is"),
        (
            lambda: ablate(NET, X, "0", score=lambda out: out[0]),
            TypeError,
            r"score must give .* \(1, K\) \(got \(3,\)\)",
        ),
        (lambda: ablate(lambda x: x, X, "0"), TypeError, "torch.nn.Module"),
    ],
)
def test_bad_questions_are_named(act, error, words):
    with pytest.raises(error, match=words):
        act()


def test_memory_is_bounded():
    asking = _Asking.__new__(_Asking)
    asking.single, asking.nbytes, asked = True, 4 * 2**20, []
    asking._together = lambda chunk, before: asked.append(len(chunk)) or torch.zeros(len(chunk), 3)
    asking.all(tuple((channel,) for channel in range(5)), torch.zeros(1, 3))
    assert asked == [2, 2, 1]
