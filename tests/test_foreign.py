"""Networks that people write, from the modules that torch documents: MACs equal a number worked out by hand, and the
network is bit for bit as it was."""

import copy
import io
import pickle
import random
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import pack_padded_sequence

from mobiviz.engine import watch
from mobiviz.meters import Clock, Compute, Features

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

Pair = namedtuple("Pair", "first second")


@dataclass
class Answer:
    logits: Tensor
    extra: dict


class Of(nn.Module):
    """A network made of a forward function and named parts, which become its attributes."""

    def __init__(self, forward, **parts):
        super().__init__()
        self.function = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *args):
        return self.function(self, *args)


def weight(*shape):
    return nn.Parameter(torch.randn(*shape))


class Picture(torch.Tensor):
    """A subclass of Tensor."""


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


def functional_conv(net, x):
    return F.conv2d(x, net.w, stride=2, padding=1)


def einsum_scores(net, q, k):
    return torch.einsum("bhqd,bhkd->bhqk", q, k)


def own_softmax_attention(net, x):
    q, k, v = net.qkv(x).chunk(3, dim=-1)
    return torch.softmax(q @ k.transpose(1, 2) / 4, dim=-1) @ v


def cells(net, x):
    h = c = torch.zeros(x.shape[1], 6)
    for step in x:
        h, c = net.cell(step, (h, c))
    return h


def packed(net, x):
    return net.rnn(pack_padded_sequence(x, torch.tensor([5, 3]), batch_first=True))[0].data


def tied(net, tokens):
    return F.linear(net.embed(tokens), net.embed.weight)


def nested(net, x):
    y = net.conv(x)
    return {"maps": (y, [y + 1]), "pair": Pair(y.mean(), None), "answer": Answer(net.fc(y.mean((2, 3))), {"y": y})}


def two_heads(net, pair):
    return Answer(net.a(pair["left"]) + net.b(pair["right"][0]), {})


def remembers(net, x):
    net.last = x
    net.steps += 1
    net.log.append(float(x.sum()))
    net.seen.add_(1)
    net.average = net.average * 0.9 + x.mean() * 0.1
    net.fresh = "new"
    return net.fc(x)


def dice(net, x):
    random.random(), np.random.rand()
    return net.fc(F.dropout(x + torch.rand_like(x), training=True))


def catches(net, x):
    try:
        net.narrow(x)
    except RuntimeError:
        return net.wide(x)


def unfold_conv(net, x):
    return (net.w @ F.unfold(x, 3, padding=1)).view(x.shape[0], 4, *x.shape[2:])


def free_list(net, x):
    for layer in net.hidden[0]:
        x = layer(x)
    return x


def low_level(net, x):
    y = torch.addmm(net.b, x, net.w)  # 2*6*8
    y = torch.tensordot(y, net.w, dims=([1], [1]))  # 2*8*6
    y = torch.baddbmm(torch.zeros(1, 2, 2), y[None], y.t()[None])  # 2*6*2
    return y[0] @ net.v + torch.dot(net.v, net.v) + torch.mv(y[0], net.v)  # 2*2 + 2 + 2*2


class Scale(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x.mean(dim=[2, 3], keepdim=True))


