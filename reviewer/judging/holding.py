"""What a function does with the lock that a comment speaks of: asserts, takes, drops it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Term
from reviewer.claims.wording.duties import singles_out
from reviewer.claims.wording.locks import mode_of
from reviewer.kernel import expressions, primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import AnchorKind, CodeFacts, Function, Operation
from reviewer.verdict import Location
from reviewer.world import World

GENERIC = frozenset(
    (
        *("lock", "mutex", "sem", "spinlock", "rwlock", "rwsem", "slock", "mtx", "sema", "lck"),
        *("guard", "semaphore", "wait_lock", "list_lock", "qlock"),
    )
)
_SUFFIXES = ("_lock", "lock", "_mutex", "_sem", "_rwsem", "_spinlock", "_mtx", "_lck")
_PRESENT = {
    "mmap_sem": "mmap_lock",
    "i_mutex": "i_rwsem",
    "RTNL": "rtnl_mutex",
    "rtnl": "rtnl_mutex",
}
"""Locks by names that are neither theirs today nor those of what takes them."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as a comment spells it: ``xhci->lock`` has owner ``xhci`` and name ``lock``."""

    owner: str
    name: str
    mode: str = ""
    """``read`` or ``write`` where the comment says so."""
    prose: bool = False
    """True for a lock called by a word, "the AIL lock": ``name`` is that word."""
    alike: bool = False
    """True for the lock of any object of a kind: which object is meant is not said."""

    @property
    def text(self) -> str:
        """The lock as a comment would write it."""
        if self.prose:
            return f"the {self.name} lock"
        return f"{self.owner}->{self.name}" if self.owner else self.name


def lock_of(claim: Claim) -> Lock | None:
    """The lock a claim requires or forbids; None if it is named by words we cannot place."""
    return lock_called(claim.object, mode_of(claim))


def lock_called(term: Term | None, mode: str = "") -> Lock | None:
    """The lock that a term names; None if it names none, or by words we cannot place."""
    if term is None or not term.concept.startswith("lock:"):
        return None
    spelled = term.name or term.concept.partition(":")[2]
    if not term.name and re.fullmatch(r"[a-z]\w{2,}", spelled) and not lock_name(spelled):
        return Lock("", spelled, mode, prose=True)
    parts = re.split(r"->|\.|::", spelled.strip("&*()"))
    name = parts[-1].rstrip("()")
    name = _PRESENT.get(name) or _taken_by(name) or name
    if not re.fullmatch(r"\w+", name):
        return None
    if not lock_name(f"x->{name}") and name not in ("ptl", "sk_lock", "i_rwsem", "rtnl_mutex"):
        return None
    return Lock("->".join(parts[:-1]), name, mode)


@cache
def _taken_by(operation: str) -> str:
    """The lock that is called by what takes it: ``cgroup_lock()`` takes cgroup_mutex; or ''."""
    known = primitive(operation)
    if known is None or not known.exact:
        return ""
    taken = {tag.object for tag in known.tags if tag.concept.startswith("lock.acquire")}
    leaf = re.split(r"->|\.", taken.pop())[-1] if len(taken) == 1 else ""
    return leaf if "$" not in leaf else ""


_RELATIVES = frozenset(
    ("parent", "real_parent", "group_leader", "next", "prev", "peer", "child", "other", "sibling")
)
"""Members that lead to another object of the same kind, which has a lock of that name as well."""


