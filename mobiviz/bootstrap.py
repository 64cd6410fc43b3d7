"""Makes .venv and fills it: `python mobiviz/bootstrap.py runtimes,phone`.

Runs before anything is installed, so it imports the standard library alone and reads on old Pythons.
PyTorch comes first: on Linux its own index has a small CPU build, where others may have the CUDA build alone.
"""

import importlib.util
import os
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST = (3, 11)
SIZES = {"runtimes,phone": "about 250 MB", "all": "about 320 MB"}


def main(extra="runtimes,phone", index=CPU_INDEX):
    """Install mobiviz, editable, with one extra into .venv, at the versions of constraints.txt."""
    started = time.monotonic()
    fault = unfit()
    if fault:
        raise SystemExit(fault)
    python = venv_python(os.path.join(ROOT, ".venv"))
    if not os.path.exists(python):
        say("Making .venv")
        subprocess.run([sys.executable, "-m", "venv", os.path.join(ROOT, ".venv")], check=True)
    if not has_torch(python):
        install_torch(python, index)
    say("Installing mobiviz[{}]: a download of {} where nothing is cached".format(extra, SIZES.get(extra, "some MB")))
    if pip(python, "-e", f".[{extra}]"):
        raise SystemExit("The installation failed; the lines above say why. Run the same command again to resume.")
    fetch_engine(python)
    say(f"Installed in {time.monotonic() - started:.0f} s")


def unfit(version=sys.version_info, find=importlib.util.find_spec):
    """Why this Python cannot make the environment, with the remedy; None where it can."""
    if tuple(version[:2]) < OLDEST:
        return "Python must be 3.11 or newer (this is {}.{}). Name a newer one: make lab PYTHON=python3.12".format(
            *version[:2]
        )
    missing = [name for name in ("venv", "ensurepip") if find(name) is None]
    if missing:
        return "This Python lacks its {} module. On Debian and Ubuntu: sudo apt install python3-venv".format(
            " and ".join(missing)
        )
    return None


def venv_python(folder):
    """The interpreter inside a virtual environment, on this system."""
    return os.path.join(folder, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def pinned_torch():
    """PyTorch's pin, such as `torch==2.13.0`, from constraints.txt."""
    with open(os.path.join(ROOT, "constraints.txt"), encoding="utf-8") as lines:
        return next(line.split(";")[0].strip() for line in lines if line.startswith("torch=="))


def has_torch(python):
    """Whether the environment already has PyTorch at the pinned version, whichever build."""
    ask = "import importlib.metadata as m; print(m.version('torch'))"
    answer = subprocess.run([python, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return answer.stdout.decode().split("+")[0].strip() == pinned_torch().partition("==")[2]


def install_torch(python, index=CPU_INDEX):
    """PyTorch from its own CPU index on Linux where that answers, else from the default index, said in words."""
    pin = pinned_torch()
    if sys.platform == "linux":
        if answers(index + "/torch/"):
            say(f"PyTorch: {pin} for CPU from PyTorch's own index, about 200 MB")
            if not pip(python, pin, "--no-deps", "--index-url", index, "--retries", "1"):
                return
        say(f"PyTorch's own index does not answer, so {pin} comes from the default index:")
        say("about 200 MB if that has the CPU build, about 3 GB if it has the CUDA build; both work")
    else:
        say(f"PyTorch: {pin}, about 200 MB")
    if pip(python, pin):
        raise SystemExit("PyTorch could not be installed; the lines above say why.")


def fetch_engine(python):
    """What phones run in their browser, into the cache, while there is a network; without it, one notebook says so."""
    say("Fetching what a phone's browser runs, up to 33 MB, unless it is there")
    try:
        subprocess.run([python, "-m", "mobiviz", "phone", "--fetch"], cwd=ROOT, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired):
        say("Not fetched; everything else works. `mobiviz phone --fetch` tries again.")


def answers(url, limit_s=4.0):
    """Whether a web address answers within `limit_s`, name look-up included."""
    found = []

    def ask():
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=limit_s) as reply:
                found.append(reply.status)
        except (OSError, ValueError):
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(limit_s)
    return found == [200]


def pip(python, *what):
    """Run pip quietly under constraints.txt, which then holds for build tools too; returns its exit code."""
    limits = dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), "constraints.txt")
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_WARN_SCRIPT_LOCATION": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    command = [python, "-m", "pip", "install", "-qq", *what]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **limits, **quiet}, check=False).returncode


def say(words):
    print(words, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
