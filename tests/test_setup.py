"""The files of setting up agree with one another, and the bootstrap says what it will fetch before it does."""

import functools
import http.server
import io
import os
import re
import subprocess
import sys
import threading
import tomllib
from contextlib import redirect_stdout
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from mobiviz import bootstrap

ROOT = Path(__file__).resolve().parents[1]
TOP = {"notebooks", "mobiviz", "data", "tests", "benchmarks", "docs", ".ci", "environment.yml", "README.md"}
KEPT = {"CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "SECURITY.md", ".devcontainer", ".pre-commit-config.yaml"}
PACKAGING = {"pyproject.toml", "constraints.txt", "Makefile", "LICENSE", ".gitignore", ".gitattributes"}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@functools.cache
def project():
    return tomllib.loads(text("pyproject.toml"))["project"]


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement):
    return plain(re.match(r"[\w.-]+", requirement)[0])


def pins():
    """{name: {version, ...}} of the constraints file."""
    found = {}
    for line in text("constraints.txt").splitlines():
        if line and not line.startswith("#"):
            name, version = line.partition(";")[0].strip().split("==")
            found.setdefault(plain(name), set()).add(version)
    return found


def conda_pip():
    (listed,) = [
        each["pip"] for each in yaml.safe_load(text("environment.yml"))["dependencies"] if isinstance(each, dict)
    ]
    return listed


def test_the_top_level_holds_what_it_should_and_nothing_else():
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    said = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")
    assert {name.partition("/")[0] for name in said.split("\0") if name} <= TOP | KEPT | PACKAGING


def test_constraints_are_exact_and_of_no_machine():
    for line in text("constraints.txt").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+( ; [^@/]+)?", line), line


def test_every_declared_dependency_is_pinned():
    groups = [project()["dependencies"], *project()["optional-dependencies"].values()]
    declared = {name_of(each) for group in groups for each in group} - {"mobiviz"}
    assert declared <= set(pins())


def test_everything_installed_for_mobiviz_is_pinned_at_its_version():
    """Follows the requirements of what is installed here, as far as they are."""
    seen, waiting, wrong = set(), [name_of(each) for each in project()["dependencies"]], []
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if found.version.partition("+")[0] not in pins().get(name, ()):
            wrong.append(f"{name} {found.version}, pinned {pins().get(name)}")
        waiting += [name_of(each) for each in found.requires or [] if ";" not in each]
    assert not wrong
    assert len(seen) > 60


def test_conda_takes_the_same_pins():
    options = [line for line in conda_pip() if line.startswith("-")]
    assert options == [f"--extra-index-url {bootstrap.CPU_INDEX}", "--constraint constraints.txt", "--editable ."]
    named = [line for line in conda_pip() if not line.startswith("-")]
    for line in named:
        name, version = line.partition(";")[0].strip().split("==")
        assert version in pins()[plain(name)], f"{line}: constraints.txt has {pins()[plain(name)]}"
    wanted = project()["dependencies"] + project()["optional-dependencies"]["runtimes"]
    assert {name_of(each) for each in wanted} <= {name_of(line) for line in named}


def test_each_core_dependency_has_a_reason_a_licence_and_a_size():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text("docs/dependencies.md").splitlines()
        if line.startswith("|") and "---" not in line
    ][1:]
    assert [plain(row[0]) for row in rows] == sorted(name_of(each) for each in project()["dependencies"])
    assert all(all(row) for row in rows)
    extras = re.findall(r"^- `(\w+)`:", text("docs/dependencies.md"), flags=re.MULTILINE)
    assert {*extras, "all"} == set(project()["optional-dependencies"])


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="sizes are those of Linux x86-64")
def test_the_sizes_in_the_table_are_those_on_disk():
    rows = re.findall(r"^\| ([\w-]+) \|.*\| ([\d.]+) \|$", text("docs/dependencies.md"), flags=re.MULTILINE)
    assert len(rows) == len(project()["dependencies"])
    for name, written in rows:
        found = metadata.distribution(name)
        if name == "torch" and "+cpu" not in found.version:
            continue
        paths = [path.locate() for path in found.files if "__pycache__" not in str(path)]
        size = sum(Path(path).stat().st_size for path in paths if Path(path).is_file()) / 1e6
        assert abs(size - float(written)) <= max(0.1 * size, 0.1), (
            f"{name} takes {size:.1f} MB, the table says {written}"
        )


