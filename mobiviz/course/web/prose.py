"""Markdown as a page holds it: headings that can be linked to, formulas as MathML, code in colour."""

import html
import re
from dataclasses import dataclass, field

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level, its words and the id it is reached by."""

    level: int
    words: str
    anchor: str


@dataclass
class Prose(IPythonRenderer):
    """Renders one page's Markdown, cell by cell, and remembers its headings; each anchor is used once."""

    headings: list[Heading] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)

    def render(self, source: str) -> str:
        """One Markdown text as HTML."""
        return MarkdownWithMath(self).render(source)

    def heading(self, text: str, level: int, **attrs: object) -> str:
        words = plain(text)
        anchor = base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
        taken, n = {one.anchor for one in self.headings}, 2
        while anchor in taken:
            anchor, n = f"{base}-{n}", n + 1
        self.headings.append(Heading(level, words, anchor))
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, re.sub(r"^([\w-]+)\.ipynb\b", r"\1.html", url), title)

    def table(self, text: str) -> str:
        return f'<div class="scroll"><table>\n{text}</table></div>\n'

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def block_math(self, body: str) -> str:
        return formula(body, "block")

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")


def formula(latex: str, display: str) -> str:
    """A formula as MathML, which browsers draw by themselves; its LaTeX stays as the text alternative."""
    from latex2mathml.converter import convert

    return convert(latex, display=display).replace("<math ", f'<math alttext="{html.escape(latex.strip())}" ', 1)


def plain(markup: str) -> str:
    """The words of a piece of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def python(code: str) -> str:
    """Python in colour, in a box that can be scrolled."""
    return highlight(code, PythonLexer(stripnl=False), HtmlFormatter(cssclass="code"))
