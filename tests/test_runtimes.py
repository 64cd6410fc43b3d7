"""runtimes: what export writes runs in its own runtime as the network does, or there is no file."""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import warnings

import pytest
import torch
from torch import nn

import mobiviz as mv
from mobiviz import runtimes

OPTIONAL = {".onnx": "onnxruntime", ".pte": "executorch"}
HERE = [".ptl", *(suffix for suffix, package in OPTIONAL.items() if importlib.util.find_spec(package))]


def calibrated(net, x):
    """Untrained networks answer around 1e-9; with batch norm set to what it sees, they have signal."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean over all batches
    with torch.no_grad():
        net.train()(torch.randn(8, *x.shape[1:], generator=torch.Generator().manual_seed(1)))
    return net.eval()


@pytest.fixture(scope="module")
def x():
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def images():
    return torch.randn(6, 3, 64, 64, generator=torch.Generator().manual_seed(2))


@pytest.fixture(scope="module")
def net(x):
    """Every kind of layer of the papers, in few of them."""
    torch.manual_seed(0)
    layers = [
        mv.blocks.ConvBN(3, 16, 3, 2, nl="HS"),
        mv.blocks.InvertedResidual(16, 16, 1, 4, se_ch=8),
        mv.blocks.DepthwiseSeparable(16, 32, 2),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)),
    ]
    return calibrated(nn.Sequential(*layers), x)


@pytest.fixture(scope="module")
def exported(net, x, tmp_path_factory):
    """One file of each format, written once."""
    folder = tmp_path_factory.mktemp("exported")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return {suffix: mv.export(net, x, folder / f"net{suffix}") for suffix in HERE}


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def answers(net, x):
    with torch.inference_mode():
        return net(x)


@pytest.mark.parametrize("suffix", HERE)
def test_a_file_answers_as_the_network_does(suffix, net, x, exported):
    made = exported[suffix]
    path = made.path
    want = answers(net, x)
    assert want.abs().max() > 0.01
    for found in (made, runtimes.load(path)):
        assert (found(x) - want).abs().max() <= 1e-4 * want.abs().max()
    assert sorted(each.name for each in path.parent.glob(f"*{suffix}*")) == [path.name, f"{path.name}.json"]
    info = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
    assert info == made.info
    assert info["format"] == made.format == suffix
    assert info["bytes"] == path.stat().st_size > 4 * sum(p.numel() for p in net.parameters()) * 0.9
    assert (info["input_shape"], info["memory_format"], info["dtype"]) == ([1, 3, 64, 64], "contiguous", "float32")
    assert 0 <= info["difference"]["relative"] <= 1e-4
    assert info["ops"]
    assert info["versions"]["torch"].startswith(torch.__version__.split("+")[0])
    assert path.name in repr(made)


@pytest.mark.parametrize("suffix", HERE)
def test_int8_is_smaller_and_still_answers(suffix, net, x, images, folder):
    made = mv.export(net, x, folder / f"net{suffix}", int8=images)
    found = made.info["difference"]
    assert found["cosine"] >= 0.95
    assert 0 <= found["top1"] <= 1
    assert found["images"] == 6
    assert made.info["dtype"] == "int8"
    assert "top-1" in repr(made)
    assert torch.backends.quantized.engine != "qnnpack" or suffix != ".ptl" or sys.platform == "darwin"


@pytest.mark.parametrize("suffix", HERE)
def test_channels_last_goes_along_where_the_runtime_asks_for_it(suffix, net, x, folder):
    last = x.to(memory_format=torch.channels_last)
    made = mv.export(net, last, folder / f"net{suffix}")
    assert made.info["memory_format"] == ("channels last" if suffix == ".ptl" else "contiguous")
    for same in (x, last):
        assert (made(same) - answers(net, x)).abs().max() <= 1e-4 * answers(net, x).abs().max()
    assert all(p.is_contiguous() for p in net.parameters())


def test_pytorch_mobile_itself_runs_it_with_inputs_of_its_own(x, exported):
    from torch.jit.mobile import _load_for_lite_interpreter

    made = exported[".ptl"]
    mobile = _load_for_lite_interpreter(str(made.path))
    ((bundled,),) = mobile.run_method("get_all_bundled_inputs")
    assert bundled.shape == x.shape
    assert torch.equal(mobile(x), made(x))
    assert {"aten::_convolution", "aten::linear"} <= set(made.info["ops"])
    assert "aten::batch_norm" not in made.info["ops"]  # frozen: folded into the convolutions


@pytest.mark.parametrize("suffix", HERE)
def test_threads_and_timing(suffix, x, exported):
    made = runtimes.load(exported[suffix].path)
    assert made.use_threads(2) == 1
    assert made.use_threads(1) == 2
    found = mv.latency(made, x, budget_s=0.02)
    assert (found.name, found.engine) == (f"net{suffix}", made.info["engine"])


def test_the_network_is_left_as_it_was(net, x, images, folder):
    twin = calibrated(
        nn.Sequential(mv.blocks.ConvBN(3, 8, 3), nn.Dropout(0.5), nn.Flatten(), nn.LazyLinear(4)), x
    ).train()
    before = {key: value.clone() for key, value in twin.state_dict().items()}
    engine, state = torch.backends.quantized.engine, torch.get_rng_state()
    mv.export(twin, x, folder / "a.ptl", int8=images)
    assert all(module.training for module in twin.modules())
    assert all(torch.equal(before[key], value) for key, value in twin.state_dict().items())
    assert torch.backends.quantized.engine == engine
    assert torch.equal(torch.get_rng_state(), state)


class Unlike(nn.Module):
    """Answers otherwise where it is traced."""

    def forward(self, x):
        y = x.flatten(1)[:, :10]
        return y * 1.001 if torch.jit.is_tracing() else y


class Deaf(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.bias = bias

    def forward(self, x):
        return self.bias + 1e-6 * x.flatten(1)[:, :10]


def test_a_file_that_answers_otherwise_is_not_left(x, folder):
    with pytest.raises(ValueError, match=r"within 0.0001 of the network's \(got 1.0e-03\); nothing was written"):
        mv.export(Unlike(), x, folder / "a.ptl")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("bias", [1.0, float("nan")])
def test_outputs_that_cannot_be_compared_are_refused(bias, x, folder):
    with pytest.raises(ValueError, match=r"outputs must depend on the input .* calibrate batch norm"):
        mv.export(Deaf(bias), x, folder / "a.ptl")
    assert list(folder.iterdir()) == []


def test_an_earlier_file_survives_an_export_that_fails(net, x, folder):
    made = mv.export(net, x, folder / "a.ptl")
    with pytest.raises(ValueError, match="nothing was written"):
        mv.export(Unlike(), x, folder / "a.ptl")
    assert torch.equal(runtimes.load(folder / "a.ptl")(x), made(x))


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "json"])
@pytest.mark.parametrize("suffix", HERE)
def test_a_damaged_file_is_an_error_in_words(suffix, damage, exported, folder):
    path = folder / f"a{suffix}"
    for end in ("", ".json"):
        shutil.copy(f"{exported[suffix].path}{end}", f"{path}{end}")
    data = bytearray(path.read_bytes())
    if damage == "json":
        (folder / f"a{suffix}.json").write_text("{", encoding="utf-8")
    else:
        data[len(data) // 2] ^= 255
        path.write_bytes({"cut": data[: len(data) // 2], "changed": data, "emptied": b""}[damage])
    with pytest.raises(ValueError, match=r"export again"):
        runtimes.load(path)


@pytest.mark.parametrize("suffix", HERE)
def test_a_loader_that_refuses_is_an_error_in_words(suffix, exported, folder):
    path, junk = folder / f"a{suffix}", b"not a network"
    path.write_bytes(junk)
    info = exported[suffix].info | {"sha256": hashlib.sha256(junk).hexdigest()}
    path.with_name(f"a{suffix}.json").write_text(json.dumps(info), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{info['engine']} cannot load .*export it again"):
        runtimes.load(path)


def test_a_killed_export_leaves_no_file(folder):
    code = (
        "import sys, time, torch, mobiviz as mv\n"
        "from mobiviz.runtimes import artifact\n"
        "artifact.compare = lambda *_: (print('ready', flush=True), time.sleep(60))\n"
        "x = torch.randn(1, 3, 32, 32)\n"
        "mv.export(torch.nn.Conv2d(3, 4, 3), x, sys.argv[1])\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(folder / "a.ptl")], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline().strip() == "ready"
    finally:
        child.kill()
        child.wait()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("suffix", OPTIONAL)
def test_a_missing_runtime_names_the_command(suffix, net, x, folder, monkeypatch):
    monkeypatch.setattr(runtimes, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'needs .*; install with: pip install "mobiviz\[runtimes\]"'):
        mv.export(net, x, folder / f"a{suffix}")
    assert list(folder.iterdir()) == []


def test_bad_arguments_are_told_in_words(net, x, images, folder):
    for arguments, error, words in (
        ((net, x, folder / "a.plt"), ValueError, "did you mean '.ptl'"),
        (("net", x, folder / "a.ptl"), TypeError, r"needs a network \(got str\)"),
        ((net, x.int(), folder / "a.ptl"), TypeError, "float32 images, as mv.image makes"),
        ((net, x[:0], folder / "a.ptl"), TypeError, "x must be a batch"),
        ((net, x, folder / "a.ptl", True), TypeError, r"int8 must be a batch .* \(got bool\)"),
        ((net, x, folder / "a.ptl", images[:, :, :32]), ValueError, "int8 must hold images like x"),
        ((net, x, folder / "none" / "a.ptl"), FileNotFoundError, "make it first"),
    ):
        with pytest.raises(error, match=words):
            mv.export(*arguments)
    with pytest.raises(FileNotFoundError, match="writes it"):
        runtimes.load(folder / "a.ptl")
    handle = net[0].register_forward_hook(lambda *_: None)
    with pytest.raises(ValueError, match="forward hook"):
        mv.export(net, x, folder / "a.ptl")
    handle.remove()
    assert list(folder.iterdir()) == []


def test_a_file_wants_the_shape_it_was_exported_with(x, exported):
    made = exported[".ptl"]
    with pytest.raises(ValueError, match=r"takes 1 x 3 x 64 x 64 \(got 1 x 3 x 32 x 32\)"):
        made(x[:, :, :32, :32])


def test_variants_answer_alike_and_race():
    net, x = mv.MobileNet(mv.V3_SMALL, alpha=0.35, num_classes=10), torch.randn(1, 3, 32, 32)
    calibrated(net, x)
    lanes = runtimes.variants(net, x, [name for name in runtimes.VARIANTS if name != "torch.compile"])
    for name, (f, y) in lanes.items():
        assert torch.allclose(answers(f, y), answers(net, x), rtol=1e-3, atol=1e-4), name
    race = mv.race(lanes, budget_s=0.05)
    assert race["channels last"].memory_format == "channels last"
    assert race["TorchScript"].engine == "TorchScript"
    with pytest.raises(ValueError, match="did you mean 'folded'"):
        runtimes.variants(net, x, ["foldet"])


def test_torch_compile_without_a_compiler_is_absent(monkeypatch):
    from torch._inductor import cpp_builder, exc

    def none():
        raise exc.InvalidCxxCompiler

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", none)
    net, x = nn.Conv2d(3, 4, 3), torch.randn(1, 3, 8, 8)
    race = mv.race(runtimes.variants(net, x, ["eager", "torch.compile"]), budget_s=0.01)
    assert "install g++ or clang" in race.absent["torch.compile"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", HERE)
@pytest.mark.parametrize(
    ("table", "alpha", "side"),
    [("V1", 1, 224), ("V2", 1, 224), ("V3_LARGE", 1, 224), ("V3_SMALL", 1, 224), ("V3_SMALL", 0.5, 160)],
)
def test_the_papers_networks_as_files(suffix, table, alpha, side, folder):
    x = torch.randn(1, 3, side, side)
    net = calibrated(mv.MobileNet(getattr(mv, table), alpha=alpha), x)
    assert mv.export(net, x, folder / f"net{suffix}").info["difference"]["relative"] <= 1e-4
    assert answers(net, x).abs().max() > 1e-3
