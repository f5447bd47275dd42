"""Where operations stand: which comes first, and which a comment stands right before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.source.file import SourceFile
from reviewer.source.model import CodeFacts, Flow, Function, Operation

_JUMPS = re.compile(rb"\b(?:return|goto|break|continue|else|case|default|switch)\b|^[ \t]*#", re.M)
_RETURNING = re.compile(rb"\breturn\b[^;{}]*\Z")
"""The beginning of a ``return`` whose value is still being computed."""
_LABEL = re.compile(rb"(?:^[ \t]*|[;{}]\s*)([A-Za-z_]\w*)\s*:(?!:)", re.M)
"""A label, sought in each line once: a comment is as many blank lines, which ``^\\s*`` would cross
from each of them."""
_GOTO = re.compile(rb"\bgoto\s+([A-Za-z_]\w*)")

Pair = tuple[Operation, Operation]


@dataclass(frozen=True, slots=True)
class Order:
    """Two sets of operations on one path: a pair as said, a pair the other way, if there is."""

    kept: Pair | None
    turned: Pair | None


def order_of(first: Sequence[Operation], second: Sequence[Operation]) -> Order:
    """How operations said to come first stand to operations said to come second.

    ``kept`` is (first, second) in that order, ``turned`` is (second, first): the second one has
    always run when the first one does. Operations on different branches are not compared. One
    that does both (``ptep_clear_flush()``) keeps any order.
    """
    kept: Pair | None = None
    turned: Pair | None = None
    for one in first:
        for other in second:
            if one is other or (_before(one, other) and _one_path(one, other)):
                kept = kept or (one, other)
            elif _before(other, one) and one.arms[: len(other.arms)] == other.arms:
                turned = turned or (other, one)
    return Order(kept, turned)


def plain(pair: Pair) -> bool:
    """True if neither operation stands in a loop or under ``#if``, and the first in no helper.

    A helper may do the second one on some path only: it comes later all the same.
    """
    return not pair[0].via and all(op.flow is not Flow.LOOP and not op.conditions for op in pair)


def locked_between(facts: CodeFacts, pair: Pair) -> bool:
    """True if the code takes some lock after the first operation and before the second."""
    first, second = pair
    return any(
        first.start_byte < op.start_byte <= second.start_byte for op in facts.having("lock.acquire")
    )


def jumps_back(source: SourceFile, function: Function) -> bool:
    """True if some ``goto`` leads back, so that the order of the text is not that of the run."""
    code = source.code(function.body_start, function.body_end)
    labels = {match[1]: match.start(1) for match in _LABEL.finditer(code)}
    return any(labels.get(match[1], len(code)) < match.start() for match in _GOTO.finditer(code))


def inside(claim: Claim, function: Function) -> bool:
    """True if the comment stands in the function's body."""
    return function.body_start <= claim.comment.start_byte < function.body_end


def right_behind(
    claim: Claim, function: Function, facts: CodeFacts, source: SourceFile
) -> tuple[Operation, ...]:
    """Operations that run whenever control passes the comment, in the code it stands over.

    For a comment over a function these are the operations from its start to the first branch that
    may leave. Nothing behind a jump, a branch or the end of the block counts, nor what helpers do.
    """
    within = inside(claim, function)
    start = claim.comment.end_byte if within else function.body_start + 1
    end = claim.comment.anchor.end_byte if within else function.body_end
    found = []
    for op in facts.operations:
        if op.via or op.conditions or not start <= op.start_byte < end:
            continue
        between = _RETURNING.sub(b"", source.code(start, op.start_byte))
        if _JUMPS.search(between) or _closes(between):
            break
        if all(arm < start for arm in op.arms):
            found.append(op)
    return tuple(found)


def _closes(code: bytes) -> bool:
    """True if a block that was open before ends in the code."""
    depth = 0
    for char in code:
        depth += (char == ord("{")) - (char == ord("}"))
        if depth < 0:
            return True
    return False


def _before(one: Operation, other: Operation) -> bool:
    """By where they stand; of two that one call does, if one function does both.

    Where a header has one helper and where another tells nothing of what they do in turn.
    """
    if one.start_byte != other.start_byte:
        return one.start_byte < other.start_byte
    return one.via == other.via and one.place < other.place


def _one_path(one: Operation, other: Operation) -> bool:
    shared = min(len(one.arms), len(other.arms))
    return one.arms[:shared] == other.arms[:shared]


def has_label(source: SourceFile, start: int, end: int) -> bool:
    """True if a jump can lead into the stretch of code: a label or a ``case`` stands in it."""
    code = source.code(start, end)
    return _LABEL.search(code) is not None or re.search(rb"\b(?:case|default)\b", code) is not None
