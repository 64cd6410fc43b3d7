"""Simple operators on Python's syntax trees: every single change to an exercise's reference and what it calls.

A change swaps two arguments, drops a term, adds or takes one, puts min for max, takes another axis, returns the input,
flips a comparison, replaces a constant, or removes a `not`.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from folding import folded

PAIRS = ("min max", "any all", "amin amax", "argmin argmax", "floor ceil", "int round", "sum prod", "ones zeros")
INSTEAD = {a: b for pair in PAIRS for a, b in (pair.split(), pair.split()[::-1])}
COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.And: ast.Or, ast.Or: ast.And}
OVER_AXES = ("mean", "sum", "amax", "amin", "abs")
ONE_SIDED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
UNTOUCHED = (ast.Raise, ast.Import, ast.ImportFrom)  # what an error says is the author's own affair
Piece = ast.FunctionDef | ast.ClassDef | ast.Assign


@dataclass(frozen=True)
class Change:
    """One change: in which function or constant, what stood there and what stands there now, and the whole of it."""

    piece: str
    words: str
    tree: Piece

    @property
    def name(self) -> str:
        return f"{self.piece}: {self.words}"


def changes(source: str) -> list[Change]:
    """Every change to `reference` and to the module's own functions and constants that it uses, each named once."""
    pieces = _reached(source)
    found, seen, names = [], {ast.unparse(tree) for tree in pieces.values()}, Counter()
    for piece, tree in pieces.items():
        for words, changed in _of(tree, piece == "reference"):
            text = ast.unparse(changed)
            if text in seen:
                continue
            seen.add(text)
            names[piece, words] += 1
            again = names[piece, words]
            found.append(Change(piece, words + (f" ({again})" if again > 1 else ""), changed))
    return found


def answer(source: str, module: ModuleType, change: Change | None = None) -> Callable[..., Any]:
    """The reference of `module` with one change: whatever uses the changed piece is made anew, the rest is shared.

    Without a change it is the reference again, made of the same trees that are changed.
    """
    pieces = _reached(source)
    anew = {change.piece} if change else set(pieces)
    if change:
        pieces[change.piece] = change.tree
    while grown := {name for name, tree in pieces.items() if name not in anew and anew & _names(tree)}:
        anew |= grown
    body = sorted((tree for name, tree in pieces.items() if name in anew), key=lambda tree: tree.lineno)
    namespace = dict(vars(module))
    exec(compile(ast.fix_missing_locations(ast.Module(body, [])), module.__name__, "exec"), namespace)
    return namespace["reference"]


def _reached(source: str) -> dict[str, Piece]:
    own = {}
    for tree in ast.parse(source).body:
        if isinstance(tree, ast.FunctionDef | ast.ClassDef):
            own[tree.name] = tree
        elif isinstance(tree, ast.Assign):
            own |= {target.id: tree for target in tree.targets if isinstance(target, ast.Name)}
            for target in tree.targets:  # A, B = 1, 2
                own |= {each.id: tree for each in getattr(target, "elts", ()) if isinstance(each, ast.Name)}
    reached, ahead = {}, ["reference"]
    while ahead:
        name = ahead.pop()
        if name in own and name not in reached:
            reached[name] = own[name]
            ahead += sorted(_names(own[name]))
    return folded(reached)


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _of(tree: Piece, is_reference: bool) -> Iterator[tuple[str, Piece]]:
    nodes = list(ast.walk(tree))
    skipped, either_way = _skipped(tree), _either_way(tree)
    for i, node in enumerate(nodes):
        if id(node) in skipped:
            continue
        for new in (*_instead(node, is_reference), *(() if id(node) in either_way else _swaps(node))):
            yield f"{_shown(node)} -> {_shown(new)}", _put(tree, i, new)
    if isinstance(tree, ast.FunctionDef):
        for name in [arg.arg for arg in tree.args.args]:
            changed = deepcopy(tree)
            changed.body = [ast.Return(ast.Name(name, ast.Load()))]
            yield f"all of it -> return {name}", changed


