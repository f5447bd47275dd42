"""Indentation for C lines that lost theirs, as kernel style has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from reviewer.mail.whitespace import TAB, folded, indent_of, indent_to, width

_LABEL = re.compile(r"[A-Za-z_]\w*:(?!:)")
_CASE = re.compile(r"(?:case\b.*|default\s*):")
_JUMP = re.compile(r"(?:goto|break|return|continue)\b")
_TELLING = 8
"""Letters and digits a line needs to be recognised by its text alone."""
_HEAD = re.compile(r"(?:\}\s*)?(?:if|for|while|else|do|\w*for_each\w*)\b")


@dataclass(slots=True)
class Indenter:
    """Gives lines without indentation one, from lines like them and from the code before.

    ``known`` maps folded lines of the tree to their full text with positions in the hunk;
    feed every line of the post-image in order: ``keep`` those that are known, ``place`` those
    that are not.
    """

    known: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    stars: list[tuple[int, str]] = field(default_factory=list)
    in_comment: bool = False
    comment_indent: str = ""
    statement: str = ""
    """Indentation of the statement the last code line belongs to."""
    last: str = ""
    """The last code line in full."""
    single: list[str] = field(default_factory=list)
    """Indentations of heads (``if (x)``) whose one statement is being read."""
    opened: list[int] = field(default_factory=list)
    """Columns behind parentheses still open."""

    @classmethod
    def after(cls, before: Sequence[str], tree: Sequence[str]) -> Indenter:
        """One that has read the lines before a hunk and knows the tree's lines of the hunk."""
        indenter = cls()
        for line in before:
            indenter.keep(line)
        indenter.learn(tree)
        return indenter

    def learn(self, tree: Sequence[str]) -> None:
        """Remember the tree's lines of the hunk, in order."""
        for position, line in enumerate(tree):
            text = line.strip()
            self.known.setdefault(folded(line), []).append((position, line))
            if text.startswith("*") and line[:1] in " \t":
                self.stars.append((position, indent_of(line)))
        first = next((line.strip() for line in tree if line.strip()), "")
        if first.startswith("*") and any("*/" in line for line in tree):
            self.in_comment = True

    def keep(self, line: str) -> None:
        """Take note of a line whose indentation is known."""
        text = line.strip()
        if not text:
            return
        if self.in_comment or text.startswith("/*"):
            if not self.in_comment:
                self.comment_indent = indent_of(line)
            elif text.startswith("*"):
                self.comment_indent = indent_of(line).removesuffix(" ")
            self.in_comment = "*/" not in text
            return
        if text.startswith(("#", "//")) or _is_label(text):
            return
        self._code(line)

    def place(self, text: str, position: int) -> str:
        """A line in full; ``position`` counts the tree's lines of the hunk before it."""
        text = text.strip()
        if not text:
            return ""
        same = self.known.get(folded(text))
        if same and _telling(text):
            line = min(same, key=lambda item: abs(item[0] - position))[1]
        else:
            line = self._indent(text, position) + text
        self.keep(line)
        return line

    def _indent(self, text: str, position: int) -> str:
        if self.in_comment:
            if not text.startswith("*"):
                return self.comment_indent + "   "
            near = min(self.stars, key=lambda item: abs(item[0] - position), default=None)
            if near is not None and self.comment_indent == "":
                return near[1]
            return self.comment_indent + " "
        if text.startswith("#") or _is_label(text):
            return ""
        if self.opened:
            return indent_to(self.opened[-1])
        base = width(self.statement)
        last = self.last.strip()
        if text.startswith("}"):
            return indent_to(max(0, base - (0 if last.endswith("{") else TAB)))
        if _CASE.match(text):
            inside = not _CASE.match(last) and not last.startswith("switch")
            return indent_to(max(0, base - TAB) if inside else base)
        if last.endswith("{") and not last.startswith("switch"):
            return indent_to(base + TAB)
        if self.single or _CASE.fullmatch(last):
            return indent_to(base + TAB)
        return indent_to(base)

    def _code(self, line: str) -> None:
        text = line.strip()
        continued = bool(self.opened)
        if not continued:
            self.statement = indent_of(line)
            if self.single and not _HEAD.match(text):
                # the one statement of a head: the next line stands where the head stood
                ended = text.endswith(";")
                if ended:
                    self.statement = self.single[0]
                    self.single.clear()
        self._parentheses(line)
        self.last = line
        head = _HEAD.match(text) or continued
        if head and not self.opened and text.endswith((")", "else", "do")):
            self.single.append(self.statement)
        elif text.endswith(("{", "}")):
            self.single.clear()

    def _parentheses(self, line: str) -> None:
        column = 0
        for char in line:
            column = (column // TAB + 1) * TAB if char == "\t" else column + 1
            if char == "(":
                self.opened.append(column)
            elif char == ")" and self.opened:
                self.opened.pop()
        if line.rstrip().endswith((";", "{")):
            self.opened.clear()


def _telling(text: str) -> bool:
    """True for a line that would hardly stand at two depths of one hunk."""
    return _JUMP.match(text) is None and sum(char.isalnum() for char in text) >= _TELLING


def _is_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None and not _CASE.match(text)