conv = nn.Conv2d
rand = torch.randn
shared = nn.Linear(4, 4)
CASES = {
    "conv 1-D": lambda: (nn.Conv1d(3, 8, 5, stride=2), rand(2, 3, 21), 2 * 8 * 9 * 3 * 5),
    "conv 2-D, unbatched": lambda: (conv(3, 8, 3), rand(3, 10, 10), 8 * 64 * 27),
    "conv 2-D, same": lambda: (conv(3, 8, 3, padding="same"), rand(1, 3, 10, 10), 8 * 100 * 27),
    "conv 2-D, circular": lambda: (
        conv(3, 8, 3, padding=1, padding_mode="circular"), rand(1, 3, 10, 10), 8 * 100 * 27),
    "conv 3-D": lambda: (nn.Conv3d(2, 4, 3, padding=1), rand(1, 2, 4, 5, 6), 4 * 120 * 2 * 27),
    "conv, dilated, grouped": lambda: (conv(8, 8, 3, dilation=2, groups=4), rand(1, 8, 9, 9), 8 * 25 * 2 * 9),
    "transposed 1-D": lambda: (nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2), rand(1, 4, 7), 4 * 7 * 3 * 3),
    "transposed 2-D": lambda: (
        nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1), rand(2, 4, 5, 5), 2 * 4 * 25 * 6 * 9),
    "transposed 3-D": lambda: (nn.ConvTranspose3d(2, 3, 2, stride=2), rand(1, 2, 3, 3, 3), 2 * 27 * 3 * 8),
    "functional conv": lambda: (Of(functional_conv, w=weight(8, 3, 3, 3)), rand(1, 3, 8, 8), 8 * 16 * 27),
    "linear, 3-D input": lambda: (nn.Linear(5, 7), rand(2, 3, 5), 2 * 3 * 5 * 7),
    "functional linear": lambda: (Of(lambda n, x: F.linear(x, n.w), w=weight(7, 5)), rand(4, 5), 4 * 35),
    "matmul, broadcast": lambda: (Of(lambda n, x: x @ n.w, w=weight(5, 7)), rand(2, 3, 4, 5), 24 * 35),
    "matmul, vectors": lambda: (Of(lambda n, x: n.w @ x, w=weight(5)), rand(5, 6), 30),
    "einsum": lambda: (Of(einsum_scores), (rand(2, 3, 4, 5), rand(2, 3, 6, 5)), 2 * 3 * 4 * 6 * 5),
    "low-level products": lambda: (
        Of(low_level, b=weight(8), w=weight(6, 8), v=weight(2)), rand(2, 6), 96 + 96 + 24 + 4 + 2 + 4),
    "unfold and matmul": lambda: (Of(unfold_conv, w=weight(4, 27)), rand(1, 3, 6, 6), 4 * 27 * 36),
    "attention by hand": lambda: (
        Of(own_softmax_attention, qkv=nn.Linear(16, 48)), rand(2, 5, 16), 2 * (5 * 16 * 48 + 2 * 25 * 16)),
    "attention, functional": lambda: (
        Of(lambda n, q, k: F.scaled_dot_product_attention(q, k, k)), (rand(2, 3, 4, 8), rand(2, 3, 6, 8)),
        2 * 3 * 4 * 6 * 16),
    "attention, causal": lambda: (
        Of(lambda n, q: F.scaled_dot_product_attention(q, q, q, is_causal=True)), rand(2, 3, 4, 8),
        2 * 3 * 4 * 4 * 16),
    "attention, module": lambda: (
        Of(lambda n, x: n.mha(x, x, x, need_weights=False)[0], mha=nn.MultiheadAttention(16, 4, batch_first=True)),
        rand(2, 5, 16), 2 * (5 * 16 * 48 + 2 * 25 * 16 + 5 * 16 * 16)),
    "attention, weights": lambda: (
        Of(lambda n, x, y: n.mha(x, y, y), mha=nn.MultiheadAttention(16, 4)), (rand(5, 2, 16), rand(7, 2, 16)),
        2 * (5 * 16 * 16 + 7 * 16 * 32 + 2 * 35 * 16 + 5 * 16 * 16)),
    "transformer layer": lambda: (
        nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), rand(2, 5, 16),
        2 * (5 * 16 * 48 + 2 * 25 * 16 + 5 * 16 * 16 + 2 * 5 * 16 * 32)),
    "LSTM": lambda: (
        nn.LSTM(5, 6, 2, bidirectional=True), rand(7, 3, 5), 7 * 3 * 2 * (24 * (5 + 6) + 24 * (12 + 6))),
    "LSTM, projected": lambda: (nn.LSTM(5, 6, proj_size=4), rand(7, 3, 5), 21 * (24 * (5 + 4) + 4 * 6)),
    "GRU, packed": lambda: (Of(packed, rnn=nn.GRU(4, 6, batch_first=True)), rand(2, 5, 4), 8 * 18 * (4 + 6)),
    "RNN": lambda: (nn.RNN(4, 6, batch_first=True), rand(2, 5, 4), 10 * 6 * 10),
    "LSTM cell": lambda: (Of(cells, cell=nn.LSTMCell(4, 6)), rand(5, 2, 4), 10 * 24 * 10),
    "called twice": lambda: (Of(lambda n, x: n.fc(n.fc(x)), fc=nn.Linear(4, 4)), rand(2, 4), 2 * 32),
    "two parents": lambda: (
        nn.Sequential(nn.Sequential(shared, nn.ReLU()), nn.Sequential(shared, nn.Tanh())), rand(2, 4), 2 * 32),
    "tied weights": lambda: (Of(tied, embed=nn.Embedding(11, 4)), torch.tensor([[1, 2, 3]]), 3 * 4 * 11),
    "nested outputs": lambda: (
        Of(nested, conv=conv(3, 4, 3), fc=nn.Linear(4, 5)), rand(1, 3, 6, 6), 4 * 16 * 27 + 20),
    "nested inputs": lambda: (
        Of(two_heads, a=nn.Linear(3, 5), b=nn.Linear(4, 5)), {"left": rand(1, 3), "right": [rand(1, 4)]}, 35),
    "in place on the input": lambda: (
        nn.Sequential(nn.ReLU(inplace=True), conv(3, 4, 1), nn.Hardswish(inplace=True)), rand(1, 3, 5, 5), 300),
    "scripted part": lambda: (
        nn.Sequential(conv(3, 4, 1), torch.jit.script(Scale()), conv(4, 2, 1)), rand(1, 3, 5, 5), 300 + 200),
    "scripted whole": lambda: (
        torch.jit.script(nn.Sequential(conv(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))),
        rand(1, 3, 6, 6), 4 * 16 * 27 + 128),
    "traced": lambda: (
        torch.jit.trace(nn.Sequential(conv(3, 4, 3), nn.ReLU()).eval(), rand(1, 3, 6, 6)), rand(1, 3, 6, 6), 1728),
    "half precision": lambda: (
        nn.Sequential(conv(3, 4, 3), nn.ReLU()).to(torch.bfloat16), rand(1, 3, 6, 6).bfloat16(), 1728),
    "channels last": lambda: (
        nn.Sequential(conv(3, 4, 3), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last),
        rand(2, 3, 6, 6).to(memory_format=torch.channels_last), 2 * 1728),
    "tensor subclass": lambda: (conv(3, 4, 3), rand(1, 3, 6, 6).as_subclass(Picture), 1728),
    "weight norm": lambda: (parametrizations.weight_norm(conv(3, 4, 3)), rand(1, 3, 6, 6), 1728),
    "spectral norm": lambda: (  # in eval: u W v, once
        parametrizations.spectral_norm(nn.Linear(6, 4)), rand(2, 6), 2 * 24 + 24 + 4),
    "remembers": lambda: (
        Of(remembers, fc=nn.Linear(4, 2), steps=0, log=[1.0], seen=nn.Buffer(torch.zeros(1)),
           average=nn.Buffer(torch.zeros(()))), rand(2, 4), 16),
    "dice": lambda: (Of(dice, fc=nn.Linear(4, 2)), rand(2, 4), 16),
    "batch norm in training": lambda: (
        Of(lambda n, x: F.batch_norm(n.c(x), n.mean, n.var, training=True), c=conv(3, 4, 1),
           mean=nn.Buffer(torch.zeros(4)), var=nn.Buffer(torch.ones(4))), rand(2, 3, 4, 4), 2 * 16 * 12),
    "frozen batch norm": lambda: (
        nn.Sequential(conv(3, 4, 3), nn.BatchNorm2d(4).eval(), nn.BatchNorm2d(4)), rand(1, 3, 6, 6), 1728),
    "catches": lambda: (Of(catches, narrow=nn.Linear(3, 4), wide=nn.Linear(6, 4)), rand(2, 6), 48),
    "layers in a list": lambda: (Of(free_list, hidden=([nn.Linear(4, 4), nn.ReLU()],)), rand(2, 4), 32),
    "keyword call": lambda: (Of(lambda n, x: n.fc(input=x), fc=nn.Linear(4, 2)), rand(2, 4), 16),
    "autograd function": lambda: (Of(lambda n, x: Twice.apply(n.fc(x)), fc=nn.Linear(4, 2)), rand(2, 4), 16),
    "upsampling, pooling, norms": lambda: (
        nn.Sequential(nn.Upsample(scale_factor=2), nn.MaxPool2d(2), nn.GroupNorm(1, 3), nn.InstanceNorm2d(3),
                      nn.AvgPool2d(2), nn.PReLU(), nn.Softmax(1), nn.PixelShuffle(1), conv(3, 1, 1)),
        rand(1, 3, 4, 4), 4 * 3),
}  # fmt: skip
NOT_DRY = {"remembers", "GRU, packed"}  # they ask a tensor for its value
NOT_PICKLED = {"scripted part", "scripted whole", "traced", "weight norm", "spectral norm"}


