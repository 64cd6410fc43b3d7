"""Jupyter: the right kernel, and the extensions that draw the course's pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath, PureWindowsPath

from mobiviz.doctor.facts import Interpreter, Jupyter
from mobiviz.doctor.finding import Finding, ok, problem

# Extension: the package that brings it.
EXTENSIONS = {"@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets", "anywidget": "anywidget"}


def check(jupyter: Jupyter | None, this: Interpreter) -> Iterator[Finding]:
    """Findings on the kernel and on both extensions; Jupyter itself is one of the packages."""
    if jupyter is None:
        return
    fine = True
    for finding in (*_kernel(jupyter, this), *_extensions(jupyter, this)):
        fine = False
        yield finding
    if fine:
        yield ok("JupyterLab: the notebooks' kernel is this Python, widgets are registered")


def _kernel(jupyter: Jupyter, this: Interpreter) -> Iterator[Finding]:
    python = jupyter.kernel_python
    # Jupyter itself puts its own Python in the place of a name without a folder.
    named = PureWindowsPath(python).name == python
    if jupyter.kernel_folder and not named and PurePath(python).parent != PurePath(this.executable).parent:
        text = f"notebooks would run in another Python: the kernel python3 starts {python}"
        yield problem(text, f"delete the folder {jupyter.kernel_folder}; Jupyter then takes this Python's own kernel")


def _extensions(jupyter: Jupyter, this: Interpreter) -> Iterator[Finding]:
    for extension, package in EXTENSIONS.items():
        if extension not in jupyter.extensions:
            text = f"widgets are not registered: JupyterLab does not find the extension {extension}"
            yield problem(text, f"python -m pip install --force-reinstall --no-deps {package}, then restart JupyterLab")
        for name, place in jupyter.disabled.items():
            if name.partition(":")[0] == extension:
                level = "sys_prefix" if PurePath(this.prefix) in PurePath(place).parents else "user"
                remedy = f"jupyter labextension enable --level={level} {name}"
                text = f"widgets are not shown: the JupyterLab extension {name} is disabled in {place}"
                yield problem(text, remedy)
