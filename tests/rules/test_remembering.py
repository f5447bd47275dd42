"""What rules remember between files hands on the questions it came from (reviewer.tree.trace)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = ("rules", "reviewer/judging", "reviewer/evidence")
_UNTRACED = frozenset({"lru_cache", "cache"})
_ASKED = frozenset({"Tree", "Listed", "Index", "Program", "World", "Library"})
"""Whoever gets one of these may ask about other files than the one under judgement."""


def _offenders(text: str, name: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        decorators = {
            part.id
            for decorator in node.decorator_list
            for part in ast.walk(decorator)
            if isinstance(part, ast.Name)
        }
        given = {
            part.id
            for argument in node.args.args
            if argument.annotation is not None
            for part in ast.walk(argument.annotation)
            if isinstance(part, ast.Name)
        }
        if decorators & _UNTRACED and given & _ASKED:
            found.append(f"{name}:{node.lineno}: {node.name} wants traced_cache")
    return found


def test_answers_about_other_files_are_remembered_with_their_questions() -> None:
    files = [path for folder in _FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 60
    text = [line for path in files for line in _offenders(path.read_text("utf-8"), str(path))]
    assert text == []


def test_the_check_sees_an_offender() -> None:
    bad = "@lru_cache(maxsize=8)\ndef first(tree: Tree, path: str) -> str:\n    return path\n"
    assert _offenders(bad, "a.py") == ["a.py:2: first wants traced_cache"]
