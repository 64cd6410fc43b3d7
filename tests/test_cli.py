"""The commands: what they parse, what they copy, what they leave alone, and that JupyterLab answers."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

import mobiviz
from mobiviz import cli, editions, lab


@pytest.fixture
def bundled(tmp_path):
    """A folder as a wheel carries it, with a learner's notebook, its solution and its source."""
    folder = tmp_path / "bundled"
    for name in ("01_a.ipynb", "02_b.ipynb", "solutions/01_a.ipynb", "source/01_a.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"first edition of {name}", encoding="utf-8")
    return folder


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "my notebooks, é"


def renew(bundled):
    for path in bundled.rglob("*.ipynb"):
        path.write_text(path.read_text(encoding="utf-8").replace("first", "second"), encoding="utf-8")


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.ipynb"))
    }


def test_the_notebooks_are_copied_without_their_sources(bundled, mine):
    said = editions.copy_notebooks(bundled, mine)
    assert said == [f"3 copied in {mine}"]
    assert list(texts(mine)) == ["01_a.ipynb", "02_b.ipynb", "solutions/01_a.ipynb"]
    assert not (mine / "source").exists()
    assert editions.copy_notebooks(bundled, mine) == []


def test_a_new_edition_replaces_what_was_not_changed_and_stands_beside_what_was(bundled, mine):
    editions.copy_notebooks(bundled, mine)
    (mine / "01_a.ipynb").write_text("my answers", encoding="utf-8")
    renew(bundled)
    said = editions.copy_notebooks(bundled, mine, version="2.0")
    assert said[0] == f"2 brought up to date in {mine}"
    assert "01_a-edition-2.0.ipynb" in said[1]
    found = texts(mine)
    assert found["01_a.ipynb"] == "my answers"
    assert found["01_a-edition-2.0.ipynb"] == "second edition of 01_a.ipynb"
    assert found["02_b.ipynb"] == "second edition of 02_b.ipynb"
    assert editions.copy_notebooks(bundled, mine, version="2.0") == [], "the same edition is offered once"


def test_an_edition_that_was_worked_in_is_not_overwritten_either(bundled, mine):
    editions.copy_notebooks(bundled, mine)
    for name in ("01_a.ipynb", "01_a-edition-2.0.ipynb"):
        (mine / name).write_text("my answers", encoding="utf-8")
    renew(bundled)
    editions.copy_notebooks(bundled, mine, version="2.0")
    found = texts(mine)
    assert found["01_a.ipynb"] == found["01_a-edition-2.0.ipynb"] == "my answers"
    assert found["01_a-edition-2.0-2.ipynb"] == "second edition of 01_a.ipynb"


@pytest.mark.parametrize("damage", ["{not json", "[]", None])
def test_a_damaged_manifest_loses_nobodys_work(bundled, mine, damage):
    editions.copy_notebooks(bundled, mine)
    (mine / "01_a.ipynb").write_text("my answers", encoding="utf-8")
    if damage is None:
        (mine / editions.MANIFEST).unlink()
    else:
        (mine / editions.MANIFEST).write_text(damage, encoding="utf-8")
    renew(bundled)
    editions.copy_notebooks(bundled, mine)
    assert texts(mine)["01_a.ipynb"] == "my answers"
    assert set(json.loads((mine / editions.MANIFEST).read_text(encoding="utf-8"))) == set(texts(bundled))


def test_a_file_that_was_removed_comes_back(bundled, mine):
    editions.copy_notebooks(bundled, mine)
    (mine / "02_b.ipynb").unlink()
    assert editions.copy_notebooks(bundled, mine) == [f"1 copied in {mine}"]


def test_a_file_in_place_of_the_folder_is_an_error(bundled, mine):
    mine.write_text("", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match="name another"):
        editions.copy_notebooks(bundled, mine)


def test_a_checkout_works_in_its_own_notebooks_and_a_wheel_in_copies(bundled, tmp_path, monkeypatch):
    assert lab.workspace() == (lab.assets.notebooks(), [])
    monkeypatch.setattr(lab.assets, "notebooks", lambda: bundled)
    monkeypatch.setattr(lab.assets, "in_checkout", lambda: False)
    monkeypatch.chdir(tmp_path)
    folder, said = lab.workspace()
    assert folder == tmp_path / "mobiviz-notebooks"
    assert len(said) == 1


@pytest.fixture
def notary(tmp_path):
    return NotebookNotary(data_dir=str(tmp_path))


def notebook(words):
    output = nbformat.v4.new_output("display_data", {"text/html": f"<b>{words}</b>"})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output], id="one")])


def test_notebooks_as_we_ship_them_are_trusted_and_changed_ones_are_not(mine, notary):
    mine.mkdir()
    for name in ("kept", "changed", "foreign"):
        nbformat.write(notebook(name), mine / f"{name}.ipynb")
    ours = [(mine / f"{name}.ipynb").read_bytes() for name in ("kept", "changed")]
    nbformat.write(notebook("something else"), mine / "changed.ipynb")
    assert editions.trust(mine, ours, notary) == [mine / "kept.ipynb"]
    assert notary.check_signature(notebook("kept"))
    assert not notary.check_signature(nbformat.read(mine / "changed.ipynb", as_version=4))
    assert not notary.check_signature(nbformat.read(mine / "foreign.ipynb", as_version=4))


