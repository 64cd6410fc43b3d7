"""Weights: strict mapping, our own files, and a publisher on this machine that fails in every way."""

import builtins
import contextlib
import errno
import hashlib
import http.server
import io
import json
import os
import re
import threading
from email.utils import formatdate
from functools import cache

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import mobiviz as mv
from mobiviz import assets, images, weights
from mobiviz.images import CIFAR10, download
from mobiviz.nets import MobileNet
from mobiviz.weights import sources
from mobiviz.weights.mapping import entries


def randomised(net, seed=0):
    """The network in eval mode with every parameter and statistic drawn anew."""
    draw = torch.Generator().manual_seed(seed)
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=draw) + 0.5)
    return net.eval()


def small(dialect="torch", num_classes=10):
    return MobileNet(mv.V3_SMALL, 0.35, num_classes, dialect)


def renamed(net):
    """Its state_dict under names that are nobody's, as another library would have them."""
    state = {}
    for i, (name, value) in enumerate(net.state_dict().items()):
        module, _, leaf = name.rpartition(".")
        state[f"{module.replace('.', '_')}.{leaf}"] = value.clone() + (0 if leaf != "num_batches_tracked" else i)
    return state


def same(net, state):
    return all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), state.values(), strict=True))


def parameters_of(net):
    return {name: value for name, value in net.state_dict().items() if "num_batches" not in name}


# Mapping


def test_tensors_are_mapped_by_order_whatever_their_names():
    net, state = small(), renamed(randomised(small(), 1))
    assert weights.from_torchvision(net, state) is net
    assert same(net, state)
    old = {name: value for name, value in state.items() if "num_batches" not in name}  # as before PyTorch 0.4.1
    net = weights.from_torchvision(randomised(small(), 2), old)
    assert all(map(torch.equal, parameters_of(net).values(), old.values()))


def test_each_tensor_that_is_missing_extra_or_misshapen_is_named_and_nothing_is_copied():
    net, state = small(), renamed(randomised(small(), 1))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for mine, name in zip(before, state, strict=True):
        less = {key: value for key, value in state.items() if key != name}
        more = dict(item for key in state for item in ([(key, state[key])] + [("new", state[key])] * (key == name)))
        odd = state | {name: torch.zeros(3, 1, 4, 1, 5)}
        for wrong, words in ((less, f"{mine} ("), (more, "new ("), (odd, f"{name} (")):
            kind = "missing" if wrong is less else "is extra" if wrong is more else "another shape than"
            with pytest.raises(ValueError, match=kind) as error:
                weights.from_torchvision(net, wrong)
            assert f": {words}" in str(error.value), (name, kind, str(error.value))
            assert "more" not in str(error.value)
    assert same(net, before)


def test_many_differences_are_counted_and_other_classes_say_what_to_do():
    with pytest.raises(ValueError, match=r"features_0_conv.weight.*another shape.*; and \d+ more"):
        weights.from_torchvision(small(), renamed(MobileNet(mv.V3_SMALL, 1.0, 10)))
    with pytest.raises(ValueError, match=r"classifier_3.weight \(weight, 7x1024\).*net.with_classes\(n\)"):
        weights.from_torchvision(small(), renamed(small(num_classes=7)))
    swapped = list(renamed(small()).items())
    swapped[1], swapped[2] = swapped[2], swapped[1]  # a batch norm's weight and bias have one shape, not one role
    with pytest.raises(ValueError, match=r"features_0_bn.bias.* is extra"):
        weights.from_torchvision(small(), dict(swapped))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: weights.from_torchvision(small("tf"), {}), ValueError, "dialect='torch'"),
        (lambda: weights.from_torchvision(small(), small()), TypeError, r"needs model.state_dict\(\)"),
        (lambda: weights.from_torchvision(small(), {"a": 1}), TypeError, "a must be a tensor"),
        (lambda: weights.from_torchvision(nn.Linear(1, 1), {}), TypeError, "a network of mobiviz.nets"),
        (lambda: weights.from_torchvision(small().to("meta"), {}), ValueError, "meta device"),
        (lambda: weights.from_keras(small(), "x.h5"), ValueError, "dialect='tf'"),
        (lambda: weights.from_keras(mv.nets.ResNet50(), "x.h5"), TypeError, "needs a MobileNet"),
        (lambda: weights.from_keras(small("tf"), 3), TypeError, "a Keras model or the path"),
        (lambda: weights.load(nn.Linear(1, 1), "imagenet"), TypeError, "a network of mobiviz.nets"),
        (lambda: weights.load(small(), "imagnet"), ValueError, "did you mean 'imagenet'"),
        (lambda: weights.load(small(), "none.pth"), FileNotFoundError, "there is no file 'none.pth'"),
        (lambda: weights.load(small(), __file__), ValueError, r"must end in .safetensors, .pth, .pt or .h5"),
    ],
)
def test_wrong_arguments_say_the_rule(call, error, words):
    with pytest.raises(error, match=words):
        call()


