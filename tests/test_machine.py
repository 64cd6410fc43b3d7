"""Facts about this machine are true, cheap, and complete where the system answers."""

import dataclasses
import subprocess
import sys

import psutil
import pytest

from mobiviz import machine


@pytest.fixture(scope="module")
def here():
    return machine.facts()


def test_cores_and_memory_are_what_the_system_says(here):
    assert here.logical_cores == psutil.cpu_count()
    assert 1 <= here.usable_cores <= here.logical_cores
    assert 1 <= here.physical_cores <= here.logical_cores
    assert here.memory_bytes == psutil.virtual_memory().total
    assert 0 < here.available_bytes <= here.memory_bytes


def test_the_text_names_processor_and_cores(here):
    assert here.cpu in str(here)
    assert f"{here.usable_cores} core" in str(here)


def test_versions_are_those_installed(here):
    assert here.python == sys.version.split()[0]
    assert here.versions["psutil"] == psutil.__version__
    assert machine.versions(("no-such-package",)) == {}


def test_facts_are_frozen_and_compare_by_value(here):
    with pytest.raises(dataclasses.FrozenInstanceError):
        here.cpu = "faster"
    assert dataclasses.replace(here) == here
    assert dataclasses.replace(here, cpu="other") != here


def test_torch_is_not_imported_to_ask_for_facts():
    code = "import sys; from mobiviz import machine; print(machine.facts().torch_threads, 'torch' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["None", "False"]


def test_foreign_load_is_a_share_and_leaves_out_our_own_work(monkeypatch):
    class Times:
        def __init__(self, user):
            self.user, self.system = user, 0.0

    def load(all_s, own_s):
        whole, own = iter((Times(0.0), Times(all_s))), iter((0.0, own_s))
        monkeypatch.setattr(machine.time, "perf_counter", iter((0.0, 1.0)).__next__)
        monkeypatch.setattr(machine.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(psutil, "cpu_times", lambda: next(whole))
        monkeypatch.setattr(psutil, "cpu_count", lambda: 2)
        monkeypatch.setattr(machine, "_own_s", lambda process: next(own))
        return machine.foreign_load(1.0)

    assert load(all_s=1.5, own_s=0.5) == 0.5
    assert load(all_s=0.4, own_s=0.5) == 0.0
    assert load(all_s=9.0, own_s=0.0) == 1.0


@pytest.mark.parametrize(
    ("text", "name"),
    [("processor : 0\nmodel name\t: Snow  Core 7 @ 2 GHz\n", "Snow Core 7 @ 2 GHz"), ("flags : fpu\n", "aarch64")],
)
def test_the_linux_name_is_tidied_and_has_a_fallback(text, name, tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
    monkeypatch.setattr(machine.platform, "system", lambda: "Linux")
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(machine, "open", lambda path, **how: (tmp_path / "cpuinfo").open(**how), raising=False)
    assert machine.cpu_name() == name


def test_a_battery_that_cannot_be_read_is_none(monkeypatch):
    def broken():
        raise OSError("no such device")

    monkeypatch.setattr(psutil, "sensors_battery", broken, raising=False)
    assert machine._on_battery() is None
    plugged = type("Battery", (), {"power_plugged": False})
    monkeypatch.setattr(psutil, "sensors_battery", plugged, raising=False)
    assert machine._on_battery() is True
