"""A browser that looks at a picture: Chromium, as it is installed, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mobiviz.course import gallery

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "msedge")
_FLAGS = ("--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run")
_AWAKE = "'awake' in document.documentElement.dataset"


@contextmanager
def chromium() -> Iterator[Any]:
    """The installed Chromium, running until the block ends.

    Raises: ImportError without playwright, FileNotFoundError without a browser; both name the remedy.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ImportError("pictures are taken in a browser: python -m pip install 'mobiviz[film]'") from error
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            raise FileNotFoundError(
                "there is no Chromium on this machine; `python -m playwright install chromium` gets one "
                "(on Debian also: apt install chromium)"
            )
        root = hasattr(os, "geteuid") and os.geteuid() == 0  # a superuser's Chromium starts without its sandbox only
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *(["--no-sandbox"] if root else [])])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def alone(
    browser: Any, page: tuple[gallery.Piece, Path], ways: dict[str, Any], style: str = "", query: str = ""
) -> Iterator[Any]:
    """A page with one picture, written to that path, awake and holding still, the focus on it.

    `ways` are those of a browser's context.
    """
    piece, path = page
    with browser.new_context(reduced_motion="reduce", **ways) as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(gallery.write_page(piece, path, style).as_uri() + query)
        page.wait_for_function(_AWAKE, timeout=60_000)
        page.locator(".mv-picture").focus()
        yield page
        if faults:
            raise ValueError(f"the picture {piece.idea} failed in the browser: {faults[0]}")