# Our own files


def test_a_saved_file_is_half_as_large_and_says_what_it_fits(tmp_path):
    net = randomised(small(), 3)
    path = weights.save(net, tmp_path / "mine.safetensors", classes=CIFAR10)
    assert path.stat().st_size < 2.2 * sum(value.numel() for value in net.state_dict().values())
    about = weights.about(path)
    assert mv.tables.table(about["table"]) == mv.V3_SMALL
    assert (about["alpha"], about["num_classes"], tuple(about["classes"])) == (0.35, 10, CIFAR10)
    read = weights.load(small(), path)
    assert all(value.dtype is not torch.float16 for value in read.state_dict().values())
    assert same(read, {name: value.half() if value.ndim else value for name, value in net.state_dict().items()})
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_fits_only_what_it_says(tmp_path):
    path = weights.save(small(), tmp_path / "mine.safetensors")
    for other in (small(num_classes=7), small("tf"), MobileNet(mv.V3_SMALL, 0.5, 10), MobileNet(mv.V2, 0.35, 10)):
        with pytest.raises(
            ValueError, match=r"is for MobileNetV3-Small at alpha 0.35, dialect 'torch', 10 classes; this"
        ):
            weights.load(other, path)
    (tmp_path / "cut.safetensors").write_bytes(path.read_bytes()[:5000])
    save_file({"a": torch.ones(1)}, tmp_path / "foreign.safetensors")
    for name, words in (("cut", "cannot be read"), ("foreign", "does not say what it fits")):
        with pytest.raises(ValueError, match=words):
            weights.load(small(), tmp_path / f"{name}.safetensors")
    state = dict(list(small().state_dict().items())[1:])
    save_file(state, path, {key: json.dumps(value) for key, value in weights.about(path).items()})
    with pytest.raises(ValueError, match=r"features.0.conv.weight .* is missing"):
        weights.load(small(), path)


