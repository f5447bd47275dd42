"""What is certain of a finding: the words to put in place of others, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.claims.model import Kind
from reviewer.finding import Finding
from reviewer.judging.paths import moved_to
from reviewer.kernel.renamed import renamed
from reviewer.program.older import Older
from reviewer.program.program import Program
from reviewer.program.successor import Side, Successor, successor
from reviewer.source.directives import Directive
from reviewer.source.file import SourceFile
from reviewer.tree.model import Definition, Listed, NameKind
from reviewer.verdict import Decision

_OWNER = re.compile(r"->|\.|::")
_OPTION = re.compile(r"!?\s*(?:defined\s*\(?\s*)?([A-Za-z_]\w+)\s*\)?\s*")
_COMMENT = re.compile(r"\s*(!?)\s*(\w+)\s*")
_GENERIC = frozenset(("index", "readme", "todo", "kconfig", "makefile", "internal", "core", "main"))
"""Names of files that are so common that one of them elsewhere is another one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Words of one comment to be replaced: ``spans`` are byte ranges of the file, in order.

    ``why`` is a sentence for a commit message; ``name`` and ``path`` are what to ask git's history
    for, '' if there is nothing to ask.
    """

    finding: Finding
    spans: tuple[tuple[int, int], ...]
    old: str
    new: str
    why: str
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What edits are proved from: the tree, and older trees of it."""

    tree: Listed
    program: Program
    older: Sequence[Older]


def edits(findings: Sequence[Finding], source: SourceFile, evidence: Evidence) -> Iterator[Edit]:
    """The edits that are certain for a file's findings, one for each comment and name."""
    seen: set[tuple[int, str]] = set()
    for finding in findings:
        edit = _edit(finding, source, evidence)
        if edit is None or not edit.spans:
            continue
        key = (finding.claim.comment.start_byte, edit.old)
        if key not in seen:
            seen.add(key)
            yield edit


def _edit(finding: Finding, source: SourceFile, evidence: Evidence) -> Edit | None:
    term = finding.claim.object
    if finding.verdict.decision is not Decision.BROKEN or term is None:
        return None
    if finding.rule == "endif-names-its-condition":
        return _ending(finding, source)
    if finding.claim.kind is Kind.REFERS and term.concept == "path":
        return _path(finding, evidence)
    if finding.family not in ("references", "locking"):
        return None
    name = _OWNER.split(term.name)[-1].removesuffix("()")
    if not name.isidentifier() or evidence.program.definitions(name):
        return None
    return _name(finding, name, evidence)


def _name(finding: Finding, name: str, evidence: Evidence) -> Edit | None:
    """A name that is gone and has one proven successor."""
    for older in reversed(evidence.older):
        was = _definition(older.defined(name, finding.path))
        if was is None:
            continue
        old, new = Side(older.program.tree, older.program), Side(evidence.tree, evidence.program)
        found = successor(was, old, new)
        if found is None:
            return None
        return Edit(
            finding,
            tuple(_occurrences(finding, name)),
            name,
            found.definition.name,
            _renamed(name, was, older.label, found),
            name,
            was.path,
        )
    if finding.family == "locking":
        return _lock(finding, name, evidence)
    return None


def _lock(finding: Finding, name: str, evidence: Evidence) -> Edit | None:
    """A lock that is the same one still under another name, which the tree defines."""
    row = renamed().get(name)
    if row is None or not row.same or not evidence.program.definitions(row.now[0]):
        return None
    spans = tuple(_occurrences(finding, name))
    if any(_kind_told(finding.claim.comment.text, name)):
        return None  # "the mutex x": the sentence would be false with the new name too
    since = f" since commit {row.commit}" if row.commit else ""
    why = f"{name} is called {row.now[0]}{since or ' today'}."
    return Edit(finding, spans, name, row.now[0], why, name)


_KIND = r"(?:mutex|spin ?lock|semaphore|sema|rwlock|seqlock|rw_?sem)(?:es|s)?"
"""What kind of lock a sentence says a lock is."""


def _kind_told(text: str, name: str) -> Iterator[bool]:
    """For each place of a lock's name, whether a word beside it says what kind of lock it is.

    Beside is: next to it, blanks and the stars of a comment's lines between. A lock that changed
    its name mostly changed its kind with it.
    """
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
        before = re.search(rf"\b{_KIND}[\s*]+[@&(]?(?:\w+->)*\Z", text[: match.start()], re.I)
        behind = re.match(rf"[\s*]+{_KIND}\b", text[match.end() :], re.I)
        yield bool(before or behind)


