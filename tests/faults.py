"""What goes wrong on students' machines. Each fault is made, doctor is asked, and must name it and nothing else.

`BROKEN` are made for real, in an environment of their own (broken_setups.py), and `mobiviz doctor` is run there.
`SIMULATED` are made up as facts, because they need another system, another device or another owner of this machine.
"""

import contextlib
import os
import socket
import time
from dataclasses import replace
from typing import NamedTuple

from broken_setups import ROOT, TORCH

from mobiviz.doctor import checks, facts
from mobiviz.machine import Machine

GIB = 2**30


class Fault(NamedTuple):
    """`make` returns how doctor is to be run, or the facts that it is to judge; `words` is what it must say."""

    name: str
    level: str
    words: str
    make: object


BROKEN, SIMULATED = [], []


def broken(name, level, words):
    return lambda make: BROKEN.append(Fault(name, level, words, make)) or make


def simulated(name, level, words, **changed):
    SIMULATED.append(Fault(name, level, words, lambda: facts_with(**changed)))


@broken("no virtual environment", "note", r"no virtual environment; packages are shared")
def no_environment(env):
    # The Python below the environment, with the environment's packages and nothing of its own.
    base = os.path.realpath(env.python)
    paths = {"PYTHONPATH": os.pathsep.join((str(env.site), str(ROOT))), "JUPYTER_PATH": str(env.share)}
    return {"command": (base, "-S", env.script), "environ": paths}


@broken("another environment is active", "note", r"the active environment is .+other, but this Python is .+venv's")
def other_environment(env):
    return {"environ": {"VIRTUAL_ENV": str(env.folder.with_name("other"))}}


@broken("PYTHONPATH of another Python", "problem", r"PYTHONPATH mixes in packages of Python 3\.8")
def foreign_path(env):
    return {"environ": {"PYTHONPATH": str(env.home / "lib" / "python3.8" / "site-packages")}}


@broken("torch is missing", "problem", "torch is missing")
def no_torch(env):
    env.hide("torch", metadata=True)
    return {}


@broken("torch is installed twice", "problem", r"torch is installed twice in one place \(2\.0\.0 and 2\.13\.0\S*\)")
def two_torches(env):
    env.claim("torch", "2.0.0")
    for path in env.metadata("torch-2.13"):
        path.rename(env.site / path.name)
    return {}


@broken("an installation was broken off", "note", r"~orch is left over from an installation that was broken off")
def leftover(env):
    (env.site / "~orch").mkdir()
    return {}


@broken("torch for CUDA, and no GPU", "note", r"CUDA 13\.0 build, 1 thread, but no GPU for it")
def cuda_without_gpu(env):
    env.replace("torch", TORCH.format(build="cu130", cuda="13.0"))
    return {}


@broken("torch cannot find its library", "problem", r"PyTorch cannot be imported: OSError: libtorch_cpu\.so")
def torch_without_library(env):
    env.replace("torch", "import ctypes; ctypes.CDLL('libtorch_cpu.so')")
    return {}


@broken("torch ends the interpreter", "problem", r"PyTorch cannot be imported: \(the interpreter ended with code -?\d+")
def torch_crashes(env):
    env.replace("torch", "import os; os.abort()")
    return {}


@broken("torchvision of another build", "note", r"torchvision does not fit this PyTorch \(.+nms does not exist\)")
def torchvision_mismatch(env):
    env.replace("torchvision", "raise RuntimeError('operator torchvision::nms does not exist')")
    return {}


@broken("pandas built for NumPy 1", "problem", r"pandas was built for another NumPy than \d")
def numpy_abi(env):
    # What an extension that was compiled under NumPy 1 does first; NumPy then answers in its own words.
    env.replace("pandas", "import numpy.core._multiarray_umath as umath\numath._ARRAY_API")
    return {}


@broken("NumPy is too old", "problem", r"numpy 1\.26\.4 is too old, \d\S* is needed")
def old_numpy(env):
    for path in env.metadata("numpy"):
        path.unlink()
    env.claim("numpy", "1.26.4")
    return {}


@broken("JupyterLab is too old", "problem", r"jupyterlab 3\.6\.8 is too old, \d\S* is needed")
def old_lab(env):
    for path in env.metadata("jupyterlab"):
        path.unlink()
    env.claim("jupyterlab", "3.6.8")
    return {}


@broken("ipywidgets is missing", "problem", "ipywidgets is missing")
def no_ipywidgets(env):
    env.hide("ipywidgets", metadata=True)
    return {}


