"""The library's reference as a page: every public name, its signature, and its docstring."""

import inspect
import re
from html import escape
from importlib import import_module
from types import ModuleType

from mobiviz.course.web.prose import Heading
from mobiviz.course.web.shell import Document

HEADS = ("Shapes", "Cost", "Units", "Raises", "Source", "Leaves the paper")
_COURSE = "course"


def document() -> Document:
    """The page. Names come from the packages' own lists, so a new public name appears by itself."""
    root = import_module("mobiviz")
    headings, parts = [], ["<h1>Reference</h1><p>Written from the docstrings. <code>import mobiviz as mv</code></p>"]
    own = [name for name in root.__all__ if name in root._HOME]
    sections = [("mv", "mv.", [(name, getattr(root, name)) for name in own])]
    for name in (*root._MODULES, _COURSE):
        module = import_module(f"mobiviz.{name}")
        head = "mobiviz.course" if name == _COURSE else f"mv.{name}"
        sections.append((head, f"{head}.", public(module)))
    for head, prefix, members in sections:
        anchor = head.replace(".", "-")
        headings.append(Heading(2, head, anchor))
        module = import_module(head.replace("mv", "mobiviz", 1)) if "." in head else root
        parts.append(f'<h2 id="{anchor}"><code>{head}</code></h2>\n{words(inspect.getdoc(module))}')
        for name, member in members:
            headings.append(Heading(3, prefix + name, f"{prefix}{name}"))
            parts.append(_entry(prefix + name, member))
    return Document("reference.html", "Reference", "\n".join(parts), headings=headings, kind="reference")


def public(module: ModuleType) -> list[tuple[str, object]]:
    """What a module offers: its `__all__`, else the public functions and classes that are defined in it or below."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        found = [(name, getattr(module, name)) for name in listed]
        return [(name, one) for name, one in found if not inspect.ismodule(one)]
    return [
        (name, one)
        for name, one in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(one) or inspect.isclass(one))
        and one.__module__.startswith(module.__name__)
    ]


def words(doc: str | None) -> str:
    """A docstring as HTML: its prose, then its headings as a list of terms."""
    prose, terms = [], []
    for block in (doc or "").split("\n\n"):
        for part in re.split(rf"\n(?=(?:{'|'.join(HEADS)}): )", block):
            head, colon, rest = part.partition(": ")
            if colon and head in HEADS:
                terms.append(f"<dt>{head}</dt><dd>{_inline(rest)}</dd>")
            elif part.strip():
                prose.append(f"<p>{_inline(part)}</p>")
    return "".join(prose) + (f"<dl>{''.join(terms)}</dl>" if terms else "")


def _inline(text: str) -> str:
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(" ".join(text.split()), quote=False))


def _entry(name: str, member: object) -> str:
    inner = ""
    if inspect.isclass(member):
        inner = "".join(
            f"<h4><code>.{key}{_signature(one, method=True)}</code></h4>{words(inspect.getdoc(one))}"
            for key, one in vars(member).items()
            if not key.startswith("_") and (inspect.isfunction(one) or isinstance(one, property)) and one.__doc__
        )
    callable_ = inspect.isclass(member) or inspect.isroutine(member)
    said = words(inspect.getdoc(member)) if callable_ else f'<div class="out"><pre>{escape(str(member))}</pre></div>'
    signature = _signature(member) if callable_ else ""
    return f'<section class="name"><h3 id="{name}"><code>{name}{signature}</code></h3>{said}{inner}</section>'


def _signature(member: object, method: bool = False) -> str:
    if isinstance(member, property):
        return ""
    try:
        found = inspect.signature(member)
    except (TypeError, ValueError):  # of some built-in callables nobody knows one
        return "(...)"
    kept = [one for one in found.parameters.values() if not (method and one.name == "self")]
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in kept]
    text = str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    return escape(re.sub(r"<([\w.]+) object at 0x[0-9a-f]+>", r"\1", text), quote=False)
