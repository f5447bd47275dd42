"""Conditions of definition files: which lines the variant flags of a machine leave."""

from __future__ import annotations

import re

from reviewer.errors import LitmusError


def select(text: str, path: str, variants: frozenset[str]) -> str:
    """Blanks the lines that ``#if`` conditions exclude, and the conditions themselves."""
    if "#" not in text:
        return text
    lines: list[str] = []
    # One entry an open #if: (active now, some arm already taken, enclosing active)
    stack: list[tuple[bool, bool, bool]] = []
    for number, line in enumerate(text.split("\n"), 1):
        active = stack[-1][0] if stack else True
        directive = re.match(r"\s*#\s*(\w+)\s*(.*)", line)
        if directive is None:
            lines.append(line if active else "")
            continue
        lines.append("")
        word, rest = directive.groups()
        if word == "if":
            hold = active and _holds(rest, path, number, variants)
            stack.append((hold, hold, active))
        elif word in ("elif", "else", "endif") and stack:
            _, taken, outer = stack.pop()
            if word == "elif":
                hold = outer and not taken and _holds(rest, path, number, variants)
                stack.append((hold, taken or hold, outer))
            elif word == "else":
                stack.append((outer and not taken, True, outer))
        else:
            raise LitmusError(path, number, f"expected #if, #elif, #else or #endif, found #{word}")
    if stack:
        raise LitmusError(path, len(lines), "expected #endif")
    return "\n".join(lines)


def _holds(condition: str, path: str, line: int, variants: frozenset[str]) -> bool:
    """Value of ``flag``, ``!c``, ``c && c``, ``c || c``, ``(c)`` for these variant flags."""
    tokens = re.findall(r"&&|\|\||[()!]|[\w-]+|\S", condition)
    at = 0

    def disjunction() -> bool:
        nonlocal at
        value = conjunction()
        while at < len(tokens) and tokens[at] == "||":
            at += 1
            value = conjunction() or value
        return value

    def conjunction() -> bool:
        nonlocal at
        value = atom()
        while at < len(tokens) and tokens[at] == "&&":
            at += 1
            value = atom() and value
        return value

    def atom() -> bool:
        nonlocal at
        token = tokens[at] if at < len(tokens) else ""
        at += 1
        if token == "!":
            return not atom()
        if token == "(":
            value = disjunction()
            if at >= len(tokens) or tokens[at] != ")":
                raise LitmusError(path, line, "expected ')'")
            at += 1
            return value
        if not re.match(r"[\w-]+$", token):
            raise LitmusError(path, line, f"expected a variant flag, found '{token}'")
        return token in variants

    value = disjunction()
    if at != len(tokens):
        raise LitmusError(path, line, f"expected the end of the condition, found '{tokens[at]}'")
    return value