class Same(StrEnum):
    """Whether an operation is about the lock of the comment."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


def same(lock: Lock, spelled: str, claim: Claim, function: Function) -> Same:
    """Compare a comment's lock with an expression of the code (``mm->mmap_lock``).

    A name of its own (``foo_mutex``) is enough, unless the words around it single out one of
    several objects (the parent's). A name that every other struct has (``lock``) needs the same
    owner in front.
    """
    if lock.prose:
        return _same_word(lock.name, spelled)
    if expressions.lock_name(spelled) != lock.name:
        return Same.NO
    parts = re.split(r"->|\.", expressions.normal(spelled))
    owner, root = "->".join(parts[:-1]), parts[0]
    if lock.owner:
        if _bare(lock.owner) == _bare(owner):
            return Same.YES
        if not owner:
            return Same.NO
        return Same.MAYBE
    if not owner:
        return Same.YES
    if lock.name in GENERIC:
        return Same.MAYBE
    if singles_out(claim, lock.name):
        return Same.MAYBE
    given = root in function.parameters and "[" not in spelled
    return Same.YES if given and _RELATIVES.isdisjoint(parts[1:-1]) else Same.MAYBE


def _same_word(word: str, spelled: str) -> Same:
    """``ail`` is ``ail_lock`` or ``ailp->ail_lock``; ``pool`` is ``pool->lock``."""
    name = expressions.lock_name(spelled)
    if any(name == word + suffix for suffix in _SUFFIXES):
        return Same.YES
    parts = re.split(r"->|\.", expressions.normal(spelled))
    if len(parts) == 2 and parts[0] == word and parts[1] in GENERIC:
        return Same.YES
    return Same.MAYBE if any(name.endswith(word + suffix) for suffix in _SUFFIXES) else Same.NO


def _bare(owner: str) -> str:
    return re.sub(r"[^\w>.-]|->", " ", owner.replace(".", " ")).strip()


@dataclass(frozen=True, slots=True)
class LockOperation:
    """One thing a function does with a lock."""

    kind: str
    """``assert``, ``assert_not``, ``acquire``, ``try``, ``release``."""
    mode: str
    sure: Same
    operation: Operation
    spelled: str

    @property
    def always(self) -> bool:
        """True if it happens on every way through the function, but for early returns."""
        return not self.operation.arms and not self.operation.conditions

    def location(self, path: str, note: str) -> Location:
        """Where it stands."""
        place, line = self.operation.place
        return Location(place or path, line or self.operation.line, note)


_KINDS = {
    "assert": "assert",
    "assert_not": "assert_not",
    "acquire": "acquire",
    "release": "release",
    "downgrade": "release",
}


def lock_operations(
    lock: Lock, claim: Claim, function: Function, facts: CodeFacts
) -> tuple[LockOperation, ...]:
    """What the function does with the lock, in source order, helpers looked through."""
    found: list[LockOperation] = []
    for operation in facts.operations:
        for tag, spelled in operation.objects:
            if not tag.startswith("lock.") or not spelled:
                continue
            _, _, rest = tag.partition(".")
            head, _, mode = rest.partition(".")
            kind = _KINDS.get(head)
            if kind is None:
                continue
            sure = same(lock, spelled, claim, function)
            if sure is Same.NO:
                continue
            if mode == "try":
                kind, mode = "try", ""
            if "nested" in operation.name:
                sure = Same.MAYBE
            found.append(
                LockOperation(kind, "" if mode == "fallible" else mode, sure, operation, spelled)
            )
    return tuple(found)


def documented(claim: Claim, world: World) -> Function | None:
    """The function whose header comment a claim stands in; None inside bodies and elsewhere.

    A claim whose subject is another function by name is not about this one.
    """
    anchor = claim.comment.anchor
    if anchor.kind is not AnchorKind.FUNCTION or anchor.function:
        return None
    function = world.function(claim)
    if function is None or claim.comment.end_byte > function.body_start:
        return None
    subject = claim.subject
    if subject.concept == "data" and _ITSELF.fullmatch(subject.text):
        return function
    if subject.concept != "code" and subject.name.rstrip("()") != function.name:
        return None
    return function


_ITSELF = re.compile(r"(?:the )?calle\w*|such|note|it|this(?: function| routine)?", re.I)


_HELD = re.compile(r"__must_hold\w*\s*\((.*)\)", re.S)
_RELEASES = re.compile(r"__releases\w*\s*\((.*)\)", re.S)


def annotated(lock: Lock, claim: Claim, function: Function) -> str:
    """The sparse annotation that says the lock is held on entry, or ''."""
    for annotation in function.annotations:
        match = _HELD.match(annotation) or _RELEASES.match(annotation)
        if match is not None and same(lock, match[1], claim, function) is Same.YES:
            return annotation
    return ""


def annotation_at(source: SourceFile, function: Function, note: str) -> Location:
    """Where an annotation of a function stands; the function's first line if it is not found."""
    return Location(source.path, source.annotation_line(function, note), note)


def one_of_several(claim: Claim) -> bool:
    """True if the words leave a choice or make a condition: ``must hold A or B``, ``unless C``."""
    scope = claim.scope
    return bool(claim.alternative or scope.unless or scope.condition)
