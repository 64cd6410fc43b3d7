"""doctor on a healthy set-up, and on set-ups broken on purpose; torch and its like are broken in real interpreters."""

import subprocess
import sys

import pytest

from mobiviz import doctor

CUDA_TORCH = """
__version__ = "2.13.0+cu130"
class version: cuda = "13.0"
class cuda:
    is_available = staticmethod(lambda: False)
def get_num_threads(): return 4
"""


def levels(found):
    return [finding.level for finding in found]


def broken(tmp_path, monkeypatch, **modules):
    """Put fake modules before the real ones, in this and in every interpreter started from here."""
    for name, code in modules.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)


def doctors_words(expected_code, **environment):
    """What the command prints; its exit code must be the expected one."""
    asked = subprocess.run([sys.executable, "-m", "mobiviz", "doctor"], capture_output=True, text=True, **environment)
    assert asked.returncode == expected_code, asked.stdout + asked.stderr
    return asked.stdout


def test_a_healthy_set_up_has_nothing_to_mend():
    found = [*doctor.hardware(), doctor.python(), *doctor.torch(*doctor._end(doctor._start(doctor._TORCH)))]
    assert set(levels(found)) <= {"ok", "note"}
    text = " ".join(finding.text for finding in found)
    for word in ("Python", "cores", "threads", "PyTorch", "memory"):
        assert word in text


@pytest.mark.parametrize("version", [(3, 8, 20), (3, 10, 13), (2, 7, 18)])
def test_an_old_python_is_a_problem(version):
    found = doctor.python(version)
    assert found.level == "problem"
    assert "3.11" in found.text
    assert doctor.python((3, 14, 0)).level == "ok"


def test_without_an_environment_there_is_a_note(monkeypatch):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    assert doctor.environment().level == "note"
    assert "venv" in doctor.environment().remedy
    monkeypatch.setenv("CONDA_PREFIX", "conda-here")
    assert doctor.environment() == doctor.Finding("ok", "conda environment conda-here")


def test_a_missing_and_an_old_package_are_problems_with_a_command(monkeypatch):
    wanted = ["psutil>=7", "no-such-package>=1.2", "pillow>=9000", 'torchaudio>=1 ; extra == "all"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: wanted)
    *faults, fine = doctor.packages()
    assert levels(faults) == ["problem", "problem"]
    assert faults[0] == ("problem", "no-such-package is missing", 'python -m pip install "no-such-package>=1.2"')
    assert "too old" in faults[1].text
    assert fine.text.startswith("psutil ")


def test_a_cuda_build_without_a_gpu_is_named_and_works(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, torch=CUDA_TORCH)
    (found,) = doctor.torch(*doctor._end(doctor._start(doctor._TORCH)))
    assert found.level == "note"
    assert "CUDA 13.0 build" in found.text
    assert "torch==2.13.0 --index-url" in found.remedy


def test_a_broken_torch_is_one_problem_with_its_reason(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, torch="raise OSError('libtorch_cpu.so: cannot open shared object file')")
    words = doctors_words(expected_code=1)
    assert "PyTorch cannot be imported: OSError: libtorch_cpu.so" in words
    assert "--force-reinstall" in words


def test_a_torch_that_ends_the_interpreter_is_reported(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, torch="import os; os._exit(9)")
    (found,) = doctor.torch(*doctor._end(doctor._start(doctor._TORCH)))
    assert found.level == "problem"
    assert "code 9" in found.text


def test_torchvision_of_another_build_is_a_problem(tmp_path, monkeypatch):
    fault = "raise RuntimeError('operator torchvision::nms does not exist')"
    broken(tmp_path, monkeypatch, torch=CUDA_TORCH, torchvision=fault)
    words = doctors_words(expected_code=1)
    assert "torchvision does not fit this PyTorch: RuntimeError: operator torchvision::nms does not exist" in words
    assert "pip uninstall torchvision" in words
    assert "CUDA 13.0 build" in words, "two faults at once give both lines"


def test_a_runtime_is_absent_broken_or_there(tmp_path, monkeypatch):
    assert doctor.runtime("onnxruntime", "ONNX Runtime", None).level == "note"
    assert "mobiviz[runtimes]" in doctor.runtime("onnxruntime", "ONNX Runtime", None).remedy
    broken(tmp_path, monkeypatch, onnxruntime="import no_such_library")
    found = doctor.runtime("onnxruntime", "ONNX Runtime", doctor._end(doctor._start("import onnxruntime"))[1])
    assert found.level == "problem"
    assert "no_such_library" in found.text
    assert doctor.runtime("psutil", "psutil", "").level == "ok"


def test_little_memory_and_a_battery_are_notes(monkeypatch):
    import dataclasses

    here = doctor.machine.facts()
    poor = dataclasses.replace(here, available_bytes=2**30, on_battery=True)
    monkeypatch.setattr(doctor.machine, "facts", lambda: poor)
    assert levels(doctor.hardware()) == ["ok", "note", "note"]


def test_no_screen_and_no_browser_are_notes(monkeypatch):
    monkeypatch.setattr(doctor.machine, "has_display", lambda: False)
    assert doctor.browser().level == "note"
    monkeypatch.setattr(doctor.machine, "has_display", lambda: True)

    def none():
        raise doctor.webbrowser.Error

    monkeypatch.setattr(doctor.webbrowser, "get", none)
    assert "no browser" in doctor.browser().text


def test_the_report_ends_in_words_and_a_code(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "findings", lambda: [doctor.Finding("ok", "a"), doctor.Finding("problem", "b", "mend")])
    assert doctor.report() == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "         -> mend",
        "1 problem to mend; each -> line says how.",
    ]
    monkeypatch.setattr(doctor, "findings", lambda: [doctor.Finding("note", "a", "b")])
    assert doctor.report() == 0
    assert "Nothing to mend." in capsys.readouterr().out