def test_of_a_checkout_the_last_commit_counts(mine):
    mine.mkdir()
    assert editions.committed(mine) == [], "no repository: nothing is trusted"
    git = ["git", "-C", str(mine), "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.autocrlf=false"]
    (mine / "é.ipynb").write_bytes(b"as committed")
    (mine / "readme.txt").write_bytes(b"no notebook")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], check=True)
    (mine / "é.ipynb").write_bytes(b"changed since")
    (mine / "new.ipynb").write_bytes(b"not committed")
    assert editions.committed(mine) == [b"as committed"]


def test_copies_are_compared_with_what_they_come_from(mine, monkeypatch):
    mine.mkdir()
    nbformat.write(notebook("mine"), mine / "mine.ipynb")
    ours = {path.read_bytes() for path in lab.assets.notebooks().rglob("*.ipynb")}
    assert set(lab.shipped(mine)) == ours
    monkeypatch.setattr(editions, "committed", lambda folder: [folder])
    assert lab.shipped(lab.assets.notebooks()) == [lab.assets.notebooks()]


def test_ports():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} is in use"):
            lab.free_port(port)
    assert lab.free_port(port) == port
    assert lab.free_port() >= lab.FIRST_PORT
    for number in (0, 65536, -1):
        with pytest.raises(ValueError, match="between 1 and 65535"):
            lab.free_port(number)


def test_kernels_talk_through_files_of_their_owner_where_the_system_can(monkeypatch):
    monkeypatch.setattr(lab.os, "name", "posix")
    assert lab.transport("/home/me/.local/share/jupyter/runtime") == "ipc"
    assert lab.transport("/home/" + 40 * "é") == "tcp", "their names are cut"
    monkeypatch.setattr(lab.os, "name", "nt")
    assert lab.transport("C:/Users/me") == "tcp"


def test_an_error_is_one_line_and_a_code(capsys):
    assert cli.main(["lab", "--port", "70000", "--no-browser"]) == 1
    assert capsys.readouterr().err == "mobiviz: port must be between 1 and 65535 (got 70000)\n"


def test_version_and_help(capsys):
    for words, expected in (("--version", f"mobiviz {mobiviz.__version__}"), ("--help", "doctor")):
        with pytest.raises(SystemExit) as ended:
            cli.main([words])
        assert ended.value.code == 0
        assert expected in capsys.readouterr().out


def test_a_misspelt_command_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["docter"])
    assert ended.value.code == 2
    assert "doctor" in capsys.readouterr().err


def test_course_build_passes_its_options_on(monkeypatch, capsys):
    from mobiviz.course import build

    asked = []
    pair = build.Built(Path("01_a.ipynb"), Path("solutions/01_a.ipynb"))
    monkeypatch.setattr(build, "build", lambda run, measure, only: asked.append((run, measure, only)) or [pair])
    for options in ([], ["--run"], ["--measure", "--only", "01"]):
        assert cli.main(["course", "build", *options]) == 0
    assert asked == [(False, False, ""), (True, False, ""), (True, True, "01")]
    assert "01_a.ipynb" in capsys.readouterr().out


def test_lab_prints_one_address_that_answers_and_asks_nothing(bundled, mine, tmp_path):
    home = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    command = [sys.executable, "-u", "-m", "mobiviz", "lab", "--no-browser", "--dir", str(mine)]
    environment = {**os.environ, **home, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as running:
        try:
            lines = []
            while not (lines and "Ctrl-C" in lines[-1]):
                lines.append(running.stdout.readline().decode("utf-8"))
                assert lines[-1], f"it ended: {lines}"
            (address,) = re.findall(r"http://\S+", "".join(lines))
            base, _, token = address.partition("/lab?token=")
            setting = "/lab/api/settings/@jupyterlab/apputils-extension:notification"
            ask = urllib.request.Request(base + setting, headers={"Authorization": f"token {token}"})
            with urllib.request.urlopen(ask, timeout=60) as reply:
                defaults = json.load(reply)["schema"]["properties"]
        finally:
            running.terminate()
    assert defaults["fetchNews"]["default"] == "false"
    assert defaults["checkForUpdates"]["default"] is False
    assert (mine / editions.MANIFEST).is_file()
    solutions = [nbformat.read(path, as_version=4) for path in sorted((mine / "solutions").glob("*.ipynb"))]
    notary = NotebookNotary(data_dir=home["JUPYTER_DATA_DIR"])
    assert solutions
    assert all(map(notary.check_signature, solutions)), "JupyterLab shows their pictures"
    assert not [line for line in lines if "WARN" in line.upper()]


def commands(parser, name=()):
    """(words, parser) of every command, however deep."""
    yield name, parser
    for action in parser._actions:
        for word, under in getattr(action, "choices", None).items() if hasattr(action, "add_parser") else ():
            yield from commands(under, (*name, word))


def test_every_command_says_in_its_own_help_what_it_does():
    found = dict(commands(cli._parser()))
    assert {("lab",), ("doctor",), ("course", "build"), ("sweep", "time")} <= set(found)
    for words, parser in found.items():
        assert parser.description, words
        assert parser.description[0].isupper()
        assert parser.description.endswith(".")
    assert "mobiviz lab" in found[()].format_help()


def test_every_command_line_in_our_pages_is_one_that_mobiviz_takes():
    root, told = Path(__file__).resolve().parents[1], 0
    for page in (*root.glob("*.md"), *(root / "docs").rglob("*.md")):
        for block in re.findall(r"^```(?:sh|powershell)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in re.findall(r"(?:^|[/\\; ])mobiviz ((?!\S*[/\\])[a-z-][^\n;|&#]*)", block, re.M):
                cli._parser().parse_args(line.split())
                told += 1
    assert told > 5