def test_the_readmes_code_prints_what_its_comments_say(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", text("README.md"), flags=re.DOTALL)
    expected = re.findall(r"^print\(.*\)  # (.+)$", code, flags=re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    found = [line for line in printed.getvalue().splitlines() if line.strip()]
    assert found[: len(expected)] == expected
    assert (tmp_path / "v2.ptl").is_file()


def test_the_readme_lists_the_notebooks_that_exist():
    listed = re.findall(r"^\| (\d\d) ", text("README.md"), flags=re.MULTILINE)
    assert listed == sorted(path.name[:2] for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_the_readme_names_only_words_that_make_and_mobiviz_know():
    targets = set(re.findall(r"^([\w-]+):", text("Makefile"), flags=re.MULTILINE))
    assert {"lab", "test", "test-all", "build", "bench", "lint"} <= targets
    assert set(re.findall(r"\bmake ([a-z-]+)", text("README.md"))) <= targets


def test_the_licence_is_the_whole_apache_licence():
    assert project()["license"] == "Apache-2.0"
    words = text("LICENSE")
    assert "Version 2.0, January 2004" in words
    assert "END OF TERMS AND CONDITIONS" in words


@pytest.mark.parametrize(
    ("version", "lacking", "words"),
    [
        ((3, 10, 1), (), "3.11 or newer (this is 3.10)"),
        ((3, 11, 2), ("venv", "ensurepip"), "apt install python3-venv"),
        ((3, 11, 2), ("ensurepip",), "lacks its ensurepip module"),
    ],
)
def test_a_python_that_cannot_make_the_environment_is_told_why(version, lacking, words):
    assert words in bootstrap.unfit(version, lambda name: None if name in lacking else name)


def test_a_fit_python_is_not_kept_waiting():
    assert bootstrap.unfit((3, 13, 0), lambda name: name) is None


@pytest.fixture
def index():
    """An index of packages on this machine that answers every question with 200."""

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def pip_calls(monkeypatch):
    """What pip was asked, in place of asking it; the exit codes are those put into the list's `codes`."""

    class Calls(list):
        codes = ()

    calls = Calls()
    monkeypatch.setattr(bootstrap, "pip", lambda python, *what: calls.append(what) or calls.codes[len(calls) - 1])
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    return calls


def test_pytorchs_own_index_is_taken_where_it_answers(index, pip_calls, capsys):
    pip_calls.codes = (0,)
    bootstrap.install_torch("python", index)
    assert pip_calls == [(bootstrap.pinned_torch(), "--no-deps", "--index-url", index, "--retries", "1")]
    assert "PyTorch's own index, about 200 MB" in capsys.readouterr().out


def test_the_plain_pin_is_taken_in_words_where_it_does_not_answer(pip_calls, capsys):
    pip_calls.codes = (0,)
    bootstrap.install_torch("python", "http://127.0.0.1:9")
    assert pip_calls == [(bootstrap.pinned_torch(),)]
    words = capsys.readouterr().out
    assert "does not answer" in words
    assert "about 3 GB" in words


def test_the_plain_pin_is_taken_where_the_index_answers_and_the_installation_fails(index, pip_calls):
    pip_calls.codes = (1, 0)
    bootstrap.install_torch("python", index)
    assert pip_calls[1:] == [(bootstrap.pinned_torch(),)]


def test_an_installation_that_fails_twice_ends_in_words(index, pip_calls):
    pip_calls.codes = (1, 1)
    with pytest.raises(SystemExit, match="could not be installed"):
        bootstrap.install_torch("python", index)


def test_a_silent_index_is_given_up_on():
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert not bootstrap.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", limit_s=0.2)
    assert not bootstrap.answers("not an address")


def test_the_pinned_torch_is_recognised_whichever_build():
    assert bootstrap.has_torch(sys.executable)
    assert bootstrap.pinned_torch() == f"torch=={metadata.version('torch').partition('+')[0]}"
