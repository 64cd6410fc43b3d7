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


def grouped(folder, membership, **files):
    """A tree of control groups, and the file that says which of them this program is in."""
    for name, text in files.items():
        path = folder / "groups" / name.replace("__", "/").replace("_max", ".max").replace("cfs_", "cpu.cfs_")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "cgroup").write_text(membership, encoding="utf-8")
    return machine.core_limit(folder / "groups", folder / "cgroup")


def test_the_narrowest_of_nested_limits_counts(tmp_path):
    limits = {"system__cpu_max": "300000 100000\n", "system__student__cpu_max": "max 100000\n"}
    assert grouped(tmp_path, "0::/system/student\n", **limits) == 3.0
    assert grouped(tmp_path, "0::/system/student\n", system__student__cpu_max="150000 100000\n") == 1.5


def test_a_container_sees_its_own_group_at_the_top(tmp_path):
    assert grouped(tmp_path, "0::/\n", cpu_max="50000 100000\n") == 0.5


def test_the_first_version_of_control_groups_is_read_too(tmp_path):
    files = {"cpu,cpuacct__cfs_quota_us": "200000\n", "cpu,cpuacct__cfs_period_us": "100000\n"}
    lines = "3:memory:/elsewhere\n2:cpu,cpuacct:/docker/0123\n0::/\n"
    assert grouped(tmp_path, lines, **files) == 2.0
    assert grouped(tmp_path, lines, **files | {"cpu,cpuacct__cfs_quota_us": "-1\n"}) is None


def test_without_control_groups_there_is_no_limit(tmp_path):
    assert machine.core_limit(tmp_path, tmp_path / "absent") is None
    assert grouped(tmp_path, "0::/\n") is None
    assert grouped(tmp_path, "0::/\n", cpu_max="what\n") is None


def test_a_hub_is_recognised_and_its_students_are_not_named(monkeypatch):
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert not machine.facts(0.0).on_hub
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    here = machine.facts(0.0)
    assert here.on_hub
    assert "ada" not in str(dataclasses.asdict(here))


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
