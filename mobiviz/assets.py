"""Where bundled files are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data(*parts: str) -> Path:
    """Path of a bundled data file or folder, such as `data("photos", "cat.jpg")`.

    Raises: FileNotFoundError, naming the path, where the installation lacks it.
    """
    return _find("data", parts)


def notebooks(*parts: str) -> Path:
    """Path of the bundled notebooks, or of one of them.

    Raises: FileNotFoundError, naming the path, where the installation lacks it.
    """
    return _find("notebooks", parts)


def in_checkout() -> bool:
    """Whether this package runs from a checkout rather than from an installed wheel."""
    return not (_PACKAGE / "_data").is_dir()


def _find(folder: str, parts: tuple[str, ...]) -> Path:
    root = _PACKAGE.parent / folder if in_checkout() else _PACKAGE / f"_{folder}"
    path = root.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing from this installation of mobiviz; install it again")
    return path
