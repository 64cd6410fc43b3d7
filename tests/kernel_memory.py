"""The most memory that a notebook's kernel took, told by the kernel itself in a cell that is put at the end."""

import nbformat
import torch

CUDA_MB = 500  # more, that the import of torch takes where it is built for CUDA: 672 MB instead of 217
LIMIT_MB = 1500 + (0 if torch.version.cuda is None else CUDA_MB)
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
