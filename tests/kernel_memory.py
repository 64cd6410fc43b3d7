"""The most memory that a notebook's kernel took, told by the kernel itself in a cell that is put at the end."""

import subprocess
import sys
from functools import cache

import nbformat
import torch

LIMIT_MB = 1500
IMPORT_MB = 217  # of which the import of torch's CPU build takes so much
ID = "how-much-memory"
MARK = "bytes at the most:"
# Linux's own figure of the process: getrusage's begins with the memory of whoever started it.
CODE = f"""
def _most_memory():
    import pathlib, sys
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        found = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return 1024 * int(found[0]) if found else None
    if sys.platform == "darwin":
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    import psutil
    return getattr(psutil.Process().memory_info(), "peak_wset", None)

print("{MARK}", _most_memory())
"""


def ask(notebook):
    """Let the kernel tell at the end."""
    notebook.cells.append(nbformat.v4.new_code_cell(CODE, id=ID))


def told_mb(notebook):
    """What it told after it ran, in MB, and the cell is gone again; None where the system does not tell."""
    cell = notebook.cells.pop()
    assert cell.id == ID
    said = cell.outputs[-1].text.partition(MARK)[2].strip()
    return None if said == "None" else round(int(said) / 1e6)


@cache
def limit_mb():
    """What a kernel may take. Torch's CUDA build takes more before anything is done, which no notebook answers for."""
    if torch.version.cuda is None:
        return LIMIT_MB
    command = [sys.executable, "-c", "import torch" + CODE]
    told = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    said = told.partition(MARK)[2].strip()
    return LIMIT_MB if said == "None" else LIMIT_MB - IMPORT_MB + round(int(said) / 1e6)