def test_what_cannot_be_saved_leaves_no_file(tmp_path):
    net = small()
    with pytest.raises(ValueError, match=r"must end in .safetensors"):
        weights.save(net, tmp_path / "x.pth")
    with pytest.raises(ValueError, match="classes must be 10 names"):
        weights.save(net, tmp_path / "x.safetensors", ["cat"])
    net.features[0].bn.running_var[3] = 1e5
    with pytest.raises(ValueError, match=r"features.0.bn.running_var holds .* largest is 100000"):
        weights.save(net, tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_cifar10_is_found_by_what_the_bundled_files_say(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "data", lambda *parts: tmp_path)
    with pytest.raises(
        ValueError, match=r"no CIFAR-10 weights are bundled for MobileNetV3-Small .*; bundled are: none"
    ):
        weights.load(small(), "cifar10")
    trained = randomised(small(), 4)
    weights.save(trained, tmp_path / "a.safetensors", classes=CIFAR10)
    weights.save(randomised(small(), 5), tmp_path / "b.safetensors", classes="abcdefghij")
    half = {name: value.half() if value.ndim else value for name, value in trained.state_dict().items()}
    assert same(weights.load(small(), "cifar10"), half)
    with pytest.raises(ValueError, match=r"bundled are: MobileNetV3-Small at alpha 0.35, dialect 'torch', 10 classes$"):
        weights.load(MobileNet(mv.V2, 0.35, 10), "cifar10")


def test_each_bundled_file_has_its_card():
    folder = assets.data() / "weights"
    for suffix in ("md", "json"):
        cards = {path.stem for path in folder.glob(f"*.{suffix}")} - {"README"}
        assert cards == {path.stem for path in weights.bundled()}


# The publisher


@cache
def official():
    """A state_dict of V3-Small under other names, and the file that holds it."""
    state, file = renamed(randomised(MobileNet(mv.V3_SMALL), 6)), io.BytesIO()
    torch.save(state, file)
    return state, file.getvalue()


class Publisher(http.server.BaseHTTPRequestHandler):
    """Serves `body` with its date, and goes on where one broke off; `cut` breaks off after so many bytes."""

    body, date, cut, resumes, asked = b"", 1_700_000_000, None, True, ()

    def do_GET(self):
        asked = self.headers.get("Range")
        type(self).asked = (*self.asked, asked)
        date = formatdate(self.date, usegmt=True)
        goes_on = asked and self.resumes and self.headers.get("If-Range") == date
        start = int(re.match(r"bytes=(\d+)-", asked)[1]) if goes_on else 0
        if start >= len(self.body):
            return self.send_error(416)
        self.send_response(206 if goes_on else 200)
        if goes_on:
            self.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        if self.date:
            self.send_header("Last-Modified", date)
        self.send_header("Content-Length", str(len(self.body) - start))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the one who asked is gone
            self.wfile.write(self.body[start : self.cut])
        return None

    def log_message(self, *args):
        pass


@pytest.fixture
def publisher(tmp_path, monkeypatch):
    """A publisher on this machine, an empty torch cache, and one network's file that it publishes."""
    handler = type("Handler", (Publisher,), {})
    handler.folder = tmp_path / "hub" / "checkpoints"

    def publish(body):
        handler.body = body
        name = f"small-{hashlib.sha256(body).hexdigest()[:8]}.pth"
        monkeypatch.setitem(sources._TORCHVISION, "MobileNetV3-Small", name)
        handler.path = handler.folder / name

    handler.publish = publish
    publish(official()[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        for name in ("TORCHVISION", "KERAS"):
            monkeypatch.setattr(sources, name, f"http://127.0.0.1:{running.server_port}/")
        yield handler
        running.shutdown()
        thread.join()


def kept(publisher):
    return sorted(path.name for path in publisher.folder.iterdir())


def test_imagenet_is_downloaded_once_into_the_usual_cache(publisher):
    for _ in range(2):
        net = weights.load(MobileNet(mv.V3_SMALL), "imagenet")
        assert all(map(torch.equal, net.state_dict().values(), official()[0].values()))
    assert publisher.asked == (None,)
    assert kept(publisher) == [publisher.path.name]


def test_a_truncated_download_is_gone_on_with(publisher):
    net, half = MobileNet(mv.V3_SMALL), len(publisher.body) // 2
    publisher.cut = half
    with pytest.raises(ConnectionError, match=r"broke off after .* bytes; try again to go on from there.*hub"):
        weights.load(net, "imagenet")
    assert kept(publisher) == [f"{publisher.path.name}.part"]
    publisher.cut = None
    weights.load(net, "imagenet")
    assert publisher.asked == (None, f"bytes={half}-")
    assert publisher.path.read_bytes() == publisher.body
    assert kept(publisher) == [publisher.path.name]


@pytest.mark.parametrize("change", [{"date": 1_700_000_999}, {"resumes": False}], ids=["another file", "cannot resume"])
def test_a_part_of_another_file_is_not_gone_on_with(publisher, monkeypatch, change):
    publisher.cut = 9000
    with pytest.raises(ConnectionError, match="broke off"):
        weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    for name, value in ({"cut": None} | change).items():
        setattr(publisher, name, value)
    weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    assert publisher.asked == (None, "bytes=9000-")
    assert publisher.path.read_bytes() == publisher.body


def test_a_part_that_is_whole_already_starts_afresh(publisher):
    part = publisher.folder / f"{publisher.path.name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(publisher.body)
    os.utime(part, (publisher.date, publisher.date))
    weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    assert publisher.asked == (f"bytes={len(publisher.body)}-", None)
    assert kept(publisher) == [publisher.path.name]


def test_a_wrong_checksum_leaves_nothing(publisher):
    publisher.body = publisher.body[:-9] + bytes(9)
    with pytest.raises(ConnectionError, match=r"has the SHA-256 checksum .*, expected [0-9a-f]{8}; nothing was kept"):
        weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    assert kept(publisher) == []


def test_a_full_disk_leaves_nothing_and_says_so(publisher, monkeypatch):
    def full(path, times):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download.os, "utime", full)  # after the first block is written
    with pytest.raises(OSError, match=r"no space left for small-.* in .*checkpoints; nothing was kept") as error:
        weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    assert error.value.errno == errno.ENOSPC
    assert kept(publisher) == []


def test_a_killed_download_is_gone_on_with(publisher, monkeypatch):
    real = os.utime

    def killed(path, times):
        real(path, times)
        raise KeyboardInterrupt

    monkeypatch.setattr(download.os, "utime", killed)
    with pytest.raises(KeyboardInterrupt):
        weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    monkeypatch.setattr(download.os, "utime", real)
    weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    assert publisher.asked == (None, f"bytes={1 << 20}-")
    assert publisher.path.read_bytes() == publisher.body


class Code:
    def __reduce__(self):
        return open, ("ran", "w")


def test_code_in_a_checkpoint_is_refused_and_never_run(publisher, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = MobileNet(mv.V3_SMALL)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for kept_as, thing in (("state", net.state_dict() | {"x": Code()}), ("net", net)):
        torch.save(thing, f"{kept_as}.pth")
        publisher.publish((tmp_path / f"{kept_as}.pth").read_bytes())
        with pytest.raises(ValueError, match="was not opened: it holds code") as error:
            weights.load(net, "imagenet")
        assert "weights_only=False" not in str(error.value)
    assert same(net, before)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("body", [b"x" * 5000, b"PK\x03\x04" + bytes(500), b"<html>"], ids=["text", "zip", "html"])
def test_a_damaged_checkpoint_says_so(publisher, body):
    publisher.publish(body)
    with pytest.raises(ValueError, match="damaged"):
        weights.load(MobileNet(mv.V3_SMALL), "imagenet")


def test_without_a_network_it_says_where_to_put_the_file(publisher, monkeypatch):
    publisher.folder.mkdir(parents=True)
    monkeypatch.setattr(sources, "TORCHVISION", "http://127.0.0.1:9/")
    words = rf"could not be downloaded.*put that file at {re.escape(str(publisher.path))} yourself; weights bundled"
    with pytest.raises(ConnectionError, match=words):
        weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    publisher.path.write_bytes(publisher.body)
    weights.load(MobileNet(mv.V3_SMALL), "imagenet")
    assert publisher.asked == ()


@pytest.mark.parametrize(
    ("make", "resolution", "words"),
    [
        (
            lambda: MobileNet(mv.V1),
            224,
            r"dialect 'torch'; published are dialect 'tf' with alpha 0.25, 0.5, 0.75, 1 at",
        ),
        (
            lambda: MobileNet(mv.V2, 0.5),
            224,
            r"alpha 0.5.*'torch' with alpha 1 at resolution 224 and dialect 'tf' with",
        ),
        (lambda: MobileNet(mv.V2, dialect="tf"), 100, "at resolution 96, 128, 160, 192, 224"),
        (lambda: MobileNet(mv.V2, num_classes=10), 224, r"1,000 classes \(got a network with 10\).*with_classes\(10\)"),
        (lambda: MobileNet(mv.tables.V1_CONV, 0.1), 224, "a table of your own.*published are MobileNetV2, MobileNetV3"),
    ],
)
def test_what_nobody_publishes_is_said_before_any_download(publisher, make, resolution, words):
    with pytest.raises(ValueError, match=words):
        weights.load(make(), "imagenet", resolution)
    assert publisher.asked == ()


def test_every_published_file_is_known():
    files = list(sources._all())
    assert len({file.url for file in files}) == len(files) == 5 + 4 * 4 + 6 * 5 + 4
    assert all(re.fullmatch("[0-9a-f]{8}", file.checksum) for file in files if file.dialect == "torch")
    assert {file.architecture for file in files if not file.checksum} == {"MobileNetV1", "MobileNetV2"}


# Keras's files


def legacy_h5(h5py, net, path):
    """An .h5 file as Keras publishes them: layers in order, arrays (H, W, in, out) under their layers' names."""
    leaves = {"weight": "kernel", "bias": "bias"}
    leaves |= {f"batch norm {a}": b for a, b in (("weight", "gamma"), ("bias", "beta"))}
    leaves |= {f"batch norm running_{a}": b for a, b in (("mean", "moving_mean"), ("var", "moving_variance"))}
    layers = {}
    for entry in entries(net.state_dict()):
        if entry.role in leaves:
            layer, value = entry.name.rpartition(".")[0].replace(".", "_"), entry.value
            if value.ndim > 1:
                depthwise = value.ndim == 4 and value.shape[1] == 1 and value.shape[2] > 1
                value = value.reshape(*value.shape, *[1] * (4 - value.ndim))
                value = value.permute(2, 3, 0, 1) if depthwise else value.permute(2, 3, 1, 0)
            layers.setdefault(layer, {})[f"{layer}/{leaves[entry.role]}:0"] = value.numpy()
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in ("input_1", *layers)]
        for layer, arrays in ({"input_1": {}} | layers).items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in arrays]
            for name, value in arrays.items():
                group[name] = value


def v1():
    return MobileNet(mv.V1, 0.25, dialect="tf")


@pytest.fixture
def h5py():
    return pytest.importorskip("h5py", reason="NO H5PY: python -m pip install 'mobiviz[weights]' to read Keras's files")


def test_keras_files_are_read_and_their_digest_is_noted(h5py, publisher, tmp_path):
    net = randomised(v1(), 7)
    legacy_h5(h5py, net, tmp_path / "x.h5")
    publisher.body = (tmp_path / "x.h5").read_bytes()
    for _ in range(2):
        read = weights.load(v1(), "imagenet", 128)
        assert all(map(torch.equal, parameters_of(read).values(), parameters_of(net).values()))
    name = "mobilenet_2_5_128_tf.h5"
    assert publisher.asked == (None,)
    assert kept(publisher) == [name, f"{name}.sha256"]
    assert (publisher.folder / f"{name}.sha256").read_text(encoding="utf-8").strip() == (
        hashlib.sha256(publisher.body).hexdigest()
    )
    (publisher.folder / name).write_bytes(publisher.body[:-5])
    publisher.body += b"1"
    with pytest.raises(ConnectionError, match=r"SHA-256 checksum.*noted at the first download; .* delete .*\.sha256"):
        weights.load(v1(), "imagenet", 128)


def test_a_keras_file_that_does_not_fit_is_refused_and_not_noted(h5py, publisher, tmp_path):
    legacy_h5(h5py, MobileNet(mv.V1, 0.5, dialect="tf"), tmp_path / "x.h5")
    whole = (tmp_path / "x.h5").read_bytes()
    for body, words in ((whole, r"features_0_conv/kernel \(weight, 16x3x3x3\) has another"), (b"no", "cannot be read")):
        publisher.body = body
        with pytest.raises(ValueError, match=words):
            weights.load(v1(), "imagenet")
        assert kept(publisher) == ["mobilenet_2_5_224_tf.h5"]
        (publisher.folder / "mobilenet_2_5_224_tf.h5").unlink()
    with h5py.File(tmp_path / "x.h5", "a") as file:
        del file["features_0_conv"]
    for path, words in ((tmp_path / "x.h5", "cannot be read as Keras's"), (tmp_path / "none.h5", "there is no file")):
        with pytest.raises((ValueError, FileNotFoundError), match=words):
            weights.from_keras(v1(), path)


def test_without_h5py_the_command_is_named(monkeypatch):
    real = builtins.__import__

    def lacking(name, *args, **kwargs):
        if name == "h5py":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(ImportError, match=re.escape("python -m pip install 'mobiviz[weights]'")):
        weights.from_keras(v1(), "x.h5")


def test_keras_pixels_run_from_minus_one_to_one():
    pictures = np.random.RandomState(0).randint(0, 256, (2, 8, 8, 3), np.uint8)
    pictures[0, 0, 0], pictures[0, 0, 1] = 0, 255
    got = weights.keras_pixels(images.normalise(pictures))
    assert torch.allclose(got, torch.tensor(pictures).permute(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
    assert (got.min().item(), got.max().item()) == pytest.approx((-1, 1), abs=1e-6)


def test_it_says_whether_imagenet_s_file_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    net = MobileNet(mv.V3_SMALL)
    assert not weights.cached(net)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / sources.official(net, 224).name).write_bytes(b"")
    assert weights.cached(net)
