"""Comments outside the patch that speak of what the patch takes away."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from reviewer.review.scan import SOURCES
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Tree

_LOOKED_AT = ("barrier", "lock", "tlb", "rcu", "context", "ipi")
_SHORTEST = 4


def disturbed(
    pre: Mapping[str, SourceFile], post: Mapping[str, SourceFile]
) -> frozenset[str]:
    """Names that comments elsewhere may rely on and that the patch takes something from.

    Functions that are gone from the touched files, and functions that have lost a synchronization
    operation (by concept: a barrier, a lock, a flush, a grace period).
    """
    old = _functions(pre)
    new = _functions(post)
    lost: set[str] = set()
    for name, (source, function) in old.items():
        if name not in new:
            lost.add(name)
            continue
        now_source, now = new[name]
        if _text(source, function) == _text(now_source, now):
            continue
        if _concepts(source, function) - _concepts(now_source, now):
            lost.add(name)
    return frozenset(name for name in lost if len(name) >= _SHORTEST)


def mentioning(tree: Tree, names: frozenset[str]) -> tuple[str, ...]:
    """C files that mention one of the names anywhere, sorted: one pass over the whole tree."""
    if not names:
        return ()
    from ahocorasick_rs import BytesAhoCorasick

    automaton = BytesAhoCorasick([name.encode() for name in sorted(names)])
    found = []
    for path in tree.files():
        if not path.endswith(SOURCES):
            continue
        data = tree.read(path)
        if data and automaton.find_matches_as_indexes(data):
            found.append(path)
    return tuple(found)


def _functions(files: Mapping[str, SourceFile]) -> dict[str, tuple[SourceFile, Function]]:
    pairs = chain.from_iterable(((one, f) for f in one.functions) for one in files.values())
    return {function.name: (source, function) for source, function in pairs}


def _text(source: SourceFile, function: Function) -> bytes:
    return source.data[function.start_byte : function.end_byte]


def _concepts(source: SourceFile, function: Function) -> set[tuple[str, str]]:
    facts = source.facts(function.body_start, function.body_end)
    return {
        (concept, operation.name)
        for operation in facts.operations
        for concept in operation.concepts
        if concept.split(".")[0] in _LOOKED_AT
    }