def build(name):
    torch.manual_seed(0)
    net, x, macs = CASES[name]()
    if not isinstance(net, torch.jit.ScriptModule):
        net.training = True
    return net, x, macs


def state(net):
    """Everything about a network that a run could change, in comparable form."""
    tensors = {
        name: (id(t), str(t.dtype), t.requires_grad, t.detach().float().numpy().tobytes())
        for name, t in [*net.state_dict(keep_vars=True).items(), *net.named_buffers()]
    }
    modules = [m for m in net.modules() if not isinstance(m, torch.jit.ScriptModule)]
    attributes = [
        {k: copy.copy(v) if isinstance(v, (list, int, float, str)) else id(v) for k, v in vars(m).items()}
        for m in modules
    ]
    hooks = [{k: dict(v) for k, v in vars(m).items() if "hook" in k and v} for m in modules]
    return tensors, attributes, hooks, [m.training for m in net.modules()]


def dice_state():
    return random.getstate(), torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()


def global_hooks():
    module = torch.nn.modules.module
    return [len(value) for name, value in vars(module).items() if "_hooks" in name and isinstance(value, dict)]


def flat(x):
    if isinstance(x, Tensor):
        return [x]
    return [t for part in (x.values() if isinstance(x, dict) else x) for t in flat(part)]


