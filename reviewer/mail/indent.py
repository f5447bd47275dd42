"""Indentation for C lines that lost theirs, as kernel style has it.

Documentation/process/coding-style.rst, sections 1 to 3: tabs of 8, cases below their switch, labels
and preprocessor lines in column 0, broken lines aligned behind the parenthesis they are in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from reviewer.mail.whitespace import TAB, folded, indent_of, indent_to, width

_LABEL = re.compile(r"[A-Za-z_]\w*:(?!:)")
_CASE = re.compile(r"(?:case\b.*|default\s*):")
_JUMP = re.compile(r"(?:goto|break|return|continue)\b")
_HEAD = re.compile(r"(?:\}\s*)?(?:if|for|while|else|do|\w*for_each\w*)\b")
_COMMENT = re.compile(r"\s*/\*.*?\*/\s*$|\s*//.*$")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)+'")
_TELLING = 8
"""Letters and digits a line needs to be recognised by its text alone."""


@dataclass(slots=True)
class Indenter:
    """Reads the lines of a post-image in order and gives those without indentation one.

    ``keep`` takes a line whose indentation is known, ``place`` one that lost it. Lines of the tree
    that a hunk shows (``known``) give theirs to equal lines; else the code before decides.
    """

    known: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Folded lines of the tree's part of the hunk: position and full text."""
    in_comment: bool = False
    comment: str = ""
    """Indentation of the comment being read."""
    in_macro: bool = False
    statement: str = ""
    """Indentation of the statement being read, or of the next one."""
    head: bool = False
    """True if that statement is an ``if``, a loop, an ``else``."""
    heads: list[str] = field(default_factory=list)
    """Indentations of heads without brace whose statement is to come."""
    braces: list[str] = field(default_factory=list)
    """Indentations of the statements that opened a brace."""
    parentheses: list[int] = field(default_factory=list)
    """Columns that lines inside open parentheses align to."""

    @classmethod
    def after(cls, before: Sequence[str], tree: Sequence[str]) -> Indenter:
        """One that has read the lines before a hunk and knows the tree's lines of the hunk."""
        indenter = cls()
        for line in before:
            indenter.keep(line)
        for position, line in enumerate(tree):
            indenter.known.setdefault(folded(line), []).append((position, line))
        first = next((line.strip() for line in tree if line.strip()), "")
        if first.startswith("*") and any("*/" in line for line in tree):
            indenter.in_comment = True
        return indenter

    def keep(self, line: str) -> None:
        """Take note of a line whose indentation is known."""
        text = line.strip()
        macro = self.in_macro
        self.in_macro = text.endswith("\\") and (macro or text.startswith("#"))
        if not text or macro or self.in_macro:
            return
        if self.in_comment or text.startswith("/*"):
            if not self.in_comment:
                self.comment = indent_of(line)
            elif text.startswith("*"):
                self.comment = indent_of(line).removesuffix(" ")
            self.in_comment = "*/" not in text
            return
        if not text.startswith(("#", "//")) and not _is_label(text):
            self._code(line, _COMMENT.sub("", text))

    def place(self, text: str, position: int) -> str:
        """A line in full; ``position`` counts the tree's lines of the hunk before it."""
        text = text.strip()
        if not text:
            self.keep(text)
            return ""
        same = self.known.get(folded(text))
        if same and _telling(text):
            line = min(same, key=lambda item: abs(item[0] - position))[1]
        else:
            line = self._indent(text) + text
        self.keep(line)
        return line

    def _indent(self, text: str) -> str:
        if self.in_comment:
            return self.comment + (" " if text.startswith("*") else "   ")
        if self.in_macro:
            return "\t"
        if text.startswith("#") or _is_label(text):
            return ""
        if self.parentheses:
            return indent_to(self.parentheses[-1])
        if text.startswith("}") or _CASE.match(text):
            return self.braces[-1] if self.braces else _less(self.statement)
        if text == "{":
            return self.heads[-1] if self.heads else self.statement
        if self.heads:
            return _more(self.heads[-1])
        return _more(self.braces[-1]) if self.braces else self.statement

    def _code(self, line: str, text: str) -> None:
        """Follow statements, braces and parentheses."""
        continued = bool(self.parentheses)
        if not continued:
            indent = indent_of(line)
            # what is known of this line corrects what was guessed of those before
            beside = text.startswith("}") or _CASE.match(text) is not None
            while self.braces and width(self.braces[-1]) > width(indent) - (not beside):
                self.braces.pop()
            if text.startswith("}") and self.braces:
                self.braces.pop()
            self.statement = indent
            self.head = _HEAD.match(text) is not None
        self._follow(line)
        if self.parentheses:
            return
        if text.endswith("{"):
            self.braces.append(self.heads[0] if text == "{" and self.heads else self.statement)
            self.heads.clear()
        elif self.head and text.endswith((")", "else", "do")):
            self.heads.append(self.statement)
        elif text.endswith((";", "}", ":", ",")):
            if self.heads:
                self.statement = self.heads[0]
            self.heads.clear()

    def _follow(self, line: str) -> None:
        """Columns behind open parentheses, as later lines of the statement align to them."""
        bare = _STRING.sub(lambda match: "x" * len(match.group()), line.rstrip())
        column = 0
        for at, char in enumerate(bare):
            column = (column // TAB + 1) * TAB if char == "\t" else column + 1
            if char in "([":
                last = at == len(bare) - 1
                self.parentheses.append(width(self.statement) + TAB if last else column)
            elif char in ")]" and self.parentheses:
                self.parentheses.pop()
        if bare.endswith((";", "{")):
            self.parentheses.clear()


def _more(indent: str) -> str:
    return indent_to(width(indent) // TAB * TAB + TAB)


def _less(indent: str) -> str:
    return indent_to(max(0, width(indent) - TAB))


def _telling(text: str) -> bool:
    """True for a line that would hardly stand at two depths of one hunk."""
    return _JUMP.match(text) is None and sum(char.isalnum() for char in text) >= _TELLING


def _is_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None and not _CASE.match(text)