def _definition(found: Sequence[Definition]) -> Definition | None:
    """The one definition that can be compared: a body, else what is no prototype."""
    for kinds in ((NameKind.FUNCTION,), tuple(k for k in NameKind if k is not NameKind.PROTOTYPE)):
        some = [one for one in found if one.kind in kinds]
        if some:
            return some[0] if len(some) == 1 else None
    return None


def _renamed(name: str, was: Definition, label: str, found: Successor) -> str:
    kind = f"{was.kind.value} of struct {was.owner}" if was.owner else was.kind.value
    return (
        f"{name}, a {kind} that {label} has in {was.path}, is {found.definition.name} now, "
        f"{found.why}."
    )


def _path(finding: Finding, evidence: Evidence) -> Edit | None:
    """A file that an older tree had, and that is now in one other place."""
    assert finding.claim.object is not None
    path = finding.claim.object.name.strip("<>").rstrip("/.")
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    if stem in _GENERIC or "/" not in path:
        return None
    today = moved_to(path, evidence.tree)
    if not today or today.endswith("/") or evidence.tree.read(today) is None:
        return None
    for older in reversed(evidence.older):
        before = older.program.tree.read(path)
        if before is not None and older.program.tree.exists(today):
            return None  # it stood beside the one that went
        if before is not None and _alike(before, evidence.tree.read(today) or b""):
            why = f"{path}, which {older.label} has, is {today} now."
            return Edit(finding, tuple(_occurrences(finding, path)), path, today, why, "", path)
    return None


_SHARED = 0.6
"""Share of an older file's lines that the file of today has if it is that one."""


def _alike(before: bytes, after: bytes) -> bool:
    lines = {line.strip() for line in before.split(b"\n") if line.strip()}
    return bool(lines) and len(lines & {line.strip() for line in after.split(b"\n")}) >= (
        _SHARED * len(lines)
    )


def _ending(finding: Finding, source: SourceFile) -> Edit | None:
    """An ``#endif`` that names one option where the ``#if`` it ends has one other."""
    comment = finding.claim.comment
    said = _COMMENT.fullmatch(comment.text)
    opening = _opening(source, comment.start_byte)
    if said is None or opening is None or comment.text.count("\n"):
        return None
    is_else, first = opening
    option = _OPTION.fullmatch(first.rest)
    if option is None or is_else:
        return None
    negated = first.keyword == "ifndef" or first.rest.lstrip().startswith("!")
    if said[1] and not negated:
        return None
    name = option[1]
    if first.keyword == "ifndef" and _of_file(said[2], finding.path) > _of_file(name, finding.path):
        return None  # the guard is misspelled, and the comment is not
    line = source.layout.line_of(first.start)
    why = f"The #endif ends the #{first.keyword} {name} of line {line}, not {said[2]}."
    return Edit(finding, tuple(_occurrences(finding, said[2])), said[2], name, why)


def _of_file(name: str, path: str) -> bool:
    """True if the name of an include guard has the name of its file in it."""
    stem = path.rpartition("/")[2].partition(".")[0]
    plain = [re.sub(r"[^a-z0-9]", "", one.lower()) for one in (stem, name)]
    return plain[0] in plain[1]


def _opening(source: SourceFile, comment: int) -> tuple[bool, Directive] | None:
    """Whether a comment stands behind an ``#else``, and the ``#if`` of its condition.

    None if the condition has several branches that are asked in turn.
    """
    layout = source.layout
    ending = layout.directive_touching(comment)
    if ending is None or ending.keyword not in ("endif", "else"):
        return None
    depth = 0
    for one in reversed(layout.directives[: layout.directive_index(ending.start)]):
        if one.keyword == "endif":
            depth += 1
        elif one.keyword in ("if", "ifdef", "ifndef"):
            if not depth:
                return ending.keyword == "else", one
            depth -= 1
        elif one.keyword.startswith("elif") and not depth:
            return None
    return None


def _occurrences(finding: Finding, name: str) -> Iterator[tuple[int, int]]:
    """Where the comment has a name as a whole word, as byte ranges of the file."""
    comment = finding.claim.comment
    for match in re.finditer(rf"(?<![\w/]){re.escape(name)}(?![\w/])", comment.text):
        start, last = comment.offsets[match.start()], comment.offsets[match.end() - 1]
        if last - start == len(name) - 1:
            yield start, last + 1
