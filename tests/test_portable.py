"""What breaks on other systems: signals, forks, system paths, unnamed encodings, long or clashing file names."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 120
UNIX_ONLY = {"signal": {"SIGALRM", "alarm", "setitimer"}, "os": {"fork", "forkpty"}}
SYSTEM_PATH = re.compile(r"^/(proc|tmp|root|home)(/|$)")
MAY_NAME_SYSTEM_PATHS = {
    "mobiviz/machine.py",
    *(f"tests/{name}.py" for name in ("test_portable", "test_machine", "faults", "test_cli", "test_reporting")),
}
OTHER_OPENERS = {"Image", "webbrowser", "os", "tarfile", "zipfile"}
TEXT_CALLS = {"read_text": 0, "write_text": 1}  # how many arguments come before the encoding
RESERVED = re.compile(r'^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|[<>:"|?*\\]|[ .]$', re.IGNORECASE)


def files():
    """Every file of the repository, tracked or about to be, as paths from its root."""
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    said = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")
    return sorted(name for name in said.split("\0") if name and (ROOT / name).exists())


def programs():
    """(name, code) of every Python file and of each notebook's code."""
    for name in files():
        if name.endswith(".py"):
            yield name, (ROOT / name).read_text(encoding="utf-8")
        elif name.endswith(".ipynb"):
            cells = nbformat.read(ROOT / name, as_version=4).cells
            yield name, "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def unportable(code, may_name_system_paths=False):
    """(line, fault) of each thing in a program that another system lacks or does otherwise."""
    tree = ast.parse(re.sub(r"^[%!].*", "", code, flags=re.MULTILINE))
    words = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in UNIX_ONLY.get(node.value.id, ()):
                yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in UNIX_ONLY.get(node.module, ()):
                    yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            if SYSTEM_PATH.match(node.value) and not may_name_system_paths:
                yield node.lineno, f"path {node.value}"
        elif isinstance(node, ast.Call) and text_without_encoding(node):
            yield node.lineno, "text without encoding="


def docstrings(tree):
    owners = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, owners) and node.body]
    return {id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr)}


def text_without_encoding(call):
    if any(keyword.arg in ("encoding", None) for keyword in call.keywords):
        return False
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in TEXT_CALLS:
        return isinstance(call.func, ast.Attribute) and len(call.args) <= TEXT_CALLS[name]
    if name != "open":
        return False
    if isinstance(call.func, ast.Attribute):
        if isinstance(call.func.value, ast.Name) and call.func.value.id in (
            "Image",
            "webbrowser",
            "os",
            "tarfile",
            "zipfile",
        ):
            return False
        mode = call.args[0] if call.args else None
        if mode and not isinstance(mode, ast.Constant):  # a path: this is somebody else's open
            return False
    else:
        mode = call.args[1] if len(call.args) > 1 else None
    mode = next((keyword.value for keyword in call.keywords if keyword.arg == "mode"), mode)
    return not (isinstance(mode, ast.Constant) and "b" in str(mode.value))


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import signal\nsignal.signal(signal.SIGALRM, f)", "signal.SIGALRM"),
        ("from signal import SIGALRM", "signal.SIGALRM"),
        ("import os\npid = os.fork()", "os.fork"),
        ("p = '/tmp/x'", "path /tmp/x"),
        ("p = f'/proc/{pid}'", "path /proc/"),
        ("open('a')", "text without encoding="),
        ("open('a', 'w')", "text without encoding="),
        ("Path('a').open(mode='a')", "text without encoding="),
        ("path.read_text()", "text without encoding="),
        ("path.write_text(text)", "text without encoding="),
    ],
)
def test_each_fault_is_seen(code, fault):
    assert [found for _, found in unportable(code)] == [fault]


@pytest.mark.parametrize(
    "code",
    [
        "open('a', 'rb')",
        "open('a', encoding='utf-8')",
        "path.open('wb')",
        "Image.open(p)",
        "engine.open(path, 2)",
        "path.read_text('utf-8')",
    ],
)
def test_what_is_portable_passes(code):
    assert not list(unportable(code))


def test_every_program_is_portable():
    wrong = [
        f"{name}:{line} {fault}"
        for name, code in programs()
        for line, fault in unportable(code, name in MAY_NAME_SYSTEM_PATHS)
    ]
    assert not wrong, "\n".join(wrong)


def test_file_names_fit_every_system():
    names = files()
    assert not [name for name in names if len(name) > LONGEST], "too long for Windows in a deep folder"
    clashes = [name for name, count in Counter(map(str.lower, names)).items() if count > 1]
    assert not clashes, "these differ only by case"
    assert not [name for name in names if any(map(RESERVED.search, name.split("/")))], "Windows refuses these"


def test_line_ends_are_the_same_everywhere():
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    asked = subprocess.run(["git", "ls-files", "-z", "--eol"], cwd=ROOT, capture_output=True, check=True).stdout
    assert not [line for line in asked.decode("utf-8").split("\0") if line.startswith(("i/crlf", "i/mixed"))]
