"""Small files of a learner's own, such as their guesses: one JSON object of entries each, on this machine only."""

import json
import os
from pathlib import Path


def home() -> Path:
    """The folder MOBIVIZ_HOME, else `.mobiviz` at home."""
    return Path(os.environ.get("MOBIVIZ_HOME") or Path.home() / ".mobiviz")


def put(path: Path, key: str, entry: dict) -> bool:
    """Whether an entry could be saved under its key, in place of an earlier one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        draft.write_text(json.dumps({**read(path), key: entry}, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(draft, path)
    except OSError:
        return False
    return True


def read(path: Path) -> dict[str, dict]:
    """The entries of a file; none where there is none. A damaged file is moved aside, for whoever wants to mend it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and all(isinstance(entry, dict) for entry in found.values()):
            return found
    except OSError:
        return {}
    except ValueError:
        pass
    aside, number = path.with_suffix(".broken"), 0
    while aside.exists():  # never over an earlier one
        number += 1
        aside = path.with_suffix(f".broken{number}")
    os.replace(path, aside)
    return {}
