"""A classroom: a real JupyterHub, two students in two browsers, and each sees the work that is theirs."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import live_hub
import nbformat
import pytest
from live_lab import READY

from mobiviz import assets

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NOTEBOOK = "02_depthwise_plus_pointwise.ipynb"
IDLE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = panel.content.widgets.filter(cell => cell.model.type === "code");
  return panel.sessionContext.session.kernel.status === "idle" && cells.every(cell => cell.model.executionCount);
}"""
SOURCES = (
    """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.sharedModel.getSource())"""
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    lacking = live_hub.missing()
    if lacking:
        pytest.fail("\n".join(["NO HUB:", *lacking]))
    with live_hub.hub(tmp_path_factory.mktemp("hub")) as found:
        yield found


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The address of a git repository with the notebook, as a teacher would publish it."""
    folder = tmp_path_factory.mktemp("course") / "mobiviz"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / NOTEBOOK).write_bytes(assets.notebooks(NOTEBOOK).read_bytes())
    git = ["git", "-C", str(folder), "-c", "user.name=teacher", "-c", "user.email=teacher@localhost"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first edition"]):
        subprocess.run([*git, *words], check=True)
    return f"file://{folder}"


def link(course):
    """nbgitpuller's link: it brings the course and opens the notebook."""
    where = {"repo": course, "branch": "main", "urlpath": f"lab/tree/mobiviz/notebooks/{NOTEBOOK}"}
    return f"/hub/user-redirect/git-pull?{urlencode(where)}"


def log_in(page, hub, course, student):
    page.set_default_timeout(180_000)
    page.goto(hub.address + link(course))
    page.get_by_label("Username").fill(student)
    page.get_by_label("Password").fill("any: the test lets everybody in")
    page.locator("#login_submit").click()


def answer(page, text):
    """Type an answer into the guess, as a student does, and run the whole notebook."""
    page.wait_for_function(READY)
    cell = page.locator(".jp-CodeCell .cm-content", has_text="fewer_macs")
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")


def finished(page):
    page.wait_for_function(IDLE)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")


def saved(hub, student):
    return nbformat.read(hub.home(student) / "mobiviz/notebooks" / NOTEBOOK, as_version=4)


def test_two_students_work_side_by_side_and_see_only_their_own(hub, course, chromium):
    pages, guesses = {"ada": chromium(), "ben": chromium()}, {"ada": "7", "ben": "3"}
    for student, page in pages.items():
        log_in(page, hub, course, student)
    for student, page in pages.items():
        answer(page, f'fewer_macs = {guesses[student]}\nguess("ratio_02", fewer_macs, unit="x")')
    for page in pages.values():
        finished(page)
    for student, page in pages.items():
        page.screenshot(path=hub.folder / f"{student}.png")
        other = next(name for name in pages if name != student)
        notebook = saved(hub, student)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in code)
        errors = [out.evalue for cell in code for out in cell.outputs if out.output_type == "error"]
        assert not errors, errors
        assert f"fewer_macs = {guesses[student]}" in "".join(page.evaluate(SOURCES))
        assert f"fewer_macs = {guesses[other]}" not in nbformat.writes(notebook)
        printed = "".join(out.text for cell in code for out in cell.outputs if out.output_type == "stream")
        assert "this is a shared server (JupyterHub)" in printed, "the race of notebook 02 says where it ran"
        kept = json.loads((hub.home(student) / ".mobiviz/guesses.json").read_text(encoding="utf-8"))
        assert float(kept["ratio_02"]["guess"]) == float(guesses[student])
    for student, page in pages.items():
        mine = page.goto(f"{hub.address}/user/{student}/api/contents/")
        assert (mine.status, [each["name"] for each in mine.json()["content"]]) == (200, ["mobiviz"])
        other = next(name for name in pages if name != student)
        for room in ("lab", "api/contents/", f"files/mobiviz/notebooks/{NOTEBOOK}"):
            assert page.goto(f"{hub.address}/user/{other}/{room}").status == 403


def test_what_idles_is_stopped_and_its_files_stay(hub):
    """The culler of the configuration, with its own rights; its hour is made a second."""
    assert hub.running() == {"ada", "ben"}
    command = [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=1", "--cull-every=2", f"--url={hub.api}"]
    culler = subprocess.Popen(command, env={"JUPYTERHUB_API_TOKEN": live_hub.ADMIN + "-culler", "PATH": ""})
    try:
        for _ in range(60):
            if not hub.running():
                break
            time.sleep(1)
    finally:
        culler.terminate()
        culler.wait(30)
    assert not hub.running()
    assert "fewer_macs = 7" in nbformat.writes(saved(hub, "ada"))
    assert Path(hub.home("ben")).is_dir()
