"""Comments outside the patch that speak of what the patch takes away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from reviewer.evidence.removals import Kind, Removed, removed
from reviewer.kernel.folders import SOURCES
from reviewer.mail.model import FileChange
from reviewer.program.program import Program
from reviewer.rule import Rule
from reviewer.source.file import SourceFile
from reviewer.tree.model import Index, Tree

_SHORTEST = 4


def taken_away(
    pre: Mapping[str, SourceFile], post: Mapping[str, SourceFile], changes: Sequence[FileChange]
) -> tuple[Removed, ...]:
    """Synchronization operations that functions of the touched files have lost."""
    found: list[Removed] = []
    for change in changes:
        old, new = pre.get(change.old_path or ""), post.get(change.new_path or "")
        if old is not None and new is not None:
            found += removed(old, new)
    return tuple(found)


def disturbed(
    pre: Mapping[str, SourceFile], post: Mapping[str, SourceFile], lost: Iterable[Removed]
) -> frozenset[str]:
    """Names that comments elsewhere may rely on and that the patch takes something from.

    Functions that are gone from the touched files, and functions that have lost a synchronization
    operation.
    """
    now = {function.name for source in post.values() for function in source.top_level.functions}
    was = {function.name for source in pre.values() for function in source.top_level.functions}
    names = (was - now) | {one.function for one in lost if one.kind is not Kind.CALL}
    return frozenset(name for name in names if len(name) >= _SHORTEST)


def undefined_by(changes: Sequence[FileChange], before: Program, after: Program) -> frozenset[str]:
    """Names that the touched files defined and that no file defines after the patch.

    Macros, structs, members, enumerators, locks, CONFIG symbols: whatever a unit keeps.
    """
    names: set[str] = set()
    for change in changes:
        was, now = (
            _defined(program, path or "")
            for program, path in ((before, change.old_path), (after, change.new_path))
        )
        names |= {one for one in was - now if len(one) >= _SHORTEST and not after.defined(one)}
    return frozenset(names)


def _defined(program: Program, path: str) -> set[str]:
    record = program.linked.record(path)
    return set() if record is None else {one.name for one in record.definitions}


def removed_files(changes: Sequence[FileChange]) -> frozenset[str]:
    """Paths that the patch deletes, or renames to another."""
    return frozenset(
        one.old_path
        for one in changes
        if one.old_path and one.old_path != one.new_path and not one.copied and not one.skipped
    )


def naming(index: Index, paths: frozenset[str]) -> tuple[str, ...]:
    """C files whose comments name the last part of one of some paths, sorted."""
    names = {path.rpartition("/")[2] for path in paths}
    return mentioning(index, {name if "." in name else f"/{name}" for name in names})


def mentioning(index: Index, names: Collection[str]) -> tuple[str, ...]:
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

    automaton = BytesAhoCorasick(
        [name.encode("utf-8", "surrogateescape") for name in sorted(names)]
    )
    for path in tree.files(under):
        if path.endswith(SOURCES):
            data = tree.read(path)
            if data and automaton.find_matches_as_indexes(data):
                yield path
