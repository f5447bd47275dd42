"""Comments outside the patch that speak of what the patch takes away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from reviewer.review.scan import SOURCES
from reviewer.rule import Rule
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Index, Tree

_LOOKED_AT = ("barrier", "lock", "tlb", "rcu", "context", "ipi")
_SHORTEST = 4


def disturbed(pre: Mapping[str, SourceFile], post: Mapping[str, SourceFile]) -> frozenset[str]:
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


def mentioning(index: Index, names: frozenset[str]) -> tuple[str, ...]:
    """C files whose comments mention one of the names, sorted."""
    found = {path for name in names for path in index.mentions(name)}
    return tuple(sorted(path for path in found if path.endswith(SOURCES)))


def watching(
    tree: Tree, rules: Sequence[Rule], changed: Iterable[str]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Files whose comments lean on a changed file in the way some rule watches for, and the rules.

    The folders that a rule names are read once, whatever the index.
    """
    touched = set(changed)
    watches = {(rule.name, one) for rule in rules for one in rule.watches if one.path in touched}
    paths: set[str] = set()
    for watch in {one for _, one in watches}:
        for folder in watch.folders:
            words = frozenset(watch.words)
            paths.update(path for path in _reading(tree, words, folder))
    return tuple(sorted(paths - touched)), frozenset(name for name, _ in watches)


def _reading(tree: Tree, names: frozenset[str], under: str = "") -> Iterator[str]:
    from ahocorasick_rs import BytesAhoCorasick

    automaton = BytesAhoCorasick([name.encode() for name in sorted(names)])
    for path in tree.files(under):
        if path.endswith(SOURCES):
            data = tree.read(path)
            if data and automaton.find_matches_as_indexes(data):
                yield path


def _functions(files: Mapping[str, SourceFile]) -> dict[str, tuple[SourceFile, Function]]:
    pairs = chain.from_iterable(((one, f) for f in one.functions) for one in files.values())
    return {function.name: (source, function) for source, function in pairs}


def _text(source: SourceFile, function: Function) -> bytes:
    return source.data[function.start_byte : function.end_byte]


def _concepts(source: SourceFile, function: Function) -> set[tuple[str, str]]:
    facts = source.facts(function)
    return {
        (concept, operation.name)
        for operation in facts.operations
        for concept in operation.concepts
        if concept.split(".")[0] in _LOOKED_AT
    }
