"""What doctor reads and how it asks, on files and programs made up for it; what it says is in test_doctor_faults.py."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from mobiviz import doctor
from mobiviz.doctor import (
    check_packages,
    checks,
    facts,
    imports,
    read,
    read_folders,
    read_jupyter,
    read_packages,
    read_power,
    read_windows,
)

ROOT = Path(__file__).resolve().parents[1]


def put(root, path, content):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content, encoding="utf-8")
    return root


CPU = "sys/devices/system/cpu/cpu0"


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("sys/firmware/acpi/platform_profile", "low-power\n", "low-power"),
        ("sys/firmware/acpi/platform_profile", "balanced\n", ""),
        (f"{CPU}/cpufreq/energy_performance_preference", "power", "energy preference"),
        (f"{CPU}/cpufreq/scaling_governor", "powersave", "governor"),
        (f"{CPU}/cpufreq/scaling_governor", "schedutil", ""),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells it in files")
def test_a_power_saver_is_read_from_files(tmp_path, path, content, words):
    said = read_power.saver(put(tmp_path, path, content))
    assert words in said
    assert bool(said) == bool(words)


def test_powersave_is_the_everyday_governor_of_two_drivers(tmp_path):
    put(tmp_path, f"{CPU}/cpufreq/scaling_governor", "powersave")
    assert read_power.saver(put(tmp_path, f"{CPU}/cpufreq/scaling_driver", "intel_pstate")) == ""


def test_a_processor_below_its_speed_and_too_hot(tmp_path):
    put(tmp_path, f"{CPU}/cpufreq/cpuinfo_max_freq", "3600000")
    assert read_power.held(put(tmp_path, f"{CPU}/cpufreq/scaling_max_freq", "3600000")) == ""
    assert read_power.held(put(tmp_path, f"{CPU}/cpufreq/scaling_max_freq", "1200000")).startswith("1.2 GHz of its 3.6")
    put(tmp_path, f"{CPU}/thermal_throttle/core_throttle_count", "5")
    assert (
        read_power.throttles(put(tmp_path, "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "2"))
        == 7
    )
    assert read_power.throttles(tmp_path / "nowhere") == 0


def test_limits_of_both_kinds_of_control_groups(tmp_path):
    second, first = tmp_path / "second", tmp_path / "first"
    put(second, "proc/self/cgroup", "0::/hub.slice/student")
    put(second, "sys/fs/cgroup/hub.slice/memory.max", str(2**30))
    put(second, "sys/fs/cgroup/hub.slice/student/memory.max", "max")
    assert read_power.limit_bytes(second) == 2**30
    put(first, "proc/self/cgroup", "2:memory:/pod")
    put(first, "sys/fs/cgroup/memory/memory.limit_in_bytes", str(2**63 - 4096))
    assert read_power.limit_bytes(first) is None


def test_a_firewall_as_far_as_a_plain_user_may_know(tmp_path):
    assert read_power.firewall(tmp_path) == ""
    put(tmp_path, "run/firewalld.pid", "1")
    assert read_power.firewall(tmp_path) == "firewalld"
    assert read_power.firewall(put(tmp_path, "etc/ufw/ufw.conf", "# ENABLED=no\nENABLED=yes\n")) == "ufw"


@pytest.mark.parametrize(
    ("command", "said", "expected"),
    [
        ("saver", " lowpowermode         1\n", "low power mode"),
        ("saver", " lowpowermode         0\n", ""),
        ("held", "CPU_Speed_Limit \t= 50\n", "macOS limits it to 50% because of heat"),
        ("held", "CPU_Speed_Limit \t= 100\n", ""),
        ("firewall", "Firewall is enabled. (State = 1)", "macOS's own"),
        ("firewall", "Firewall is disabled. (State = 0)", ""),
    ],
)
def test_what_a_mac_answers_simulated(monkeypatch, command, said, expected):
    monkeypatch.setattr(read_power.sys, "platform", "darwin")
    monkeypatch.setattr(read_power, "_asked", lambda *words: said)
    assert getattr(read_power, command)() == expected


def test_what_windows_answers_simulated(monkeypatch, tmp_path):
    registry = {("StandardProfile", "EnableFirewall"): 1, ("PublicProfile", "EnableFirewall"): 0}

    class Winreg:
        HKEY_LOCAL_MACHINE = 0

        class OpenKey:
            def __init__(self, root, key):
                self.key = key.rpartition("\\")[2]

            def __enter__(self):
                return self.key

            def __exit__(self, *_):
                pass

        @staticmethod
        def QueryValueEx(key, name):
            if (key, name) not in registry:
                raise FileNotFoundError
            return registry[key, name], 4

    monkeypatch.setitem(sys.modules, "winreg", Winreg)
    monkeypatch.setattr(sys, "platform", "win32")
    assert read_windows.firewall() == "Windows', for private networks"
    assert not read_windows.long_paths()
    registry["FileSystem", "LongPathsEnabled"] = 1
    assert read_windows.long_paths()
    put(tmp_path, "System32/vcruntime140.dll", "")
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    assert read_windows.missing_dlls() == ("vcruntime140_1.dll", "msvcp140.dll")
    monkeypatch.setattr(read_windows, "_battery_saver", lambda: False)
    plan = subprocess.CompletedProcess([], 0, b"Power Scheme GUID: A1841308-3541-4FAB-BC81-F71556F20B4A  (...)")
    monkeypatch.setattr(read_windows.subprocess, "run", lambda *command, **options: plan)
    assert read_windows.saver() == "the power plan is power saver"


def test_copies_are_found_in_the_order_of_the_path(tmp_path, monkeypatch):
    first, second = tmp_path / "a", tmp_path / "b"
    put(first, "Torch-2.13.0+cpu.dist-info/METADATA", "")
    put(second, "torch-2.0.0.dist-info/METADATA", "")
    put(second, "~orch/x.py", "")
    put(second, "something_else-1.0.dist-info/METADATA", "")
    monkeypatch.setattr(read_packages.sys, "path", [str(first), str(second), str(tmp_path / "none.zip"), str(first)])
    found = read_packages.packages()
    assert found.copies == {"torch": (facts.Copy("2.13.0+cpu", str(first)), facts.Copy("2.0.0", str(second)))}
    assert found.leftovers == (str(second / "~orch"),)
    judged = check_packages.installed(facts.Packages(("torch>=2.13",), found.copies))
    (line,) = [each for each in judged if each.level != "ok"]
    assert line.level == "note"
    assert "2.13.0+cpu is used; 2.0.0 in" in line.text


def test_writing_leaves_nothing_behind_and_makes_no_folder(tmp_path):
    found = read_folders.folder(tmp_path / "later" / "still later", "a folder")
    assert not found.error
    assert found.bytes_per_s > 0
    assert not list(tmp_path.iterdir())


def test_a_kernel_is_known_by_its_folder_whichever_way_it_is_written(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_jupyter.unlinked(str(tmp_path / "link" / "python")) == str((tmp_path / "real").resolve() / "python")
    assert read_jupyter.unlinked("python") == "python"


def test_the_first_file_that_names_an_extension_decides_whether_it_is_on(tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    put(tmp_path, "first.json", '{"disabledExtensions": {"on": false, "off": true}}')
    put(tmp_path, "second.json", '{"disabledExtensions": ["on", "off", "listed"]}')
    found = read_jupyter._disabled([first, tmp_path / "absent.json", second])
    assert found == {"off": str(first.resolve()), "listed": str(second.resolve())}


def test_imports_go_on_after_a_crash_a_refusal_and_noise(tmp_path, monkeypatch):
    modules = {
        "one": "import sys; print('noise', end=''); print('noise', file=sys.stderr)",
        "two": "import os; os._exit(9)",
        "three": "raise SystemExit(3)",
        "four": "",
    }
    for name, code in modules.items():
        put(tmp_path, f"{name}.py", code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(imports, "MODULES", {name: name for name in (*modules, "five")})
    told = imports.end(imports.start([*modules, "five"]))
    assert [told[name].error for name in ("one", "four")] == ["", ""]
    assert told["two"].error == "(the interpreter ended with code 9)"
    assert told["three"].error == "SystemExit: 3"
    assert told["five"].error == "ModuleNotFoundError: No module named 'five'"
    assert imports.end(imports.start([])) == {}


def test_an_import_that_never_ends_is_one_problem(tmp_path, monkeypatch):
    put(tmp_path, "one.py", "import time; time.sleep(60)")
    put(tmp_path, "two.py", "")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(imports, "MODULES", {"one": "one", "two": "two"})
    monkeypatch.setattr(imports, "LIMIT_S", 2)
    told = imports.end(imports.start(["one", "two"]))
    assert told == {"one": facts.Import("no answer within 2 s"), "two": facts.Import()}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("ImportError: numpy.core.multiarray failed to import", "another NumPy"),
        ("ValueError: numpy.dtype size changed, may indicate binary incompatibility", "another NumPy"),
        ("ImportError: DLL load failed while importing x", "a DLL is missing"),
        ("ImportError: x.so: failed to map segment from shared object", "too little memory"),
        ("ModuleNotFoundError: No module named 'jinja2'", "it lacks jinja2"),
        ("OSError: " + "x" * 500, "x ..."),
    ],
)
def test_an_error_is_told_in_words(error, words):
    from faults import HERE

    found = check_packages.broken("torch", error, HERE)
    assert words in found.text
    assert len(found.text) < 250
    assert found.remedy


def test_the_report_ends_in_words_and_a_code(monkeypatch, capsys):
    mixed = [doctor.Finding("ok", "a"), doctor.Finding("problem", "b", "mend")]
    monkeypatch.setattr(doctor, "findings", lambda: mixed)
    assert doctor.report() == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "         -> mend",
        "1 problem to mend; each -> line says how.",
    ]
    monkeypatch.setattr(doctor, "findings", lambda: [doctor.Finding("note", "a", "b")])
    assert doctor.report() == 0
    assert "Nothing to mend." in capsys.readouterr().out


def test_an_old_python_hears_that_it_is_old_and_nothing_else(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 18))
    (found,) = doctor.findings()
    assert found.level == "problem"
    assert not list(checks.too_old((3, 14, 0)))


def test_what_doctor_runs_on_can_be_read_by_an_old_python():
    """Everything that is imported before it can say so: no newer grammar, no annotation that is evaluated."""
    ours = "[m.__file__ for n, m in sys.modules.items() if n.startswith('mobiviz')]"
    code = f"import sys, mobiviz.cli, mobiviz.doctor; print(*{ours})"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    for path in map(Path, asked.stdout.split()):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
        annotated = any(
            isinstance(node, ast.AnnAssign) or (isinstance(node, ast.FunctionDef) and node.returns)
            for node in ast.walk(tree)
        )
        future = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
        assert future or not annotated, path


def test_nothing_but_the_standard_library_is_imported_unguarded():
    """Jupyter's paths and psutil are asked where they are there; nothing else from outside is imported by doctor."""
    code = "import sys; old = set(sys.modules); import mobiviz.cli, mobiviz.doctor; print(*(set(sys.modules) - old))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    outside = {name.partition(".")[0] for name in asked.stdout.split()} - set(sys.stdlib_module_names) - {"mobiviz"}
    assert not outside


def test_files_that_nobody_imports_hide_nothing(tmp_path, monkeypatch):
    for name in ("test.py", "sys.py", "copy.py", "notes.py", "numpy.txt"):
        put(tmp_path, name, "")
    put(tmp_path, "json/__init__.py", "")
    put(tmp_path, "torch/notes.txt", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    found = read_folders.shadows({"torch", "numpy"} | read_folders.library())
    assert [shadow.name for shadow in found] == ["copy", "json"]


def test_a_proxy_of_the_system_is_not_asked_for_this_computer(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(read.urllib.request, "getproxies", lambda: {"http": "http://school:3128"})
    found = read.network()
    assert found.proxies == {"http": "http://school:3128"}
    assert found.proxy_spares_us


def test_this_machine_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = read.set_up()
    assert here.interpreter.bits in (32, 64)
    assert here.packages.copies["torch"]
    assert here.jupyter.extensions
    assert here.hardware.machine is not None
    assert all(each.free_bytes for each in here.folders)
