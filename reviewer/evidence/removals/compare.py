"""Two images of a file compared: which synchronization operations the later one has lost.

Operations are compared function by function and never by line, so that code that moves loses
nothing. One that is replaced by an operation at least as strong is not lost either: smp_wmb() by
a release, a lock by a guard of the same lock, a barrier by a helper that holds one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from reviewer.kernel.hints import may_change_state
from reviewer.kernel.order import BOTH, FULL, SECTIONS, Order, order_of_concepts
from reviewer.source.file import SourceFile
from reviewer.source.functions import Outline
from reviewer.source.model import CodeFacts, Function, Operation


class Kind(StrEnum):
    """What sort of operation was lost."""

    BARRIER = "barrier"
    ACCESS = "marked access"
    LOCK = "lock"
    UNLOCK = "unlock"
    CONTEXT = "context"
    ASSERTION = "assertion"
    FLUSH = "flush"
    WAIT = "wait"
    WAKE = "wake-up"
    CHECK = "re-check"
    REFERENCE = "reference"
    CALL = "call"
    """A helper's call, that by its name changes state: it may lock, order or flush."""
    ANNOTATION = "annotation"
    ATOMIC = "atomic operation"
    """One that orders nothing by itself: a barrier beside it may count on it."""


_KINDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (Kind.FLUSH, ("tlb.flush", "tlb.sync_one")),
    (Kind.WAIT, ("rcu.synchronize", "rcu.barrier", "wait.event", "wait.work", "wait.timer")),
    (Kind.WAIT, ("wait.irq", "wait.thread", "ipi.broadcast", "rcu.call", "rcu.free")),
    (Kind.WAKE, ("wake",)),
    (Kind.LOCK, ("lock.acquire", "rcu.read_lock")),
    (Kind.UNLOCK, ("lock.release",)),
    (Kind.ASSERTION, ("lock.assert", "lock.assert_not", "context.assert", "rcu.assert")),
    (Kind.CONTEXT, ("context.irq_off", "context.preempt_off", "context.bh_off")),
    (Kind.CHECK, ("pte.compare",)),
    (Kind.REFERENCE, ("ref.get", "ref.get_unless_zero", "ref.freeze")),
)
"""The first row that covers one of an operation's concepts gives its kind."""


@dataclass(frozen=True, slots=True)
class Removed:
    """An operation that a function of the pre-image has and the post-image has not."""

    path: str
    """The file of the post-image."""
    was: str
    """Its path in the pre-image."""
    function: str
    name: str
    kind: Kind
    object: str
    """The lock, location or table that it was on, in the function's words; '' if none."""
    order: Order
    line: int
    """1-based line of the pre-image."""
    last: bool
    """True if nothing that is left in the function does the same."""
    comments: tuple[str, ...]
    """Texts of the pre-image's comments that stand over the operation, spaces squeezed."""
    name_gone: bool = False
    """True if nothing in the function is called so any more, and nothing that does the same is
    new: it was taken away, and not replaced."""


def removed(pre: SourceFile, post: SourceFile) -> tuple[Removed, ...]:
    """Operations that functions of both images have lost, in the order of the pre-image.

    A function that is gone or that does not parse is left out: nothing can be said of it.
    """
    after = _numbered(post)
    found: list[Removed] = []
    for key, was in _numbered(pre).items():
        now = after.get(key)
        if now is None or _same(pre, was, post, now):
            continue
        old, new = pre.function(was), post.function(now)
        if not old.has_error and not new.has_error:
            found.extend(_lost(pre, old, post, new))
    return tuple(found)


def _numbered(source: SourceFile) -> dict[tuple[str, int], Outline]:
    """Functions by name; those of one name under several conditions are told apart by number."""
    count: Counter[str] = Counter()
    found = {}
    for one in source.top_level.functions:
        found[one.name, count[one.name]] = one
        count[one.name] += 1
    return found


def _same(pre: SourceFile, old: Outline, post: SourceFile, new: Outline) -> bool:
    one = pre.code(old.start_byte, old.end_byte)
    other = post.code(new.start_byte, new.end_byte)
    return one.split() == other.split() and old.annotations == new.annotations


def _lost(pre: SourceFile, old: Function, post: SourceFile, new: Function) -> Iterator[Removed]:
    was = pre.facts(old)
    now = post.facts(new)
    had = [one for one in was.operations if kind_of(one) is not None]
    left = [one for one in now.operations if kind_of(one) is not None]
    unseen = set(now.unknown) - set(was.unknown)
    made = _locks_made(now) - _locks_made(was)
    moved = _moved(pre, old, post, new)
    for gone in _unmatched(had, left, moved):
        kind = kind_of(gone)
        assert kind is not None
        if gone.via and gone.line in moved:
            continue  # the helper that lost it is named itself
        if unseen and kind is not Kind.ASSERTION:
            continue  # it may have gone into a helper whose code is not at hand
        if made and kind in (Kind.LOCK, Kind.UNLOCK):
            continue
        yield Removed(
            post.path,
            pre.path,
            old.name,
            gone.via[0] if gone.via else gone.name,
            kind,
            _object(gone),
            order_of_concepts(gone.concepts),
            gone.line,
            not any(_does(one, gone) for one in left),
            _over(pre, old, gone),
            _name_gone(gone, had, left),
        )
    helpers = () if unseen else _unmatched(_helpers(was), _helpers(now), moved)
    for call in helpers:
        yield Removed(
            *(post.path, pre.path, old.name, call.name, Kind.CALL, "", Order.NONE, call.line),
            last=not any(one.name == call.name for one in now.operations),
            comments=_over(pre, old, call),
        )
    for note in old.annotations:
        if note not in new.annotations and note.startswith(_PROMISES):
            line = pre.annotation_line(old, note)
            name = note.partition("(")[0]
            yield Removed(
                *(post.path, pre.path, old.name, name, Kind.ANNOTATION, note),
                *(Order.NONE, line, True, ()),
            )