def unchanged(net, x, run):
    """Run, and compare everything before with everything after."""
    copies = [t.clone() for t in flat(x)]
    before = state(net), dice_state(), global_hooks(), torch.backends.mha.get_fastpath_enabled()
    result = run()
    assert before == (state(net), dice_state(), global_hooks(), torch.backends.mha.get_fastpath_enabled())
    assert all(torch.equal(a, b) for a, b in zip(copies, flat(x), strict=True))
    return result


def test_there_are_many_foreign_networks():
    assert len(CASES) >= 30


@pytest.mark.parametrize("name", CASES)
def test_macs_by_hand_and_nothing_left(name):
    net, x, macs = build(name)
    record = unchanged(net, x, lambda: watch(net, x))
    assert record.total.exact, record.total.unpriced
    assert record.total.macs == macs == sum(call.macs for call in record)
    assert record.total.params == sum(p.numel() for p in net.parameters())
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("name", sorted(CASES.keys() - NOT_DRY))
def test_a_dry_run_counts_the_same(name):
    net, x, macs = build(name)
    wet = watch(net, x, Compute())
    dry = unchanged(net, x, lambda: watch(net, x, dry=True))
    assert dry.total.macs == macs
    assert [(c.path, c.out_shape, c.macs, c.out_bytes) for c in dry] == [
        (c.path, c.out_shape, c.macs, c.out_bytes) for c in wet
    ]


@pytest.mark.parametrize("name", sorted(CASES.keys() - NOT_PICKLED))
def test_still_picklable(name):
    net, x, _ = build(name)
    watch(net, x, Features(), Clock(1))
    vars(net).pop("function", None)  # a test's lambda; what a watch might leave is the question
    twin = pickle.loads(pickle.dumps(net))
    assert twin.state_dict().keys() == net.state_dict().keys()


