"""adb: the real client against a fake phone on loopback, which runs what is pushed under emulation of aarch64."""

import os
import shutil
import socket
import subprocess
import warnings

import pytest
import torch
from fake_adbd import Phone
from test_runtimes import calibrated

import mobiviz as mv
from mobiviz.phone import android

needs_adb = pytest.mark.skipif(shutil.which("adb") is None, reason="NO ADB: Debian and Ubuntu: apt install adb")


@pytest.fixture(scope="module")
def server():
    """An adb server of our own, on a port of its own, with no phone of anybody's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {"ANDROID_ADB_SERVER_PORT": str(port), "ADB_MDNS": "0", "ADB_LIBUSB": "0"}
    with pytest.MonkeyPatch.context() as patch:
        for key, value in env.items():
            patch.setenv(key, value)
        yield
        subprocess.run(["adb", "kill-server"], timeout=20, capture_output=True)


@pytest.fixture
def phone(server, tmp_path):
    made = []

    def connect(**options):
        made.append(Phone(tmp_path / f"phone{len(made)}", **options))
        subprocess.run(["adb", "connect", made[-1].serial], timeout=20, capture_output=True, check=True)
        return made[-1]

    yield connect
    for each in made:
        subprocess.run(["adb", "disconnect", each.serial], timeout=20, capture_output=True)
        each.close()


@pytest.fixture(scope="module")
def nets():
    torch.manual_seed(0)
    x = mv.image("cat")
    return {name: (calibrated(mv.MobileNet(table), x), x) for name, table in (("v3-small", mv.V3_SMALL), ("v2", mv.V2))}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    net, x = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU()), torch.rand(1, 3, 8, 8)
    return mv.export(net, x, tmp_path_factory.mktemp("ptl") / "small.ptl")


@pytest.fixture
def script(tmp_path):
    """A foreign runner: a script that prints what the real one prints."""

    def write(name, words):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
        return path

    return write


def test_no_adb_and_no_runner_are_told_with_the_remedy(artifact, monkeypatch, tmp_path):
    monkeypatch.setattr(android.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="apt install adb"):
        mv.phone.adb(artifact)
    monkeypatch.setattr(android.shutil, "which", lambda name: "/bin/adb")
    monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"benchmarks/phone_runner.py"):
        mv.phone.adb(artifact)
    with pytest.raises(FileNotFoundError, match="no runner at"):
        mv.phone.adb(artifact, runner=tmp_path / "nowhere")


@needs_adb
def test_no_phone_one_that_is_locked_and_several_are_told_apart(artifact, phone, script):
    runner = script("speed_benchmark_torch", "true")
    with pytest.raises(OSError, match="no phone is connected"):
        mv.phone.adb(artifact, runner=runner)
    locked = phone(locked=True)
    with pytest.raises(OSError, match=r"unlock it|plug it in"):
        mv.phone.adb(artifact, runner=runner)
    subprocess.run(["adb", "disconnect", locked.serial], timeout=20, capture_output=True)
    phone(), phone()
    with pytest.raises(OSError, match="several phones"):
        mv.phone.adb(artifact, runner=runner)


@needs_adb
def test_another_processor_and_too_little_room(artifact, phone, script):
    runner = script("speed_benchmark_torch", "true")
    old = phone(facts={"ro.product.cpu.abi": "armeabi-v7a"})
    with pytest.raises(ValueError, match="armeabi-v7a"):
        mv.phone.adb(artifact, runner=runner, serial=old.serial)
    full = phone(free_kb=0)
    with pytest.raises(OSError, match="make some room"):
        mv.phone.adb(artifact, runner=runner, serial=full.serial)


@needs_adb
@pytest.mark.parametrize(
    ("name", "words", "ms", "engine"),
    [
        (
            "speed_benchmark_torch",
            "echo 'Main run finished. Microseconds per iter: 73800.5. Iters per second: 13.55'",
            73.8005,
            "speed_benchmark_torch",
        ),
        (
            "benchmark_model",
            "echo 'Inference timings in us: Init: 5685, Warmup (avg): 14462.3, Inference (avg): 14575.2'",
            14.5752,
            "LiteRT benchmark_model",
        ),
    ],
)
def test_a_runner_that_somebody_has(artifact, phone, script, name, words, ms, engine):
    made = phone()
    timing = mv.phone.adb(artifact, runner=script(name, words))
    assert timing.median_ms == pytest.approx(ms)
    assert (timing.engine, timing.machine["cpu"]) == (engine, "Fake 1")
    assert len(timing.samples_ms) == 8
    assert any("small.ptl" in command for command in made.commands)


@needs_adb
def test_a_runner_that_fails_or_says_nothing(artifact, phone, script):
    phone()
    with pytest.raises(OSError, match="cannot execute this"):
        mv.phone.adb(artifact, runner=script("speed_benchmark_torch", "echo cannot execute this; exit 126"))
    with pytest.raises(ValueError, match="printed no time"):
        mv.phone.adb(artifact, runner=script("benchmark_model", "echo hello"))
    with pytest.raises(ValueError, match="runner must be a folder, or one of"):
        mv.phone.adb(artifact, runner=script("my_runner", "true"))


@needs_adb
@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("qemu-aarch64") is None, reason="NO EMULATOR: Debian and Ubuntu: apt install qemu-user"
)
def test_pytorch_mobile_itself_on_an_emulated_phone(nets, phone, tmp_path, record_property):
    """V2 and V3-Small in torch 2.1.0's lite interpreter for aarch64; the times of an emulator mean nothing."""
    try:
        android.runner_folder()
    except FileNotFoundError as missing:
        pytest.skip(f"NO RUNNER: {missing}")
    made = phone()
    for name, (net, x) in nets.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            artifact = mv.export(net, x, tmp_path / f"{name}.ptl")
        timing = mv.phone.adb(artifact, budget_s=0.1)
        assert made.errors == []
        assert timing.engine == "PyTorch Mobile 2.1.0, lite interpreter"
        assert timing.machine["relative"] < 1e-4
        assert timing.machine["cpu"] == "Fake 1"
        assert timing.median_ms > 0
        record_property(
            "score", f"adb: {name}.ptl in torch 2.1.0 for aarch64 differs by {timing.machine['relative']:.0e}"
        )
    assert sum("bench.py" in command for command in made.commands) == 2
    assert os.listdir(made.local(android.PLACE)).count("runner.json") == 1
