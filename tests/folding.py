"""A function as it runs where nobody sets its options: defaults put in, and branches that are never taken left out.

An exercise's reference and its wrong answers often share one function with a switch for each mistake. Changes are made
to what the reference does, not to the switches.
"""

import ast
from copy import deepcopy
from typing import Any


def folded(pieces: dict[str, ast.stmt]) -> dict[str, ast.stmt]:
    """The same functions, each parameter that no call among them sets replaced by its default."""
    found = {name: deepcopy(tree) for name, tree in pieces.items()}
    for name, tree in found.items():
        if isinstance(tree, ast.FunctionDef) and name != "reference":
            calls = _calls(name, found)
            if calls:
                _bind(tree, calls)
    return {name: ast.fix_missing_locations(_Fold().visit(tree)) for name, tree in found.items()}


def _calls(name: str, pieces: dict[str, ast.stmt]) -> list[ast.Call]:
    """All calls of a function; none where it is used in another way too, or called with a star."""
    nodes = [node for tree in pieces.values() for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name]
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    starred = any(isinstance(arg, ast.Starred) for call in calls for arg in call.args)
    starred |= any(keyword.arg is None for call in calls for keyword in call.keywords)
    return [] if starred or len(uses) != len(calls) else calls


def _bind(tree: ast.FunctionDef, calls: list[ast.Call]) -> None:
    args = tree.args
    first = len(args.args) - len(args.defaults)
    most = max(len(call.args) for call in calls)
    said = {keyword.arg for call in calls for keyword in call.keywords}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda | ast.FunctionDef) and node is not tree]
    stored |= {arg.arg for node in inner for arg in node.args.args}  # the same name, another thing
    free = {
        arg.arg: default
        for i, (arg, default) in enumerate(zip(args.args[first:], args.defaults, strict=True), first)
        if i >= most and arg.arg not in said | stored
    }
    pairs = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    free |= {arg.arg: default for arg, default in pairs if default is not None and arg.arg not in said | stored}
    if args.vararg and most <= len(args.args) and args.vararg.arg not in stored:
        free[args.vararg.arg], args.vararg = ast.Tuple([], ast.Load()), None
    kept = [
        (arg, default) for arg, default in zip(args.args[first:], args.defaults, strict=True) if arg.arg not in free
    ]
    args.args, args.defaults = [*args.args[:first], *(arg for arg, _ in kept)], [default for _, default in kept]
    pairs = [pair for pair in zip(args.kwonlyargs, args.kw_defaults, strict=True) if pair[0].arg not in free]
    args.kwonlyargs, args.kw_defaults = [arg for arg, _ in pairs], [default for _, default in pairs]

    class Put(ast.NodeTransformer):
        def visit_Name(self, node):
            return deepcopy(free[node.id]) if node.id in free else node

    tree.body = [Put().visit(each) for each in tree.body]


class _Fold(ast.NodeTransformer):
    """Tests whose answer is known, and what hangs on them."""

    def visit_IfExp(self, node):
        self.generic_visit(node)
        node.test = _test(node.test)
        known, value = _literal(node.test)
        return (node.body if value else node.orelse) if known else node

    def visit_If(self, node):
        self.generic_visit(node)
        known, value = _literal(node.test)
        return (node.body if value else node.orelse) if known else node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        stops = isinstance(node.op, ast.Or)
        left = []
        for i, each in enumerate(node.values):
            known, value = _literal(each)
            if not known:
                left.append(each)
            elif bool(value) is stops or i == len(node.values) - 1:
                left.append(each)
                break
        return ast.BoolOp(node.op, left) if len(left) > 1 else left[0]

    def visit_BinOp(self, node):
        self.generic_visit(node)
        empty = isinstance(node.op, ast.Add) and isinstance(node.right, ast.List | ast.Tuple) and not node.right.elts
        once = isinstance(node.op, ast.Mult) and getattr(node.right, "value", None) is True  # layers * adds
        return node.left if empty or once else node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        known = _literal(node.value)[0] and _literal(node.slice)[0]
        return ast.Constant(ast.literal_eval(node.value)[ast.literal_eval(node.slice)]) if known else node

    def visit_Compare(self, node):
        self.generic_visit(node)
        known = all(_literal(each)[0] for each in (node.left, *node.comparators))
        return ast.Constant(eval(ast.unparse(node))) if known else node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        known, value = _literal(node.operand)
        return ast.Constant(not value) if known and isinstance(node.op, ast.Not) else node


def _test(node: ast.AST) -> ast.AST:
    """A test without a closing `or False`."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and _literal(node.values[-1]) == (True, False):
        return ast.BoolOp(node.op, node.values[:-1]) if len(node.values) > 2 else node.values[0]
    return node


def _literal(node: ast.AST) -> tuple[bool, Any]:
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError):
        return False, None
