"""bundle: the same page as a folder for any https host, for where no phone can reach the laptop."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mobiviz.phone.job import Job, prepare
from mobiviz.phone.ortweb import SHA256, engine_folder
from mobiviz.phone.pages import OWN, PAGE, POLICY

_LEFT_OUT = ("board.html", "board.js")


def bundle(
    nets: Mapping[str, Any], folder: str | Path, x: Tensor | None = None, engine: str | Path | None = None
) -> Job:
    """Write the page, the engine and the networks into a new or empty folder that any static https host can serve.

    The phone shows its result as text; `mv.phone.parse(text, job)` reads it, with the job that this returns.

    Cost: exporting takes some five seconds a network; about 15 MB and the networks on disk.
    Raises: FileExistsError where the folder holds something already; as `mv.phone.measure` else.
    """
    source, folder = engine_folder(engine), Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name a new folder")
    job = prepare(nets, x)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*(each for each in OWN if each not in _LEFT_OUT), "isolate.js"):
        shutil.copyfile(PAGE / name, folder / name)
    for name in SHA256:
        shutil.copyfile(source / name, folder / name)
    for name, data in job.files().items():
        (folder / name).write_bytes(data)
    (folder / "job.json").write_text(json.dumps(job.plain() | {"static": True}), encoding="utf-8")
    page = (folder / "index.html").read_text(encoding="utf-8")
    policy = POLICY.replace("; frame-ancestors 'none'", "")  # which a page cannot say about itself
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    (folder / "index.html").write_text(page.replace("<meta charset", f"{head}\n<meta charset", 1), encoding="utf-8")
    return job
