"""From code to program: the operations of a stretch of kernel code as litmus statements.

A slice keeps what the simulator has a primitive for (entries, flushes, barriers, counts, grace
periods) on the entry that the code works on, in program order. Anything else does not touch what
the scenario asks about. If the code works on more than one entry, there is no slice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reviewer.source.model import CodeFacts, Operation

_STATEMENTS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(concepts.split()), statement)
    for concepts, statement in (
        ("pte.clear tlb.flush", "r9 = {clear_flush}({entry});"),
        ("pte.clear tlb.flush.deferred", "r9 = ptep_get_and_clear({entry});"),
        ("pte.clear", "r9 = ptep_get_and_clear({entry});"),
        ("pte.wrprotect", "ptep_set_wrprotect({entry});"),
        ("tlb.flush.deferred", "arch_tlbbatch_add_pending({entry});"),
        ("tlb.flush.local", "local_flush_tlb_page({entry});"),
        ("tlb.flush.kernel", ""),
        ("tlb.flush", "flush_tlb_page({entry});"),
        ("tlb.sync_one", "tlb_remove_table_sync_one();"),
        ("rcu.synchronize", "synchronize_rcu();"),
        ("ipi.broadcast", "smp_call_function();"),
        ("ref.freeze", "r0 = folio_ref_freeze({count}, 1);"),
        ("ref.read", "r0 = folio_ref_count({count});"),
        ("barrier.mb", "smp_mb();"),
        ("barrier.wmb", "smp_wmb();"),
        ("barrier.rmb", "smp_rmb();"),
    )
)
"""The first row whose concepts an operation has gives its statement; '' leaves it out."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Statements with the operations they come from; ``upper`` if the entry is a PMD or PUD."""

    statements: tuple[str, ...]
    operations: tuple[Operation, ...]
    upper: bool

    def without(self, concept: str) -> Slice:
        """The slice less the operations of a concept."""
        kept = [
            (statement, op)
            for statement, op in zip(self.statements, self.operations, strict=True)
            if not _under(op.concepts, concept)
        ]
        return Slice(
            tuple(statement for statement, _ in kept), tuple(op for _, op in kept), self.upper
        )

    def has(self, *concepts: str) -> bool:
        """True if some operation has one of the concepts."""
        return any(_under(op.concepts, concept) for op in self.operations for concept in concepts)


def slice_of(facts: CodeFacts, start_byte: int, *, entry: str = "pte", until: str = "") -> Slice:
    """The slice from a byte on, through the first operation of concept ``until`` if there is one.

    ``entry`` names the location that stands for the code's page-table entry.

    Operations on branches that the starting point is not on are left out: they are reached only
    under a further condition.
    """
    operations = [op for op in facts.operations if op.start_byte >= start_byte]
    straight = list(_straight(operations))
    if until:
        straight = _through(straight, until)
    upper = any(op.name.startswith(("pmd", "pud", "flush_pmd", "flush_pud")) for op in straight)
    kept: list[Operation] = []
    statements: list[str] = []
    for op in straight:
        statement = _statement(op, entry, upper)
        if statement:
            kept.append(op)
            statements.append(statement)
    return Slice(tuple(statements), tuple(kept), upper)


def _straight(operations: Sequence[Operation]) -> Iterable[Operation]:
    """Operations that run whenever the first one does and control goes on from there."""
    arms = operations[0].arms if operations else ()
    return (op for op in operations if op.arms == arms[: len(op.arms)])


def _through(operations: Sequence[Operation], concept: str) -> list[Operation]:
    for at, op in enumerate(operations):
        if _under(op.concepts, concept):
            return list(operations[: at + 1])
    return list(operations)


def _statement(op: Operation, entry: str, upper: bool) -> str:
    for concepts, statement in _STATEMENTS:
        if all(_under(op.concepts, concept) for concept in concepts):
            return statement.format(
                entry=entry,
                count="ref",
                clear_flush="pmdp_collapse_flush" if upper else "ptep_clear_flush",
            )
    return ""


def _under(concepts: frozenset[str], root: str) -> bool:
    return any(one == root or one.startswith(root + ".") for one in concepts)