@broken("widgets are not registered", "problem", r"widgets are not registered: .+ extension anywidget")
def not_registered(env):
    (env.extensions / "anywidget").unlink()
    return {}


@broken("the widgets' extension is disabled", "problem", r"extension @jupyter-widgets/jupyterlab-manager is disabled")
def disabled(env):
    page = env.home / "jupyter" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text('{"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": true}}', encoding="utf-8")
    return {"environ": {"JUPYTER_CONFIG_DIR": str(page.parents[1])}}


@broken(
    "the kernel is another Python", "problem", r"notebooks would run in another Python: .+ starts /opt/old/bin/python"
)
def wrong_kernel(env):
    kernel = env.home / "kernels" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        '{"argv": ["/opt/old/bin/python", "-m", "ipykernel_launcher"]}', encoding="utf-8"
    )
    return {"environ": {"JUPYTER_PATH": str(kernel.parents[1])}}


@broken("no permission in the working folder", "problem", r"your working folder \(.+\) cannot be written to")
def locked_folder(env):
    if os.geteuid() == 0:  # root may write everywhere but where the kernel itself forbids it
        return {"cwd": "/sys"}
    env.work.chmod(0o555)
    return {}


@broken("no folder for downloads", "problem", r"the folder for downloads \(.+\) cannot be written to: .+ is a file")
def file_for_a_folder(env):
    (env.home / ".mobiviz").write_text("", encoding="utf-8")
    return {}


@broken("a folder with spaces and accents", "note", r"Übung für α has spaces or accents in its name")
def accents(env):
    (env.work / "Übung für α").mkdir()
    return {"cwd": env.work / "Übung für α"}


@broken("your own torch.py in the folder", "problem", r"torch\.py hides the package torch")
def own_torch(env):
    (env.work / "torch.py").write_text("print('mine')", encoding="utf-8")
    return {}


@broken("your own random.py in the folder", "problem", r"random\.py hides the package random")
def own_random(env):
    (env.work / "random.py").write_text("print('mine')", encoding="utf-8")
    return {}


@broken("a torch.py on PYTHONPATH", "problem", r"torch\.py hides the package torch")
def torch_on_the_path(env):
    (env.home / "torch.py").write_text("print('mine')", encoding="utf-8")
    return {"environ": {"PYTHONPATH": str(env.home)}}


@broken("a limit on memory", "note", r"this account may use 1\.5\d* GiB of memory at most")
def limited_memory(env):
    import resource

    return {"before": lambda: resource.setrlimit(resource.RLIMIT_AS, (3 * 2**29, 3 * 2**29))}


@broken("a proxy, also for this computer", "note", r"a proxy is set \(http through http://proxy\.example:3128\)")
def proxy(env):
    return {"environ": {"HTTP_PROXY": "http://name:secret@proxy.example:3128"}}


@broken("the port is taken", "note", r"port 8888 is taken")
def port_taken(env):
    listener = socket.socket()
    with contextlib.suppress(OSError):  # taken already, by a JupyterLab that runs beside the tests
        listener.bind(("127.0.0.1", 8888))
    return {"open": listener}


@broken("a console for Western Europe only", "note", r"this console writes cp1252: Greek letters")
def narrow_console(env):
    return {"environ": {"PYTHONIOENCODING": "cp1252"}}


@broken("a console for English only", "note", r"this console writes (us-)?ascii: Greek letters")
def plain_console(env):
    return {"environ": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}}


@broken("the clock is behind", "problem", r"the clock says .+, but packages here were installed on .+")
def clock_behind(env):
    (path,) = env.metadata("torch")
    path.unlink()
    later = time.time() + 40 * 86400
    os.utime(env.claim("torch", "2.13.0") / "INSTALLER", (later, later))
    return {}


HERE = facts.SetUp(
    system="Linux",
    now_s=2e9,
    interpreter=facts.Interpreter((3, 11, 9), "/home/me/venv/bin/python", "/home/me/venv", "/usr"),
    packages=facts.Packages(("torch>=2.13",), {"torch": (facts.Copy("2.13.0", "/home/me/venv"),)}, newest_s=1e9),
    jupyter=facts.Jupyter(extensions=frozenset(("anywidget", "@jupyter-widgets/jupyterlab-manager"))),
    folders=(facts.Folder("/home/me/course", "your working folder", free_bytes=50 * GIB, bytes_per_s=3e8),),
    hardware=facts.Hardware(Machine("A processor", 4, 8, 8, 16 * GIB, 9 * GIB, 0.1, False, "Linux 6", "3.11.9")),
    network=facts.Network(8888),
    browser="firefox",
    imports={
        "torch": facts.Import("", ("2.13.0+cpu", None, False, 4)),
        **dict.fromkeys(("onnxruntime", "onnxscript", "executorch"), facts.Import()),
    },
)


