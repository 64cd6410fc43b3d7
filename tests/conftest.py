"""What all tests share: no network, one thread, a browser, and the budgets in the closing lines."""

import os
import shutil
import socket
import tempfile

# Before torch and matplotlib are imported, here and in every interpreter that a test starts.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", MPLBACKEND="Agg", PYDEVD_DISABLE_FILE_VALIDATION="1")
os.environ["MOBIVIZ_HOME"] = tempfile.mkdtemp(prefix="mobiviz-")  # a test's answers are nobody's progress

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "msedge")
CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
OWN_HOSTS = ("127.0.0.1", "localhost", "::1", "[::1]")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the slow tests too, as `make test-all` does")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_terminal_summary(terminalreporter):
    from test_floors import budgets

    terminalreporter.section("scores and budgets")
    told = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "score"
    ]
    for line in (*dict.fromkeys(told), *budgets()):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """A socket that leaves this machine is an error that names where it wanted to go."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}

    def guarded(name):
        def connect(self, address):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _own(address[0]):
                raise OSError(f"a test wanted the network: {address[0]}")
            return real[name](self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        for name in real:
            patch.setattr(socket.socket, name, guarded(name))
        yield


@pytest.fixture(scope="module")
def chromium_browser():
    """One Chromium for a module's tests; skips where there is none, fails where CI promised one."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        words = "NO BROWSER: install Chromium (Debian: apt install chromium) to run the browser tests"
        if os.environ.get("MOBIVIZ_REQUIRE_BROWSER") == "1":
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def chromium(chromium_browser):
    """A maker of pages: `page = chromium(dark=True)`; `page.errors` collects what went wrong in it.

    Anything asked of another machine is refused and collected too.
    """
    contexts = []

    def new_page(width=1280, height=800, dark=False, still=False, scale=1):
        scheme, motion = ("dark" if dark else "light"), ("reduce" if still else "no-preference")
        size = {"width": width, "height": height}
        context = chromium_browser.new_context(
            viewport=size, color_scheme=scheme, reduced_motion=motion, device_scale_factor=scale
        )
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        context.route("**/*", lambda route: _fence(route, page.errors))
        page.on("pageerror", lambda error: page.errors.append(f"page error: {error}"))
        page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
        return page

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def opened(book, chromium):
    """Open a module's `book`, dark=True or narrow, with one picture in focus: the first where no idea is named."""

    def open_page(idea=None, address="", **ways):
        page = chromium(**ways)
        page.goto(book + address)
        page.wait_for_function(
            "document.querySelectorAll('.mv').length === document.querySelectorAll('[data-live]').length"
        )
        page.locator(f".mv[data-idea={idea}] .mv-picture" if idea else ".mv .mv-picture").first.focus()
        return page

    return open_page


def _fence(route, errors):
    url = route.request.url
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].rsplit(":", 1)[0]
    if scheme in ("http", "https", "ws", "wss") and not _own(host):
        errors.append(f"asked the network for {url}")
        route.abort()
    else:
        route.continue_()


def _own(host):
    return host in OWN_HOSTS or str(host).startswith("127.")
