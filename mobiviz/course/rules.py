"""A puzzle's rules, read from the answer's own source: one line, how long, and which operations it may use."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Rules:
    """One `return` of at most so many characters; no loop unless `loops`; nothing of `without`, something of `uses`."""

    without: tuple[str, ...] = ()
    loops: bool = False
    characters: int = 100
    uses: tuple[str, ...] = ()

    def __str__(self) -> str:
        loops = "" if self.loops else ", no loop and no comprehension"
        without = f", without {', '.join(self.without)}" if self.without else ""
        uses = f", with {' or '.join(self.uses)}" if self.uses else ""
        return f"one `return` of at most {self.characters} characters{loops}{uses}{without}"

    def broken(self, answer: Callable[..., Any]) -> str | None:
        """How an answer breaks the rules, in words; None where it keeps to them, or its source cannot be read."""
        body = _body(answer)
        if body is None:
            return None
        if len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
            return f"it has {len(body)} lines, and one `return` is allowed"
        length = len(ast.unparse(body[0]).removeprefix("return "))
        if length > self.characters:
            return f"its line has {length} characters, and {self.characters} are allowed"
        nodes = list(ast.walk(body[0]))
        if not self.loops and any(isinstance(node, _LOOPS) for node in nodes):
            return "it loops, and no loop is allowed here: one operation on the whole array does it"
        names = set(_names(nodes))
        if used := names & set(self.without):
            return f"it uses {', '.join(sorted(used))}, which this puzzle goes without"
        if self.uses and not names & set(self.uses):
            return f"it goes without {' or '.join(self.uses)}, and this puzzle is about just that"
        return None

    def readable(self, answer: Callable[..., Any]) -> bool:
        """Whether the answer's source could be read, so that the rules could be checked."""
        return _body(answer) is not None


def _body(answer: Callable[..., Any]) -> list[ast.stmt] | None:
    """A function's statements but its docstring and imports; a lambda's expression as one; None without a source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            return [each for each in body if not isinstance(each, ast.Import | ast.ImportFrom)]
        if isinstance(node, ast.Lambda):
            return [ast.Expr(node.body)]
    return None


def _names(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.MatMult):
            yield "@"