def facts_with(**changed):
    """The healthy set-up with fields replaced; `hardware=dict(saver=...)` reaches into a part of it."""
    parts = {
        name: replace(getattr(HERE, name), **value) if isinstance(value, dict) and name != "imports" else value
        for name, value in changed.items()
    }
    return replace(HERE, **parts)


def judged(set_up):
    """All findings on made-up facts."""
    old = list(checks.too_old(set_up.interpreter.version))
    return old or [*checks.at_once(set_up), *checks.after_imports(set_up)]


def work(path, **state):
    return (facts.Folder(path, "your working folder", **state),)


WINDOWS = {
    "executable": r"C:\course\.venv\Scripts\python.exe",
    "prefix": r"C:\course\.venv",
    "base_prefix": r"C:\Python311",
}
STORE = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.11_3.11.9_x64"
DLL = "OSError: [WinError 126] The specified module could not be found. Error loading c10.dll"

simulated("Python is too old", "problem", r"Python 3\.9\.18 is too old", interpreter={"version": (3, 9, 18)})
simulated("the wrong build of Python", "problem", r"is a 32-bit build", interpreter={"bits": 32})
simulated("on battery", "note", "on battery", hardware={"machine": replace(HERE.hardware.machine, on_battery=True)})
simulated("power saver", "note", r"power is being saved", hardware={"saver": "the power plan is power saver"})
simulated(
    "throttled processor", "note", "the processor is held back", hardware={"held": "1.2 GHz of its 3.6 GHz are allowed"}
)
simulated("overheated processor", "note", "slowed down for heat 7 times", hardware={"throttles": 7})
simulated(
    "a limit on processor time",
    "note",
    r"0\.5 cores' time",
    hardware={"machine": replace(HERE.hardware.machine, core_limit=0.5)},
)
simulated(
    "little free memory",
    "note",
    r"16\.0 GiB of memory, 1\.00 GiB free: little",
    hardware={"machine": replace(HERE.hardware.machine, available_bytes=GIB)},
)
simulated(
    "slow disk",
    "note",
    "is on a slow disk: 977 KiB a second",
    folders=work("/mnt/c/course", free_bytes=50 * GIB, bytes_per_s=1e6),
)
simulated(
    "little room on the disk",
    "note",
    "has only 512 MiB free",
    folders=work("/home/me", free_bytes=GIB // 2, bytes_per_s=3e8),
)
simulated("no room on the disk", "problem", r"has only 1\.00 MiB free", folders=work("/home/me", free_bytes=2**20))
simulated("a firewall before the phone", "note", r"a firewall is on \(ufw\)", network={"firewall": "ufw"})
simulated("all ports are taken", "problem", "all ports that mobiviz lab tries", network={"port": None})
simulated("no screen", "note", "no screen, so no browser opens by itself", browser=None)
simulated(
    "no Visual C++ runtime",
    "problem",
    r"Windows lacks Microsoft's Visual C\+\+ runtime \(msvcp140\.dll\)",
    system="Windows",
    interpreter=WINDOWS,
    missing_dlls=("msvcp140.dll",),
)
simulated(
    "a DLL of torch's is missing",
    "problem",
    "PyTorch cannot be imported: a DLL is missing",
    system="Windows",
    interpreter=WINDOWS,
    imports={**HERE.imports, "torch": facts.Import(DLL)},
)
simulated(
    "no long paths on Windows",
    "problem",
    "Windows allows no long paths",
    system="Windows",
    interpreter={**WINDOWS, "prefix": "C:\\" + "a-long-folder\\" * 8 + ".venv"},
    long_paths=False,
)
simulated(
    "a OneDrive folder",
    "note",
    "is kept in step with the cloud",
    system="Windows",
    interpreter=WINDOWS,
    folders=work(r"C:\Users\me\OneDrive\course", bytes_per_s=3e8),
)
simulated(
    "Python from the Microsoft Store",
    "note",
    "Python from the Microsoft Store",
    system="Windows",
    interpreter={**WINDOWS, "base_prefix": STORE},
)
