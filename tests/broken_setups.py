"""Set-ups to break: an environment made of links to the one that runs the tests, in which anything can be replaced."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from mobiviz.doctor import Finding

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = Path(sysconfig.get_path("purelib"))
JUPYTER = Path(sys.prefix, "share", "jupyter", "labextensions")
# Not linked: what is replaced by something small that answers as quickly as a test wants, and optional runtimes.
REPLACED = {"torch", "pandas", "matplotlib", "ipywidgets", "anywidget"}
LEFT_OUT = re.compile(r"(torchvision|torchao|executorch|onnx|onnxruntime|onnxscript)\b|.*\.(pth|egg-link)$|~")
TORCH = """
__version__ = "2.13.0+{build}"
class version: cuda = {cuda!r}
class cuda:
    is_available = staticmethod(lambda: False)
def get_num_threads(): return 1
"""


class Environment:
    """A virtual environment with all that mobiviz needs; `run` lets its doctor speak."""

    def __init__(self, folder):
        self.folder, self.home, self.work = folder / "venv", folder / "home", folder / "work"
        for made in (self.home, self.work):
            made.mkdir()
        venv.EnvBuilder(with_pip=False, symlinks=True).create(self.folder)
        scheme = {"base": str(self.folder), "platbase": str(self.folder)}
        self.site = Path(sysconfig.get_path("purelib", "venv", scheme))
        self.python = Path(sysconfig.get_path("scripts", "venv", scheme), "python")
        for entry in LIBRARY.iterdir():
            if entry.name not in REPLACED and not LEFT_OUT.match(entry.name) and not (self.site / entry.name).exists():
                (self.site / entry.name).symlink_to(entry)
        (self.site / "checkout.pth").write_text(str(ROOT), encoding="utf-8")
        (self.site / "matplotlib").mkdir()
        for module in ("pandas", "ipywidgets", "anywidget", "matplotlib/__init__", "matplotlib/path"):
            (self.site / f"{module}.py").write_text("", encoding="utf-8")
        self.replace("torch", TORCH.format(build="cpu", cuda=None))
        self.share = self.folder / "share" / "jupyter"
        self.extensions = self.share / "labextensions"
        (self.extensions / "@jupyter-widgets").mkdir(parents=True)
        for name in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
            (self.extensions / name).symlink_to(JUPYTER / name)
        self.script = self.python.with_name("mobiviz")
        self.script.write_text("import sys; from mobiviz.cli import main; sys.exit(main())", encoding="utf-8")

    def replace(self, module, code):
        """A module of this name that consists of `code`; what there was is gone, its metadata stays."""
        self.hide(module)
        (self.site / f"{module}.py").write_text(code, encoding="utf-8")

    def hide(self, name, metadata=False):
        for path in (self.site / name, self.site / f"{name}.py", *(self.metadata(name) if metadata else ())):
            path.unlink(missing_ok=True)

    def metadata(self, name):
        return list(self.site.glob(f"{name}-*.dist-info"))

    def claim(self, name, version):
        """Metadata that says this version is installed, beside what else is said."""
        folder = self.site / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (folder / "INSTALLER").write_text("pip", encoding="utf-8")
        return folder

    def run(self, cwd=None, environ=None, command=None, before=None):
        """doctor's exit code and findings; `before` runs in the new process, first."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        own = {"HOME": str(self.home), "USERPROFILE": str(self.home), "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        asked = subprocess.run(
            [*(command or (self.python, self.script)), "doctor"],
            cwd=cwd or self.work,
            env={**kept, **own, "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})},
            preexec_fn=before,
            capture_output=True,
            timeout=60,
        )
        encoding = (environ or {}).get("PYTHONIOENCODING", "utf-8")
        return asked.returncode, parsed(asked.stdout.decode(encoding) or asked.stderr.decode(encoding))


def parsed(output):
    """The findings in what doctor printed; the first line names the version, the last one counts."""
    first, *lines, last = output.splitlines()
    assert first.startswith("mobiviz "), output
    assert re.fullmatch(r"Nothing to mend\.|\d+ problems? to mend; each -> line says how\.", last), output
    found = []
    for line in lines:
        level, text = line[:8].strip(), line[9:]
        if level:
            found.append(Finding(level, text))
        else:
            found[-1] = found[-1]._replace(remedy=text.removeprefix("-> "))
    return found
