"""What stands between `# BEGIN SOLUTION` and `# END SOLUTION` becomes what a learner starts from."""

import re
from collections.abc import Callable

_BEGIN, _END = "# BEGIN SOLUTION", "# END SOLUTION"
_HERE = "  # your code here"


def strip_solutions(source: str, where: str) -> str:
    """The learner's edition of a code cell.

    Raises: ValueError for a marker without its other half, or a solution that nothing can stand for.
    """
    return _each_solution(source, where, lambda before, region: _stub(before, region, where))


def keep_solutions(source: str, where: str) -> str:
    """A cell with its solutions still marked, which runs also where another tool has cut them out.

    What a learner starts from stands outside of the marks: below a solution in a function, above one that is not.

    Raises: ValueError as `strip_solutions`.
    """

    def kept(before: list[str], region: list[str]) -> list[str]:
        stub = _stub(before, region, where)
        indent = stub[0][: len(stub[0]) - len(stub[0].lstrip())]
        marked = [indent + _BEGIN, *region, indent + _END]
        if not indent:
            return [*stub, *marked]
        returns = re.search(rf"^{indent}return ", "\n".join(region), flags=re.M)
        return [*marked, f"{indent}return ..." if returns else f"{indent}pass"]

    return _each_solution(source, where, kept)


def _each_solution(source: str, where: str, instead: Callable[[list[str], list[str]], list[str]]) -> str:
    """A cell with other lines in place of each solution, given the lines before it and its own."""
    kept: list[str] = []
    region: list[str] | None = None
    for line in source.splitlines():
        word = line.strip()
        if word == _BEGIN:
            if region is not None:
                raise ValueError(f"{where}: {_BEGIN} inside a solution; close the first with {_END}")
            region = []
        elif word == _END:
            if region is None:
                raise ValueError(f"{where}: {_END} without {_BEGIN}")
            kept.extend(instead(kept, region))
            region = None
        elif region is not None:
            region.append(line)
        else:
            kept.append(line)
    if region is not None:
        raise ValueError(f"{where}: {_BEGIN} without {_END}")
    return "\n".join(kept)


def _stub(before: list[str], region: list[str], where: str) -> list[str]:
    """One line in place of a solution: what it is depends on the function that it stands in."""
    first = next((line for line in region if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    if indent:
        function = next((line for line in reversed(before) if _opens(line, indent)), "")
        return [indent + ("pass" if "__init__" in function else "return ...") + _HERE]
    names = re.findall(r"^(\w+) = ", "\n".join(region), flags=re.M)
    if not names:
        raise ValueError(f"{where}: a solution outside of a function must assign a name, as in `answer = 3`")
    return [f"{name} = ...{_HERE}" for name in dict.fromkeys(names)]


def _opens(line: str, indent: str) -> bool:
    spaces = len(line) - len(line.lstrip())
    return line.lstrip().startswith("def ") and spaces < len(indent)