def _name_gone(gone: Operation, had: Sequence[Operation], left: Sequence[Operation]) -> bool:
    if any(one.name == gone.name for one in left):
        return False
    was = Counter((one.name, _object(one)) for one in had)
    now = Counter((one.name, _object(one)) for one in left if _does(one, gone))
    return not now - was


def _locks_made(facts: CodeFacts) -> frozenset[str]:
    """Helpers that are called as if they took or dropped a lock.

    What a patch puts in the place of a lock under such a name is a lock of its own making, a bit
    that is waited for: the one finding about locks that 974 patches of lists had was of such.
    """
    called = (one for one in facts.operations if one.via or not one.concepts)
    names = (one.via[0] if one.via else one.name for one in called)
    return frozenset(name for name in names if not _SAYS_LOCK.isdisjoint(name.split("_")))


_SAYS_LOCK = frozenset({"lock", "unlock", "trylock"})


def _helpers(facts: CodeFacts) -> list[Operation]:
    """Calls of helpers of which no more is known than their names."""
    return [
        one
        for one in facts.operations
        if not one.concepts and not one.via and may_change_state(one.name)
    ]


_PROMISES = ("__must_hold", "__guarded", "__acquires", "__releases")


def kind_of(op: Operation) -> Kind | None:
    """What sort of synchronization an operation is; None if it is none."""
    for kind, roots in _KINDS:
        if any(tag == root or tag.startswith(root + ".") for tag in op.concepts for root in roots):
            return kind
    order = order_of_concepts(op.concepts)
    if order is Order.COMPILER:
        return Kind.BARRIER  # barrier(), which holds back the compiler alone
    if order & FULL and any(tag.startswith(("barrier.", "rcu.", "seq.")) for tag in op.concepts):
        return Kind.BARRIER
    if order & BOTH and any(tag.startswith("barrier.") for tag in op.concepts):
        return Kind.ACCESS
    if any(tag.startswith("atomic.rmw") for tag in op.concepts):
        return Kind.ATOMIC
    return None


def _moved(pre: SourceFile, old: Function, post: SourceFile, new: Function) -> Mapping[int, int]:
    """Where each line of a function stands in the other image, if it does."""
    one = pre.code(old.start_byte, old.end_byte).split(b"\n")
    other = post.code(new.start_byte, new.end_byte).split(b"\n")
    first, second = pre.line_of(old.start_byte), post.line_of(new.start_byte)
    same = SequenceMatcher(
        None, [b" ".join(x.split()) for x in one], [b" ".join(x.split()) for x in other], False
    )
    return {
        first + block.a + i: second + block.b + i
        for block in same.get_matching_blocks()
        for i in range(block.size)
    }


def _unmatched(
    had: Sequence[Operation], left: Sequence[Operation], moved: Mapping[int, int]
) -> Iterator[Operation]:
    """Operations of the pre-image for which the post-image has no partner of its own.

    Lines that both images have are matched first, so that of two equal barriers the right one is
    missed.
    """
    free = list(left)
    rest = []
    for gone in had:
        there = moved.get(gone.line)
        same = next((one for one in free if one.line == there and _equal(one, gone)), None)
        if same is None:
            rest.append(gone)
        else:
            free.remove(same)
    missing = []
    for gone in rest:
        same = next((one for one in free if _equal(one, gone)), None)
        if same is None:
            missing.append(gone)
        else:
            free.remove(same)
    for gone in missing:
        stronger = next((one for one in free if _does(one, gone)), None)
        if stronger is None:
            yield gone
        else:
            free.remove(stronger)


def _equal(one: Operation, other: Operation) -> bool:
    return one.name == other.name and _object(one) == _object(other)


def _does(one: Operation, gone: Operation) -> bool:
    """True if an operation does all that the lost one did."""
    kind = kind_of(gone)
    if kind in {Kind.BARRIER, Kind.ACCESS}:
        need = order_of_concepts(gone.concepts) & (FULL | (BOTH if kind is Kind.ACCESS else FULL))
        given = order_of_concepts(one.concepts)
        if order_of_concepts(gone.concepts) is Order.COMPILER:
            return bool(given & (FULL | Order.COMPILER))
        if given & SECTIONS and kind_of(one) is not kind:
            return False  # orders only with whoever takes the lock or is woken
        return need & given == need and (kind is Kind.BARRIER or _object(one) == _object(gone))
    if kind_of(one) is not kind:
        return False
    if kind is Kind.FLUSH:
        return True  # a flush of another scope: whether it covers the same is not asked here
    if kind in {Kind.LOCK, Kind.UNLOCK, Kind.ASSERTION, Kind.ATOMIC}:
        return _object(one).rpartition(">")[2] == _object(gone).rpartition(">")[2]
    return True


def _object(op: Operation) -> str:
    for tag, name in op.objects:
        if name and not tag.startswith("context."):
            return name
    return op.arguments[0] if op.arguments and op.concepts else ""


def _over(source: SourceFile, function: Function, op: Operation) -> tuple[str, ...]:
    """Texts of the comments that stand over an operation."""
    line = source.line_of(op.start_byte)
    found = []
    for raw in source.raw_comments:
        if not function.start_byte <= raw.start_byte < function.end_byte:
            continue
        block = source.block(raw)
        if block.anchor.start_line <= line <= block.anchor.end_line:
            found.append(" ".join(block.text.split()))
    return tuple(found)
