"""The house: which file may import which, how large each may be, and what importing the package costs."""

import ast
import io
import subprocess
import sys
import tokenize
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "mobiviz"

# From the ground up: a file imports only from names before its own. A folder is one floor.
FLOORS = [
    *("__init__", "names", "assets", "machine", "stats", "units", "record"),
    *("windows", "explaining", "findings", "rows", "tables"),
    *("pricing", "layers"),
    *(
        "blocks",
        "nets",
        "v4",
        "rounding",
        "images",
        "literature",
        "weights",
        "restore",
        "nested",
        "opcosts",
        "metashapes",
        "frames",
        "origins",
        "buffers",
        "ledger",
        "calls",
        "direct",
    ),
    *(
        "meters",
        "modes",
        "walk",
        "passes",
        "engine",
        "probe",
        "timing",
        "surprises",
        "bounds",
        "runtimes",
        "lineup",
        "train",
        "planning",
        "scoring",
        "cards",
        "transfer",
        "peers",
        "sweep",
        "tradeoff",
        "search",
        "plot",
    ),
    *(
        "widgets",
        "exploring",
        "phone",
        "course",
        "editions",
        "bootstrap",
        "lab",
        "doctor",
        "commands",
        "commands_sweep",
        "commands_course",
        "cli",
        "__main__",
    ),
]
ENGINE = FLOORS[: FLOORS.index("engine") + 1]
LIMITS = {"lines of a file": 300, "lines of a function": 50, "parameters without default": 4, "parameters": 8}
PACKAGE_LINES, ENGINE_LINES = 7000, 2000
OF_THE_PACKAGE = {"__version__"}  # what may be imported from mobiviz itself


def sources():
    """Every Python file of the package but the exercises, which are course material."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "exercises" not in path.parts]


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def floor(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_names():
    return {floor(path) for path in PACKAGE.rglob("*.py")}


def imported(path):
    """(line, floor) of each import of the package's own modules, those inside functions included."""
    package = ["mobiviz", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from own(node.lineno, alias.name.split("."), None)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            target = base + (node.module.split(".") if node.module else [])
            for alias in node.names:
                yield from own(node.lineno, target, alias.name)


def own(line, target, name):
    if target[0] != "mobiviz":
        return
    if len(target) > 1:
        yield line, target[1]
    elif name not in OF_THE_PACKAGE:
        yield line, name if name in module_names() else "mobiviz"


def outside(path):
    """Top-level names of what a file imports from elsewhere."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def functions(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def sizes(path):
    """(measure, value, where) for everything that has a limit in a file."""
    place = path.relative_to(PACKAGE.parent).as_posix()
    yield "lines of a file", lines(path), place
    for node in functions(path):
        where = f"{place}:{node.lineno} {node.name}"
        arguments = node.args.posonlyargs + node.args.args
        own = [each for each in arguments if each.arg not in ("self", "cls")]
        keyword_only = sum(default is None for default in node.args.kw_defaults)
        yield "lines of a function", node.end_lineno - node.lineno + 1, where
        yield "parameters without default", len(own) - len(node.args.defaults) + keyword_only, where
        yield "parameters", len(own) + len(node.args.kwonlyargs), where


def code_lines(path):
    """Lines that do something: without blank lines, comments and docstrings, which nobody should save on."""
    documented, code = set(), set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            code.update(range(token.start[0], token.end[0] + 1) if token.string else ())
    return len(code - documented)


def package_lines(floors=None):
    return sum(code_lines(path) for path in sources() if floors is None or floor(path) in floors)


def budgets():
    """One line for each budget: its limit and what comes nearest to it."""
    found = [size for path in sources() for size in sizes(path)]
    for measure, limit in LIMITS.items():
        value, where = max((value, where) for name, value, where in found if name == measure)
        yield f"{measure}: at most {limit:,}, the most is {value:,} ({where})"
    yield f"lines of code in the package: {PACKAGE_LINES:,} were planned, now {package_lines():,}"
    yield f"lines of code up to engine.py: {ENGINE_LINES:,} were planned, now {package_lines(ENGINE):,}"


def test_every_file_is_on_the_list():
    unknown = module_names() - set(FLOORS)
    assert not unknown, f"{unknown} must be put into FLOORS, above what it imports"


def test_a_file_imports_only_from_floors_below_it():
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        allowed = set(FLOORS[: FLOORS.index(floor(path)) + 1])
        for line, name in imported(path):
            if name not in allowed and floor(path) != "__init__":
                wrong.append(f"{path.relative_to(PACKAGE.parent).as_posix()}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_an_upward_import_is_seen_wherever_it_hides(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "engine.py").write_text("", encoding="utf-8")
    hidden = ("import mobiviz", "from . import engine", "def f():", " from mobiviz.engine import x")
    code = "\n".join((*hidden, " from mobiviz import __version__", ""))
    (tmp_path / "units.py").write_text(code, encoding="utf-8")
    assert list(imported(tmp_path / "units.py")) == [(1, "mobiviz"), (2, "engine"), (4, "engine")]


@pytest.mark.parametrize("measure", LIMITS)
def test_size(measure):
    over = [(v, where) for path in sources() for name, v, where in sizes(path) if name == measure and v > LIMITS[name]]
    assert not over, f"more than {LIMITS[measure]} {measure}: {over}"


def test_the_budgets_of_the_whole_are_printed():
    """The package and its lower floors have planned sizes; what they are now stands under every test run."""
    told = [line for line in budgets() if "planned" in line]
    assert len(told) == 2
    assert f"{package_lines():,}" in told[0]


@pytest.mark.parametrize("folder", ["plot", "widgets"])
def test_pictures_never_import_torch(folder):
    for path in (PACKAGE / folder).rglob("*.py"):
        assert "torch" not in set(outside(path)), path


def test_no_module_is_named_like_a_function_that_its_package_offers():
    for init in PACKAGE.rglob("__init__.py"):
        submodules = {path.stem for path in init.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
        itself = ".".join(init.parent.relative_to(PACKAGE.parent).parts)
        offered = {node.name for node in functions(init) if node in tree(init).body}
        for node in ast.walk(tree(init)):
            if isinstance(node, ast.ImportFrom) and node.module not in (None, itself):
                offered |= {alias.asname or alias.name for alias in node.names}
        if init.parent == PACKAGE:
            import mobiviz

            offered |= set(mobiviz._HOME)
        assert not offered & submodules, f"{init}: importing the module would overwrite the name"


def test_importing_the_package_is_light():
    heavy = "{'torch', 'matplotlib', 'plotly', 'pandas', 'numpy', 'IPython'}"
    code = f"import sys, mobiviz; print(sorted({heavy} & set(sys.modules)))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert asked.stdout.strip() == "[]"


def test_the_papers_tables_are_priced_without_torch():
    code = "import sys, mobiviz as mv; print(mv.cost(mv.V3_SMALL)); print('torch' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    cost, torch = asked.stdout.splitlines()
    assert "56,510,400" in cost
    assert "2,542,856" in cost
    assert torch == "False"