def test_meta_network_costs_no_memory():
    with torch.device("meta"):
        net = nn.Sequential(nn.Conv2d(3, 64, 3), nn.Flatten(), nn.Linear(64 * 98 * 98, 4096), nn.ReLU())
    record = watch(net, torch.zeros(1, 3, 100, 100), dry=True)
    assert record.total.macs == 64 * 98 * 98 * (27 + 4096)
    assert all(p.is_meta for p in net.parameters())
    with pytest.raises(ValueError, match="dry=True"):
        watch(net, torch.zeros(1, 3, 100, 100))


@torch.library.custom_op("mobiviz_test::strange", mutates_args=())
def strange(x: Tensor) -> Tensor:
    return x.flip(0)


UNKNOWN = {
    "_cdist_forward": lambda n, x: torch.cdist(n.fc(x), n.w[0].t()),
    "_fft_c2c": lambda n, x: torch.fft.fft(n.fc(x).to(torch.complex64)).real,
    "_trilinear": lambda n, x: F.bilinear(n.fc(x), x, n.w),
    "mobiviz_test::strange": lambda n, x: strange(n.fc(x)),
}


@pytest.mark.parametrize("op", UNKNOWN)
def test_unknown_operations_are_never_nought(op):
    net, x = Of(UNKNOWN[op], fc=nn.Linear(4, 5), w=weight(2, 5, 4)), rand(3, 4)
    record = unchanged(net, x, lambda: watch(net, x))
    assert record.total.unpriced == (op,)
    assert not record.total.exact
    assert record[""].macs is None
    assert record["fc"].macs == 60 <= record.total.macs
    assert "at least 60" in repr(record)
    assert op in repr(record)
    assert " ? " in repr(record)


@pytest.mark.parametrize("kind", [RuntimeError, ValueError, KeyboardInterrupt, SystemExit, torch.OutOfMemoryError])
@pytest.mark.parametrize("dry", [False, True])
def test_nothing_left_after_an_exception(kind, dry):
    def broken(net, x):
        net.bn(F.relu_(net.a(x.mul_(2) if not dry else x)))
        net.count.add_(1)
        net.mode = "broken"
        raise kind("half-way")

    net = Of(broken, a=conv(3, 4, 3), bn=nn.BatchNorm2d(4), count=nn.Buffer(torch.zeros(1)))
    x = rand(1, 3, 6, 6)

    def run():
        with pytest.raises(kind, match="half-way"):
            watch(net, x, dry=dry)

    unchanged(net, x, run)


def test_nested_watches():
    inner_net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True))

    seen = []

    def forward(net, x):
        seen.append(watch(net.inner, x))
        return net.inner(x)

    net, x = Of(forward, inner=inner_net), rand(2, 4)
    record = unchanged(net, x, lambda: watch(net, x))
    assert seen[0].total.macs == 32
    assert record.total.macs == 64
    assert [call.nth for call in record if call.path == "inner.0"] == [0, 1]
    assert np.array_equal(seen[0]["0"].output, record["inner.0", 1].output)


def test_user_hooks_still_run():
    net, x, calls = nn.Linear(4, 4), rand(2, 4), []
    net.register_forward_hook(lambda module, args, out: calls.append("hook") or out * 2)
    record = unchanged(net, x, lambda: watch(net, x))
    assert calls == ["hook"]
    assert record.total.macs == 32


def test_saved_networks_are_the_same_file():
    net, x = nn.Sequential(conv(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True)), rand(1, 3, 6, 6)

    def saved():
        file = io.BytesIO()
        torch.save(net, file)
        return file.getvalue()

    before = saved()
    watch(net, x, Features(), Compute(), Clock(2))
    assert saved() == before


def test_shared_modules_have_the_path_of_the_parent_that_runs():
    net, x, _ = build("two parents")
    record = watch(net, x)
    assert [(call.path, call.params) for call in record if call.type == "Linear"] == [("0.0", 20), ("1.0", 0)]


def test_one_forward_is_run_once_however_many_meters_share_it():
    runs = []
    net = Of(lambda n, x: runs.append(1) or n.fc(x), fc=nn.Linear(4, 2))
    watch(net, rand(1, 4), Features(), Compute())
    assert len(runs) == 1
    watch(net, rand(1, 4), Compute(), Clock(3))
    assert len(runs) == 1 + 1 + 3