def _skipped(tree: Piece) -> set[int]:
    """What is no arithmetic: docstrings, annotations, decorators, imports, errors."""
    roots = []
    for node in ast.walk(tree):
        if isinstance(node, UNTOUCHED) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            roots.append(node)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            roots += node.decorator_list
        roots += [getattr(node, field) for field in ("annotation", "returns") if getattr(node, field, None)]
    return {id(node) for root in roots for node in ast.walk(root)}


def _either_way(tree: Piece) -> set[int]:
    """Where the order says nothing by its form: max(a, b), abs(a - b), and the axes of a mean."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "abs":
            found.append(node.value)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found += [node] if name in ("min", "max") else node.args if name in OVER_AXES else []
    return set(map(id, found))


def _put(tree: Piece, i: int, new: ast.AST) -> Piece:
    """A copy of the tree with its i-th node replaced."""
    tree = deepcopy(tree)
    target = list(ast.walk(tree))[i]

    class Put(ast.NodeTransformer):
        def visit(self, node):
            return new if node is target else self.generic_visit(node)

    return Put().visit(tree)


def _shown(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


def _instead(node: ast.AST, is_reference: bool) -> Iterator[ast.AST]:
    """What may stand instead of a node."""
    if isinstance(node, ast.Return) and is_reference and node.value is not None:
        for sign in (ast.Add(), ast.Sub()):
            yield ast.Return(ast.BinOp(deepcopy(node.value), sign, ast.Constant(1)))
    elif isinstance(node, ast.Constant):
        yield from map(ast.Constant, _constants(node.value))
    elif isinstance(node, ast.BinOp):
        yield from _terms(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield deepcopy(node.operand)
    elif isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in COMPARED[type(op)]:
                yield _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])
    elif isinstance(node, ast.BoolOp):
        yield _with(node, op=OPPOSITE[type(node.op)]())
        for i in range(len(node.values)):
            left = node.values[:i] + node.values[i + 1 :]
            yield _with(node, values=left) if len(left) > 1 else deepcopy(left[0])
    else:
        yield from _structures(node)


def _structures(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        for i in range(len(node.keywords)):
            yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
    elif isinstance(node, ast.Name) and node.id in INSTEAD and isinstance(node.ctx, ast.Load):
        yield _with(node, id=INSTEAD[node.id])
    elif isinstance(node, ast.Attribute) and node.attr in INSTEAD:
        yield _with(node, attr=INSTEAD[node.attr])
    elif isinstance(node, ast.IfExp):
        yield from (deepcopy(node.body), deepcopy(node.orelse))
    elif isinstance(node, ast.If):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for i in range(len(node.ifs)):
            yield _with(node, ifs=node.ifs[:i] + node.ifs[i + 1 :])
    elif isinstance(node, ast.AugAssign) and type(node.op) in OPPOSITE:
        yield _with(node, op=OPPOSITE[type(node.op)]())
    elif isinstance(node, ast.Slice):
        yield from (_with(node, **{end: None}) for end in ("lower", "upper", "step") if getattr(node, end))


def _constants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [2 * value, -value] if value else [1.0]
    return [""] if isinstance(value, str) and value else []


def _terms(node: ast.BinOp) -> Iterator[ast.AST]:
    yield from (deepcopy(node.left), deepcopy(node.right))
    if type(node.op) in OPPOSITE:
        yield _with(node, op=OPPOSITE[type(node.op)]())


def _swaps(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ONE_SIDED):
        yield _with(node, left=node.right, right=node.left)
    elif isinstance(node, ast.Call):
        yield from (_with(node, args=args) for args in _swapped(node.args))
    elif isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
        yield from (_with(node, elts=elts) for elts in _swapped(node.elts))


def _swapped(items: list[ast.AST]) -> Iterator[list[ast.AST]]:
    for i in range(len(items) - 1):
        if not any(isinstance(each, ast.Starred) for each in items[i : i + 2]):
            yield [*items[:i], items[i + 1], items[i], *items[i + 2 :]]


def _with(node: ast.AST, **parts: Any) -> ast.AST:
    changed = deepcopy(node)
    for part, value in parts.items():
        setattr(changed, part, deepcopy(value))
    return changed
